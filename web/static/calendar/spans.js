// When an event is, in words.
import { t, tn } from "../lib/i18n.js";
import { zone } from "../lib/settings.js";
import { day, dayText, daysText, rangeText } from "../lib/time.js";

const long = /** @type {Intl.DateTimeFormatOptions} */ ({ weekday: "long", day: "numeric", month: "long" });
const short = /** @type {Intl.DateTimeFormatOptions} */ ({ weekday: "short", day: "numeric", month: "short" });

/** The year is said where it is not this one. @param {import("../lib/time.js").Day} d @param {Intl.DateTimeFormatOptions} options @returns {Intl.DateTimeFormatOptions} */
function withYear(d, options) { return d.year === day().year ? options : { ...options, year: "numeric" }; }

/** Days, the last among them. @param {string} first @param {string} last */
export function daysSpan(first, last) {
	const [a, b] = [day(first), day(last)];
	return a.equals(b) ? dayText(a, withYear(a, long)) : daysText(a, b, withYear(b, short));
}

/** From one instant to another. @param {number} from @param {number} to @param {string} [tz] */
export function timesSpan(from, to, tz = zone.value) {
	const a = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(tz).toPlainDate();
	const b = Temporal.Instant.fromEpochMilliseconds(Math.max(from, to - 1)).toZonedDateTimeISO(tz).toPlainDate();
	if (a.equals(b)) return `${dayText(a, withYear(a, long))}, ${rangeText(from, to, tz)}`;
	return `${dayText(a, withYear(a, short))}, ${rangeText(from, from, tz)} – ${dayText(b, withYear(b, short))}, ${rangeText(to, to, tz)}`;
}

/** When a form says that it is, by the clock that is shown. @param {import("./object.js").CalendarObject} object @param {import("./object.js").Form} form */
export function spanText(object, form) {
	if (form.allDay) return `${daysSpan(form.start, form.end)}, ${t("event.allday.short")}`;
	return timesSpan(object.instant({ local: form.start, zone: form.zone }), object.instant({ local: form.end, zone: form.endZone }));
}

/** The short name of a zone at an instant, such as "GMT+1" or "New York". @param {string} tz @param {number} _at */
export function zoneName(tz, _at) { return tz.split("/").at(-1)?.replace(/_/g, " ") ?? tz; }

/** A reminder in words. @param {import("./object.js").Reminder} r */
export function reminderText(r) {
	if (r.at) return t("event.reminder.fixed");
	const n = Math.abs(r.seconds), unit = n % 604_800 === 0 && n > 0 ? "week" : n % 86_400 === 0 && n > 0 ? "day" : n % 3600 === 0 && n > 0 ? "hour" : "minute";
	const size = { week: 604_800, day: 86_400, hour: 3600, minute: 60 }[unit];
	if (n === 0) return t(r.related === "END" ? "event.reminder.atend" : "event.reminder.at");
	const length = tn(`event.unit.${unit}`, Math.round(n / size));
	return t(`event.reminder.${r.seconds < 0 ? "before" : "after"}${r.related === "END" ? ".end" : ""}`, { length });
}
