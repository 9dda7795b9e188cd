// What stands in a calendar object after an edit (RFC 5545), in each scope, and that nothing else changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./ground.mjs";

const { CalendarObject } = await load("calendar/object.js");
const { newObject, emptyForm, writeForm } = await load("calendar/write.js");
const scopes = await load("calendar/scopes.js");
const rules = await load("calendar/rule.js");

const ground = { now: Date.UTC(2026, 10, 29, 12), here: "Europe/Berlin", me: { address: "anna@example.org", name: "Anna Berg" } };

const lines = (...list) => `${list.join("\r\n")}\r\n`;
const berlin = [
	"BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
	"TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT", "BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
	"TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE",
];
const calendar = (...parts) => lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//Program//EN", "X-WR-CALNAME:Kept", ...berlin, ...parts.flat(), "END:VCALENDAR");
const event = (...more) => ["BEGIN:VEVENT", "UID:u1", "DTSTAMP:20260101T000000Z", "SUMMARY:Stand-up", ...more, "END:VEVENT"];
const weekly = (rule, ...more) => event("DTSTART;TZID=Europe/Berlin:20260302T090000", "DTEND;TZID=Europe/Berlin:20260302T093000", `RRULE:${rule}`, ...more);
const read = (text) => new CalendarObject(text, "Europe/Berlin");
const has = (o, line) => assert.ok(o.toString().split("\r\n").includes(line), `${line} is not in\n${o}`);
const lacks = (o, text) => assert.ok(!o.toString().includes(text), `${text} is in\n${o}`);
const startsOf = (o, n = 6) => o.starts((_, i) => i >= n).map((m) => m.local);
const edit = (o, rid, change, scope = scopes.editThis) => {
	const before = o.form(rid);
	return scope(o, rid, before, { ...before, ...change }, ground, "u2");
};

test("an object that nobody changes is the same, byte for byte", () => {
	const text = calendar(event("DTSTART:20260302T090000Z", "X-Odd;X-P=\"a;b\":v\\,w", "DESCRIPTION:a line that was folded oddly\r\n  by another program\r\n\t, twice", "BEGIN:X-COMP", "X-A:1", "END:X-COMP"));
	assert.equal(read(text).toString(), text);
});

test("a change of the title leaves all other lines as they are", () => {
	const text = calendar(event("DTSTART:20260302T090000Z", "X-MOZ-GENERATION:3", "attendee;X-FOO=\"q\";CN=Ben:MAILTO:Ben@example.org", "BEGIN:VALARM", "ACTION:AUDIO", "X-SOUND:b", "TRIGGER:-PT5M", "END:VALARM"));
	const o = read(text), f = o.form();
	writeForm(o.master, f, { ...f, title: "Größer, länger; schöner\nund mehr" }, ground);
	has(o, "SUMMARY:Größer\\, länger\\; schöner\\nund mehr");
	const rest = (s) => s.split("\r\n").filter((l) => !/^(SUMMARY|DTSTAMP|LAST-MODIFIED)/.test(l)).join("\n");
	assert.equal(rest(o.toString()), rest(text));
});

test("a new event has what RFC 5545 §3.6.1 wants, and guests an organizer", () => {
	const form = { ...emptyForm(), title: "Lunch", start: "2026-12-01T12:30:00", end: "2026-12-01T13:30:00", zone: "Europe/Berlin", endZone: "Europe/Berlin",
		guests: [{ address: "ben@example.org", name: "Ben Carter", role: "REQ-PARTICIPANT", kind: "INDIVIDUAL", status: "NEEDS-ACTION" }],
		reminders: [{ seconds: -600, related: "START", at: "", action: "DISPLAY" }] };
	const o = newObject(form, "new-1", ground);
	for (const l of ["UID:new-1", "DTSTAMP:20261129T120000Z", "DTSTART;TZID=Europe/Berlin:20261201T123000", "DTEND;TZID=Europe/Berlin:20261201T133000",
		"ORGANIZER;CN=\"Anna Berg\":mailto:anna@example.org", "TRIGGER:-PT10M"]) has(o, l);
	assert.match(o.toString().replace(/\r\n /g, ""), /ATTENDEE;CN="Ben Carter";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ben@example.org/);
	assert.deepEqual({ ...read(o.toString()).form(), reminders: [], organizer: null }, { ...form, reminders: [], organizer: null });
});

