// The cards of all address books, as the list shows them: one query a book, then kept up to date by sync-collection.
import { computed, signal } from "../vendor/preact.js";
import { DavError, objects, report } from "../lib/dav.js";
import { language } from "../lib/i18n.js";
import { onChange } from "../lib/live.js";
import { recall, remember } from "../lib/settings.js";
import { books } from "../lib/store.js";
import { esc, NS, text } from "../lib/xml.js";
import { sorted, summarized, summaryOf } from "./summary.js";

/** @typedef {import("./summary.js").Summary} Summary */
/** @typedef {{token: string, byHref: Map<string, Summary>, error: unknown}} Loaded */

/** @type {import("../vendor/preact.js").Signal<Map<string, Loaded>>} */
const loaded = signal(new Map());
/** Whether books are being read for the first time. */
export const loading = signal(true);
/** By which name the list is sorted. @type {import("../vendor/preact.js").Signal<"given" | "family">} */
export const sortBy = signal(recall("contacts.sort", "given"));
/** @param {"given" | "family"} by */
export function setSortBy(by) {
	sortBy.value = by;
	remember("contacts.sort", by);
}

/** Books that could not be read, with why. */
export const troubles = computed(() => new Map([...loaded.value].filter(([, l]) => l.error).map(([href, l]) => [href, l.error])));

/** All cards, sorted, with the letter under which each stands. */
export const everybody = computed(() => sorted([...loaded.value.values()].flatMap((l) => [...l.byHref.values()]), sortBy.value, language.value));

/** The cards that list others. */
export const groupCards = computed(() => everybody.value.map((e) => e.card).filter((c) => c.kind === "group"));

/** @param {string} href @returns {Summary | undefined} */
export function cardAt(href) {
	for (const l of loaded.value.values()) {
		const c = l.byHref.get(href);
		if (c) return c;
	}
	return undefined;
}

/** Whether a book has been read. @param {string} book */
export function isLoaded(book) { return loaded.value.has(book); }

/** How many people are in a book. @param {string} book */
export function countOf(book) {
	let n = 0;
	for (const c of loaded.value.get(book)?.byHref.values() ?? []) if (c.kind !== "group") n++;
	return n;
}

const asked = `<D:prop><D:getetag/><A:address-data>${summarized.map((n) => `<A:prop name="${n}"/>`).join("")}<A:prop name="PHOTO" novalue="yes"/></A:address-data></D:prop>`;

/** Reads the books that have not been read, and forgets those that are gone. */
export async function loadBooks() {
	const here = new Set(books.value.map((b) => b.href));
	if ([...loaded.value.keys()].some((h) => !here.has(h))) loaded.value = new Map([...loaded.value].filter(([h]) => here.has(h)));
	await Promise.all(books.value.filter((b) => b.may.read && !loaded.value.has(b.href)).map((b) => {
		const p = coming.get(b.href) ?? load(b.href, b.token).finally(() => coming.delete(b.href));
		coming.set(b.href, p);
		return p;
	}));
	loading.value = false;
}

/** Books that are being read. @type {Map<string, Promise<void>>} */
const coming = new Map();

/** @param {string} book @param {string} token of before: what changes meanwhile is then read twice rather than missed */
async function load(book, token) {
	try {
		const byHref = new Map();
		for (const { href, etag, data } of await objects("address", book, "A:addressbook-query", `${asked}<A:filter/>`)) byHref.set(href, summaryOf(data, { href, book, etag }));
		keep(book, { token, byHref, error: null });
	} catch (err) {
		keep(book, { token, byHref: loaded.value.get(book)?.byHref ?? new Map(), error: err });
	}
}

/** @param {string} href @param {string} book @param {Element} prop @returns {Summary} */
function read(href, book, prop) { return summaryOf(text(prop, "A:address-data"), { href, book, etag: text(prop, "D:getetag") }); }

