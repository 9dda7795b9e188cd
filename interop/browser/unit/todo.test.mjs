// Tasks as lines: what a change concerns and nothing else, and how a series goes on.
import { test } from "node:test";
import assert from "node:assert/strict";
import { load } from "./ground.mjs";

const { readLines } = await load("calendar/lines.js");
const { ruleStarts } = await load("calendar/rule.js");
const { complete, masterOf, newTask, readTask, reopen, revert, setDue, setParent, setPercent, setRule, setStart } = await load("tasks/todo.js");
const { arrange, descendants, sectionOf } = await load("tasks/sections.js");

const now = Date.UTC(2026, 10, 29, 12, 0, 0);
const object = (...lines) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", "X-CAL:kept", "BEGIN:VTODO", "UID:t1", "DTSTAMP:20260101T000000Z", ...lines, "END:VTODO", "END:VCALENDAR", ""].join("\r\n");
const of = { href: "/l/t1.ics", list: "/l/", etag: '"1"' };
const read = (cal) => readTask(cal, of, ruleStarts);
const changed = (text, change) => {
	const cal = readLines(text);
	change(masterOf(cal), cal);
	return cal.toString();
};
const difference = (a, b) => ({ gone: a.split("\r\n").filter((l) => !b.split("\r\n").includes(l)), made: b.split("\r\n").filter((l) => !a.split("\r\n").includes(l)) });

test("a task is read as it stands", () => {
	const task = read(readLines(object("SUMMARY:Buy\\, then cook", "DUE;TZID=Europe/Berlin:20261201T183000", "DTSTART;VALUE=DATE:20261130", "PRIORITY:1", "PERCENT-COMPLETE:40", "STATUS:IN-PROCESS", "RELATED-TO;RELTYPE=SIBLING:s", "RELATED-TO:p", "DESCRIPTION:a\\nb", "CATEGORIES:x,y\\,z")));
	assert.deepEqual([task.title, task.due, task.start, task.priority, task.percent, task.done, task.parent, task.note, task.categories],
		["Buy, then cook", { date: "2026-12-01", time: "18:30:00", zone: "Europe/Berlin" }, { date: "2026-11-30", time: "", zone: "" }, 1, 40, false, "p", "a\nb", ["x", "y,z"]]);
	assert.ok(read(readLines(object("COMPLETED:20260101T000000Z"))).done, "COMPLETED alone says it too");
	assert.ok(read(readLines(object("STATUS:CANCELLED"))).done);
	assert.throws(() => masterOf(readLines("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")));
});

test("completing and opening again leaves all other lines as they were", () => {
	const text = object("SUMMARY:A", "STATUS:NEEDS-ACTION", "X-APPLE-SORT-ORDER:5", "BEGIN:VALARM", "TRIGGER:-PT5M", "ACTION:DISPLAY", "END:VALARM");
	const done = changed(text, (_, cal) => complete(cal, now, ruleStarts, "x"));
	assert.deepEqual(difference(text, done), { gone: ["DTSTAMP:20260101T000000Z", "STATUS:NEEDS-ACTION"], made: ["DTSTAMP:20261129T120000Z", "STATUS:COMPLETED", "COMPLETED:20261129T120000Z", "PERCENT-COMPLETE:100", "LAST-MODIFIED:20261129T120000Z"] });
	const open = read(readLines(changed(done, (_, cal) => reopen(cal, now))));
	assert.deepEqual([open.done, open.percent, open.completed], [false, 0, ""]);
});

