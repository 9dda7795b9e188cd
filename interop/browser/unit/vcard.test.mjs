// The lines of a card: examples of RFC 6350 and RFC 2426, and what clients write.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const from = (name) => import(pathToFileURL(join(process.env.STATIC ?? join(import.meta.dirname, "../../../web/static"), "contacts", name)).href);
const { Card, blank, escape, paramOf, parts, typesOf, unescape, withParts } = await from("vcard.js");
const { applyForm, formOf, kindOfLine } = await from("form.js");
const { ageOn, readDate, valid, writeDate } = await from("dates.js");
const { bareUID, categoriesOf, kindOf, makeGroup, membersOf, setCategories, setMember } = await from("group.js");

const crlf = (...lines) => lines.join("\r\n") + "\r\n";

// RFC 6350 §8, with what Apple adds and what nobody knows.
const perreault = crlf(
	"BEGIN:VCARD", "VERSION:4.0", "FN:Simon Perreault", "N:Perreault;Simon;;;ing. jr,M.Sc.", "BDAY:--0203",
	"ANNIVERSARY:20090808T1430-0500", "GENDER:M", "LANG;PREF=1:fr", "LANG;PREF=2:en", "ORG;TYPE=work:Viagenie",
	"ADR;TYPE=work:;Suite D2-630;2875 Laurier;", " Quebec;QC;G1V 2M2;Canada", 'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102',
	'TEL;VALUE=uri;TYPE="work,cell,voice,video,text":tel:+1-418-262-6501', "EMAIL;TYPE=work:simon.perreault@viagenie.ca",
	"GEO;TYPE=work:geo:46.772673,-71.282945", "KEY;TYPE=work;VALUE=uri:", " http://www.viagenie.ca/simon.perreault/simon.asc", "TZ:-0500",
	"URL;TYPE=home:http://nomis80.org", "item1.X-FAVOURITE-DISH;X-WHY=\"taste; mostly\":Poutine\\, large", "item1.X-ABLabel:_$!<Food>!$_", "END:VCARD");

const edited = (text, change) => {
	const card = new Card(text), form = formOf(card);
	change(form);
	applyForm(card, form);
	return card.toString();
};

/** Lines that are in one text only. */
const difference = (a, b) => ({ gone: a.split("\r\n").filter((l) => !b.split("\r\n").includes(l)), made: b.split("\r\n").filter((l) => !a.split("\r\n").includes(l)) });

test("a card that is read and written is the same, byte for byte", () => {
	for (const text of [perreault, perreault.replaceAll("\r\n", "\n"), perreault.trimEnd(), "", "BEGIN:VCARD\nEND:VCARD", "no card at all", crlf("BEGIN:VCARD", "TEL;HOME;VOICE:1", "broken line", "", "END:VCARD")]) {
		assert.equal(new Card(text).toString(), text);
	}
});

