// What the list shows of a card, and how lists are sorted and searched. Nothing here knows of the page.
import { categoriesOf, kindOf, membersOf } from "./group.js";
import { fold } from "./match.js";
import { Card, parts, unescape } from "./vcard.js";

/**
 * @typedef {object} Summary
 * @property {string} href @property {string} book href @property {string} etag @property {string} uid
 * @property {string} name as shown @property {string} given @property {string} family @property {string} org
 * @property {string[]} emails the preferred first @property {string[]} phones @property {string[]} categories
 * @property {string} kind @property {string[]} members bare UIDs @property {boolean} photo whether it has one
 * @property {string} [hay] what a search looks through, made when it is first needed
 */

/** The properties that a summary needs; of a photo only that it is there. */
export const summarized = ["UID", "FN", "N", "NICKNAME", "ORG", "EMAIL", "TEL", "CATEGORIES", "KIND", "X-ADDRESSBOOKSERVER-KIND", "MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"];

/** @param {string} text @param {{href: string, book: string, etag: string}} of @returns {Summary} */
export function summaryOf(text, { href, book, etag }) {
	/** @type {Record<string, string>} */
	const first = {};
	const lists = { EMAIL: /** @type {string[]} */ ([]), TEL: /** @type {string[]} */ ([]) };
	let long = null, photo = false;
	for (const line of (/\n[ \t]/.test(text) ? text.replace(/\r?\n[ \t]/g, "") : text).split(/\r?\n/)) {
		const colon = /^[^":]*"/.test(line) ? quoted.exec(line)?.[0].length ?? 0 : line.indexOf(":") + 1;
		if (colon === 0) continue;
		const head = line.slice(0, colon - 1).toUpperCase(), semicolon = head.indexOf(";"), whole = semicolon < 0 ? head : head.slice(0, semicolon);
		const name = whole.slice(whole.indexOf(".") + 1), value = line.slice(colon);
		if (name === "EMAIL" || name === "TEL") {
			const address = unescape(value).replace(/^(mailto|tel):/i, "").trim();
			if (address && head.includes("PREF", name.length)) lists[name].unshift(address);
			else if (address) lists[name].push(address);
		} else if (name === "PHOTO") photo = true;
		else if (grouping.has(name)) long ??= new Card(text);
		else first[name] ??= value;
	}
	const n = parts(first.N ?? "", ";").map((x) => unescape(x).trim());
	const org = unescape(parts(first.ORG ?? "", ";")[0] ?? "").trim();
	const { EMAIL: emails, TEL: phones } = lists, made = [n[3], n[1], n[2], n[0], n[4]].filter(Boolean).join(" ");
	return {
		href, book, etag, uid: unescape(first.UID ?? ""), name: unescape(first.FN ?? "").trim() || made || org || unescape(first.NICKNAME ?? "") || emails[0] || phones[0] || "?",
		given: n[1] ?? "", family: n[0] ?? "", org, emails, phones, photo,
		categories: long ? categoriesOf(long) : [], kind: long ? kindOf(long) : "individual", members: long ? membersOf(long) : [],
	};
}

/** The beginning of a line up to its value, where a parameter stands in quotes. */
const quoted = /^(?:[^":]|"[^"]*")*:/;

/** Properties that make it worth while to read a card in full. */
const grouping = new Set(["CATEGORIES", "KIND", "X-ADDRESSBOOKSERVER-KIND", "MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"]);

/** What cards are sorted by. @param {Summary} c @param {"given" | "family"} by */
export function sortKey(c, by) {
	if (!c.given && !c.family) return c.name;
	return by === "family" ? `${c.family || c.given} ${c.family ? c.given : ""}`.trim() : `${c.given} ${c.family}`.trim();
}

/**
 * Sorts as people of a language do, and tells under which letter each stands. @param {Summary[]} cards @param {"given" | "family"} by
 * @param {string} locale @returns {{card: Summary, letter: string}[]}
 */
export function sorted(cards, by, locale) {
	const order = new Intl.Collator(locale, { numeric: true }), base = new Intl.Collator(locale, { sensitivity: "base" });
	const letters = letterOf(base);
	return cards.map((card) => ({ card, key: sortKey(card, by) }))
		.sort((a, b) => order.compare(a.key, b.key) || (a.card.href < b.card.href ? -1 : 1))
		.map(({ card, key }) => ({ card, letter: letters(key) }));
}

/** @param {Intl.Collator} base */
function letterOf(base) {
	/** @type {Map<string, string>} */
	const known = new Map();
	return (/** @type {string} */ key) => {
		const first = String.fromCodePoint(key.codePointAt(0) ?? 35);
		let letter = known.get(first);
		if (letter === undefined) {
			const latin = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((l) => base.compare(l, first) === 0); // Ä is A in German, a letter of its own in Swedish
			letter = latin ?? (/\p{L}/u.test(first) ? first.toUpperCase() : "#");
			known.set(first, letter);
		}
		return letter;
	};
}

/** Whether all words stand in a card, whatever their marks. @param {Summary} c @param {string[]} words folded */
export function matches(c, words) {
	c.hay ??= fold([c.name, c.given, c.family, c.org, ...c.emails, ...c.phones, ...c.phones.map((p) => p.replace(/[^\d+]/g, "")), ...c.categories].join("\n"));
	const hay = c.hay;
	return words.every((w) => hay.includes(w));
}

/** The words of a search. @param {string} typed */
export function searchWords(typed) { return fold(typed).split(/\s+/).filter(Boolean); }

/** Two letters for somebody without a photo. @param {string} name */
export function initials(name) {
	const words = name.split(/[\s,]+/).filter((w) => /^[\p{L}\p{N}]/u.test(w));
	const first = (/** @type {string | undefined} */ w) => (w ? String.fromCodePoint(w.codePointAt(0) ?? 63) : "");
	return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : "")).toUpperCase() || "?";
}

/** A hue for somebody without a photo, the same each time. @param {string} text */
export function hueOf(text) {
	let h = 0;
	for (const c of text) h = (h * 31 + (c.codePointAt(0) ?? 0)) % 360;
	return h;
}