test("a series goes on with its next occurrence, and the completed one stands for itself", () => {
	const cal = readLines(object("SUMMARY:Water", "DTSTART;TZID=Europe/Berlin:20261023T180000", "DUE;TZID=Europe/Berlin:20261023T190000", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20261030T180000", "BEGIN:VALARM", "TRIGGER:-PT5M", "ACTION:DISPLAY", "END:VALARM"));
	const copy = complete(cal, now, ruleStarts, "copy-1");
	const next = read(cal), once = read(copy);
	// 30 October is taken out; winter time begins between: the clock stays.
	assert.deepEqual([next.done, next.due, next.start], [false, { date: "2026-11-06", time: "19:00:00", zone: "Europe/Berlin" }, { date: "2026-11-06", time: "18:00:00", zone: "Europe/Berlin" }]);
	assert.deepEqual([once.done, once.due.date, once.rule, once.uid, masterOf(copy).parts("VALARM").length], [true, "2026-10-23", "", "copy-1", 0]);
	assert.match(cal.toString(), /RRULE:FREQ=WEEKLY;COUNT=2\r\n/);
	assert.equal(masterOf(cal).parts("VALARM").length, 1);
});

test("a series that ends is completed with its last occurrence", () => {
	for (const rule of ["FREQ=DAILY;COUNT=1", "FREQ=DAILY;UNTIL=20261129", "FREQ=WEEKLY;UNTIL=20261201"]) {
		const cal = readLines(object("DUE;VALUE=DATE:20261129", `RRULE:${rule}`));
		assert.equal(complete(cal, now, ruleStarts, "x"), null, rule);
		assert.ok(read(cal).done, rule);
	}
	const cal = readLines(object("DUE;VALUE=DATE:20261129", "RRULE:FREQ=DAILY;UNTIL=20261130"));
	assert.ok(complete(cal, now, ruleStarts, "x"));
	assert.equal(read(cal).due.date, "2026-11-30");
});

test("UNTIL in UTC is compared by the clock of the task's zone", () => {
	const cal = (until) => readLines(object("DTSTART;TZID=America/New_York:20261129T200000", `RRULE:FREQ=DAILY;UNTIL=${until}`));
	assert.ok(complete(cal("20261201T010000Z"), now, ruleStarts, "x"), "30 November 20:00 in New York is 1 December 01:00 UTC");
	assert.equal(complete(cal("20261201T005959Z"), now, ruleStarts, "x"), null);
});

test("a series with exceptions is completed by an exception, and shows its first open occurrence", () => {
	const text = object("SUMMARY:Daily", "DTSTART;VALUE=DATE:20261127", "DUE;VALUE=DATE:20261127", "RRULE:FREQ=DAILY;COUNT=3").replace("END:VCALENDAR",
		["BEGIN:VTODO", "UID:t1", "DTSTAMP:20260101T000000Z", "RECURRENCE-ID;VALUE=DATE:20261127", "SUMMARY:Daily", "DUE;VALUE=DATE:20261127", "STATUS:COMPLETED", "END:VTODO", "END:VCALENDAR"].join("\r\n"));
	const cal = readLines(text);
	assert.equal(read(cal).due.date, "2026-11-28");
	assert.equal(complete(cal, now, ruleStarts, "x"), null);
	assert.ok(cal.toString().includes("RRULE:FREQ=DAILY;COUNT=3\r\n"), "the series stays where it is");
	const ids = cal.parts("VTODO").map((p) => p.value("RECURRENCE-ID"));
	assert.deepEqual(ids, ["", "20261127", "20261128"]);
	assert.equal(cal.parts("VTODO")[2].line("RRULE"), null);
	assert.equal(read(cal).due.date, "2026-11-29");
	complete(cal, now, ruleStarts, "x");
	complete(cal, now, ruleStarts, "x");
	assert.ok(read(cal).done, "all are done");
});

test("DTSTART has the kind of DUE and is not behind it", () => {
	const text = object("DTSTART;VALUE=DATE:20261128", "DUE;VALUE=DATE:20261130");
	const timed = read(readLines(changed(text, (p) => setDue(p, { date: "2026-12-02", time: "09:00:00", zone: "Europe/Berlin" }))));
	assert.deepEqual([timed.start.date, timed.start.time, timed.start.zone], ["2026-11-28", "09:00:00", "Europe/Berlin"]);
	const early = read(readLines(changed(text, (p) => setDue(p, { date: "2026-11-20", time: "", zone: "" }))));
	assert.equal(early.start.date, "2026-11-20");
	const none = read(readLines(changed(text, (p) => setDue(p, null))));
	assert.deepEqual([none.due, none.start.date], [null, "2026-11-28"]);
	assert.equal(read(readLines(changed(text, (p) => setStart(p, "2026-12-24")))).start.date, "2026-11-30");
});

test("a series has a start to count from, and moves with its day", () => {
	const series = changed(object("DUE;VALUE=DATE:20261130"), (p) => setRule(p, "FREQ=WEEKLY"));
	assert.match(series, /DTSTART;VALUE=DATE:20261130\r\n/);
	const later = read(readLines(changed(series, (p) => setDue(p, { date: "2026-12-02", time: "", zone: "" }))));
	assert.deepEqual([later.start.date, later.due.date], ["2026-12-02", "2026-12-02"]);
	assert.ok(!/RRULE/.test(changed(series, (p) => setDue(p, null))), "without a day nothing repeats");
	assert.ok(!/RRULE/.test(changed(series, (p) => setRule(p, ""))));
});

test("progress, parents and new tasks", () => {
	const text = object("RELATED-TO;RELTYPE=CHILD:c");
	assert.match(changed(text, (p) => setPercent(p, 30, now)), /STATUS:IN-PROCESS\r\nPERCENT-COMPLETE:30/);
	assert.ok(read(readLines(changed(text, (p) => setPercent(p, 100, now)))).done);
	const child = changed(text, (p) => setParent(p, "p1"));
	assert.match(child, /RELATED-TO;RELTYPE=CHILD:c\r\nRELATED-TO:p1\r\n/);
	assert.equal(changed(child, (p) => setParent(p, "")), text);
	const made = newTask({ uid: "n", title: "a, b", due: { date: "2026-12-01", time: "", zone: "" }, rule: "FREQ=DAILY", priority: 1, parent: "p" }, now).toString();
	for (const line of ["SUMMARY:a\\, b", "DUE;VALUE=DATE:20261201", "DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=DAILY", "PRIORITY:1", "RELATED-TO:p", "UID:n"]) assert.ok(made.includes(`${line}\r\n`), line);
});

test("one change is taken out of what a task has become since", () => {
	const before = object("SUMMARY:A", "X-K:1"), after = before.replace("SUMMARY:A", "SUMMARY:B\r\nPRIORITY:1");
	const cal = readLines(after.replace("X-K:1", "X-K:1\r\nLOCATION:here"));
	revert(cal, readLines(before), readLines(after));
	assert.equal(cal.toString(), before.replace("X-K:1", "X-K:1\r\nLOCATION:here"));
});

let n = 0;
const task = (title, more = {}) => ({ href: `/l/${++n}`, list: "/l/", etag: "", uid: title, title, due: null, start: null, priority: 0, percent: 0, done: false, cancelled: false, completed: "", note: "", parent: "", rule: "", categories: [], privacy: "", ...more });
const on = (date, time = "") => ({ due: { date, time, zone: "" } });
const when = { day: "2026-11-29", clock: "12:00", inZone: (w) => ({ date: w.date, time: w.time.slice(0, 5) }) };
const shape = (nodes) => nodes.map((x) => (x.children.length ? [x.task.title, shape(x.children)] : x.task.title));

test("tasks stand in their sections, the most urgent first", () => {
	const all = arrange([task("b", on("2026-11-29")), task("a", { ...on("2026-11-29"), priority: 1 }), task("late", on("2026-11-28")), task("this morning", on("2026-11-29", "09:00")), task("tonight", on("2026-11-29", "21:00")), task("soon", on("2026-12-01")), task("some day"), task("did", { done: true })], when);
	assert.deepEqual(Object.fromEntries(Object.entries(all).map(([k, v]) => [k, shape(v)])), { overdue: ["late", "this morning"], today: ["tonight", "a", "b"], upcoming: ["soon"], none: ["some day"], done: ["did"] });
	assert.equal(sectionOf(task("x", on("2026-11-29", "12:00")), when), "today");
});

test("subtasks stand below their task, which stands where the most urgent of them belongs", () => {
	const all = arrange([task("trip"), task("tickets", { parent: "trip", ...on("2026-11-20") }), task("seat", { parent: "tickets" }), task("packed", { parent: "trip", done: true }), task("lost", { parent: "nobody" })], when);
	assert.deepEqual(shape(all.overdue), [["trip", [["tickets", ["seat"]], "packed"]]]);
	assert.deepEqual(shape(all.none), ["lost"]);
	const done = arrange([task("p", { done: true }), task("open", { parent: "p" }), task("closed", { parent: "p", done: true })], when);
	assert.deepEqual([shape(done.done), shape(done.none)], [[["p", ["closed"]]], ["open"]], "an open task is never hidden below a done one");
	const loop = [task("x", { parent: "y" }), task("y", { parent: "x" })];
	assert.deepEqual(shape(arrange(loop, when).none), ["x", "y"], "tasks below themselves are shown");
	assert.deepEqual(descendants(loop, loop[0]).map((x) => x.title), ["y"]);
});
