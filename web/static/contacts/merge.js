// Two versions of a card made one: a change that met another (three texts), and two cards of one person (duplicates).
// Nothing here knows of the page.
import { categoriesOf, setCategories } from "./group.js";
import { Card, paramOf, unescape } from "./vcard.js";

/** @typedef {import("./vcard.js").Line} Line */

/** Lines that go with another of their group, and those that no person wrote. */
const aside = new Set(["X-ABLABEL", "X-ABADR", "BEGIN", "END", "VERSION", "REV", "PRODID", ""]);

/** Properties of which a card has one for people (RFC 6350 §6.1 to §6.9; NOTE and the like may be several, and seldom are). */
export const single = new Set(["FN", "N", "KIND", "UID", "BDAY", "ANNIVERSARY", "GENDER", "NICKNAME", "PHOTO", "ORG", "TITLE", "ROLE", "NOTE", "SORT-STRING", "X-ABSHOWAS"]);

/** A line and what its group says of it, without the name of the group: equal for equal things. @param {Card} card @param {Line} line */
function whole(card, line) {
	const bare = (/** @type {Line} */ l) => l.raw.replace(/\r?\n[ \t]/g, "").trimEnd().replace(/^[^.:;]*\./, "");
	return [bare(line), ...card.attachedTo(line).map(bare)].join("\n");
}

/** The properties of a card by name. @param {Card} card @returns {Map<string, Map<string, Line>>} */
function byName(card) {
	const map = new Map();
	for (const line of card.lines) {
		if (aside.has(line.name)) continue;
		if (!map.has(line.name)) map.set(line.name, new Map());
		map.get(line.name).set(whole(card, line), line);
	}
	return map;
}

/**
 * Brings my changes into what others have made of the card meanwhile. A property that both have changed differently is a
 * conflict: theirs stays, unless `mine` is to win.
 * @param {string} base @param {string} mine @param {string} theirs @param {boolean} [mineWins]
 * @returns {{text: string, conflicts: string[]}} conflicts: names of properties
 */
export function merge3(base, mine, theirs, mineWins = false) {
	const out = new Card(theirs), my = new Card(mine);
	const b = byName(new Card(base)), m = byName(my), th = byName(out);
	const conflicts = [];
	for (const name of new Set([...b.keys(), ...m.keys()])) {
		const keys = (/** @type {Map<string, Map<string, Line>>} */ x) => new Set(x.get(name)?.keys());
		const [was, here, there] = [keys(b), keys(m), keys(th)];
		const gone = [...was].filter((k) => !here.has(k)), made = [...here].filter((k) => !was.has(k));
		if (gone.length === 0 && made.length === 0) continue;
		const theirsGone = [...was].filter((k) => !there.has(k)), theirsMade = [...there].filter((k) => !was.has(k));
		const both = single.has(name) ? theirsGone.length + theirsMade.length > 0 : gone.some((k) => theirsGone.includes(k)) && made.length + theirsMade.length > 0;
		const alike = made.every((k) => there.has(k)) && gone.every((k) => !there.has(k));
		if (both && !alike) conflicts.push(name);
		if (both && !alike && !mineWins) continue;
		// What comes is put in before what it replaces goes, so that it stands in its place.
		for (const k of made) if (!there.has(k)) take(out, my, /** @type {Line} */ (m.get(name)?.get(k)));
		const lose = both && !alike && (single.has(name) || theirsGone.length > 0) ? theirsMade.filter((k) => !here.has(k)) : [];
		for (const k of [...lose, ...gone]) {
			const line = th.get(name)?.get(k);
			if (line) out.drop(line);
		}
	}
	return { text: out.toString(), conflicts };
}

/** Copies a line of another card with what its group says of it. @param {Card} to @param {Card} from @param {Line} line */
export function take(to, from, line) {
	const labels = from.attachedTo(line);
	const taken = line.group && to.lines.some((l) => l.group.toLowerCase() === line.group.toLowerCase());
	const group = taken ? to.freeGroup() : line.group;
	const copy = (/** @type {Line} */ l) => ({ ...l, params: [...l.params], group, raw: taken ? l.raw.replace(/^[^.:;]*/, group) : l.raw });
	to.insert(copy(line), labels.map(copy));
}

/** One value in a form to compare by: numbers without their dress, addresses in lower case. @param {Line} line */
export function comparable(line) {
	const text = unescape(line.value).trim();
	if (line.name === "TEL") return text.replace(/^tel:/i, "").replace(/[^\d+*#]/g, "").replace(/^00/, "+");
	if (line.name === "EMAIL" || line.name === "URL") return text.toLowerCase().replace(/^mailto:/, "").replace(/\/$/, "");
	return text.replace(/\s+/g, " ");
}

/**
 * @typedef {{name: string, one: boolean, left: Line[], right: Line[]}} Field one: a choice of two; else each may stay
 */

/** What two cards have, side by side; equal things stand once, on the left. @param {Card} a @param {Card} b @returns {Field[]} */
export function fieldsOf(a, b) {
	const kept = (/** @type {Card} */ c) => c.lines.filter((l) => !aside.has(l.name) && l.name !== "UID" && l.name !== "CATEGORIES" && (l.value.replace(/;/g, "").trim() || paramOf(l, "VALUE").length > 0));
	const left = kept(a), right = kept(b);
	const order = ["PHOTO", "FN", "N", "NICKNAME", "ORG", "TITLE", "ROLE", "TEL", "EMAIL", "ADR", "URL", "IMPP", "BDAY", "ANNIVERSARY", "NOTE"];
	const place = (/** @type {string} */ n) => (order.indexOf(n) + 1 || 99);
	return [...new Set([...left, ...right].map((l) => l.name))].sort((x, y) => place(x) - place(y)).map((name) => {
		const l = left.filter((x) => x.name === name), seen = new Set(l.map(comparable));
		return { name, one: single.has(name), left: l, right: right.filter((x) => x.name === name && !seen.has(comparable(x))) };
	});
}

/**
 * Makes one card of two: that of `a` with what is chosen; its UID stays. @param {Card} a @param {Card} b of the same version
 * @param {Set<Line>} leave lines of `a` that go @param {Set<Line>} bring lines of `b` that come
 * @returns {string}
 */
export function mergeTwo(a, b, leave, bring) {
	const out = new Card(a.toString()), lines = [...out.lines];
	for (const line of leave) out.drop(lines[a.lines.indexOf(line)]);
	for (const line of bring) take(out, b, line);
	setCategories(out, [...new Set([...categoriesOf(out), ...categoriesOf(b)])]);
	return out.toString();
}
