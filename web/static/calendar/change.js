// Changes of events, for every view: each is shown at once, told to people only after it was said who hears of it, and
// can be taken back. What it needs to read objects is loaded with the first change.
import { explain, t } from "../lib/i18n.js";
import { calendars } from "../lib/store.js";
import { toast } from "../ui/toast.js";
import { addStyle } from "../ui/style.js";
import { expect, occurrencesOf, settle } from "./events.js";

/** @typedef {import("./events.js").Occurrence} Occurrence */
/** @typedef {{start: number, end: number} | {firstDay: string, lastDay: string}} Span instants, or whole days with the last */

const flow = () => Promise.all([import("./flow.js"), addStyle("editor")]).then(([m]) => m);

/** Loads what the first change needs, when the page has nothing else to do. */
export function warm() {
	const later = globalThis.requestIdleCallback ?? ((/** @type {() => void} */ f) => setTimeout(f, 1500));
	later(() => { flow().catch(() => {}); });
}

/** Whether somebody may change an event here. @param {Occurrence} o */
export function editable(o) { return calendars.value.find((c) => c.href === o.calendar)?.may.write ?? false; }

/** Runs a change; a refusal is told and what was shown before comes back. @param {string} href @param {() => Promise<boolean>} change */
async function guarded(href, change) {
	try {
		const done = await change();
		if (!done) settle(href);
		return done;
	} catch (err) {
		settle(href);
		toast(explain(err), { kind: "error" });
		return false;
	}
}

/**
 * Moves an occurrence to another time, or to other days. Asks about a series, and before others hear of it.
 * @param {Occurrence} o @param {Span} to @returns {Promise<boolean>} whether it is done
 */
export async function reschedule(o, to) {
	if (!editable(o)) {
		toast(t("state.readonly"));
		return false;
	}
	/** @type {Partial<Occurrence>} */
	const now = "start" in to ? { start: to.start, end: to.end, allDay: false } : { firstDay: to.firstDay, lastDay: to.lastDay, allDay: true };
	if (o.mine) expect(o.href, occurrencesOf(o.href).map((x) => (x.key === o.key ? { ...x, ...now } : x)));
	return guarded(o.href, async () => (await flow()).reschedule(o, to));
}

/** Deletes an event, or some of a series. @param {Occurrence} o @returns {Promise<boolean>} */
export async function removeEvent(o) {
	if (!calendars.value.find((c) => c.href === o.calendar)?.may.remove) {
		toast(t("state.readonly"));
		return false;
	}
	return guarded(o.href, async () => (await flow()).removeEvent(o));
}

/** Makes a copy of an occurrence, without its guests, on the same day, and opens it. @param {Occurrence} o @returns {Promise<boolean>} */
export async function duplicateEvent(o) {
	return guarded(o.href, async () => (await flow()).duplicateEvent(o));
}

/** Answers an invitation. @param {Occurrence} o @param {"ACCEPTED" | "TENTATIVE" | "DECLINED"} status @param {string} [comment] @param {import("./scope.js").Scope} [scope] of a series; asked without @returns {Promise<boolean>} */
export async function answer(o, status, comment = "", scope) {
	return guarded(o.href, async () => (await flow()).answer(o, status, comment, scope));
}
