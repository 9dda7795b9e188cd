// Days and times, by Temporal: days are PlainDate, instants are milliseconds since 1970. The zone is the one that is shown.
import { dateFormat, kept } from "./i18n.js";
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

/** @typedef {{iso: string, from: number, to: number}} Stretch a day, from its beginning to that of the next */

/** Days of 24 hours in a zone, by the days of UTC that they touch. @type {{zone: string, days: Map<number, Stretch[]>}} */
let known = { zone: "", days: new Map() };

/** The day of an instant in the zone that is shown. Few days hold many instants: each is asked of Temporal once. @param {number} ms @returns {Stretch} */
function stretch(ms) {
	if (known.zone !== zone.value) known = { zone: zone.value, days: new Map() };
	const at = Math.floor(ms / dayLong), near = known.days.get(at) ?? [], found = near.find((d) => d.from <= ms && ms < d.to);
	if (found) return found;
	const d = day(ms), asked = { iso: d.toString(), from: instantOf(d), to: instantOf(d.add({ days: 1 })) };
	if (asked.to - asked.from === dayLong) known.days.set(at, [...near, asked]); // within others the clock is set
	return asked;
}

const dayLong = 86_400_000;

/** The ISO date of an instant in the zone that is shown. @param {number} ms */
export function dateOf(ms) { return stretch(ms).iso; }

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
	return rangeText(ms, ms, tz);
}

/** "9:30 – 10 AM" on one day, which may end it, with dates where days differ. @param {number} from @param {number} to @param {string} [tz] */
export function rangeText(from, to, tz = zone.value) {
	const h24 = settings.value.hours24, d = tz === zone.value ? stretch(from) : null;
	const make = () => {
		const clock = dateFormat({ hour: h24 ? "2-digit" : "numeric", minute: "2-digit", timeZone: tz, ...hours() });
		return from === to ? clock.format(from) : to === d?.to ? `${clock.format(from)} – ${clock.format(to)}` : clock.formatRange(from, to);
	};
	return d && to <= d.to && d.to - d.from === dayLong ? kept(`${h24} ${from - d.from} ${to - d.from}`, make) : make();
}

/** A day in words. @param {Day} d @param {Intl.DateTimeFormatOptions} options such as {weekday: "long", day: "numeric", month: "long"} */
export function dayText(d, options) {
	return kept(`${JSON.stringify(options)} ${d}`, () => dateFormat({ ...options, timeZone: "UTC" }).format(Date.UTC(d.year, d.month - 1, d.day)));
}

/** Days from one to another, in words. The last belongs to it. @param {Day} from @param {Day} to @param {Intl.DateTimeFormatOptions} options */
export function daysText(from, to, options) {
	return dateFormat({ ...options, timeZone: "UTC" }).formatRange(Date.UTC(from.year, from.month - 1, from.day), Date.UTC(to.year, to.month - 1, to.day));
}
