// The occurrences that the views show: expanded by the server, one query a calendar and window, kept up to date by
// sync-collection. Views read `occurrences`; who changes something puts its outcome here before the server has answered.
import { computed, effect, signal, untracked } from "../vendor/preact.js";
import { DavError, propfind, report } from "../lib/dav.js";
import { bare, prop, props, readDuration, readICS, readTime, stampOf, textOf, unescapeText } from "../lib/ics.js";
import { onChange } from "../lib/live.js";
import { session, zone } from "../lib/settings.js";
import { eventCalendars, hidden } from "../lib/store.js";
import { day, instantOf, toInstant } from "../lib/time.js";
import { esc, text } from "../lib/xml.js";

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
const loaded = signal(new Map());
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
	return { firstDay: day(o.start).toString(), lastDay: day(Math.max(o.start, o.end - 1)).toString() };
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

/** @param {Window} w */
function asked(w) {
	const range = `start="${stampOf(w.from)}" end="${stampOf(w.to)}"`;
	return { range, props: `<D:prop><D:getetag/><C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT">${viewed}</C:comp></C:comp><C:expand ${range}/></C:calendar-data></D:prop>` };
}

/** @type {Window | null} */
let wanted = null;
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
async function query(calendar, w) {
	const { range, props: prop } = asked(w);
	const { parts } = await report(calendar, "C:calendar-query", `${prop}<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range ${range}/></C:comp-filter></C:comp-filter></C:filter>`);
	/** @type {Map<string, Occurrence[]>} */
	const byHref = new Map();
	for (const p of parts) if (p.prop) byHref.set(p.href, read(p.href, calendar, p.prop));
	return byHref;
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

/** Reads a calendar anew, as after an error. @param {string} calendar */
export async function reload(calendar) {
	const w = loaded.value.get(calendar)?.window ?? wanted;
	if (!w) return;
	try {
		const [here] = await propfind(calendar, "0", "<D:sync-token/>");
		const whole = w.to > w.from ? w : wanted ?? w;
		keep(calendar, { window: whole, token: text(here?.prop, "D:sync-token"), byHref: await query(calendar, whole), error: null });
	} catch (err) {
		keep(calendar, { window: { from: w.from, to: w.from }, token: "", byHref: new Map(), ...loaded.value.get(calendar), error: err });
	}
}

/** @param {string} calendar @param {Loaded} l */
function keep(calendar, l) { loaded.value = new Map(loaded.value).set(calendar, l); }

/** How many objects are asked for at once. */
const atOnce = 200;

/** Reads objects again, as after a change. @param {string} calendar @param {string[]} hrefs */
export async function refresh(calendar, hrefs) {
	const l = loaded.value.get(calendar);
	if (!l) return;
	for (let i = 0; i < hrefs.length; i += atOnce) {
		const some = hrefs.slice(i, i + atOnce);
		const { parts } = await report(calendar, "C:calendar-multiget", asked(l.window).props + some.map((h) => `<D:href>${esc(h)}</D:href>`).join(""));
		const now = loaded.value.get(calendar) ?? l;
		const byHref = new Map(now.byHref);
		for (const p of parts) {
			const list = p.prop ? read(p.href, calendar, p.prop) : [];
			if (list.length > 0) byHref.set(p.href, list);
			else byHref.delete(p.href);
		}
		keep(calendar, { ...now, byHref, error: null });
	}
}

/** Calendars that are being asked, with whether to ask again after it. @type {Map<string, boolean>} */
const asking = new Map();

/** Asks what has changed in a calendar since it was read, and reads that. @param {string} calendar */
async function sync(calendar) {
	if (asking.has(calendar)) {
		asking.set(calendar, true);
		return;
	}
	do {
		asking.set(calendar, false);
		await syncOnce(calendar);
	} while (asking.get(calendar));
	asking.delete(calendar);
}

/** @param {string} calendar */
async function syncOnce(calendar) {
	const l = loaded.value.get(calendar);
	if (!l) return;
	try {
		if (!l.token) return await reload(calendar);
		const { parts, token } = await report(calendar, "D:sync-collection", `<D:sync-token>${esc(l.token)}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>`, { depth: "0" });
		const gone = parts.filter((p) => p.status === 404).map((p) => p.href);
		const changed = parts.filter((p) => p.prop && text(p.prop, "D:getetag") !== l.byHref.get(p.href)?.[0]?.etag).map((p) => p.href);
		await refresh(calendar, changed);
		const now = loaded.value.get(calendar) ?? l;
		const byHref = new Map(now.byHref);
		for (const href of gone) byHref.delete(href);
		keep(calendar, { ...now, token, byHref, error: null }); // only now: a token names what has been read
	} catch (err) {
		if (err instanceof DavError && err.condition === "valid-sync-token") await reload(calendar);
		else if (err instanceof DavError && (err.status === 403 || err.status === 404)) {
			loaded.value = new Map([...loaded.value].filter(([href]) => href !== calendar));
		} else keep(calendar, { ...(loaded.value.get(calendar) ?? l), error: err });
	}
}

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
			refill();
		});
	});
	return () => {
		stop();
		end();
	};
}

/** @param {string} href @param {string} calendar @param {Element} found @returns {Occurrence[]} */
function read(href, calendar, found) {
	const etag = text(found, "D:getetag");
	const data = text(found, "C:calendar-data");
	const parts = readICS(data).parts.flatMap((c) => c.parts).filter((c) => c.name === "VEVENT");
	return ofOne(parts.map((c) => occurrence(c, href, calendar, etag)).filter((o) => o !== null));
}

/** The first instance of a series comes without RECURRENCE-ID: the others tell that it repeats. @param {Occurrence[]} all of one object */
function ofOne(all) {
	return all.some((o) => o.recurring) ? all.map((o) => (o.recurring ? o : { ...o, recurring: true })) : all;
}

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
	const own = (session.value?.principal.addresses ?? []).map(bare);
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
		o.firstDay = day(from).toString();
		o.lastDay = day(Math.max(from, o.end - 1)).toString();
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
