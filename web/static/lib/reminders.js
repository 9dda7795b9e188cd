// Reminders while a page is open: what the alarms of one's own events ask for (RFC 5545 §3.6.6, DISPLAY and AUDIO), as a
// notification of the browser where that is wanted and allowed, else as a message on the page in front. However many
// pages are open, each alarm is shown once: what was shown stands in the storage of the browser. app.js loads this after
// the first view.
import { effect, untracked } from "../vendor/preact.js";
import { toast } from "../ui/toast.js";
import { report } from "./dav.js";
import { t } from "./i18n.js";
import { bare, prop, props, readDuration, readICS, readTime, stampOf, textOf } from "./ics.js";
import { onChange } from "./live.js";
import { pushWorker, startPush, wasPushed } from "./push.js";
import { go } from "./router.js";
import { recall, remember, session, settings } from "./settings.js";
import { eventCalendars } from "./store.js";
import { day, daysText, rangeText, toInstant } from "./time.js";
import { text } from "./xml.js";

/**
 * @typedef {object} Alarm
 * @property {string} key the same in every page, and of what the server pushes (push/teller.go) @property {number} at when it is due
 * @property {string} title @property {string} place @property {string} href of the event @property {string} recurrenceId
 * @property {number} start @property {number} end @property {boolean} allDay
 */

const hour = 3_600_000;
/** How far ahead alarms are known; asked for again at half of it. */
const ahead = 24 * hour;
/** An event may be so much later than its alarm. */
const before = 15 * 24 * hour;
/** A reminder that no page has shown in time is still shown for so long. */
const grace = 10 * 60_000;

/** Alarms of the next hours by calendar. @type {Map<string, Alarm[]>} */
const known = new Map();
/** When a page of this window last looked. */
let looked = Date.now();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Begins to remind. */
export function startReminders() {
	startPush();
	effect(() => {
		settings.value;
		untracked(askAll);
	});
	setInterval(askAll, ahead / 2);
	onChange((kind, data) => {
		const one = kind === "change" && own().find((c) => c.href === data?.href);
		if (one) ask(one.href);
		else if (kind === "home" || kind === "all") askAll();
	});
	document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
}

/** Calendars that somebody fills themselves, and has not made quiet. What others share, or a feed brings, reminds others. */
function own() { return eventCalendars.value.filter((c) => c.mine && c.may.read && c.may.add && !settings.value.quietCalendars.includes(c.href)); }

function askAll() {
	const calendars = own();
	for (const href of known.keys()) if (!calendars.some((c) => c.href === href)) known.delete(href);
	for (const c of calendars) ask(c.href);
}

const asked = ["SUMMARY", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "LOCATION", "STATUS", "ATTENDEE"].map((n) => `<C:prop name="${n}"/>`).join("") +
	`<C:comp name="VALARM">${["ACTION", "TRIGGER", "ACKNOWLEDGED"].map((n) => `<C:prop name="${n}"/>`).join("")}</C:comp>`;

/** Calendars that are being asked, with whether to ask again after it. @type {Map<string, boolean>} */
const asking = new Map();

/** Reads the alarms that a calendar has in the next hours. @param {string} calendar */
async function ask(calendar) {
	if (asking.has(calendar)) {
		asking.set(calendar, true);
		return;
	}
	do {
		asking.set(calendar, false);
		const now = Date.now(), window = { from: now - grace, to: now + ahead };
		const span = (/** @type {number} */ from, /** @type {number} */ to) => `start="${stampOf(from)}" end="${stampOf(to)}"`;
		try {
			const { parts } = await report(calendar, "C:calendar-query",
				`<D:prop><C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT">${asked}</C:comp></C:comp><C:expand ${span(now - ahead, now + before)}/></C:calendar-data></D:prop>
				<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"><C:time-range ${span(window.from, window.to)}/></C:comp-filter></C:comp-filter></C:comp-filter></C:filter>`);
			known.set(calendar, parts.flatMap((p) => alarmsOf(text(p.prop, "C:calendar-data"), p.href)).filter((a) => a.at > window.from && a.at <= window.to));
		} catch {
			// the calendar itself tells what is wrong; what is known of it holds until it can be asked again
		}
	} while (asking.get(calendar));
	asking.delete(calendar);
	look();
}

/** The alarms of an object as the server expanded it. @param {string} data @param {string} href @returns {Alarm[]} */
function alarmsOf(data, href) {
	const addresses = (session.value?.principal.addresses ?? []).map(bare);
	/** Alarms at a set time, by it: all instances of a series have them. @type {Map<number, Alarm>} */
	const fixed = new Map();
	const others = readICS(data).parts.flatMap((c) => c.parts).filter((c) => c.name === "VEVENT").flatMap((c) => {
		const start = readTime(prop(c, "DTSTART"));
		if (!start || textOf(c, "STATUS") === "CANCELLED") return [];
		const me = props(c, "ATTENDEE").find((p) => addresses.includes(bare(p.value)));
		if (me?.params.PARTSTAT === "DECLINED") return [];
		const from = toInstant(start), until = readTime(prop(c, "DTEND"));
		const to = until ? toInstant(until) : from + (prop(c, "DURATION") ? readDuration(textOf(c, "DURATION")) : "date" in start ? ahead : 0);
		const recurrenceId = prop(c, "RECURRENCE-ID")?.value ?? "";
		return c.parts.filter((a) => a.name === "VALARM" && ["DISPLAY", "AUDIO"].includes(textOf(a, "ACTION").toUpperCase())).flatMap((a) => {
			const at = due(prop(a, "TRIGGER"), from, to), done = readTime(prop(a, "ACKNOWLEDGED"));
			if (at === null || (done && toInstant(done) >= at)) return [];
			const alarm = { key: `${href}#${from}#${at}`, at, title: textOf(c, "SUMMARY"), place: textOf(c, "LOCATION"), href, recurrenceId, start: from, end: to, allDay: "date" in start };
			if (hangs(prop(a, "TRIGGER"))) return [alarm];
			const known = fixed.get(at);
			if (!known || rather(alarm, known)) fixed.set(at, alarm);
			return [];
		});
	});
	return [...others, ...fixed.values()];
}

