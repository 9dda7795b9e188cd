// What the views show while the server has not yet answered: the instances of an object as it will be.
import { Line } from "./lines.js";
import { addDays, moment, momentValue, readForm } from "./object.js";
import { occurrence } from "./events.js";

/** How many instances are shown before the server has told its own. */
const most = 400;

/**
 * @param {import("./object.js").CalendarObject} o @param {string} href @param {string} calendar
 * @param {{from: number, to: number}} window @returns {import("./events.js").Occurrence[]}
 */
export function expand(o, href, calendar, window) {
	const list = [], master = o.master;
	if (master && !o.recurring) list.push(instance(o, master, null, href, calendar));
	if (master && o.recurring) {
		const starts = o.starts((m, n) => n > 5000 || o.instant(m) > window.to);
		const length = Math.max(0, o.instant(endOf(master)) - o.instant(moment(/** @type {Line} */ (master.line("DTSTART")))));
		for (const at of starts.filter((m) => o.instant(m) + length >= window.from).slice(0, most)) {
			if (!o.override(at)) list.push(instance(o, master, at, href, calendar));
		}
	}
	for (const part of o.overrides) list.push(instance(o, part, moment(/** @type {Line} */ (part.line("RECURRENCE-ID"))), href, calendar));
	return list.filter((x) => x !== null && x.end >= window.from && x.start <= window.to).map((x) => /** @type {import("./events.js").Occurrence} */ (x));
}

/** @param {import("./lines.js").Part} part */
function endOf(part) {
	const f = readForm(part);
	return { local: f.allDay ? addDays(f.end, 1) : f.end, zone: f.endZone };
}

/**
 * @param {import("./object.js").CalendarObject} o @param {import("./lines.js").Part} part @param {import("./object.js").Moment | null} at
 * @param {string} href @param {string} calendar
 */
function instance(o, part, at, href, calendar) {
	const props = part.items.filter((i) => i instanceof Line).map((i) => {
		const l = /** @type {Line} */ (i);
		return { name: l.name, params: Object.fromEntries(l.params.map(([k]) => [k, l.param(k)])), value: l.value };
	}).filter((p) => !["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"].includes(p.name));
	const first = moment(/** @type {Line} */ (part.line("DTSTART"))), end = endOf(part);
	const own = part.line("RECURRENCE-ID") || !at;
	const start = own ? first : at, shift = own ? 0 : Temporal.PlainDate.from(first.local.slice(0, 10)).until(at.local.slice(0, 10)).days;
	const last = { ...end, local: addDays(end.local, shift) };
	const put = (/** @type {string} */ name, /** @type {import("./object.js").Moment} */ m) => {
		const utc = m.local.length > 10 && m.zone !== "" ? o.into(m, "UTC") : m;
		props.push({ name, params: {}, value: momentValue(utc) });
	};
	put("DTSTART", start);
	put("DTEND", last);
	if (at) put("RECURRENCE-ID", at);
	return occurrence({ name: "VEVENT", props, parts: [] }, href, calendar, "");
}
