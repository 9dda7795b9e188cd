// Which instances of a series are meant, with what each choice does, in dates.
import { html } from "../vendor/preact.js";
import { dateFormat, listed, t, tn } from "../lib/i18n.js";
import { Dialog, modal } from "../ui/dialog.js";
import { CalendarObject } from "./object.js";
import { editAll, isFirst, movable } from "./scopes.js";

/** @typedef {"this" | "following" | "all"} Scope */

/** How many instances are counted; of longer series it is said that there are more. */
const counted = 500;

/** @param {string} local */
export function dateText(local) {
	const d = Temporal.PlainDate.from(local.slice(0, 10));
	return dateFormat({ weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(Date.UTC(d.year, d.month - 1, d.day));
}

/**
 * What is asked about. @typedef {object} Question
 * @property {import("./object.js").CalendarObject} object as it is @property {string} recurrenceId @property {"edit" | "delete" | "answer"} verb
 * @property {import("./object.js").Form} [before] @property {import("./object.js").Form} [after] @property {boolean} [attendee]
 */

/** Says what each choice does; those that cannot be are left out, with why. @param {Question} q */
export function choicesOf({ object, recurrenceId, verb, before, after, attendee }) {
	const at = object.instanceOf(recurrenceId), first = isFirst(object, at);
	const starts = object.starts((_, n) => n >= counted);
	const border = object.instant(at), more = starts.length >= counted;
	const rest = starts.filter((m) => object.instant(m) >= border);
	const ruled = !!after && !!before && after.rule !== before.rule;
	const last = starts.at(-1);
	const span = (/** @type {import("./object.js").Moment[]} */ list) =>
		more || !last ? t("event.scope.open", { from: dateText(list[0]?.local ?? at.local) })
			: t("event.scope.span", { n: list.length, from: dateText(list[0]?.local ?? at.local), to: dateText(last.local) });
	/** @type {{value: Scope, label: string, hint: string}[]} */
	const list = [];
	if (!ruled) list.push({ value: "this", label: t(`event.scope.${verb}.this`), hint: dateText(at.local) });
	if (!first && !attendee && verb !== "answer") list.push({ value: "following", label: t(`event.scope.${verb}.following`), hint: span(rest) });
	let note = "";
	const can = !before || !after || movable(object, recurrenceId, before, after);
	if (can) list.push({ value: "all", label: t(`event.scope.${verb}.all`), hint: span(starts) });
	else note = t("event.scope.unmovable");
	if (!can) for (const [i, c] of list.entries()) if (c.value === "following") list.splice(i, 1);
	const own = object.overrides.map((o) => object.instanceOf(o.value("RECURRENCE-ID"))).filter((m) => verb === "delete" || object.instant(m) !== border);
	if (verb === "edit" && own.length > 0 && can) {
		const lost = before && after ? lostBy(object, recurrenceId, before, after) : [];
		const told = lost.length > 0 ? lost : own;
		const some = told.slice(0, 3).map((m) => dateText(m.local));
		note = tn(lost.length > 0 ? "event.scope.lost" : "event.scope.exceptions", told.length, { dates: listed(some) + (told.length > 3 ? " …" : "") });
	}
	return { choices: list, note };
}

/** The exceptions that would fit nowhere if all were changed. @param {CalendarObject} object @param {string} recurrenceId @param {import("./object.js").Form} before @param {import("./object.js").Form} after */
function lostBy(object, recurrenceId, before, after) {
	const copy = new CalendarObject(object.toString(), object.here);
	return editAll(copy, recurrenceId, before, after, { now: 0, here: object.here, me: { address: "", name: "" } }).lost;
}

/** Asks. @param {Question} q @returns {Promise<Scope | null>} null: nothing is to be done */
export async function askScope(q) {
	const { choices, note } = choicesOf(q);
	const title = t(`event.scope.${q.verb}.title`);
	return modal((/** @type {(s: Scope | null) => void} */ close) => html`<${Dialog} title=${title} class="choose scope-dialog" onClose=${() => close(null)}>
		<p class="muted" dir="auto">${(q.after ?? q.object.form(q.recurrenceId)).title || t("event.untitled")}</p>
		<div class="choices">${choices.map((c, i) => html`<button type="button" autofocus=${i === 0} class=${`choice ${q.verb === "delete" ? "danger" : ""}`} data-scope=${c.value} onClick=${() => close(c.value)}>
			<span>${c.label}</span><small dir="auto">${c.hint}</small></button>`)}</div>
		${note && html`<p class="hint">${note}</p>`}
	<//>`);
}
