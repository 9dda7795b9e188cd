// The tasks of all lists, as they are shown: one query a list, then kept up to date by sync-collection.
import { computed, signal } from "../vendor/preact.js";
import { readLines } from "../calendar/lines.js";
import { DavError, report } from "../lib/dav.js";
import { onChange } from "../lib/live.js";
import { zone } from "../lib/settings.js";
import { taskLists } from "../lib/store.js";
import { day } from "../lib/time.js";
import { esc, NS, text } from "../lib/xml.js";
import { byExceptions, readTask } from "./todo.js";

/** @typedef {import("./todo.js").Task} Task */
/** @typedef {{token: string, byHref: Map<string, Task>, error: unknown}} Loaded */

/** @type {import("../vendor/preact.js").Signal<Map<string, Loaded>>} */
const loaded = signal(new Map());
/** Whether lists are being read for the first time. */
export const loading = signal(true);
/** Lists that could not be read, with why. */
export const troubles = computed(() => new Map([...loaded.value].filter(([, l]) => l.error).map(([href, l]) => [href, l.error])));
/** All tasks. */
export const everything = computed(() => [...loaded.value.values()].flatMap((l) => [...l.byHref.values()]));

/** @param {string} href @returns {Task | undefined} */
export function taskAt(href) { return loaded.value.get(listOf(href))?.byHref.get(href); }

/** @param {string} href */
export function listOf(href) { return href.slice(0, href.lastIndexOf("/") + 1); }

/** @type {import("./todo.js").Starts | null} the starts of rules: loaded when a series with exceptions is read */
let starts = null;

/** The starts of rules. @returns {Promise<import("./todo.js").Starts>} */
export async function rules() { return (starts ??= (await import("../calendar/rule.js")).ruleStarts); }

/** A task as it is in its text; null where it is none. @param {string} data @param {{href: string, list: string, etag: string}} of @returns {Promise<Task | null>} */
export async function parse(data, of) {
	try {
		const cal = readLines(data);
		return readTask(cal, of, byExceptions(cal) ? await rules() : null);
	} catch {
		return null;
	}
}

const asked = "<D:prop><D:getetag/><C:calendar-data/></D:prop>";
const only = '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO"/></C:comp-filter></C:filter>';

/** @param {string} list @param {import("../lib/dav.js").Part} p */
async function read(list, p) {
	if (!p.prop) return null;
	const data = p.prop.getElementsByTagNameNS(NS.C, "calendar-data")[0]?.textContent ?? "";
	return parse(data, { href: p.href, list, etag: text(p.prop, "D:getetag") });
}

/** Reads the lists that have not been read, and forgets those that are gone. */
export async function loadLists() {
	const here = new Set(taskLists.value.map((l) => l.href));
	if ([...loaded.value.keys()].some((h) => !here.has(h))) loaded.value = new Map([...loaded.value].filter(([h]) => here.has(h)));
	await Promise.all(taskLists.value.filter((l) => l.may.read && !loaded.value.has(l.href)).map((l) => load(l.href, l.token)));
	loading.value = false;
}

/** @param {string} list @param {string} token of before: what changes meanwhile is then read twice rather than missed */
async function load(list, token) {
	try {
		const { parts } = await report(list, "C:calendar-query", asked + only);
		const all = await Promise.all(parts.map((p) => read(list, p)));
		keep(list, { token, byHref: new Map(all.filter((x) => x !== null).map((x) => [x.href, x])), error: null });
	} catch (err) {
		keep(list, { token, byHref: loaded.value.get(list)?.byHref ?? new Map(), error: err });
	}
}

/** @param {string} list @param {Loaded} l */
function keep(list, l) { loaded.value = new Map(loaded.value).set(list, l); }

/** Shows a task as it is now, or takes it out (null), before or after the server has said so. @param {string} href @param {Task | null} task */
export function showNow(href, task) {
	const list = listOf(href), l = loaded.value.get(list);
	if (!l) return;
	const byHref = new Map(l.byHref);
	if (task) byHref.set(href, task);
	else byHref.delete(href);
	keep(list, { ...l, byHref });
}

/** Reads tasks again. @param {string} list @param {string[]} hrefs */
export async function refresh(list, hrefs) {
	const { parts } = await report(list, "C:calendar-multiget", asked + hrefs.map((h) => `<D:href>${esc(h)}</D:href>`).join(""));
	for (const p of parts) showNow(p.href, await read(list, p));
}

/** Asks what has changed in a list since it was read, and reads that. @param {string} list */
async function sync(list) {
	const l = loaded.value.get(list);
	if (!l) return;
	try {
		const { parts, token } = await report(list, "D:sync-collection", `<D:sync-token>${esc(l.token)}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>`, { depth: "0" });
		const now = loaded.value.get(list) ?? l;
		keep(list, { ...now, token, error: null });
		for (const p of parts) if (p.status === 404) showNow(p.href, null);
		const changed = parts.filter((p) => p.prop && text(p.prop, "D:getetag") !== now.byHref.get(p.href)?.etag).map((p) => p.href);
		if (changed.length > 0) await refresh(list, changed);
	} catch (err) {
		if (err instanceof DavError && err.condition === "valid-sync-token") await load(list, taskLists.value.find((x) => x.href === list)?.token ?? "");
		else if (err instanceof DavError && (err.status === 403 || err.status === 404)) loaded.value = new Map([...loaded.value].filter(([h]) => h !== list));
		else keep(list, { ...l, error: err });
	}
}

/** Follows the stream of changes. */
export function follow() {
	return onChange((kind, data) => {
		if (kind === "change" && loaded.value.has(data.href)) sync(data.href);
		if (kind === "all") for (const href of loaded.value.keys()) sync(href);
	});
}

/** A time in the zone that is shown. @param {import("./todo.js").When} w @returns {{date: string, time: string}} time HH:MM, "" of a whole day */
export function inZone(w) {
	if (!w.time) return { date: w.date, time: "" };
	if (!w.zone || w.zone === zone.value) return { date: w.date, time: w.time.slice(0, 5) };
	try {
		const at = Temporal.PlainDateTime.from(`${w.date}T${w.time}`).toZonedDateTime(w.zone).withTimeZone(zone.value);
		return { date: at.toPlainDate().toString(), time: at.toPlainTime().toString({ smallestUnit: "minute" }) };
	} catch {
		return { date: w.date, time: w.time.slice(0, 5) }; // a zone that no clock here knows
	}
}

/** What time it is, for the sections. */
export function nowHere() {
	return { day: day().toString(), clock: Temporal.Now.plainTimeISO(zone.value).toString({ smallestUnit: "minute" }), inZone };
}
