// One box for everything: commands, a date to jump to, and what the server finds in events, tasks and contacts.
import { signal } from "../vendor/preact.js";
import { fold } from "../contacts/match.js";
import { api } from "../lib/api.js";
import { dateFormat, language, t } from "../lib/i18n.js";
import { go } from "../lib/router.js";
import { session } from "../lib/settings.js";
import { day, dayText, rangeText } from "../lib/time.js";

/**
 * @typedef {object} Found one result of GET /api/search
 * @property {"event" | "task" | "contact"} kind @property {string} href @property {string} collection @property {string} uid
 * @property {string} title @property {string} subtitle @property {string} start @property {string} end
 * @property {boolean} allDay @property {boolean} recurring
 *
 * @typedef {object} Choice one line of the box
 * @property {string} id @property {string} label @property {string} [detail] @property {string} icon @property {() => void} run
 * @property {string} [collection]
 */

/** How long typing rests before the server is asked, in milliseconds. */
const pause = 120;

/** A search that is asked again as somebody types: the newest question wins. */
export function finder() {
	const found = signal(/** @type {Found[]} */ ([]));
	const state = signal(/** @type {"idle" | "asking" | "done" | "failed"} */ ("idle"));
	/** @type {AbortController | null} */
	let running = null;
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	let timer;
	/** @param {string} text @param {{kinds?: string, limit?: number}} [options] */
	function ask(text, { kinds = "", limit = 20 } = {}) {
		clearTimeout(timer);
		running?.abort();
		if (text.trim().length < 2) {
			found.value = [];
			state.value = "idle";
			return;
		}
		state.value = "asking";
		timer = setTimeout(async () => {
			const mine = running = new AbortController();
			const query = new URLSearchParams({ q: text.trim(), limit: String(limit) });
			if (kinds) query.set("kinds", kinds);
			try {
				found.value = (await api("GET", `search?${query}`, undefined, { signal: mine.signal })).items;
				state.value = "done";
			} catch {
				if (!mine.signal.aborted) state.value = "failed";
			}
		}, pause);
	}
	return { found, state, ask };
}

/** Where a result is shown. @param {Found} f */
export function open(f) {
	if (f.kind === "contact") go(`/contacts?href=${encodeURIComponent(f.href)}`);
	else if (f.kind === "task") go(`/tasks?href=${encodeURIComponent(f.href)}`);
	else go(`/calendar/day/${f.start ? localDay(f) : day().toString()}?open=${encodeURIComponent(f.href)}`);
}

/** The day on which a result begins where it is shown. @param {Found} f */
function localDay(f) { return f.allDay ? f.start.slice(0, 10) : day(Date.parse(f.start)).toString(); }

/** When a result is, in words. @param {Found} f */
export function when(f) {
	if (!f.start) return "";
	const year = /** @type {Intl.DateTimeFormatOptions} */ (localDay(f).slice(0, 4) === String(day().year) ? {} : { year: "numeric" });
	const date = dayText(day(localDay(f)), { weekday: "short", day: "numeric", month: "short", ...year });
	if (f.allDay || !f.end || f.kind === "task") return date;
	return `${date}, ${rangeText(Date.parse(f.start), Date.parse(f.end))}`;
}

export const icons = { event: "calendar", task: "circle-check", contact: "user" };

/** Things to do from the box, by their words. @param {string} text @returns {Choice[]} */
export function commands(text) {
	const all = [
		{ id: "today", icon: "calendar-check", label: t("search.today"), run: () => go(`/calendar`) },
		...["month", "week", "day", "agenda"].map((v) => ({ id: v, icon: "calendar-range", label: t(`search.view.${v}`), run: () => go(`/calendar/${v}/${day()}`) })),
		{ id: "invitations", icon: "inbox", label: t("app.invitations"), run: () => go("/invitations") },
		{ id: "tasks", icon: "list-checks", label: t("app.tasks"), run: () => go("/tasks") },
		{ id: "contacts", icon: "book-user", label: t("app.contacts"), run: () => go("/contacts") },
		{ id: "settings", icon: "settings", label: t("app.settings"), run: () => go("/settings") },
		{ id: "devices", icon: "smartphone", label: t("app.devices"), run: () => go("/settings/devices") },
		{ id: "import", icon: "file-up", label: t("app.import"), run: () => go("/import") },
		{ id: "trash", icon: "trash-2", label: t("app.trash"), run: () => go("/trash") },
	];
	if (session.value?.principal.admin) all.push({ id: "admin", icon: "server", label: t("app.admin"), run: () => go("/admin") });
	const words = fold(text).split(/\s+/).filter(Boolean);
	return all.filter((c) => words.every((w) => fold(c.label).split(/\s+/).some((l) => l.startsWith(w))));
}

/**
 * A date that somebody typed: 2026-12-24, 24.12., 24.12.2026, 12/24 (where months come first), "24 Dec", "December 24 2027".
 * Without a year it is the next one from today on. @param {string} typed @returns {import("../lib/time.js").Day | null}
 */
export function readDate(typed) {
	const text = fold(typed).trim();
	let y = "", m = 0, d = 0;
	let p = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
	if (p) [y, m, d] = [p[1], Number(p[2]), Number(p[3])];
	else if ((p = /^(\d{1,2})\.\s?(\d{1,2})\.?\s?(\d{4})?$/.exec(text))) [y, m, d] = [p[3], Number(p[2]), Number(p[1])];
	else if ((p = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?$/.exec(text))) {
		const monthFirst = dateFormat({ day: "numeric", month: "numeric" }).formatToParts(0).find((x) => x.type === "day" || x.type === "month")?.type === "month";
		[y, m, d] = monthFirst ? [p[3], Number(p[1]), Number(p[2])] : [p[3], Number(p[2]), Number(p[1])];
	} else {
		p = /^(?:(\d{1,2})(?:\.|st|nd|rd|th)?\s+(\p{L}+)\.?|(\p{L}+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?),?(?:\s+(\d{4}))?$/u.exec(text);
		if (!p) return null;
		[y, m, d] = [p[5], monthNamed(p[2] ?? p[3]), Number(p[1] ?? p[4])];
	}
	try {
		const found = Temporal.PlainDate.from({ year: y ? Number(y) : day().year, month: m, day: d }, { overflow: "reject" });
		return y || Temporal.PlainDate.compare(found, day()) >= 0 ? found : found.add({ years: 1 });
	} catch {
		return null; // the 30th of February
	}
}

/** The number of a month by its name or the first three letters of it, in the language or in English; 0 for none. @param {string} name */
function monthNamed(name) {
	if (name.length < 3) return 0;
	for (const code of [language.value, "en"]) {
		const f = new Intl.DateTimeFormat(code, { month: "long", timeZone: "UTC" });
		for (let i = 0; i < 12; i++) if (fold(f.format(Date.UTC(2026, i, 15))).startsWith(name)) return i + 1;
	}
	return 0;
}
