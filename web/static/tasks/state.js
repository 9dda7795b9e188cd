// What the tasks screen shows: the place in the address, the search, what is folded away.
import { computed, signal } from "../vendor/preact.js";
import { fold } from "../contacts/match.js";
import { go, route } from "../lib/router.js";
import { recall, remember, settings } from "../lib/settings.js";
import { taskLists } from "../lib/store.js";
import { arrange, matches, sections } from "./sections.js";
import { everything, nowHere } from "./tasks.js";

export const place = computed(() => {
	const q = route.value.query;
	return { list: q.get("list") ?? "", href: q.get("href") ?? "", pane: q.get("pane") ?? "" };
});

/** @param {Partial<{list: string, href: string, pane: string}>} change of where it is now */
export function pathOf(change) {
	const now = { ...place.value, pane: "", ...change }, q = new URLSearchParams();
	for (const key of /** @type {const} */ (["list", "href", "pane"])) if (now[key]) q.set(key, now[key]);
	const text = q.toString();
	return text ? `/tasks?${text}` : "/tasks";
}

/** @param {Parameters<typeof pathOf>[0]} change @param {{replace?: boolean}} [options] */
export function goTo(change, options) { go(pathOf(change), options); }

/** What is typed into the search. */
export const query = signal("");

/** Sections that are folded away on this device. @type {import("../vendor/preact.js").Signal<string[]>} */
export const folded = signal(recall("tasks.folded", ["done"]));
/** @param {string} section */
export function toggleFold(section) {
	folded.value = folded.value.includes(section) ? folded.value.filter((s) => s !== section) : [...folded.value, section];
	remember("tasks.folded", folded.value);
}

/** Counts minutes, so that what becomes overdue moves there. */
export const minute = signal(0);

/** The tasks of the place that is looked at, in their sections; what a search finds stands without its tree. */
export const arranged = computed(() => {
	minute.value;
	const { list } = place.value, words = fold(query.value).split(/\s+/).filter(Boolean);
	const shown = everything.value.filter((x) => !list || x.list === list);
	if (words.length === 0) return arrange(shown, nowHere());
	return arrange(shown.filter((x) => matches(x, words)).map((x) => ({ ...x, parent: "" })), nowHere());
});

/** How many open tasks a list has. @param {string} list href, "" of all */
export function openIn(list) { return everything.value.filter((x) => !x.done && (!list || x.list === list)).length; }

/** Lists into which something can be put. */
export const writable = computed(() => taskLists.value.filter((l) => l.may.add && l.may.write));

/** The list that a new task goes to. */
export const listForNew = computed(() => writable.value.find((l) => l.href === place.value.list) ?? writable.value.find((l) => l.href === settings.value.defaultTaskList)
	?? writable.value.find((l) => l.mine && !l.components.includes("VEVENT")) ?? writable.value[0]);

export { sections };