test("a form that nobody changed changes nothing", () => {
	assert.equal(edited(perreault, () => {}), perreault);
	const apple = crlf("BEGIN:VCARD", "VERSION:3.0", "N:Berg;Anna;;;", "FN:Anna Berg", "item1.TEL;type=pref:1", "item1.X-ABLabel:Boat", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15", "item2.ADR;type=HOME:;;A\\nB;C;;1;D", "item2.X-ABADR:de", "CATEGORIES:a,b", "END:VCARD");
	assert.equal(edited(apple, () => {}), apple);
});

test("an edit touches its own line alone", () => {
	const d = difference(perreault, edited(perreault, (f) => { f.emails[0].value = "simon@example.net"; }));
	assert.deepEqual(d, { gone: ["EMAIL;TYPE=work:simon.perreault@viagenie.ca"], made: ["EMAIL;TYPE=work:simon@example.net"] });
});

test("properties that nobody knows stay, with their groups and parameters, whatever is edited", () => {
	const out = edited(perreault, (f) => {
		f.given = "Simone"; f.note = "New\nlines, too"; f.phones = []; f.places[0].parts[3] = "Montréal"; f.urls.push({ at: -1, value: "https://example.net", kind: "work", label: "" });
	});
	for (const line of ["item1.X-FAVOURITE-DISH;X-WHY=\"taste; mostly\":Poutine\\, large", "item1.X-ABLabel:_$!<Food>!$_", "KEY;TYPE=work;VALUE=uri:\r\n http://www.viagenie.ca/simon.perreault/simon.asc", "GEO;TYPE=work:geo:46.772673,-71.282945", "LANG;PREF=2:en", "VERSION:4.0"]) {
		assert.ok(out.includes(line + "\r\n"), `lost: ${line}`);
	}
	assert.ok(out.includes("NOTE:New\\nlines\\, too\r\n"));
	assert.ok(out.includes("N:Perreault;Simone;;;ing. jr,M.Sc.\r\n"), "the list in the suffix is not escaped by an edit of the given name");
	assert.ok(out.includes("FN:Simone Perreault") || out.includes("FN:Simon Perreault"));
});

test("the name shown follows the parts of the name, until somebody writes another", () => {
	const plain = crlf("BEGIN:VCARD", "VERSION:3.0", "FN:Anna Berg", "N:Berg;Anna;;;", "UID:1", "END:VCARD");
	assert.equal(new Card(edited(plain, (f) => { f.family = "Ufer"; })).text("FN"), "Anna Ufer");
	const other = plain.replace("FN:Anna Berg", "FN:Aunt Anna");
	assert.equal(new Card(edited(other, (f) => { f.family = "Ufer"; })).text("FN"), "Aunt Anna");
	assert.equal(new Card(edited(plain, (f) => { f.fn = "Aunt Anna"; })).text("FN"), "Aunt Anna");
	assert.notEqual(new Card(edited(plain, (f) => { f.family = f.given = f.fn = ""; })).text("FN"), "", "FN must be there (RFC 6350 §6.2.1)");
});

test("lines are folded at 75 octets and never within a character", () => {
	const card = blank("1", "x");
	const note = "ä€😀".repeat(60);
	card.add("NOTE", escape(note));
	const text = card.toString();
	for (const line of text.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75, line);
	assert.ok(!text.includes("\ufffd"));
	assert.equal(new Card(text).text("NOTE"), note);
});

test("text is escaped and read back, as RFC 6350 §3.4 and RFC 2426 §4 say", () => {
	for (const text of ["a,b;c\\d", "line\nnext", "\\n", "C:\\new", ""]) assert.equal(unescape(escape(text)), text);
	assert.equal(unescape("Mythical Manager\\nHyjinx Software Division\\NBabsCo\\, Inc."), "Mythical Manager\nHyjinx Software Division\nBabsCo, Inc.");
	assert.deepEqual(parts("a\\;b;c,d;", ";"), ["a\\;b", "c,d", ""]);
	assert.equal(withParts("Public;John;Quinlan,Paul;Mr.;Esq.", ["Public", "Jon", "Quinlan,Paul", "Mr.", "Esq."]), "Public;Jon;Quinlan,Paul;Mr.;Esq.");
});

test("parameters are read quoted, listed, nameless and encoded (RFC 6868)", () => {
	const card = new Card(crlf("BEGIN:VCARD", "TEL;HOME;TYPE=voice,pref;X-A=\"a;b:c\",d;X-B=^'x^'^n^^:1", "END:VCARD"));
	const tel = card.first("TEL");
	assert.deepEqual(typesOf(tel), ["home", "voice", "pref"]);
	assert.deepEqual(paramOf(tel, "X-A"), ["a;b:c", "d"]);
	assert.deepEqual(paramOf(tel, "X-B"), ['"x"\n^']);
	assert.deepEqual(typesOf(new Card(perreault).all("TEL")[1]), ["work", "cell", "voice", "video", "text"]);
	card.setParam(tel, "X-C", ['say "hi": a']);
	assert.deepEqual(paramOf(new Card(card.toString()).first("TEL"), "X-C"), ['say "hi": a']);
	assert.ok(card.toString().replaceAll("\r\n ", "").includes("X-B=^'x^'^n^^"), "a parameter that is not changed stays as it was written");
});

test("another kind of number changes what tells the kind, and leaves the rest of TYPE", () => {
	const text = crlf("BEGIN:VCARD", "VERSION:3.0", "FN:A", "TEL;TYPE=HOME,VOICE,pref:1", "END:VCARD");
	const line = new Card(edited(text, (f) => { f.phones[0].kind = "mobile"; })).first("TEL");
	assert.deepEqual(typesOf(line).sort(), ["cell", "pref", "voice"]);
	const own = edited(text, (f) => { Object.assign(f.phones[0], { kind: "custom", label: "Boat" }); });
	const card = new Card(own);
	assert.equal(card.label(card.first("TEL")), "Boat");
	assert.equal(kindOfLine(card, card.first("TEL")), "custom");
	assert.ok(!edited(own, (f) => { f.phones = []; }).includes("X-ABLabel"), "the label goes with its number");
});

test("a number that is a URI stays one, and becomes text where it cannot be", () => {
	const uri = new Card(edited(perreault, (f) => { f.phones[0].value = "+1 418 000 0000"; })).first("TEL");
	assert.equal(uri.value, "tel:+1-418-000-0000");
	const text = new Card(edited(perreault, (f) => { f.phones[0].value = "ask Ben"; })).first("TEL");
	assert.deepEqual([text.value, paramOf(text, "VALUE")], ["ask Ben", []]);
});

test("birthdays with and without a year, in both versions", () => {
	const of = (line) => readDate(new Card(crlf("BEGIN:VCARD", line, "END:VCARD")).lines[1]);
	assert.deepEqual(of("BDAY:19960415"), { y: 1996, m: 4, d: 15 }); // RFC 6350 §6.2.5
	assert.deepEqual(of("BDAY:--0415"), { y: null, m: 4, d: 15 });
	assert.deepEqual(of("BDAY:1996-04-15"), { y: 1996, m: 4, d: 15 }); // RFC 2426 §3.1.5
	assert.deepEqual(of("BDAY;VALUE=date-time:1953-10-15T23:10:00Z"), { y: 1953, m: 10, d: 15 });
	assert.deepEqual(of("BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29"), { y: null, m: 2, d: 29 });
	assert.equal(of("BDAY;VALUE=text:circa 1800"), null);
	assert.equal(of("BDAY:20260231"), null);
	assert.deepEqual(writeDate({ y: null, m: 2, d: 3 }, "4.0"), { value: "--0203", omit: [] });
	assert.deepEqual(writeDate({ y: null, m: 2, d: 3 }, "3.0"), { value: "1604-02-03", omit: ["1604"] });
	assert.ok(!valid({ y: 2025, m: 2, d: 29 }) && valid({ y: 2024, m: 2, d: 29 }) && valid({ y: null, m: 2, d: 29 }));
	assert.equal(ageOn({ y: 2000, m: 11, d: 30 }, { year: 2026, month: 11, day: 29 }), 25);
	assert.equal(ageOn({ y: 2000, m: 11, d: 29 }, { year: 2026, month: 11, day: 29 }), 26);
	const text = edited(crlf("BEGIN:VCARD", "VERSION:3.0", "FN:A", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15", "BDAY2:x", "END:VCARD"), (f) => { f.days[0].date = { y: 1990, m: 4, d: 15 }; });
	assert.ok(text.includes("\r\nBDAY:1990-04-15\r\n"), text);
	const free = crlf("BEGIN:VCARD", "VERSION:4.0", "FN:A", "BDAY;VALUE=text:circa 1800", "END:VCARD");
	assert.equal(edited(free, (f) => { f.note = ""; }), free, "a birthday in words is kept");
});

test("photos are written as each version has them", () => {
	assert.ok(edited(blank("1", "A").toString(), (f) => { f.photo = { kind: "jpeg", base64: "AAAA" }; }).includes("PHOTO;ENCODING=b;TYPE=JPEG:AAAA"));
	assert.ok(edited(perreault, (f) => { f.photo = { kind: "png", base64: "AAAA" }; }).includes("PHOTO:data:image/png;base64,AAAA"));
	const had = edited(perreault, (f) => { f.photo = { kind: "png", base64: "AAAA" }; });
	assert.equal(edited(had, (f) => { f.photo = null; }), perreault);
});

test("members of groups in both spellings, and categories", () => {
	const apple = blank("g", "Choir");
	makeGroup(apple);
	setMember(apple, "U-1", true);
	setMember(apple, "urn:uuid:U-2", true);
	setMember(apple, "u-1", true);
	assert.equal(kindOf(apple), "group");
	assert.deepEqual(membersOf(apple), ["u-1", "u-2"]);
	assert.ok(apple.toString().includes("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:U-1\r\n"));
	setMember(apple, "u-2", false);
	assert.deepEqual(membersOf(apple), ["u-1"]);
	const four = new Card(crlf("BEGIN:VCARD", "VERSION:4.0", "KIND:group", "FN:The Doe family", "MEMBER:urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af", "MEMBER:mailto:subscriber1@example.com", "END:VCARD"));
	assert.deepEqual(membersOf(four), ["03a0e51f-d1aa-4385-8a53-e29025acd8af", "mailto:subscriber1@example.com"]); // RFC 6350 §6.6.5
	assert.equal(bareUID("URN:UUID:AbC"), "abc");

	const card = new Card(crlf("BEGIN:VCARD", "CATEGORIES:INTERNET,IETF\\,x,INDUSTRY", "END:VCARD"));
	assert.deepEqual(categoriesOf(card), ["INTERNET", "IETF,x", "INDUSTRY"]);
	setCategories(card, ["IETF,x", "INDUSTRY", "New"]);
	assert.ok(card.toString().includes("CATEGORIES:IETF\\,x,INDUSTRY,New\r\n"));
	setCategories(card, []);
	assert.ok(!card.toString().includes("CATEGORIES"));
});

const { matches, searchWords, sorted, summaryOf } = await from("summary.js");
const of = { href: "/h", book: "/", etag: '"1"' };

test("a summary says what the list shows, of both versions", () => {
	const s = summaryOf(perreault, of);
	assert.deepEqual([s.name, s.given, s.family, s.org, s.emails, s.phones, s.photo, s.kind], ["Simon Perreault", "Simon", "Perreault", "Viagenie", ["simon.perreault@viagenie.ca"], ["+1-418-656-9254;ext=102", "+1-418-262-6501"], false, "individual"]);
	const apple = summaryOf(crlf("BEGIN:VCARD", "UID:g", "FN:", "N:Choir;;;;", "item1.EMAIL;TYPE=home:b@x", "EMAIL;TYPE=\"a:b\",pref:a@x", "PHOTO;ENCODING=b;TYPE=JPEG:", "CATEGORIES:a\\,b,c", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:M", "END:VCARD"), of);
	assert.deepEqual([apple.name, apple.emails, apple.photo, apple.categories, apple.kind, apple.members], ["Choir", ["a@x", "b@x"], true, ["a,b", "c"], "group", ["m"]]);
	assert.equal(summaryOf("nothing", of).name, "?");
});

test("people are sorted as their language does, under its letters, and found without marks", () => {
	const people = ["Öberg", "Oz", "Zeta", "Ärger", "李", "1&1"].map((name, i) => ({ ...summaryOf(crlf("BEGIN:VCARD", `FN:${name}`, "END:VCARD"), of), href: `/${i}` }));
	const letters = (locale) => sorted(people, "given", locale).map((e) => `${e.letter} ${e.card.name}`);
	assert.deepEqual(letters("de"), ["# 1&1", "A Ärger", "O Öberg", "O Oz", "Z Zeta", "李 李"]);
	assert.deepEqual(letters("sv").slice(1, 5), ["O Oz", "Z Zeta", "Ä Ärger", "Ö Öberg"]);
	assert.ok(matches(people[0], searchWords("  OBERG ")) && !matches(people[0], searchWords("oberg x")));
});