test("a reminder by mail has what RFC 5545 §3.6.6 wants, and loses it as a notification", () => {
	const form = { ...emptyForm(), title: "Lunch, late", start: "2026-12-01T12:30:00", end: "2026-12-01T13:30:00", zone: "Europe/Berlin", endZone: "Europe/Berlin",
		reminders: [{ seconds: -600, related: "START", at: "", action: "EMAIL" }] };
	const o = newObject(form, "new-1", ground);
	for (const l of ["ACTION:EMAIL", "SUMMARY:Lunch\\, late", "DESCRIPTION:Lunch\\, late", "ATTENDEE:mailto:anna@example.org"]) assert.ok(o.toString().split("BEGIN:VALARM")[1].includes(`\r\n${l}\r\n`), l);
	const f = o.form();
	writeForm(o.master, f, { ...f, reminders: [{ ...f.reminders[0], action: "DISPLAY" }] }, ground);
	const alarm = o.toString().split("BEGIN:VALARM")[1];
	assert.match(alarm, /ACTION:DISPLAY\r\n/);
	assert.doesNotMatch(alarm.split("END:VALARM")[0], /SUMMARY|ATTENDEE/);
});

test("all-day events end with their last day in the form, the day after in the object", () => {
	const o = newObject({ ...emptyForm(), title: "Away", allDay: true, start: "2026-12-24", end: "2026-12-26" }, "n", ground);
	has(o, "DTSTART;VALUE=DATE:20261224");
	has(o, "DTEND;VALUE=DATE:20261227");
	assert.equal(o.form().end, "2026-12-26");
});

test("DURATION stays where only the start moves", () => {
	const o = read(calendar(event("DTSTART;TZID=Europe/Berlin:20260302T090000", "DURATION:PT45M"))), f = o.form();
	assert.equal(f.end, "2026-03-02T09:45:00");
	writeForm(o.master, f, { ...f, start: "2026-03-03T10:00:00", end: "2026-03-03T10:45:00" }, ground);
	has(o, "DURATION:PT45M");
	lacks(o, "DTEND");
});

test("a series keeps its hour over the change to summer time", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;COUNT=6")));
	assert.deepEqual(startsOf(o).map((l) => new Date(o.instant({ local: l, zone: "Europe/Berlin" })).toISOString().slice(5, 16)),
		["03-02T08:00", "03-09T08:00", "03-16T08:00", "03-23T08:00", "03-30T07:00", "04-06T07:00"]);
});

test("one instance behind the change of the clock is found by its UTC RECURRENCE-ID and moved", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY")));
	edit(o, "20260330T070000Z", { start: "2026-03-31T14:00:00", end: "2026-03-31T14:30:00" });
	has(o, "RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000");
	has(o, "DTSTART;TZID=Europe/Berlin:20260331T140000");
	has(o, "DTEND;TZID=Europe/Berlin:20260331T143000");
	assert.equal(o.overrides[0].value("RRULE"), "");
	edit(o, "20260330T070000Z", { title: "Later" });
	assert.equal(o.overrides.length, 1);
	assert.equal(o.form("20260330T070000Z").title, "Later");
});

test("the first instance, which expanded data gives without RECURRENCE-ID, is changed and deleted alone", () => {
	const changed = read(calendar(weekly("FREQ=WEEKLY")));
	edit(changed, "", { title: "Kick-off" });
	has(changed, "RECURRENCE-ID;TZID=Europe/Berlin:20260302T090000");
	has(changed, "SUMMARY:Kick-off");
	has(changed, "SUMMARY:Stand-up");
	const without = read(calendar(weekly("FREQ=WEEKLY")));
	assert.equal(scopes.deleteThis(without, "", ground), true);
	has(without, "EXDATE;TZID=Europe/Berlin:20260302T090000");
	assert.deepEqual(startsOf(without, 4).slice(0, 2), ["2026-03-09T09:00:00", "2026-03-16T09:00:00"]);
});

test("all of a series go from 9:00 to 10:00 by one that is dragged in summer, and are at 10:00 in winter too", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;UNTIL=20261026T080000Z")));
	edit(o, "20260706T070000Z", { start: "2026-07-06T10:00:00", end: "2026-07-06T10:30:00" }, scopes.editAll);
	has(o, "DTSTART;TZID=Europe/Berlin:20260302T100000");
	has(o, "RRULE:FREQ=WEEKLY;UNTIL=20261026T090000Z");
	const all = startsOf(o, 999);
	assert.equal(all.length, 35);
	assert.equal(all.at(-1), "2026-10-26T10:00:00");
});

