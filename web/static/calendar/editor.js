// The full form of an event; loaded with its first use.
import { explain } from "../lib/i18n.js";
import { addStyle } from "../ui/style.js";
import { toast } from "../ui/toast.js";

/**
 * Opens the form over the page. @param {{occurrence: import("./events.js").Occurrence} | {draft: import("./popover.js").Draft}} what
 * @returns {Promise<void>} when it is closed
 */
export async function openEditor(what) {
	try {
		const [page] = await Promise.all([import("./editorpage.js"), addStyle("editor")]);
		await page.showEditor(what);
	} catch (err) {
		toast(explain(err), { kind: "error" });
	}
}
