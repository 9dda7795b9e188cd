// What an occurrence becomes when it is moved or resized: the same fields that views show. Days are moved on the clock, so
// that 9:00 stays 9:00 when clocks change; lengths stay.
import { clockOf, day, instantOf } from "../lib/time.js";

/** @typedef {import("./events.js").Occurrence} Occurrence */
/** @typedef {{start: number, end: number, firstDay: string, lastDay: string, allDay: boolean}} Times */

/** @param {number} start @param {number} end @returns {Times} */
export function timed(start, end) {
	return { start, end, firstDay: day(start).toString(), lastDay: day(Math.max(start, end - 1)).toString(), allDay: false };
}

/** @param {string} firstDay @param {string} lastDay both included @returns {Times} */
export function allDay(firstDay, lastDay) {
	return { start: instantOf(day(firstDay)), end: instantOf(day(lastDay).add({ days: 1 })), firstDay, lastDay, allDay: true };
}

/** Days from one to another. @param {string} a @param {string} b */
export function daysBetween(a, b) { return day(a).until(day(b), { largestUnit: "days" }).days; }

/** @param {Occurrence} o @param {number} n days @returns {Times} */
export function moveDays(o, n) {
	if (o.allDay) return allDay(day(o.firstDay).add({ days: n }).toString(), day(o.lastDay).add({ days: n }).toString());
	const start = instantOf(day(o.start).add({ days: n }), clockOf(o.start));
	return timed(start, start + o.end - o.start);
}

/** @param {Occurrence} o @param {number} n minutes @returns {Times} */
export function moveMinutes(o, n) { return timed(o.start + n * 60_000, o.end + n * 60_000); }

/** Moves one end; the other stays, and it never becomes shorter than a step. @param {Occurrence} o @param {"start" | "end"} edge @param {number} n minutes, or days of what takes whole days @returns {Times} */
export function resize(o, edge, n) {
	if (o.allDay) {
		const first = edge === "start" ? day(o.firstDay).add({ days: n }).toString() : o.firstDay;
		const last = edge === "end" ? day(o.lastDay).add({ days: n }).toString() : o.lastDay;
		return allDay(edge === "start" && first > last ? last : first, edge === "end" && last < first ? first : last);
	}
	const least = 15 * 60_000;
	if (edge === "start") return timed(Math.min(o.start + n * 60_000, o.end - least), o.end);
	return timed(o.start, Math.max(o.end + n * 60_000, o.start + least));
}

/** Moves one end to an instant. @param {Occurrence} o @param {"start" | "end"} edge @param {number} ms */
export function resizeTo(o, edge, ms) {
	return resize(o, edge, Math.round((ms - (edge === "start" ? o.start : o.end)) / 60_000));
}

/** Whether two are the same: a whole day is not the time from midnight to midnight. @param {Times} a @param {Times} b */
export function sameTimes(a, b) { return a.start === b.start && a.end === b.end && a.allDay === b.allDay; }

/** The times as change.js wants them. @param {Times} times */
export function asked(times) {
	return times.allDay ? { firstDay: times.firstDay, lastDay: times.lastDay } : { start: times.start, end: times.end };
}
