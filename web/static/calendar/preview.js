// What is being moved, resized or drawn at this moment, before anything is written.
import { signal } from "../vendor/preact.js";

/**
 * by: "pointer", while it is dragged, leaves what is moved where it is and shows a second one; "keys" moves it itself, so
 * that the focus stays with it; "draft" is something new.
 * @typedef {{o: import("./events.js").Occurrence, times: import("./shift.js").Times, by: "pointer" | "keys" | "draft"}} Preview
 */

/** @type {import("../vendor/preact.js").Signal<Preview | null>} */
export const preview = signal(null);
