// Single-letter shortcuts, which can be switched off (WCAG 2.1.4), and `?` that lists them.
import { settings } from "./settings.js";

/** @typedef {{key: string, label: string, run: (e: KeyboardEvent) => void, when?: () => boolean}} Shortcut */

/** @type {Shortcut[][]} */
const layers = [];

/** Adds shortcuts until the returned function is called. @param {Shortcut[]} list */
export function shortcuts(list) {
	layers.push(list);
	return () => { layers.splice(layers.indexOf(list), 1); };
}

/** All that hold now, newest first. */
export function currentShortcuts() { return [...layers].reverse().flat(); }

/** Whether keys go into a field. @param {EventTarget | null} target */
function typing(target) {
	return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

/** Listens to keys. */
export function startKeys() {
	document.addEventListener("keydown", (e) => {
		const command = e.key === "k" && (e.ctrlKey || e.metaKey);
		if (e.defaultPrevented || (!command && (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || !settings.value.shortcuts || document.querySelector("dialog[open]")))) return;
		const found = currentShortcuts().find((s) => s.key === (command ? "mod+k" : e.key) && (!s.when || s.when()));
		if (!found) return;
		e.preventDefault();
		found.run(e);
	});
}
