// Where the calendar stands: a view and a day, as the path says (/calendar/VIEW/DATE), and which days that shows.
import { computed, signal } from "../vendor/preact.js";
import { go, route } from "../lib/router.js";
import { recall, remember, settings, zone } from "../lib/settings.js";
import { day, daysText, dayText, weekOf } from "../lib/time.js";

/** @typedef {import("../lib/time.js").Day} Day */
/** @typedef {"day" | "3day" | "workweek" | "week" | "month" | "agenda"} View */

/** @type {View[]} */
export const views = ["day", "3day", "workweek", "week", "month", "agenda"];

const small = globalThis.matchMedia?.("(max-width: 719px)");
const medium = globalThis.matchMedia?.("(max-width: 1199px)");
/** Whether this is a phone. */
export const narrow = signal(small?.matches ?? false);
/** Whether the sidebar is a drawer. */
export const drawer = signal(medium?.matches ?? false);
small?.addEventListener("change", () => { narrow.value = small.matches; });
medium?.addEventListener("change", () => { drawer.value = medium.matches; });

/** The instant that the now line shows, to the minute, and the day that is today. */
export const now = signal(Date.now());
export const today = computed(() => { now.value; zone.value; return day().toString(); });
let ticking = false;

/** Lets the clock go. */
export function startClock() {
	if (ticking) return;
	ticking = true;
	const tick = () => { now.value = Date.now(); setTimeout(tick, 60_000 - (Date.now() % 60_000) + 20); };
	tick();
	document.addEventListener("visibilitychange", () => { now.value = Date.now(); });
}

/** A day that the cursor went to within a period; it holds as long as the path does. @type {import("../vendor/preact.js").Signal<{path: string, day: string} | null>} */
const cursor = signal(null);
const path = computed(() => (route.value.screen === "calendar" ? route.value.parts : []).join("/"));
const last = signal(/** @type {View | ""} */ (recall("view", "")));

/** The view that is shown. @type {import("../vendor/preact.js").ReadonlySignal<View>} */
export const view = computed(() => {
	const named = /** @type {View} */ (path.value.split("/")[0]);
	if (views.includes(named)) return named;
	return last.value && views.includes(last.value) ? last.value : narrow.value ? "agenda" : "month";
});

/** The day that is chosen. @type {import("../vendor/preact.js").ReadonlySignal<Day>} */
export const date = computed(() => {
	if (cursor.value?.path === path.value) return day(cursor.value.day);
	const named = path.value.split("/")[1] ?? "";
	try {
		if (/^[1-9]\d{3}-\d\d-\d\d$/.test(named)) return day(named);
	} catch {
		// no such day: today
	}
	return day(today.value);
});

/** The days of a view around a day, in order. @param {View} v @param {Day} d @returns {Day[]} */
export function daysOf(v, d) {
	const run = (/** @type {Day} */ first, /** @type {number} */ n) => Array.from({ length: n }, (_, i) => first.add({ days: i }));
	switch (v) {
		case "day": return [d];
		case "3day": return run(d, 3);
		case "week": return run(weekOf(d), 7);
		case "workweek": {
			const days = run(weekOf(d), 7).filter((x) => settings.value.workHours.days.includes(x.dayOfWeek));
			return days.length > 0 ? days : run(weekOf(d), 7);
		}
		case "agenda": return run(d, agendaDays);
		default: {
			const first = weekOf(d.with({ day: 1 })), end = d.with({ day: d.daysInMonth });
			return run(first, 7 * (Math.floor(first.until(end, { largestUnit: "days" }).days / 7) + 1));
		}
	}
}

/** How many days an agenda has. */
export const agendaDays = 28;

/** The days that are shown. Equal periods are the same array, so that views need not be drawn again. @type {import("../vendor/preact.js").ReadonlySignal<Day[]>} */
export const days = (() => {
	/** @type {Day[]} */
	let before = [];
	return computed(() => {
		const next = daysOf(view.value, date.value);
		const same = next.length === before.length && next[0].equals(before[0]) && next[next.length - 1].equals(before[before.length - 1]);
		return same ? before : (before = next);
	});
})();

/** Goes to a view and a day. @param {{view?: View, date?: Day}} to @param {{replace?: boolean}} [options] */
export function goTo({ view: v = view.value, date: d = date.value }, options) {
	if (v !== last.value) {
		last.value = v;
		remember("view", v);
	}
	cursor.value = null;
	go(`/calendar/${v}/${d}`, options);
}

/** Chooses a day: within the days that are shown it is the cursor that moves, else the path. @param {Day} d */
export function choose(d) {
	const inMonth = view.value !== "month" || d.month === date.value.month;
	if (inMonth && days.value.some((x) => x.equals(d)) && view.value !== "agenda" && view.value !== "3day" && view.value !== "day") {
		cursor.value = { path: path.value, day: d.toString() };
	} else goTo({ date: d }, { replace: true });
}

/** The same view n periods later. @param {number} n */
export function step(n) {
	const d = date.value;
	/** @type {Record<View, any>} */
	const by = { day: { days: n }, "3day": { days: 3 * n }, workweek: { days: 7 * n }, week: { days: 7 * n }, month: { months: n }, agenda: { days: agendaDays * n } };
	goTo({ date: d.add(by[view.value]) });
}

/** Goes to today. */
export function goToday() { goTo({ date: day(today.value) }); }

/** The period in words. */
export const title = computed(() => {
	const list = days.value, first = list[0], end = list[list.length - 1];
	if (view.value === "month") return dayText(date.value, { month: "long", year: narrow.value && date.value.year === day(today.value).year ? undefined : "numeric" });
	return daysText(first, end, { day: "numeric", month: view.value === "day" && !narrow.value ? "long" : "short", year: narrow.value ? undefined : "numeric" });
});