test("moving a weekly event to another weekday rewrites BYDAY", () => {
	for (const [rule, want, first] of [
		["FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=WE", "20260304"], ["FREQ=WEEKLY", "FREQ=WEEKLY", "20260304"],
		["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,TH;WKST=MO", "20260304"],
	]) {
		const o = read(calendar(weekly(rule)));
		edit(o, "20260302T080000Z", { start: "2026-03-04T09:00:00", end: "2026-03-04T09:30:00" }, scopes.editAll);
		has(o, `RRULE:${want}`);
		has(o, `DTSTART;TZID=Europe/Berlin:${first}T090000`);
	}
});

test("of a rule with two weekdays only the one that is moved moves; its exceptions and EXDATEs with it", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;BYDAY=MO,TH", "EXDATE;TZID=Europe/Berlin:20260312T090000,20260316T090000"),
		event("RECURRENCE-ID;TZID=Europe/Berlin:20260319T090000", "DTSTART;TZID=Europe/Berlin:20260319T090000", "DTEND;TZID=Europe/Berlin:20260319T093000", "LOCATION:Elsewhere")));
	const { lost } = edit(o, "20260305T080000Z", { start: "2026-03-06T11:00:00", end: "2026-03-06T11:30:00" }, scopes.editAll);
	assert.deepEqual(lost, []);
	has(o, "RRULE:FREQ=WEEKLY;BYDAY=MO,FR");
	has(o, "EXDATE;TZID=Europe/Berlin:20260313T110000");
	has(o, "EXDATE;TZID=Europe/Berlin:20260316T110000");
	has(o, "RECURRENCE-ID;TZID=Europe/Berlin:20260320T110000");
	assert.deepEqual(startsOf(o, 4), ["2026-03-02T11:00:00", "2026-03-06T11:00:00", "2026-03-09T11:00:00", "2026-03-20T11:00:00"].slice(0, 3));
});

test("an exception with a time of its own keeps it when all are moved", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY"),
		event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000", "DTSTART;TZID=Europe/Berlin:20260310T150000", "DTEND;TZID=Europe/Berlin:20260310T153000")));
	edit(o, "20260316T080000Z", { start: "2026-03-16T10:00:00", end: "2026-03-16T10:30:00" }, scopes.editAll);
	has(o, "RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000");
	has(o, "DTSTART;TZID=Europe/Berlin:20260310T150000");
});

test("exceptions that fit nowhere under a new rule are told and go", () => {
	const o = read(calendar(weekly("FREQ=DAILY"),
		event("RECURRENCE-ID;TZID=Europe/Berlin:20260304T090000", "DTSTART;TZID=Europe/Berlin:20260304T120000"),
		event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000", "DTSTART;TZID=Europe/Berlin:20260309T120000")));
	const { lost } = edit(o, "20260302T080000Z", { rule: "FREQ=WEEKLY;BYDAY=MO" }, scopes.editAll);
	assert.deepEqual(lost.map((m) => m.local), ["2026-03-04T09:00:00"]);
	assert.equal(o.overrides.length, 1);
});

test("a new title for all reaches exceptions that had the old one, not those with their own", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY"),
		event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000", "DTSTART;TZID=Europe/Berlin:20260309T120000"),
		["BEGIN:VEVENT", "UID:u1", "SUMMARY:Own", "RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000", "DTSTART;TZID=Europe/Berlin:20260316T120000", "END:VEVENT"]));
	edit(o, "20260302T080000Z", { title: "New" }, scopes.editAll);
	assert.deepEqual(o.events.map((e) => e.value("SUMMARY")), ["New", "New", "Own"]);
});

