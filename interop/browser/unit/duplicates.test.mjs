// Cards that may be of one person, and how two texts of a card become one.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const from = (name) => import(pathToFileURL(join(process.env.STATIC ?? join(import.meta.dirname, "../../../web/static"), "contacts", name)).href);
const { fold, nameWords, oneEdit, pairKey, pairs, phoneKey } = await from("match.js");
const { fieldsOf, merge3, mergeTwo } = await from("merge.js");
const { Card } = await from("vcard.js");

let n = 0;
const known = (name, { emails = [], phones = [], kind = "individual" } = {}) => ({ href: `/h/${++n}`, uid: `u${n}`, name, emails, phones, kind });
const reasons = (...cards) => pairs(cards).map((p) => p.reasons.map((r) => r.kind).sort().join("+"));

test("the same e-mail, number or name is a reason", () => {
	assert.deepEqual(reasons(known("A B", { emails: ["Ann@Example.com"] }), known("C D", { emails: ["ann@example.com "] })), ["email"]);
	assert.deepEqual(reasons(known("A B", { phones: ["+49 30 5550101"] }), known("C D", { phones: ["030/555 01 01"] })), ["phone"]);
	assert.deepEqual(reasons(known("Anna Müller"), known("MULLER, Anna")), ["name"]);
	assert.deepEqual(reasons(known("Dr. Anna Müller"), known("Anna Müller", { emails: ["x@example.com"] })), ["name"]);
});

test("names that differ by a letter or a middle name are similar; others are not", () => {
	assert.deepEqual(reasons(known("Stephan Maier"), known("Stefan Maier")), []);
	assert.deepEqual(reasons(known("Katharina Lopez"), known("Katarina Lopez")), ["similar"]);
	assert.deepEqual(reasons(known("Anna Berg"), known("Anna Maria Berg")), ["similar"]);
	assert.deepEqual(reasons(known("Anna Berg"), known("Anne Berg")), ["similar"]);
	assert.deepEqual(reasons(known("Anna Berg"), known("Anna Burg-Stein")), []);
	assert.deepEqual(reasons(known("Jo Berg"), known("Bo Berg")), [], "short names differ by a letter for a reason");
});

test("what many share tells nobody; groups and lone words are no people", () => {
	const office = Array.from({ length: 9 }, (_, i) => known(`Person${i} Number${i}${i}`, { phones: ["+49 30 1234567"] }));
	assert.deepEqual(reasons(...office), []);
	assert.deepEqual(reasons(known("Choir of it", { kind: "group" }), known("Choir of it")), []);
	assert.deepEqual(reasons(known("Info"), known("Info")), []);
	assert.equal(phoneKey("110"), "");
});

test("pairs that somebody has told apart stay apart, from both sides", () => {
	const a = known("Anna Berg"), b = known("Anna Berg");
	assert.equal(pairKey(a, b), pairKey(b, a));
	assert.deepEqual(pairs([a, b], new Set([pairKey(b, a)])), []);
});

test("the surest pair comes first, with all its reasons", () => {
	const a = known("Anna Berg", { emails: ["a@example.com"], phones: ["+49 30 5550101"] }), b = known("Anna Berg", { emails: ["a@example.com"], phones: ["030 5550101"] });
	const found = pairs([known("Ben Cole", { phones: ["0000 111222333"] }), known("Ken Dole", { phones: ["111222333"] }), a, b]);
	assert.deepEqual(found[0].reasons.map((r) => r.kind), ["email", "phone", "name"]);
	assert.equal(found.length, 2);
});

test("10,000 cards are compared in one go", () => {
	const many = Array.from({ length: 10_000 }, (_, i) => known(`Given${i * 7919 % 10_007} Family${i * 104_729 % 10_007}`, { emails: [`p${i}@example.com`] }));
	many.push(known("Greta Unique", { emails: ["p17@example.com"] }));
	assert.ok(pairs(many).some((p) => p.b.name === "Greta Unique"));
});

test("words are folded, one edit is one edit", () => {
	assert.equal(fold("ÄÖÜßØłÉ"), "aoussole");
	assert.deepEqual(nameWords("Prof. Dr. Berg, Anna"), ["anna", "berg"]);
	assert.ok(oneEdit("berg", "burg") && oneEdit("berg", "bergs") && !oneEdit("berg", "gerb") && oneEdit("aa", "a"));
});

