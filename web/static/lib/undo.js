// Every change can be taken back: by the button of its toast for ten seconds, and by `z` as long as the page is open.
import { toast } from "../ui/toast.js";
import { explain, t } from "./i18n.js";

/** @typedef {{label: string, undo: () => Promise<boolean | void>}} Step undo: gives false where somebody decided against it */

/** @type {Step[]} */
const steps = [];

/**
 * Tells that something was done, and how to take it back. @param {string} label what was done @param {Step["undo"]} undo
 * @param {import("../ui/toast.js").Action} [also] what else can be done now
 */
export function done(label, undo, also) {
	const step = { label, undo };
	steps.push(step);
	if (steps.length > 50) steps.shift();
	toast(label, { action: { label: t("undo.undo"), run: () => takeBack(step) }, also });
}

/** Takes back the last step. */
export async function undoLast() {
	const step = steps.at(-1);
	if (step) await takeBack(step);
	else toast(t("undo.nothing"));
}

/** What is taken back now: one step after the other, for each is made for what the one after it left. */
let running = Promise.resolve();

/** Whether the same may succeed later: there is no connection, or the server is in trouble. @param {any} err */
const passing = (err) => err?.status === 0 || err?.status >= 500;

/** @param {Step} step */
async function takeBack(step) {
	const at = steps.indexOf(step);
	if (at < 0) return;
	steps.splice(at, 1);
	const again = () => { steps.splice(at, 0, step); };
	running = running.then(async () => {
		try {
			if ((await step.undo()) === false) again();
			else toast(t("undo.undone", { what: step.label }));
		} catch (err) {
			if (passing(err)) again();
			toast(explain(err), { kind: "error", action: passing(err) ? { label: t("undo.undo"), run: () => takeBack(step) } : undefined });
		}
	});
	await running;
}
