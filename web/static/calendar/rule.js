// Recurrence rules (RFC 5545 §3.3.10): read, written, stepped through by the clock on the wall, and moved with their event.
import ICAL from "../vendor/ical.js";

/**
 * @typedef {object} Rule
 * @property {"DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY" | string} freq @property {number} interval
 * @property {string[]} byDay "MO", "-1TH" @property {number[]} byMonthDay @property {number[]} byMonth @property {number[]} bySetPos
 * @property {number} count 0: no such end @property {string} until as it stands, "" without
 * @property {[string, string][]} more parts that nothing here changes
 */

export const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

const numbers = (/** @type {string} */ v) => v.split(",").map(Number);

/** @param {string} value @returns {Rule} */
export function readRule(value) {
	/** @type {Rule} */
	const r = { freq: "", interval: 1, byDay: [], byMonthDay: [], byMonth: [], bySetPos: [], count: 0, until: "", more: [] };
	for (const part of value.split(";")) {
		const [name, v = ""] = part.toUpperCase().split("=");
		if (name === "FREQ") r.freq = v;
		else if (name === "INTERVAL") r.interval = Number(v) || 1;
		else if (name === "BYDAY") r.byDay = v.split(",").map((d) => d.replace(/^\+/, ""));
		else if (name === "BYMONTHDAY") r.byMonthDay = numbers(v);
		else if (name === "BYMONTH") r.byMonth = numbers(v);
		else if (name === "BYSETPOS") r.bySetPos = numbers(v);
		else if (name === "COUNT") r.count = Number(v) || 0;
		else if (name === "UNTIL") r.until = v;
		else if (name) r.more.push([name, v]);
	}
	return r;
}

/** @param {Rule} r @returns {string} */
export function writeRule(r) {
	const parts = [`FREQ=${r.freq}`];
	if (r.until) parts.push(`UNTIL=${r.until}`);
	else if (r.count) parts.push(`COUNT=${r.count}`);
	if (r.interval > 1) parts.push(`INTERVAL=${r.interval}`);
	/** @type {[string, (string | number)[]][]} */
	const by = [["BYMONTH", r.byMonth], ["BYMONTHDAY", r.byMonthDay], ["BYDAY", r.byDay], ["BYSETPOS", r.bySetPos]];
	for (const [name, list] of by) if (list.length > 0) parts.push(`${name}=${list.join(",")}`);
	for (const [name, v] of r.more) parts.push(`${name}=${v}`);
	return parts.join(";");
}

/** A value with some of its parts set anew where they stand; "" takes one away. @param {string} value @param {Record<string, string>} change */
export function withParts(value, change) {
	const rest = { ...change };
	const parts = value.split(";").flatMap((part) => {
		const name = part.split("=")[0].toUpperCase();
		if (!(name in rest)) return [part];
		const now = rest[name];
		delete rest[name];
		return now === "" ? [] : [`${name}=${now}`];
	});
	for (const [name, v] of Object.entries(rest)) if (v !== "") parts.push(`${name}=${v}`);
	return parts.join(";");
}

/** How many steps one walk through a rule may take. */
const maxSteps = 20_000;

/**
 * The starts by a rule, by the clock on the wall; UNTIL is the caller's, who knows the zone. @param {string} value
 * @param {string} start 2026-11-30 or 2026-11-30T09:00:00
 */
export function* ruleStarts(value, start) {
	const recur = ICAL.Recur.fromString(withParts(value, { UNTIL: "" }));
	const first = start.length === 10 ? ICAL.Time.fromDateString(start) : ICAL.Time.fromDateTimeString(start);
	const steps = recur.iterator(first);
	for (let n = 0, t = steps.next(); t && n < maxSteps; n++, t = steps.next()) yield t.toString();
}

/** The weekday of a date as in BYDAY. @param {string} local */
export function weekdayOf(local) { return weekdays[Temporal.PlainDate.from(local.slice(0, 10)).dayOfWeek - 1]; }

/** Which of its weekday in the month a day is: 2 for the second; -1 for the last if `last`. @param {string} local @param {boolean} [last] */
export function nthOf(local, last = false) {
	const d = Temporal.PlainDate.from(local.slice(0, 10));
	return last && d.day + 7 > d.daysInMonth ? -1 : Math.ceil(d.day / 7);
}

/**
 * How a rule moves with an event that goes from one day to another; null where that cannot be told.
 * `days`: by how many each start goes (0: those of other weekdays stay). @param {string} value @param {string} from @param {string} to local times
 * @returns {{value: string, moves: (start: string) => boolean} | null}
 */
export function moveRule(value, from, to) {
	const r = readRule(value);
	const all = () => true;
	const [a, b] = [from, to].map((l) => Temporal.PlainDate.from(l.slice(0, 10)));
	if (a.equals(b)) return { value, moves: all };
	if (r.bySetPos.length > 0 || r.more.some(([n]) => n !== "WKST")) return null;
	if (r.freq === "WEEKLY" && r.byMonth.length === 0) {
		if (r.byDay.length === 0) return { value, moves: all };
		const [was, is] = [weekdayOf(from), weekdayOf(to)];
		if (!r.byDay.includes(was)) return null;
		const list = [...new Set(r.byDay.map((d) => (d === was ? is : d)))].sort((x, y) => weekdays.indexOf(x) - weekdays.indexOf(y));
		return { value: withParts(value, { BYDAY: list.join(",") }), moves: r.byDay.length === 1 ? all : (start) => weekdayOf(start) === was };
	}
	if (r.freq === "DAILY") return r.byDay.length + r.byMonth.length + r.byMonthDay.length === 0 ? { value, moves: all } : null;
	if (r.freq !== "MONTHLY" && r.freq !== "YEARLY") return null;
	/** @type {Record<string, string>} */
	const change = {};
	if (r.byDay.length + r.byMonthDay.length > 1 || r.byMonth.length > 1) return null;
	if (r.byDay.length === 1) {
		const nth = Number(/^-?\d+/.exec(r.byDay[0])?.[0] ?? 0);
		if (nth === 0 || (r.freq === "YEARLY" && r.byMonth.length === 0)) return null;
		change.BYDAY = `${nthOf(to, nth === -1)}${weekdayOf(to)}`;
	} else if (r.byMonthDay.length === 1) {
		if (r.byMonthDay[0] < 0 && !(r.byMonthDay[0] === -1 && b.day === b.daysInMonth)) return null;
		change.BYMONTHDAY = String(r.byMonthDay[0] < 0 ? -1 : b.day);
	}
	if (r.freq === "YEARLY" && r.byMonth.length === 1) change.BYMONTH = String(b.month);
	return { value: withParts(value, change), moves: all };
}
