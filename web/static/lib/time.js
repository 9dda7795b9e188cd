// Days and times, by Temporal: days are PlainDate, instants are milliseconds since 1970. The zone is the one that is shown.
import { dateFormat, language } from "./i18n.js";
import { settings, zone } from "./settings.js";

/** @typedef {import("temporal-spec").Temporal.PlainDate} Day */

/** @param {string | Date | number | Day} [of] an ISO date, or an instant; today without @returns {Day} */
export function day(of) {
	if (of === undefined) return Temporal.Now.plainDateISO(zone.value);
	if (typeof of === "string") return Temporal.PlainDate.from(of.slice(0, 10));
	if (typeof of === "number") return Temporal.Instant.fromEpochMilliseconds(of).toZonedDateTimeISO(zone.value).toPlainDate();
	if (of instanceof Date) return day(of.getTime());
	return of;
}

/** The instant at which a time of a day is in a zone (the later of a gap, the first of a fold). @param {Day} d @param {string} [time] HH:MM @param {string} [tz] */
export function instantOf(d, time = "00:00", tz = zone.value) {
	return d.toZonedDateTime({ timeZone: tz, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
}

/** The instant of a time that lib/ics.js has read; of dates and floating times in the zone that is shown. @param {{date: string} | {ms: number} | {local: string}} time */
export function toInstant(time) {
	if ("ms" in time) return time.ms;
	if ("date" in time) return instantOf(day(time.date));
	return Temporal.PlainDateTime.from(time.local).toZonedDateTime(zone.value).epochMilliseconds;
}

/** The clock of an instant as HH:MM. @param {number} ms @param {string} [tz] */
export function clockOf(ms, tz = zone.value) {
	return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(tz).toPlainTime().toString({ smallestUnit: "minute" });
}

/** Minutes since midnight on the clock. @param {number} ms @param {string} [tz] */
export function minutesOf(ms, tz = zone.value) {
	const t = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(tz);
	return t.hour * 60 + t.minute;
}

/** The first day of the week that holds a day. @param {Day} d @returns {Day} */
export function weekOf(d) {
	return d.subtract({ days: (d.dayOfWeek - Number(settings.value.weekStart) + 7) % 7 });
}

/** The options of a clock as the person likes it. */
export function hours() {
	return { hourCycle: /** @type {"h23" | "h12"} */ (settings.value.hours24 ? "h23" : "h12") };
}

/** "09:30" or "9:30 AM". @param {number} ms @param {string} [tz] */
export function timeText(ms, tz = zone.value) {
	return dateFormat({ hour: settings.value.hours24 ? "2-digit" : "numeric", minute: "2-digit", timeZone: tz, ...hours() }).format(ms);
}

/** "9:30 – 10 AM" on one day, with dates where days differ. @param {number} from @param {number} to @param {string} [tz] */
export function rangeText(from, to, tz = zone.value) {
	return dateFormat({ hour: settings.value.hours24 ? "2-digit" : "numeric", minute: "2-digit", timeZone: tz, ...hours() }).formatRange(from, to);
}

/** A day in words. @param {Day} d @param {Intl.DateTimeFormatOptions} options such as {weekday: "long", day: "numeric", month: "long"} */
export function dayText(d, options) {
	return dateFormat({ ...options, timeZone: "UTC" }).format(Date.UTC(d.year, d.month - 1, d.day));
}

/** Days from one to another, in words. The last belongs to it. @param {Day} from @param {Day} to @param {Intl.DateTimeFormatOptions} options */
export function daysText(from, to, options) {
	return dateFormat({ ...options, timeZone: "UTC" }).formatRange(Date.UTC(from.year, from.month - 1, from.day), Date.UTC(to.year, to.month - 1, to.day));
}

/**
 * A time that somebody typed: 9, 930, 9:30, 9.30, 9p, 9:30 pm, 21h. @param {string} typed
 * @returns {string | null} HH:MM
 */
export function readClock(typed) {
	const m = /^\s*(\d{1,2})(?:[:.h ]?([0-5]\d))?\s*(?:uhr|h)?\s*([ap])?\.?m?\.?\s*$/i.exec(typed);
	if (!m) return null;
	let hour = Number(m[1]);
	const half = m[3]?.toLowerCase();
	if (half) {
		if (hour < 1 || hour > 12) return null;
		hour = (hour % 12) + (half === "p" ? 12 : 0);
	}
	if (hour > 24 || (hour === 24 && Number(m[2] ?? 0) > 0)) return null;
	return `${String(hour % 24).padStart(2, "0")}:${m[2] ?? "00"}`;
}

/** How long in words: "1 h 30 min". @param {number} ms */
export function lengthText(ms) {
	const minutes = Math.round(ms / 60_000), list = [];
	/** @type {[number, string][]} */
	const units = [[1440, "day"], [60, "hour"], [1, "minute"]];
	let rest = minutes;
	for (const [size, unit] of units) {
		const n = Math.floor(rest / size);
		rest %= size;
		if (n > 0) list.push(new Intl.NumberFormat(language.value, { style: "unit", unit, unitDisplay: "short" }).format(n));
	}
	return list.join(" ") || "0";
}