/** Whether an alarm at a set time is about this instance rather than that: the first that is not over by then, else the last, as the server has it. @param {Alarm} a @param {Alarm} b */
function rather(a, b) {
	const over = (/** @type {Alarm} */ x) => x.end <= x.at && x.start < x.at;
	if (over(a) !== over(b)) return over(b);
	return over(a) ? a.start > b.start : a.start < b.start;
}

/** Whether a trigger hangs on its instance. @param {import("./ics.js").Property | null} trigger */
function hangs(trigger) { return /^[+-]?P/.test(trigger?.value ?? ""); }

/** When a trigger is due (RFC 5545 §3.8.6.3): at an instant, or so long before or after start or end. @param {import("./ics.js").Property | null} trigger @param {number} from @param {number} to */
function due(trigger, from, to) {
	if (!trigger) return null;
	if (!hangs(trigger)) {
		const time = readTime(trigger);
		return time && toInstant(time);
	}
	return (trigger.params.RELATED?.toUpperCase() === "END" ? to : from) + readDuration(trigger.value);
}

/** Shows what is due, and wakes again for the next. */
async function look() {
	clearTimeout(timer);
	const now = Date.now(), since = Math.min(looked, now - grace);
	const all = [...known.values()].flat();
	const late = all.filter((a) => a.at <= now && a.at > since && (a.end > now || a.at > now - grace));
	if (late.length === 0 || await show(late, now)) looked = now;
	const next = Math.min(...all.filter((a) => a.at > now).map((a) => a.at));
	clearTimeout(timer); // whoever came meanwhile has set one
	if (Number.isFinite(next)) timer = setTimeout(look, Math.max(0, next - Date.now()));
}

/** Whether the browser shows notifications, and they are wanted. @param {ServiceWorkerRegistration | null} worker */
function notifies(worker) { return (settings.value.notifications || worker !== null) && "Notification" in globalThis && Notification.permission === "granted"; }

/** Shows alarms that no other page has shown; false if that is left to a page in front. @param {Alarm[]} alarms @param {number} now */
async function show(alarms, now) {
	const worker = await pushWorker(), outside = notifies(worker);
	if (!outside && settings.value.reminderToasts && document.visibilityState !== "visible") return false;
	/** @type {Alarm[]} */
	const fresh = [];
	for (const a of alarms) if (await claim(a, now) && !(worker && await wasPushed(a.key))) fresh.push(a);
	for (const a of fresh) {
		if (outside) notify(a, worker);
		else if (settings.value.reminderToasts) toast(`${a.title || t("event.untitled")} · ${when(a)}`, { action: { label: t("reminder.open"), run: () => go(pathOf(a)) }, stays: true });
	}
	return true;
}

/**
 * Takes an alarm for this page; false if one has it already. What is stored reaches other pages a little later: until then
 * a lock on the alarm tells them, which the page holds while it is open. @param {Alarm} a @param {number} now @returns {Promise<boolean>}
 */
function claim(a, now) {
	const take = () => {
		/** @type {Record<string, number>} */
		const shown = recall("reminded", {});
		if (a.key in shown) return false;
		remember("reminded", { ...Object.fromEntries(Object.entries(shown).filter(([, at]) => at > now - 2 * ahead)), [a.key]: a.at });
		return true;
	};
	if (!("locks" in navigator)) return Promise.resolve(take()); // without a secure origin: two pages may both show it
	return new Promise((resolve) => {
		navigator.locks.request(`convoke.reminded ${a.key}`, { ifAvailable: true }, (lock) => {
			const taken = lock !== null && take();
			resolve(taken);
			return taken ? new Promise(() => {}) : undefined;
		}).catch(() => resolve(take()));
	});
}

/** @param {Alarm} a @param {ServiceWorkerRegistration | null} worker */
function notify(a, worker) {
	const title = a.title || t("event.untitled");
	const options = { body: [when(a), a.place].filter(Boolean).join("\n"), tag: a.key, lang: document.documentElement.lang, dir: /** @type {NotificationDirection} */ ("auto") };
	if (worker) {
		worker.showNotification(title, { ...options, data: { path: pathOf(a) } });
		return;
	}
	const n = new Notification(title, options);
	n.onclick = () => {
		globalThis.focus();
		go(pathOf(a));
		n.close();
	};
}

/** @param {Alarm} a */
function when(a) {
	const first = day(a.start), last = day(Math.max(a.start, a.end - 1));
	const days = daysText(first, last, { weekday: "short", day: "numeric", month: "short" });
	if (a.allDay) return days;
	const times = rangeText(a.start, a.end);
	return first.equals(day()) || !first.equals(last) ? times : `${days}, ${times}`;
}

/** @param {Alarm} a */
function pathOf(a) {
	const query = new URLSearchParams({ open: a.href, ...(a.recurrenceId && { at: a.recurrenceId }) });
	return `/calendar/day/${day(a.start)}?${query}`;
}
