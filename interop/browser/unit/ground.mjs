// What pure modules need outside of a browser: where they are, and Temporal.
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const root = pathToFileURL(`${resolve(process.env.STATIC ?? "../../web/static")}/`).href;
const { Temporal } = await import(`${root}vendor/temporal.js`);
globalThis.Temporal ??= Temporal;

/** Imports a module of the application. @param {string} path below web/static */
export const load = (path) => import(root + path);