const crlf = (...lines) => lines.join("\r\n") + "\r\n";
const base = crlf("BEGIN:VCARD", "VERSION:3.0", "UID:1", "FN:Anna Berg", "N:Berg;Anna;;;", "TEL;TYPE=HOME:1", "TEL;TYPE=WORK:2", "item1.EMAIL:a@example.com", "item1.X-ABLabel:Boat", "X-OTHER:kept", "REV:2026-01-01T00:00:00Z", "END:VCARD");

test("changes of different properties are both kept", () => {
	const { text, conflicts } = merge3(base, base.replace("FN:Anna Berg", "FN:Anna Ufer"), base.replace("TEL;TYPE=WORK:2", "TEL;TYPE=WORK:2\r\nTITLE:Captain"));
	assert.deepEqual(conflicts, []);
	assert.equal(text, base.replace("FN:Anna Berg", "FN:Anna Ufer").replace("TEL;TYPE=WORK:2", "TEL;TYPE=WORK:2\r\nTITLE:Captain"));
});

test("lists are merged by what was added and taken away", () => {
	const mine = base.replace("TEL;TYPE=HOME:1\r\n", ""), theirs = base.replace("TEL;TYPE=WORK:2", "TEL;TYPE=WORK:2\r\nTEL;TYPE=CELL:3");
	const { text, conflicts } = merge3(base, mine, theirs);
	assert.deepEqual([conflicts, new Card(text).all("TEL").map((l) => l.value)], [[], ["2", "3"]]);
});

test("the same property changed twice is a conflict: theirs, or mine where mine is to win", () => {
	const mine = base.replace("FN:Anna Berg", "FN:Mine").replace("TEL;TYPE=HOME:1", "TEL;TYPE=HOME:10"), theirs = base.replace("FN:Anna Berg", "FN:Theirs").replace("TEL;TYPE=HOME:1", "TEL;TYPE=HOME:11");
	const left = merge3(base, mine, theirs), won = merge3(base, mine, theirs, true);
	assert.deepEqual([left.conflicts.sort(), left.text], [["FN", "TEL"], theirs]);
	assert.equal(new Card(won.text).text("FN"), "Mine");
	assert.deepEqual(new Card(won.text).all("TEL").map((l) => l.value).sort(), ["10", "2"]);
	assert.deepEqual(merge3(base, mine, mine), { text: mine, conflicts: [] });
});

test("a label comes with its property, under a group that is free", () => {
	const mine = base.replace("X-OTHER:kept", "item2.TEL:9\r\nitem2.X-ABLabel:Mine\r\nX-OTHER:kept"), theirs = base.replace("X-OTHER:kept", "item2.URL:http://x\r\nitem2.X-ABLabel:Theirs\r\nX-OTHER:kept");
	const card = new Card(merge3(base, mine, theirs).text);
	assert.equal(card.label(card.all("TEL").at(-1)), "Mine");
	assert.equal(card.label(card.first("URL")), "Theirs");
});

test("two cards become one: equal values once, the UID of the first, labels and unknown lines kept", () => {
	const a = new Card(base), b = new Card(crlf("BEGIN:VCARD", "VERSION:3.0", "UID:2", "FN:A. Berg", "N:Berg;A.;;;", "TEL;TYPE=CELL:00 1", "TEL:2", "EMAIL:A@example.com", "item1.URL:http://x", "item1.X-ABLabel:Blog", "CATEGORIES:Choir", "X-ELSE:too", "END:VCARD"));
	const fields = fieldsOf(a, b);
	assert.deepEqual(fields.map((f) => [f.name, f.left.length, f.right.length]), [["FN", 1, 1], ["N", 1, 1], ["TEL", 2, 1], ["EMAIL", 1, 0], ["URL", 0, 1], ["X-OTHER", 1, 0], ["X-ELSE", 0, 1]]);
	const bring = new Set(fields.filter((f) => !f.one).flatMap((f) => f.right));
	const out = new Card(mergeTwo(a, b, new Set(), bring));
	assert.deepEqual([out.uid, out.text("FN"), out.all("TEL").length, out.text("CATEGORIES"), out.text("X-OTHER"), out.text("X-ELSE")], ["1", "Anna Berg", 3, "Choir", "kept", "too"]);
	assert.equal(out.label(out.first("URL")), "Blog");
	assert.equal(out.label(out.first("EMAIL")), "Boat");
	const other = mergeTwo(a, b, new Set(a.all("FN")), new Set(b.all("FN")));
	assert.equal(new Card(other).text("FN"), "A. Berg");
	assert.equal(a.toString(), base, "the cards themselves stay as they were");
});
