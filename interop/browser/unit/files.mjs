// The files of the application, for tests that read them.
import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const root = resolve(process.env.STATIC ?? "../../web/static");

/** The text of a file. @param {string} path below web/static */
export const read = (path) => readFile(join(root, path), "utf8");

/** Paths of the files whose names end so, without what is vendored. @param {string} end */
export async function files(end) {
	const all = await readdir(root, { recursive: true });
	return all.filter((f) => f.endsWith(end) && !f.startsWith("vendor/")).sort();
}

export const modules = () => files(".js");

/** Its size on the way to the browser, in bytes. @param {string} path */
export const compressed = async (path) => gzipSync(await read(path), { level: 9 }).length;
