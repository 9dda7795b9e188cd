// Groups: cards that list others (KIND and MEMBER of RFC 6350 §6.1.4, §6.6.5; in 3.0 by Apple's names), and categories
// (RFC 6350 §6.7.1). Nothing here knows of the page.
import { escape, parts, unescape } from "./vcard.js";

/** @typedef {import("./vcard.js").Card} Card */

/** The kind of a card: "individual", "group", "org", "location". @param {Card} card */
export function kindOf(card) {
	return (card.first("KIND") ?? card.first("X-ADDRESSBOOKSERVER-KIND"))?.value.trim().toLowerCase() || "individual";
}

/** A UID without its scheme, to compare by. @param {string} uid */
export function bareUID(uid) { return uid.trim().replace(/^urn:uuid:/i, "").toLowerCase(); }

/** The members of a group, as bare UIDs. @param {Card} card @returns {string[]} */
export function membersOf(card) { return card.all("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER").map((l) => bareUID(l.value)).filter(Boolean); }

/** Puts a card into a group, or takes it out. @param {Card} group @param {string} uid of the card @param {boolean} on */
export function setMember(group, uid, on) {
	const bare = bareUID(uid);
	const lines = group.all("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER").filter((l) => bareUID(l.value) === bare);
	if (!on) for (const l of lines) group.drop(l);
	if (!on || lines.length > 0) return;
	const apple = group.version !== "4.0";
	group.add(apple ? "X-ADDRESSBOOKSERVER-MEMBER" : "MEMBER", /^[a-z][a-z0-9+.-]*:/i.test(uid) ? uid : `urn:uuid:${uid}`);
}

/** Makes a card a group. @param {Card} card */
export function makeGroup(card) { card.add(card.version === "4.0" ? "KIND" : "X-ADDRESSBOOKSERVER-KIND", "group"); }

/** The categories of a card. @param {Card} card @returns {string[]} */
export function categoriesOf(card) {
	return [...new Set(card.all("CATEGORIES").flatMap((l) => parts(l.value, ",")).map((v) => unescape(v).trim()).filter(Boolean))];
}

/** Gives a card these categories; those that stay keep their place and spelling. @param {Card} card @param {string[]} wanted */
export function setCategories(card, wanted) {
	const has = categoriesOf(card), add = wanted.filter((c) => !has.includes(c));
	for (const line of card.all("CATEGORIES")) {
		const all = parts(line.value, ",");
		const kept = all.filter((v) => !unescape(v).trim() || wanted.includes(unescape(v).trim()));
		if (kept.length === all.length) continue;
		if (kept.some((v) => v.trim())) card.change(line, kept.join(","));
		else card.drop(line);
	}
	if (add.length === 0) return;
	const line = card.first("CATEGORIES");
	if (line?.value.trim()) card.change(line, [line.value, ...add.map(escape)].join(","));
	else if (line) card.change(line, add.map(escape).join(","));
	else card.add("CATEGORIES", add.map(escape).join(","));
}
