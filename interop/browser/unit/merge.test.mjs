// Two changes of one object: what only one side changed is kept, what both changed is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./ground.mjs";

const { merge } = await load("calendar/merge.js");

const event = (...more) => `${["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", ...more, "END:VEVENT", "END:VCALENDAR"].join("\r\n")}\r\n`;
const base = ["DTSTAMP:20260101T000000Z", "SUMMARY:A", "DTSTART:20260301T090000Z", "DTEND:20260301T100000Z", "LOCATION:L"];
const without = (...names) => base.filter((l) => !names.some((n) => l.startsWith(n)));
const has = (text, line) => assert.ok(text.split("\r\n").includes(line), `${line} is not in\n${text}`);

test("changes of different properties are both kept", () => {
	const { text, conflicts } = merge(event(...base), event(...without("SUMMARY"), "SUMMARY:Mine"), event(...without("LOCATION"), "LOCATION:Theirs", "X-NEW:1"));
	assert.deepEqual(conflicts, []);
	for (const l of ["SUMMARY:Mine", "LOCATION:Theirs", "X-NEW:1"]) has(text, l);
});

test("the same change on both sides is no conflict", () => {
	const both = event(...without("SUMMARY"), "SUMMARY:Same");
	assert.deepEqual(merge(event(...base), both, both), { text: both, conflicts: [] });
});

test("one property changed to something different on both sides is asked about, and the choice stands", () => {
	const sides = [event(...base), event(...without("SUMMARY"), "SUMMARY:Mine"), event(...without("SUMMARY"), "SUMMARY:Theirs")];
	const { conflicts } = merge(...sides);
	assert.deepEqual(conflicts.map((c) => [c.name, c.mine[0].value, c.theirs[0].value]), [["SUMMARY", "Mine", "Theirs"]]);
	has(merge(...sides, () => "mine").text, "SUMMARY:Mine");
	has(merge(...sides, () => "theirs").text, "SUMMARY:Theirs");
});

test("start and end are one thing", () => {
	const { conflicts } = merge(event(...base), event(...without("DTSTART"), "DTSTART:20260301T093000Z"), event(...without("DTEND"), "DTEND:20260301T110000Z"));
	assert.deepEqual(conflicts.map((c) => c.name), ["DTSTART"]);
});

test("an answer that came meanwhile is kept, and what the server notes beside people is no change", () => {
	const people = (ben, clara) => event(...base, "ORGANIZER:mailto:a@x", `ATTENDEE${ben}:mailto:ben@x`, `ATTENDEE${clara}:mailto:clara@x`);
	const { text, conflicts } = merge(people(";PARTSTAT=NEEDS-ACTION", ""), people(";PARTSTAT=NEEDS-ACTION", ";ROLE=OPT-PARTICIPANT"), people(";PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0", ";SCHEDULE-STATUS=1.2"));
	assert.deepEqual(conflicts, []);
	has(text, "ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0:mailto:ben@x");
	has(text, "ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:clara@x");
});

test("exceptions of both sides come together", () => {
	const series = (...parts) => `${["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "DTSTART:20260301T090000Z", "RRULE:FREQ=DAILY", "END:VEVENT", ...parts.flatMap(([rid, title]) => ["BEGIN:VEVENT", "UID:u", `RECURRENCE-ID:${rid}`, `SUMMARY:${title}`, "END:VEVENT"]), "END:VCALENDAR"].join("\r\n")}\r\n`;
	const { text, conflicts } = merge(series(), series(["20260302T090000Z", "Mine"]), series(["20260303T090000Z", "Theirs"]));
	assert.deepEqual(conflicts, []);
	has(text, "SUMMARY:Mine");
	has(text, "SUMMARY:Theirs");
});

test("what they took away and I changed is asked about", () => {
	const sides = [event(...base), event(...without("LOCATION"), "LOCATION:Mine"), event(...without("LOCATION"))];
	assert.deepEqual(merge(...sides).conflicts.map((c) => [c.name, c.theirs.length]), [["LOCATION", 0]]);
	has(merge(...sides, () => "mine").text, "LOCATION:Mine");
});

test("the higher SEQUENCE stands", () => {
	has(merge(event(...base, "SEQUENCE:2"), event(...without("SUMMARY"), "SUMMARY:Mine", "SEQUENCE:3"), event(...base, "SEQUENCE:5")).text, "SEQUENCE:5");
});
