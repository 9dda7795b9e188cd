// The axis of the hours. It shows clocks, and each instant of a day has one place on it: where a clock of one of the days
// shown goes back, the axis has the repeated hour twice; on days without it that second piece, and on days whose clocks go
// forward the hour that is left out, are blank.
import { instantOf, minutesOf } from "../lib/time.js";

/** @typedef {import("../lib/time.js").Day} Day */
/**
 * @typedef {object} DayAxis one day on the axis, in minutes from its top
 * @property {string} iso @property {number} start @property {number} end instants
 * @property {[number, number] | null} blank what does not exist on it
 * @property {(ms: number) => number} top where something begins @property {(ms: number) => number} bottom where something ends
 * @property {(y: number) => number} at the instant at a place
 *
 * @typedef {object} Axis
 * @property {number} length in minutes @property {{y: number, clock: number, second: boolean}[]} hours the full hours
 * @property {DayAxis[]} days
 */

const dayMinutes = 1440;

/** What the clocks of a day do: from which minute to which they are set, and when. @param {Day} d @param {string} tz */
function turn(d, tz) {
	const start = d.toZonedDateTime({ timeZone: tz }), next = d.add({ days: 1 }).toZonedDateTime({ timeZone: tz });
	const length = (next.epochMilliseconds - start.epochMilliseconds) / 60_000;
	if (length === dayMinutes) return null;
	const at = /** @type {any} */ (start.subtract({ seconds: 1 })).getTimeZoneTransition("next");
	if (!at || at.epochMilliseconds >= next.epochMilliseconds) return null;
	const after = at.hour * 60 + at.minute;
	return { at: at.epochMilliseconds, before: after + length - dayMinutes, after, back: length > dayMinutes };
}

/** The axis of days. @param {Day[]} list @param {string} tz @returns {Axis} */
export function axisOf(list, tz) {
	const turns = list.map((d) => turn(d, tz));
	const fold = turns.find((t) => t?.back) ?? null;
	const [from, to] = fold ? [fold.after, fold.before] : [dayMinutes, dayMinutes];
	const extra = to - from;
	/** Where a clock is. @param {number} clock @param {boolean} second */
	const place = (clock, second) => (clock >= to || second ? clock + extra : clock);
	const days = list.map((d, i) => {
		const start = instantOf(d, "00:00", tz), end = instantOf(d.add({ days: 1 }), "00:00", tz), t = turns[i];
		const top = (/** @type {number} */ ms) => {
			if (ms <= start) return 0;
			if (ms >= end) return dayMinutes + extra;
			if (!t) return place(Math.floor((ms - start) / 60_000), false);
			return place(minutesOf(ms, tz), t.back && ms >= t.at && minutesOf(ms, tz) < t.before);
		};
		const bottom = (/** @type {number} */ ms) => (ms <= start ? 0 : ms >= end ? dayMinutes + extra : top(ms - 60_000) + 1);
		const at = (/** @type {number} */ y) => {
			const second = extra > 0 && y >= to && y < to + extra;
			const clock = Math.max(0, Math.min(y >= to ? y - extra : y, dayMinutes));
			if (clock >= dayMinutes) return end;
			if (second && t?.back) return t.at + (clock - from) * 60_000;
			const time = second ? to : clock; // the blank piece: right after it
			if (t && !t.back && time >= t.before && time < t.after) return t.at;
			return instantOf(d, `${String(Math.floor(time / 60)).padStart(2, "0")}:${String(Math.floor(time % 60)).padStart(2, "0")}`, tz);
		};
		/** @type {[number, number] | null} */
		const blank = t && !t.back ? [place(t.before, false), place(t.after - 1, false) + 1] : !t && extra > 0 ? [to, to + extra] : null;
		return { iso: d.toString(), start, end, blank, top, bottom, at };
	});
	const hours = [];
	for (let clock = 0; clock < dayMinutes; clock += 60) hours.push({ y: place(clock, false), clock, second: false });
	for (let clock = Math.ceil(from / 60) * 60; clock < to; clock += 60) hours.push({ y: place(clock, true), clock, second: true });
	return { length: dayMinutes + extra, hours: hours.sort((a, b) => a.y - b.y), days };
}
