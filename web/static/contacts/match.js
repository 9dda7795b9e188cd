// Which cards may be of the same person. Only pairs with a reason; a person decides. Nothing here knows of the page.

/**
 * @typedef {{href: string, uid: string, name: string, emails: string[], phones: string[], kind: string}} Known
 * @typedef {{a: Known, b: Known, reasons: {kind: "email" | "phone" | "name" | "similar", value: string}[]}} Pair
 */

/** What more cards than this share tells no person: the number of a house, the address of a club. */
const shared = 6;

/** Letters without marks, in lower case: "Müller-Lüdenscheidt" and "MULLER LUDENSCHEIDT" are alike. @param {string} text */
export function fold(text) {
	return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/ß/g, "ss").replace(/ø/g, "o").replace(/æ/g, "ae").replace(/œ/g, "oe").replace(/ł/g, "l").replace(/đ/g, "d");
}

/** The words of a name in one order, without titles. @param {string} name */
export function nameWords(name) {
	return fold(name).split(/[^\p{L}\p{N}]+/u).filter((w) => w && !["dr", "prof", "mr", "mrs", "ms", "herr", "frau", "jr", "sr", "phd", "med"].includes(w)).sort();
}

/** The last nine digits of a number: with or without its country and zero; "" where there are too few to tell. @param {string} phone */
export function phoneKey(phone) {
	const digits = phone.replace(/^tel:/i, "").replace(/;.*$/, "").replace(/\D/g, "");
	return digits.length < 7 ? "" : digits.slice(-9);
}

/** @param {Known[]} cards @param {Set<string>} [apart] pairs that are not the same (pairKey) @returns {Pair[]} the surest first */
export function pairs(cards, apart = new Set()) {
	/** @type {Map<string, Pair>} */
	const found = new Map();
	const people = cards.filter((c) => c.kind !== "group");
	/** @param {"email" | "phone" | "name" | "similar"} kind @param {(c: Known) => string[]} keys @param {(c: Known) => string} [value] */
	const join = (kind, keys, value) => {
		for (const [key, all] of buckets(people, keys)) {
			if (all.length < 2 || all.length > shared) continue;
			for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) note(found, all[i], all[j], kind, value ? value(all[i]) : key, apart);
		}
	};
	join("email", (c) => c.emails.map((e) => fold(e.trim())));
	join("phone", (c) => c.phones.map(phoneKey));
	join("name", (c) => { const w = nameWords(c.name); return [w.length > 1 ? w.join(" ") : ""]; }, (c) => c.name);
	join("similar", (c) => near(nameWords(c.name)), (c) => c.name);
	const weight = { email: 4, name: 3, phone: 2, similar: 1 };
	const score = (/** @type {Pair} */ p) => p.reasons.reduce((sum, r) => sum + weight[r.kind], 0);
	return [...found.values()].sort((x, y) => score(y) - score(x) || (x.a.name < y.a.name ? -1 : 1));
}

/** @param {Known[]} cards @param {(c: Known) => string[]} keys @returns {Map<string, Known[]>} */
function buckets(cards, keys) {
	const map = new Map();
	for (const c of cards) {
		for (const key of new Set(keys(c))) {
			if (!key) continue;
			if (map.has(key)) map.get(key).push(c);
			else map.set(key, [c]);
		}
	}
	return map;
}

/** Keys under which names meet that differ by one letter or by a middle name. @param {string[]} words @returns {string[]} */
function near(words) {
	if (words.length < 2) return [];
	const whole = words.join(" "), keys = [];
	if (whole.length >= 8) {
		keys.push(whole);
		for (let i = 0; i < whole.length; i++) keys.push(whole.slice(0, i) + whole.slice(i + 1));
	}
	if (words.length === 3) for (let i = 0; i < 3; i++) keys.push(`3:${words.filter((_, n) => n !== i).join(" ")}`);
	if (words.length === 2) keys.push(`3:${whole}`);
	return keys;
}

/** @param {Map<string, Pair>} found @param {Known} x @param {Known} y @param {Pair["reasons"][0]["kind"]} kind @param {string} value @param {Set<string>} apart */
function note(found, x, y, kind, value, apart) {
	const key = pairKey(x, y);
	if (x.href === y.href || apart.has(key)) return;
	const pair = found.get(key) ?? { a: x, b: y, reasons: [] };
	found.set(key, pair);
	const covered = pair.reasons.some((r) => r.kind === kind || (kind === "similar" && r.kind === "name"));
	if (covered || (kind === "similar" && !reallyNear(nameWords(x.name), nameWords(y.name)))) {
		if (pair.reasons.length === 0) found.delete(key);
		return;
	}
	pair.reasons.push({ kind, value });
}

/** Keys may meet by chance; this looks at both names. @param {string[]} a @param {string[]} b */
function reallyNear(a, b) {
	const [short, long] = a.length <= b.length ? [a, b] : [b, a];
	if (long.length === short.length + 1 && short.every((w) => long.includes(w))) return true;
	if (short.length !== long.length) return false;
	const differing = short.filter((w) => !long.includes(w)), other = long.filter((w) => !short.includes(w));
	return differing.length === 1 && other.length === 1 && differing[0].length > 3 && oneEdit(differing[0], other[0]);
}

/** Whether one letter more, less, or another makes one word of the other. @param {string} a @param {string} b */
export function oneEdit(a, b) {
	if (Math.abs(a.length - b.length) > 1) return false;
	let i = 0, end = 0;
	while (i < a.length && i < b.length && a[i] === b[i]) i++;
	while (end < a.length - i && end < b.length - i && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
	return Math.max(a.length, b.length) - i - end <= 1;
}

/** The name of a pair, the same from both sides. @param {{uid: string, href: string}} a @param {{uid: string, href: string}} b */
export function pairKey(a, b) { return [a.uid || a.href, b.uid || b.href].sort().join(" "); }
