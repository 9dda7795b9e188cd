// The occurrences that the views show: expanded by the server, one query a calendar and window, kept up to date by
// sync-collection. Views read `occurrences`; who changes something puts its outcome here before the server has answered.
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { objects } from "../lib/dav.js";
import { bare, prop, props, readDuration, readICS, readTime, stampOf, textOf, unescapeText } from "../lib/ics.js";
import { onChange } from "../lib/live.js";
import { session, zone } from "../lib/settings.js";
import { eventCalendars, hidden } from "../lib/store.js";
import { dateOf, day, instantOf, toInstant } from "../lib/time.js";
import { part } from "./parts.js";

/**
 * @typedef {object} Person
 * @property {string} address lower case, without mailto: @property {string} name @property {string} status PARTSTAT
 * @property {string} role @property {string} kind CUTYPE
 *
 * @typedef {object} Occurrence one instance of an event, as a view shows it
 * @property {string} key of this occurrence among all @property {string} href @property {string} etag
 * @property {string} calendar href @property {string} uid
 * @property {string} recurrenceId the RECURRENCE-ID value of an instance of a series, else "" @property {boolean} recurring
 * @property {string} title @property {boolean} allDay
 * @property {number} start @property {number} end milliseconds; of all-day and floating events in the zone that is shown
 * @property {string} firstDay @property {string} lastDay ISO dates; of all-day events as they stand, the last included
 * @property {string} place @property {string} description @property {string} status @property {boolean} free TRANSP:TRANSPARENT
 * @property {string} privacy CLASS @property {string} url @property {string[]} categories @property {string} color of its own, or ""
 * @property {Person | null} organizer @property {Person[]} attendees @property {Person | null} me my line among the attendees
 * @property {boolean} mine I organize it, or nobody else does @property {boolean} [pending] not yet acknowledged by the server
 */

/** @typedef {{from: number, to: number}} Window in milliseconds */
/** @typedef {{window: Window, token: string, byHref: Map<string, Occurrence[]>, error: unknown}} Loaded */

/** What is loaded, by calendar. @type {import("../vendor/preact.js").Signal<Map<string, Loaded>>} */
export const loaded = signal(new Map());
/** Outcomes that the server has not acknowledged, by object: null where it is deleted. @type {import("../vendor/preact.js").Signal<Map<string, Occurrence[] | null>>} */
const expected = signal(new Map());

/** Calendars that could not be read, with why. */
export const troubles = computed(() => new Map([...loaded.value].filter(([, l]) => l.error).map(([href, l]) => [href, l.error])));
/** Whether something is being read for the first time. */
export const loading = signal(false);

/** All occurrences of the calendars that are shown. @type {import("../vendor/preact.js").ReadonlySignal<Occurrence[]>} */
export const occurrences = computed(() => {
	const off = new Set(hidden.value), list = [];
	const shown = new Set(eventCalendars.value.map((c) => c.href).filter((h) => !off.has(h)));
	for (const [calendar, l] of loaded.value) {
		if (!shown.has(calendar)) continue;
		for (const [href, all] of l.byHref) if (!expected.value.has(href)) list.push(...all);
	}
	for (const all of expected.value.values()) {
		if (all) list.push(...all.filter((o) => shown.has(o.calendar)));
	}
	return list;
});

/** The occurrences of one object as they are shown now. @param {string} href @returns {Occurrence[]} */
export function occurrencesOf(href) {
	const now = expected.value.get(href);
	if (now !== undefined) return now ?? [];
	for (const l of loaded.value.values()) if (l.byHref.has(href)) return l.byHref.get(href) ?? [];
	return [];
}

/** The span in which a calendar is loaded. @param {string} calendar @returns {Window} */
export function windowOf(calendar) {
	return loaded.value.get(calendar)?.window ?? wanted ?? { from: Date.now() - 60 * 86_400_000, to: Date.now() + 60 * 86_400_000 };
}

/** Shows an outcome before the server has acknowledged it; null: deleted. @param {string} href @param {Occurrence[] | null} all */
export function expect(href, all) {
	expected.value = new Map(expected.value).set(href, all && all.map((o) => ({ ...o, ...consistent(o), pending: true })));
}

/** The times of an occurrence, and the days that they are on: of one of them follows the other. @param {Occurrence} o */
function consistent(o) {
	if (o.allDay) return { start: instantOf(day(o.firstDay)), end: instantOf(day(o.lastDay).add({ days: 1 })) };
	return { firstDay: dateOf(o.start), lastDay: dateOf(Math.max(o.start, o.end - 1)) };
}

