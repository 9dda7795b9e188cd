// What a line of quick add becomes: a form, with the guests that were found for the names in it.
import { t } from "../lib/i18n.js";
import { settings, zone } from "../lib/settings.js";
import { eventCalendars } from "../lib/store.js";
import { clockOf, day } from "../lib/time.js";
import { create, planNew, toldByPlan } from "./flow.js";
import { askMail } from "./mail.js";
import { addDays, later, momentValue } from "./object.js";
import { findPeople, guestOf, typedGuest } from "./people.js";
import { defaultCalendar, defaultReminders } from "./times.js";
import { emptyForm } from "./write.js";
import { clockIn } from "./zones.js";

/** @typedef {import("./quick.js").Quick} Quick */
/** @typedef {import("./object.js").Guest} Guest */

/** @param {string} language @param {any} chrono @param {string[]} plain @returns {import("./quick.js").Ground} */
export function groundOf(language, chrono, plain) {
	const now = Date.now();
	return {
		language, chrono, plain, today: day().toString(), clock: clockOf(now), now, calendars: eventCalendars.value.filter((c) => c.may.add).map((c) => c.name),
		offset: Math.round(Temporal.Now.zonedDateTimeISO(zone.value).offsetNanoseconds / 60e9),
	};
}

/** Who is meant by names; null where nobody, or several, could be. @param {string[]} names @returns {Promise<Record<string, Guest | null>>} */
export async function findGuests(names) {
	const all = await Promise.all(names.map(async (n) => {
		const typed = typedGuest(n);
		if (typed) return typed;
		const found = (await findPeople(n)).filter((f) => f.kind !== "room" && f.kind !== "resource");
		const low = n.toLowerCase();
		const exact = found.filter((f) => f.name.toLowerCase() === low || f.name.toLowerCase().split(/\s+/).includes(low));
		return exact.length === 1 ? guestOf(exact[0]) : found.length === 1 ? guestOf(found[0]) : null;
	}));
	return Object.fromEntries(names.map((n, i) => [n, all[i]]));
}

/** @param {Quick} q @param {Record<string, Guest | null>} people @returns {{form: import("./object.js").Form, calendar: string}} */
export function formOfQuick(q, people) {
	const guests = q.names.map((n) => people[n]).filter((g) => !!g), lost = q.names.filter((n) => !people[n]);
	const calendar = eventCalendars.value.find((c) => c.name === q.calendar && c.may.add)?.href ?? defaultCalendar();
	const title = lost.length > 0 ? `${q.title} ${t("event.quick.with", { who: lost.join(", ") })}`.trim() : q.title;
	const date = q.date || day().toString(), here = zone.value;
	const form = { ...emptyForm(), title, place: q.place, guests: /** @type {Guest[]} */ (guests), rule: q.rule };
	if (!q.time && !q.minutes) {
		Object.assign(form, { allDay: true, start: date, end: q.lastDate || addDays(date, Math.max(q.days, 1) - 1) });
	} else {
		const start = `${date}T${q.time || nextHalf()}:00`;
		let end = q.endTime ? `${q.lastDate || date}T${q.endTime}:00` : later(start, (q.minutes || q.days * 1440 || Number(settings.value.eventMinutes) || 60) * 60_000);
		if (end <= start) end = addDays(end, 1);
		Object.assign(form, { start, end, zone: here, endZone: here, reminders: defaultReminders(calendar) });
	}
	if (q.until && q.rule) {
		const last = form.allDay ? { local: q.until, zone: "" } : { local: clockIn("UTC", null, here).local(clockIn(here, null, here).instant(`${q.until}T23:59:59`)), zone: "UTC" };
		form.rule += `;UNTIL=${momentValue(last)}`;
	}
	return { form, calendar };
}

/** The next half hour. */
function nextHalf() {
	const now = Temporal.Now.plainTimeISO(zone.value).round({ smallestUnit: "minute", roundingIncrement: 30, roundingMode: "ceil" });
	return now.toString({ smallestUnit: "minute" });
}

/** Saves a form, after it was said who hears of it. @param {import("./object.js").Form} form @param {string} calendar @returns {Promise<boolean>} */
export async function saveQuick(form, calendar) {
	const made = await planNew(form, calendar);
	if (form.guests.length > 0 && !(await askMail(form.title || t("event.untitled"), await toldByPlan(made.opened, made.plan)))) return false;
	return create(made, form, t("event.created", { title: form.title || t("event.untitled") }));
}