test("monthly and yearly rules move with their event, or say that they cannot", () => {
	for (const [rule, from, to, want] of [
		["FREQ=MONTHLY;BYDAY=-1TH", "2026-11-26", "2026-11-27", "FREQ=MONTHLY;BYDAY=-1FR"], ["FREQ=MONTHLY;BYDAY=2MO", "2026-03-09", "2026-03-17", "FREQ=MONTHLY;BYDAY=3TU"],
		["FREQ=MONTHLY;BYMONTHDAY=15", "2026-03-15", "2026-03-17", "FREQ=MONTHLY;BYMONTHDAY=17"], ["FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31", "2026-03-31", "2026-04-02", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=2"],
		["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-03-31", "2026-03-30", null], ["FREQ=DAILY;BYDAY=MO,TU", "2026-03-02", "2026-03-04", null],
		["FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", "2026-03-02", "2026-03-03", null],
	]) assert.equal(rules.moveRule(rule, from, to)?.value ?? null, want, rule);
});

test("this and following: the series ends before, another begins, COUNT is shared, exceptions go where they belong", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;COUNT=10", "EXDATE;TZID=Europe/Berlin:20260309T090000,20260413T090000"),
		event("RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000", "DTSTART;TZID=Europe/Berlin:20260316T100000"),
		event("RECURRENCE-ID;TZID=Europe/Berlin:20260406T090000", "DTSTART;TZID=Europe/Berlin:20260406T090000", "LOCATION:There")));
	const { next } = edit(o, "20260330T070000Z", { start: "2026-03-31T11:00:00", end: "2026-03-31T11:30:00" }, scopes.editFollowing);
	has(o, "RRULE:FREQ=WEEKLY;UNTIL=20260330T065959Z");
	has(o, "EXDATE;TZID=Europe/Berlin:20260309T090000");
	lacks(o, "20260413T090000");
	assert.equal(o.overrides.length, 1);
	has(next, "UID:u2");
	has(next, "DTSTART;TZID=Europe/Berlin:20260331T110000");
	has(next, "RRULE:FREQ=WEEKLY;COUNT=6");
	has(next, "EXDATE;TZID=Europe/Berlin:20260414T110000");
	has(next, "RECURRENCE-ID;TZID=Europe/Berlin:20260407T110000");
	has(next, "RELATED-TO;RELTYPE=SIBLING:u1");
	assert.equal(startsOf(o, 99).length + startsOf(next, 99).length, 8);
	assert.ok(!next.toString().includes("UID:u1"));
});

test("deleting one instance writes EXDATE in the series' own zone and takes its exception away", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY"), event("RECURRENCE-ID;TZID=Europe/Berlin:20261026T090000", "DTSTART;TZID=Europe/Berlin:20261026T110000")));
	assert.ok(scopes.deleteThis(o, "20261026T080000Z", ground));
	has(o, "EXDATE;TZID=Europe/Berlin:20261026T090000");
	assert.equal(o.overrides.length, 0);
});

test("deleting the last instance that is left leaves nothing", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;COUNT=2")));
	assert.ok(scopes.deleteThis(o, "20260302T080000Z", ground));
	assert.ok(!scopes.deleteThis(o, "20260309T080000Z", ground));
});

test("deleting an RDATE takes the RDATE away", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;COUNT=2", "RDATE;TZID=Europe/Berlin:20260305T160000,20260306T160000")));
	assert.deepEqual(startsOf(o), ["2026-03-02T09:00:00", "2026-03-05T16:00:00", "2026-03-06T16:00:00", "2026-03-09T09:00:00"]);
	scopes.deleteThis(o, "20260305T150000Z", ground);
	has(o, "RDATE;TZID=Europe/Berlin:20260306T160000");
	lacks(o, "EXDATE");
});

test("deleting this and following ends the series", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;COUNT=10")));
	scopes.deleteFollowing(o, "20260316T080000Z", ground);
	assert.deepEqual(startsOf(o, 99), ["2026-03-02T09:00:00", "2026-03-09T09:00:00"]);
});

test("an all-day series: one day moved, the rest ended before, all moved", () => {
	const text = calendar(event("DTSTART;VALUE=DATE:20260328", "DTEND;VALUE=DATE:20260329", "RRULE:FREQ=DAILY;UNTIL=20260402"));
	let o = read(text);
	edit(o, "20260329", { start: "2026-03-30", end: "2026-03-31" });
	has(o, "RECURRENCE-ID;VALUE=DATE:20260329");
	has(o, "DTEND;VALUE=DATE:20260401");
	o = read(text);
	const { next } = edit(o, "20260330", { title: "Rest" }, scopes.editFollowing);
	has(o, "RRULE:FREQ=DAILY;UNTIL=20260329");
	has(next, "DTSTART;VALUE=DATE:20260330");
	has(next, "DTEND;VALUE=DATE:20260331");
	o = read(text);
	edit(o, "20260329", { start: "2026-03-30", end: "2026-03-30" }, scopes.editAll);
	assert.deepEqual(startsOf(o, 99), ["2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01", "2026-04-02", "2026-04-03"]);
});

