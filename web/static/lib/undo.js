// Every change can be taken back: by the button of its toast for ten seconds, and by `z` as long as the page is open.
import { toast } from "../ui/toast.js";
import { explain, t } from "./i18n.js";

/** @typedef {{label: string, undo: () => Promise<void>}} Step */

/** @type {Step[]} */
const steps = [];

/** Tells that something was done, and how to take it back. @param {string} label what was done @param {() => Promise<void>} undo */
export function done(label, undo) {
	const step = { label, undo };
	steps.push(step);
	if (steps.length > 50) steps.shift();
	toast(label, { action: { label: t("undo.undo"), run: () => takeBack(step) } });
}

/** Takes back the last step. */
export async function undoLast() {
	const step = steps.at(-1);
	if (step) await takeBack(step);
	else toast(t("undo.nothing"));
}

/** What is taken back now: one step after the other, for each is made for what the one after it left. */
let running = Promise.resolve();

/** @param {Step} step */
async function takeBack(step) {
	const at = steps.indexOf(step);
	if (at < 0) return;
	steps.splice(at, 1);
	running = running.then(async () => {
		try {
			await step.undo();
			toast(t("undo.undone", { what: step.label }));
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
	});
	await running;
}