/** @param {string} book @param {Loaded} l */
function keep(book, l) { loaded.value = new Map(loaded.value).set(book, l); }

/** Shows cards as they are now, or takes them out (null), before or after the server has said so. @param {{href: string, book: string, card: Summary | null}[]} changes */
export function showNow(changes) {
	const next = new Map(loaded.value);
	for (const { href, book, card } of changes) {
		const l = next.get(book);
		if (!l) continue;
		const byHref = l === loaded.value.get(book) ? new Map(l.byHref) : l.byHref;
		if (card) byHref.set(href, card);
		else byHref.delete(href);
		next.set(book, { ...l, byHref });
	}
	loaded.value = next;
}

/** Reads cards again. @param {string} book @param {string[]} hrefs */
export async function refresh(book, hrefs) {
	for (let from = 0; from < hrefs.length; from += 1000) {
		const some = hrefs.slice(from, from + 1000);
		const { parts } = await report(book, "A:addressbook-multiget", asked + some.map((h) => `<D:href>${esc(h)}</D:href>`).join(""));
		showNow(parts.map((p) => ({ href: p.href, book, card: p.prop ? read(p.href, book, p.prop) : null })));
	}
}

/** The whole text of cards, with their ETags; those that are gone are left out. @param {string[]} hrefs of one book or several @returns {Promise<Map<string, {text: string, etag: string}>>} */
export async function textsOf(hrefs) {
	const found = new Map();
	/** @type {Map<string, string[]>} */
	const byBook = new Map();
	for (const h of hrefs) {
		const book = bookOf(h);
		byBook.set(book, [...(byBook.get(book) ?? []), h]);
	}
	for (const [book, all] of byBook) {
		for (let from = 0; from < all.length; from += 200) { // with photos in them
			const some = all.slice(from, from + 200);
			const { parts } = await report(book, "A:addressbook-multiget", `<D:prop><D:getetag/><A:address-data/></D:prop>${some.map((h) => `<D:href>${esc(h)}</D:href>`).join("")}`);
			for (const p of parts) if (p.prop) found.set(p.href, { text: dataOf(p.prop), etag: text(p.prop, "D:getetag") });
		}
	}
	return found;
}

/** @param {Element} prop the text is as it is stored: CR stands escaped in the server's XML */
function dataOf(prop) { return prop.getElementsByTagNameNS(NS.A, "address-data")[0]?.textContent ?? ""; }

/** @param {string} href */
export function bookOf(href) { return href.slice(0, href.lastIndexOf("/") + 1); }

/** Asks what has changed in a book since it was read, and reads that. @param {string} book */
async function sync(book) {
	const l = loaded.value.get(book);
	if (!l) return;
	try {
		const { parts, token } = await report(book, "D:sync-collection", `<D:sync-token>${esc(l.token)}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>`, { depth: "0" });
		const now = loaded.value.get(book) ?? l;
		const gone = parts.filter((p) => p.status === 404 && now.byHref.has(p.href)).map((p) => ({ href: p.href, book, card: null }));
		const changed = parts.filter((p) => p.prop && text(p.prop, "D:getetag") !== now.byHref.get(p.href)?.etag).map((p) => p.href);
		keep(book, { ...now, token, error: null });
		if (gone.length > 0) showNow(gone);
		if (changed.length > 0) await refresh(book, changed);
	} catch (err) {
		if (err instanceof DavError && err.condition === "valid-sync-token") await load(book, books.value.find((b) => b.href === book)?.token ?? "");
		else if (err instanceof DavError && (err.status === 403 || err.status === 404)) loaded.value = new Map([...loaded.value].filter(([h]) => h !== book));
		else keep(book, { ...l, error: err });
	}
}

/** Follows the stream of changes. */
export function follow() {
	return onChange((kind, data) => {
		if (kind === "change" && loaded.value.has(data.href)) sync(data.href);
		if (kind === "all") for (const href of loaded.value.keys()) sync(href);
	});
}
