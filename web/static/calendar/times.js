// The times of a form: what follows from one of them when another is set.
import { bare } from "../lib/ics.js";
import { session, settings, zone } from "../lib/settings.js";
import { eventCalendars } from "../lib/store.js";
import { addDays } from "./object.js";
import { emptyForm } from "./write.js";

/** @typedef {import("./object.js").Form} Form */

/** @param {string} from @param {string} to local times or dates of one kind */
function between(from, to) {
	return from.length === 10 ? Temporal.PlainDate.from(from).until(to) : Temporal.PlainDateTime.from(from).until(to);
}

/** @param {string} local @param {any} duration */
function plus(local, duration) {
	return local.length === 10 ? Temporal.PlainDate.from(local).add(duration).toString() : Temporal.PlainDateTime.from(local).add(duration).toString({ smallestUnit: "second" });
}

/** Another start: the end goes along. @param {Form} f @param {string} start @returns {Form} */
export function withStart(f, start) { return { ...f, start, end: plus(start, between(f.start, f.end)) }; }

/** Another end, never before the start. @param {Form} f @param {string} end @returns {Form} */
export function withEnd(f, end) {
	if (f.zone === f.endZone && end < f.start) {
		if (f.allDay || end.slice(0, 10) >= f.start.slice(0, 10)) return { ...f, end: f.allDay ? f.start : addDays(end, 1) }; // after midnight
		return { ...f, end: f.start.slice(0, 10) + end.slice(10) < f.start ? f.start : f.start.slice(0, 10) + end.slice(10) };
	}
	return { ...f, end };
}

/** Whole days, or not. @param {Form} f @param {boolean} allDay @param {{start: string, end: string} | null} [before] times that it had @returns {Form} */
export function withAllDay(f, allDay, before) {
	if (allDay === f.allDay) return f;
	if (allDay) {
		const last = f.end.slice(11) === "00:00:00" && f.end.slice(0, 10) > f.start.slice(0, 10) ? addDays(f.end.slice(0, 10), -1) : f.end.slice(0, 10);
		return { ...f, allDay, start: f.start.slice(0, 10), end: last, zone: "", endZone: "" };
	}
	const clock = before?.start.slice(10) || "T09:00:00", end = before?.end.slice(10) || "T10:00:00";
	return withEnd({ ...f, allDay, start: f.start + clock, end: f.end + clock, zone: zone.value, endZone: zone.value }, f.end + end);
}

/** Another zone, at the same clock. @param {Form} f @param {string} tz @returns {Form} */
export function withZone(f, tz) { return { ...f, zone: tz, endZone: f.endZone === f.zone ? tz : f.endZone }; }

/** The calendar for what is new. */
export function defaultCalendar() {
	const may = eventCalendars.value.filter((c) => c.may.add && c.may.write);
	return (may.find((c) => c.href === settings.value.defaultCalendar) ?? may.find((c) => c.mine && /\/default\/$/.test(c.href)) ?? may[0])?.href ?? "";
}

/** The reminder that new events of a calendar have. @param {string} calendar @returns {import("./object.js").Reminder[]} */
export function defaultReminders(calendar) {
	const { calendarReminders: own, defaultReminder } = settings.value, minutes = calendar in own ? own[calendar] : defaultReminder;
	return minutes === null ? [] : [{ seconds: -minutes * 60 || 0, related: "START", at: "", action: "DISPLAY" }];
}

/** A form that goes into another calendar: a reminder that nobody has touched is that calendar's. @param {Form} form @param {string} from @param {string} to @returns {Form} */
export function ofCalendar(form, from, to) {
	return !form.allDay && JSON.stringify(form.reminders) === JSON.stringify(defaultReminders(from)) ? { ...form, reminders: defaultReminders(to) } : form;
}

/** The next half hour. */
function soon() {
	const now = Temporal.Now.zonedDateTimeISO(zone.value).toPlainDateTime().round({ smallestUnit: "minute", roundingIncrement: 30, roundingMode: "ceil" });
	return now.toString({ smallestUnit: "second" });
}

/** A form of a draft. @param {import("./popover.js").Draft} draft @returns {{form: Form, calendar: string}} */
export function formOf(draft) {
	const calendar = draft.calendar || defaultCalendar();
	if (draft.form) return { form: draft.form, calendar };
	const here = zone.value;
	const form = { ...emptyForm(), title: draft.title ?? "", zone: here, endZone: here };
	if (draft.allDay || (draft.firstDay && draft.start === undefined)) {
		const first = draft.firstDay ?? localOf(draft.start ?? Date.now(), here).slice(0, 10);
		const last = draft.lastDay ?? (draft.end ? localOf(draft.end - 1, here).slice(0, 10) : first);
		return { calendar, form: { ...form, allDay: true, start: first, end: last < first ? first : last, zone: "", endZone: "" } };
	}
	const start = draft.start === undefined ? soon() : localOf(draft.start, here);
	const end = draft.end === undefined ? plus(start, { minutes: Number(settings.value.eventMinutes) || 60 }) : localOf(draft.end, here);
	return { calendar, form: { ...form, start, end, reminders: defaultReminders(calendar) } };
}

/** @param {number} ms @param {string} tz */
function localOf(ms, tz) { return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(tz).toPlainDateTime().toString({ smallestUnit: "second" }); }

/** Whether an address is mine. @param {string} address */
export function isMe(address) { return (session.value?.principal.addresses ?? []).some((a) => bare(a) === address); }

/** What is wrong with a form, as a key of a sentence; "" if nothing is. @param {Form} f @param {import("./object.js").CalendarObject} object for its clocks */
export function trouble(f, object) {
	if (f.allDay ? f.end < f.start : object.instant({ local: f.end, zone: f.endZone }) < object.instant({ local: f.start, zone: f.zone })) return "event.wrong.end";
	return "";
}
