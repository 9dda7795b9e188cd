// When all are free.

/** @typedef {{from: number, to: number}} Span milliseconds */

/** Slots begin at quarters of an hour. */
const step = 15 * 60_000;

/**
 * The next spans of a length in which nobody is busy, within working hours; each begins after the one before has ended.
 * @param {{busy: Span[], length: number, after: number, until: number, hours: (from: number) => Span | null, count?: number}} what
 * hours: the working hours of the day of an instant, null on days without
 * @returns {Span[]}
 */
export function freeSlots({ busy, length, after, until, hours, count = 3 }) {
	const blocks = [...busy].sort((a, b) => a.from - b.from), found = [];
	for (let at = Math.ceil(after / step) * step; at + length <= until && found.length < count;) {
		const day = hours(at);
		if (!day || at >= day.to || (length <= day.to - day.from && at + length > day.to)) {
			at = nextDay(at, day);
			continue;
		}
		if (at < day.from) {
			at = Math.ceil(day.from / step) * step;
			continue;
		}
		const hit = blocks.find((b) => b.from < at + length && b.to > at);
		if (hit) {
			at = Math.max(at + step, Math.ceil(hit.to / step) * step);
			continue;
		}
		found.push({ from: at, to: at + length });
		at += Math.max(length, step);
	}
	return found;
}

/** @param {number} at @param {Span | null} day */
function nextDay(at, day) { return Math.max(at + step, day && at < day.from ? day.from : at + 3_600_000); }

/** The working hours of the day that an instant is in. @param {number} at @param {string} tz @param {{days: number[], start: string, end: string}} work @returns {Span | null} */
export function workHours(at, tz, work) {
	const d = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(tz).toPlainDate();
	if (!work.days.includes(d.dayOfWeek)) return null;
	const clock = (/** @type {string} */ time) => d.toZonedDateTime({ timeZone: tz, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
	return { from: clock(work.start), to: clock(work.end) };
}