test("a floating series moves by the clock on the wall", () => {
	const o = read(calendar(event("DTSTART:20260302T070000", "DTEND:20260302T073000", "RRULE:FREQ=DAILY;UNTIL=20260304T070000")));
	edit(o, "20260303T070000", { start: "2026-03-03T08:00:00", end: "2026-03-03T08:30:00" }, scopes.editAll);
	has(o, "DTSTART:20260302T080000");
	has(o, "RRULE:FREQ=DAILY;UNTIL=20260304T080000");
});

test("a timed series becomes all-day with its exceptions", () => {
	const o = read(calendar(weekly("FREQ=WEEKLY;UNTIL=20260330T070000Z", "EXDATE;TZID=Europe/Berlin:20260309T090000")));
	edit(o, "20260302T080000Z", { allDay: true, start: "2026-03-02", end: "2026-03-02", zone: "", endZone: "" }, scopes.editAll);
	has(o, "EXDATE;VALUE=DATE:20260309");
	has(o, "RRULE:FREQ=WEEKLY;UNTIL=20260330");
	assert.deepEqual(startsOf(o, 99), ["2026-03-02", "2026-03-16", "2026-03-23", "2026-03-30"]);
});

test("a zone that is in no database is read by the VTIMEZONE that stands with it", () => {
	const text = lines("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTIMEZONE", "TZID:Our own", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0530", "TZOFFSETTO:+0530", "END:STANDARD", "END:VTIMEZONE",
		...event("DTSTART;TZID=Our own:20260302T090000", "RRULE:FREQ=DAILY"), "END:VCALENDAR");
	const o = read(text);
	assert.equal(o.instant({ local: "2026-03-02T09:00:00", zone: "Our own" }), Date.UTC(2026, 2, 2, 3, 30));
	assert.equal(o.instanceOf("20260303T033000Z").local, "2026-03-03T09:00:00");
});

test("SEQUENCE rises when guests must be asked again, not for a title (RFC 5546 §2.1.4)", () => {
	const text = calendar(event("DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "SEQUENCE:4", "ORGANIZER:mailto:anna@example.org", "ATTENDEE:mailto:ben@example.org"));
	for (const [change, want] of [[{ title: "x" }, "4"], [{ start: "2026-03-02T09:30:00" }, "5"]]) {
		const o = read(text), f = o.form();
		writeForm(o.master, f, { ...f, ...change }, ground);
		assert.equal(o.master.value("SEQUENCE"), want);
	}
});

test("text of any kind is read to its end or refused", () => {
	const junk = ["BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR", "BEGIN:VCALENDAR", "A;B=\"c:d", ";;;:", ":", "X", " fold", "\tfold", "DTSTART;TZID=No/Where:99999999T999999", "RRULE:FREQ=", "EXDATE:,,,", "\u0000", "TRIGGER:P", "é".repeat(100)];
	let seed = 7;
	const next = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
	for (let i = 0; i < 300; i++) {
		const text = `BEGIN:VCALENDAR\r\n${Array.from({ length: next(30) }, () => junk[next(junk.length)]).join(next(2) ? "\r\n" : "\n")}\r\nEND:VCALENDAR\r\n`;
		let o;
		try {
			o = read(text);
		} catch (err) {
			assert.equal(err.message, "this is no calendar object");
			continue;
		}
		for (const e of o.events) assert.equal(typeof e.toString(), "string");
	}
	for (const text of ["", "\r\n", "BEGIN:VCARD\r\nEND:VCARD\r\n"]) assert.throws(() => read(text));
	assert.ok(read(`BEGIN:VCALENDAR\r\nX:${"a;b=c".repeat(20_000)}\r\nEND:VCALENDAR\r\n`));
});

test("whom a message did not reach is who has such a SCHEDULE-STATUS, in the instance that is asked about", () => {
	const guests = (first, second) => [`ATTENDEE;SCHEDULE-STATUS=${first}:mailto:Ben@example.org`, `ATTENDEE;SCHEDULE-STATUS=${second}:mailto:clara@example.net`];
	const o = read(calendar(weekly("FREQ=WEEKLY", ...guests("\"5.1\"", "1.2")), event("RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000", "DTSTART;TZID=Europe/Berlin:20260309T100000", ...guests("2.0", "3.7"))));
	assert.deepEqual([...o.unreached()], ["ben@example.org"]);
	assert.deepEqual([...o.unreached("20260309T080000Z")], ["clara@example.net"]);
	assert.deepEqual([...o.unreached("20260316T080000Z")], ["ben@example.org"]);
});