/** Forgets what was expected: the server has refused it, or what it answered has been read. @param {string} href */
export function settle(href) {
	const next = new Map(expected.value);
	next.delete(href);
	expected.value = next;
}

/** Properties that a view shows; everything else stays on the server until an event is opened. */
const viewed = ["UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "LOCATION", "DESCRIPTION", "STATUS", "TRANSP", "CLASS",
	"ORGANIZER", "ATTENDEE", "CATEGORIES", "COLOR", "URL"].map((n) => `<C:prop name="${n}"/>`).join("");

/** What is asked for of a window. @param {Window} w */
export function asked(w) {
	const range = `start="${stampOf(w.from)}" end="${stampOf(w.to)}"`;
	return { range, props: `<D:prop><D:getetag/><C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT">${viewed}</C:comp></C:comp><C:expand ${range}/></C:calendar-data></D:prop>` };
}

/** What the views want to show. @type {Window | null} */
export let wanted = null;
/** The zone that floating times and days were read in. */
let readIn = "";
/** The longest window that is kept; beyond it reading begins anew. */
const longest = 800 * 86_400_000;

/**
 * Makes the occurrences of a span available. As much before and after is read with it, so that whoever goes on finds the
 * next period there; what was read stays until the rest has come. @param {number} from @param {number} to
 */
export async function show(from, to) {
	if (readIn !== zone.value) {
		readIn = zone.value;
		loaded.value = new Map();
		wanted = null;
	}
	const pad = Math.max(to - from, 7 * 86_400_000);
	if (!wanted || from - pad / 2 < wanted.from || to + pad / 2 > wanted.to) {
		const next = { from: from - pad, to: to + pad };
		const both = wanted && union(wanted, next);
		wanted = both && both.to - both.from <= longest ? both : next;
	}
	await refill();
}

/** Both windows as one, or null where there is a gap between them. @param {Window} a @param {Window} b @returns {Window | null} */
function union(a, b) {
	return a.from <= b.to && b.from <= a.to ? { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) } : null;
}

/** Reads each calendar that lacks the window. */
async function refill() {
	const w = wanted;
	if (!w) return;
	const missing = eventCalendars.value.filter((c) => {
		const l = loaded.value.get(c.href);
		return c.may.read && !hidden.value.includes(c.href) && !filling.has(key(c.href, w)) && (!l || l.window.from > w.from || l.window.to < w.to);
	});
	const known = new Set(eventCalendars.value.map((c) => c.href));
	if ([...loaded.value.keys()].some((href) => !known.has(href))) loaded.value = new Map([...loaded.value].filter(([href]) => known.has(href)));
	await Promise.all(missing.map((c) => fill(c.href, w, c.token)));
}

/** What is being read, so that nothing is asked twice. @type {Set<string>} */
const filling = new Set();
const key = (/** @type {string} */ calendar, /** @type {Window} */ w) => `${calendar} ${w.from} ${w.to}`;

/** Reads what a calendar lacks of a window. @param {string} calendar @param {Window} w @param {string} token of a state no newer than now */
async function fill(calendar, w, token) {
	const name = key(calendar, w), before = loaded.value.get(calendar);
	filling.add(name);
	loading.value = true;
	try {
		const there = before?.window;
		const lacks = !there || !union(there, w) ? [w]
			: [{ from: w.from, to: there.from }, { from: there.to, to: w.to }].filter((x) => x.from < x.to);
		for (const part of lacks) merge(calendar, part, await query(calendar, part), token);
	} catch (err) {
		const now = loaded.value.get(calendar);
		keep(calendar, { window: { from: w.from, to: w.from }, token, byHref: new Map(), ...now, error: err });
	}
	filling.delete(name);
	loading.value = filling.size > 0;
}

/** The objects of a calendar with something in a window. @param {string} calendar @param {Window} w */
export async function query(calendar, w) {
	const { range, props: prop } = asked(w);
	const found = await objects("calendar", calendar, "C:calendar-query", `${prop}<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range ${range}/></C:comp-filter></C:comp-filter></C:filter>`);
	return new Map(found.map((f) => [f.href, read(calendar, f)]));
}

/**
 * Adds what was read of a window. The token stays the oldest: what changed since is then read twice rather than missed.
 * @param {string} calendar @param {Window} w @param {Map<string, Occurrence[]>} found @param {string} token
 */
function merge(calendar, w, found, token) {
	const now = loaded.value.get(calendar), both = now && union(now.window, w);
	if (!now || !both) {
		if (!wanted || !union(wanted, w)) return; // the page has gone elsewhere meanwhile
		keep(calendar, { window: w, token, byHref: found, error: null });
		return;
	}
	const byHref = new Map(now.byHref);
	for (const [href, list] of found) {
		const fresh = new Set(list.map((o) => o.key)), stale = byHref.get(href) ?? [];
		byHref.set(href, ofOne([...stale.filter((o) => !fresh.has(o.key)), ...list]));
	}
	keep(calendar, { ...now, window: both, byHref, error: null });
}

