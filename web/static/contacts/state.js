// What the contacts screen shows: the place in the address, the search, the selection.
import { computed, effect, signal } from "../vendor/preact.js";
import { go, route } from "../lib/router.js";
import { books } from "../lib/store.js";
import { everybody } from "./cards.js";
import { bareUID } from "./group.js";
import { matches, searchWords } from "./summary.js";

/** Where the screen is. A group is "card:HREF" of a card that lists others, or "label:NAME" of a category. */
export const place = computed(() => {
	const q = route.value.query;
	return { book: q.get("book") ?? "", group: q.get("group") ?? "", card: q.get("card") ?? q.get("href") ?? "", edit: q.has("edit"), pane: q.get("pane") ?? "" };
});

/** The address of a place. @param {Partial<{book: string, group: string, card: string, edit: boolean, pane: string}>} change of where it is now */
export function pathOf(change) {
	const now = { ...place.value, edit: false, pane: "", ...change }, q = new URLSearchParams();
	for (const key of /** @type {const} */ (["book", "group", "card", "pane"])) if (now[key]) q.set(key, now[key]);
	if (now.edit) q.set("edit", "1");
	const text = q.toString();
	return text ? `/contacts?${text}` : "/contacts";
}

/** @param {Parameters<typeof pathOf>[0]} change @param {{replace?: boolean}} [options] */
export function goTo(change, options) { go(pathOf(change), options); }

/** What is typed into the search. */
export const query = signal("");
/** Whether tapping a row selects it. */
export const selecting = signal(false);
/** Hrefs of the cards that are selected. @type {import("../vendor/preact.js").Signal<Set<string>>} */
export const selected = signal(new Set());

/** @param {Iterable<string>} hrefs */
export function select(hrefs) {
	selected.value = new Set(hrefs);
	if (selected.value.size === 0) selecting.value = false;
}

/**
 * @typedef {{key: string, name: string, kind: "card" | "label", href: string, book: string, uids: Set<string>}} Group
 */

/** The groups of the books that are looked at: cards that list others, and categories. @type {import("../vendor/preact.js").ReadonlySignal<Group[]>} */
export const groups = computed(() => {
	const { book } = place.value;
	/** @type {Group[]} */
	const list = [];
	const labels = new Map();
	for (const { card } of everybody.value) {
		if (book && card.book !== book) continue;
		if (card.kind === "group") list.push({ key: `card:${card.href}`, name: card.name, kind: "card", href: card.href, book: card.book, uids: new Set(card.members) });
		else for (const c of card.categories) labels.set(c, (labels.get(c) ?? new Set()).add(card.href));
	}
	const named = [...labels].map(([name, hrefs]) => /** @type {Group} */ ({ key: `label:${name}`, name, kind: "label", href: "", book: "", uids: hrefs }));
	return [...list, ...named].sort((a, b) => a.name.localeCompare(b.name));
});

/** Whether a card is in a group. @param {Group} g @param {import("./summary.js").Summary} c */
export function isIn(g, c) { return g.kind === "label" ? g.uids.has(c.href) : c.book === g.book && g.uids.has(bareUID(c.uid)); }

/** The group that is looked at. */
export const group = computed(() => groups.value.find((g) => g.key === place.value.group) ?? null);

/** The people of the place that is looked at, those whom the search finds. */
export const visible = computed(() => {
	const { book } = place.value, words = searchWords(query.value), g = group.value;
	const list = everybody.value.filter(({ card }) => card.kind !== "group" && (!book || card.book === book) && (!g || isIn(g, card)) && (words.length === 0 || matches(card, words)));
	return list;
});

/** Books into which something can be put. */
export const writable = computed(() => books.value.filter((b) => b.may.add && b.may.write));

/** The book that a new card goes to. */
export const bookForNew = computed(() => writable.value.find((b) => b.href === (group.value?.book || place.value.book)) ?? writable.value.find((b) => b.mine) ?? writable.value[0]);

// What is selected and no longer there, or no longer looked at, is not selected.
effect(() => {
	const here = new Set(visible.value.map((e) => e.card.href)), now = selected.peek();
	if ([...now].some((h) => !here.has(h))) select([...now].filter((h) => here.has(h)));
});
