// Parts that are loaded when somebody first needs them.
import { whyMissing } from "../lib/missing.js";
import { toast } from "../ui/toast.js";

/**
 * A module, by its path from here; null where it cannot be had, which is told with the reason unless it can be done without. @param {string} path @param {boolean} [spare] @returns {Promise<any>}
 */
export async function part(path, spare = false) {
	try {
		return await import(path);
	} catch (err) {
		console.warn(err);
		if (!spare) toast(await whyMissing(), { kind: "error" });
		return null;
	}
}

/** Opens the popover of an occurrence. @param {import("./events.js").Occurrence} o @param {Element} anchor */
export async function open(o, anchor) { (await part("./popover.js"))?.openPopover(o, anchor); }

/** Opens the editor. @param {{occurrence: import("./events.js").Occurrence} | {draft: any}} what */
export async function edit(what) { (await part("./editor.js"))?.openEditor(what); }
