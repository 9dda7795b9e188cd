import { go } from "../lib/router.js";

/** Opens the palette. */
export function openPalette() { go("/search"); }