/** Keeps what is known of a calendar. @param {string} calendar @param {Loaded} l */
export function keep(calendar, l) { loaded.value = new Map(loaded.value).set(calendar, l); }

/** Asks what has changed in a calendar since it was read. @param {string} calendar */
function sync(calendar) { part("./sync.js", true).then((m) => m?.sync(calendar)); }

/** Follows the stream of changes. */
export function follow() {
	const stop = onChange((kind, data) => {
		if (kind === "change" && loaded.value.has(data.href)) sync(data.href);
		if (kind === "all") for (const href of loaded.value.keys()) sync(href);
	});
	// Who may see more or less of a calendar than before finds another sync token on it.
	const end = effect(() => {
		const now = eventCalendars.value;
		untracked(() => {
			for (const c of now) {
				const l = loaded.value.get(c.href);
				if (l?.token && c.token && l.token !== c.token) sync(c.href);
			}
		});
	});
	return () => {
		stop();
		end();
	};
}

/** The occurrences of an object. @param {string} calendar @param {{href: string, etag: string, data: string}} found @returns {Occurrence[]} */
export function read(calendar, { href, etag, data }) {
	const parts = readICS(data).parts.flatMap((c) => c.parts).filter((c) => c.name === "VEVENT");
	return ofOne(parts.map((c) => occurrence(c, href, calendar, etag)).filter((o) => o !== null));
}

/** The first instance of a series comes without RECURRENCE-ID: the others tell that it repeats. @param {Occurrence[]} all of one object */
function ofOne(all) {
	return all.some((o) => o.recurring) ? all.map((o) => (o.recurring ? o : { ...o, recurring: true })) : all;
}

/** The addresses of whoever is signed in. */
const addresses = computed(() => (session.value?.principal.addresses ?? []).map(bare));

/**
 * An occurrence of a component of expanded data; null where it has no start.
 * @param {import("../lib/ics.js").Component} c @param {string} href @param {string} calendar @param {string} etag
 * @returns {Occurrence | null}
 */
export function occurrence(c, href, calendar, etag) {
	const start = readTime(prop(c, "DTSTART"));
	if (!start) return null;
	const end = readTime(prop(c, "DTEND"));
	const length = readDuration(prop(c, "DURATION")?.value ?? "");
	const recurrenceId = prop(c, "RECURRENCE-ID")?.value ?? "";
	const people = props(c, "ATTENDEE").map(person);
	const organizer = prop(c, "ORGANIZER");
	const own = addresses.value;
	const from = toInstant(start);
	const o = {
		key: `${href}#${recurrenceId}`, href, etag, calendar, uid: textOf(c, "UID"), recurrenceId, recurring: recurrenceId !== "",
		title: textOf(c, "SUMMARY"), allDay: "date" in start, start: from, end: from, firstDay: "", lastDay: "",
		place: textOf(c, "LOCATION"), description: textOf(c, "DESCRIPTION"), status: textOf(c, "STATUS"), free: textOf(c, "TRANSP") === "TRANSPARENT",
		privacy: textOf(c, "CLASS"), url: textOf(c, "URL"), color: textOf(c, "COLOR"),
		categories: props(c, "CATEGORIES").flatMap((p) => p.value.split(/(?<!\\),/)).map(unescapeText),
		organizer: organizer ? person(organizer) : null, attendees: people, me: people.find((p) => own.includes(p.address)) ?? null,
		mine: !organizer || own.includes(bare(organizer.value)),
	};
	if ("date" in start) {
		const first = day(start.date);
		const days = end && "date" in end ? first.until(day(end.date)).days : Math.round(length / 86_400_000);
		const last = first.add({ days: Math.max(days, 1) - 1 });
		Object.assign(o, { firstDay: start.date, lastDay: last.toString(), end: instantOf(last.add({ days: 1 })) });
	} else {
		o.end = Math.max(from, end ? toInstant(end) : from + length);
		o.firstDay = dateOf(from);
		o.lastDay = dateOf(Math.max(from, o.end - 1));
	}
	return o;
}

/** @param {import("../lib/ics.js").Property} p @returns {Person} */
function person(p) {
	const address = bare(p.value);
	return {
		address, name: p.params.CN || address, status: p.params.PARTSTAT || "NEEDS-ACTION", role: p.params.ROLE || "REQ-PARTICIPANT",
		kind: p.params.CUTYPE || "INDIVIDUAL",
	};
}
