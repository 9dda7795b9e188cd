// Where things go in the calendar: lanes, columns, the axis of hours, and what moving makes of times.
import assert from "node:assert/strict";
import test from "node:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = process.env.STATIC ?? new URL("../../../web/static", import.meta.url).pathname;
const load = (name) => import(pathToFileURL(join(root, name)).href);
if (!("Temporal" in globalThis)) Object.assign(globalThis, { Temporal: (await load("vendor/temporal.js")).Temporal });
const { inOrder, isBar, lanes, spansIn } = await load("calendar/layout.js");
const { columns } = await load("calendar/columns.js");
const { axisOf } = await load("calendar/axis.js");
const { moveDays, moveMinutes, resize, timed, allDay } = await load("calendar/shift.js");
const { session } = await load("lib/settings.js");
const { dateOf, minutesOf, rangeText, timeText } = await load("lib/time.js");

const day = (iso) => Temporal.PlainDate.from(iso);
const at = (text, tz = "Europe/Berlin") => Temporal.PlainDateTime.from(text).toZonedDateTime(tz).epochMilliseconds;
const inZone = (timeZone) => { session.value = { principal: { addresses: [] }, settings: { timeZone } }; };
const minute = 60_000;

test("spans take the highest lane that is free on all their days", () => {
	const { placed, more } = lanes([{ id: "a", first: 0, last: 2 }, { id: "b", first: 1, last: 1 }, { id: "c", first: 3, last: 4 }, { id: "d", first: 2, last: 3 }], 7, 9);
	assert.deepEqual(placed.map((s) => [s.id, s.lane]), [["a", 0], ["b", 1], ["c", 0], ["d", 1]]);
	assert.deepEqual(more, [0, 0, 0, 0, 0, 0, 0]);
});

test("a day with more than fits leaves its last lane to say how many, and counts each that is not shown", () => {
	const { placed, more } = lanes([...Array.from({ length: 5 }, (_, i) => ({ id: i, first: 1, last: 1 }))], 7, 3);
	assert.equal(placed.length, 2);
	assert.deepEqual(more, [0, 3, 0, 0, 0, 0, 0]);
});

test("a bar that has no room on one of its days is counted on all of them, and every lane is taken at most once", () => {
	const spans = [{ id: "x", first: 0, last: 0 }, { id: "y", first: 0, last: 0 }, { id: "bar", first: 0, last: 3 }, { id: "z", first: 0, last: 0 }, { id: "w", first: 2, last: 2 }];
	const { placed, more } = lanes(spans, 7, 3);
	assert.ok(!placed.some((s) => s.id === "bar"));
	assert.deepEqual(more.slice(0, 4), [2, 1, 1, 1]);
	for (let d = 0; d < 7; d++) {
		const used = placed.filter((s) => s.first <= d && d <= s.last).map((s) => s.lane);
		assert.equal(new Set(used).size, used.length);
		if (more[d] > 0) assert.ok(!used.includes(2), "the lane that says how many is free");
	}
});

test("what overlaps stands side by side; what only touches does not", () => {
	const list = columns([{ id: "a", from: 0, to: 60 }, { id: "b", from: 30, to: 90 }, { id: "c", from: 60, to: 120 }, { id: "d", from: 120, to: 150 }]);
	assert.deepEqual(list.map((x) => [x.id, x.column, x.columns]), [["a", 0, 2], ["b", 1, 2], ["c", 0, 2], ["d", 0, 1]]);
});

test("what has free room beside it takes that too", () => {
	const list = columns([{ id: "a", from: 0, to: 100 }, { id: "b", from: 0, to: 40 }, { id: "c", from: 0, to: 40 }, { id: "d", from: 50, to: 90 }]);
	const d = list.find((x) => x.id === "d");
	assert.deepEqual([d.column, d.columns, d.span], [1, 3, 2]);
});

test("no two that overlap share a column, whatever they are", () => {
	let seed = 7;
	const random = (n) => { seed = (seed * 48271) % 2147483647; return seed % n; };
	for (let round = 0; round < 50; round++) {
		const list = columns(Array.from({ length: 25 }, () => { const from = random(1400); return { from, to: from + 1 + random(200) }; }));
		for (const a of list) for (const b of list) {
			if (a === b || a.from >= b.to || b.from >= a.to) continue;
			assert.ok(a.column + a.span <= b.column || b.column + b.span <= a.column);
		}
	}
});

test("whole days and 24 hours are bars, a night is not", () => {
	assert.ok(isBar({ allDay: true, start: 0, end: 1 }));
	assert.ok(isBar({ allDay: false, start: 0, end: 86_400_000 }));
	assert.ok(!isBar({ allDay: false, start: 0, end: 86_399_000 }));
	const order = [{ allDay: false, start: 5, end: 6, title: "t", key: "t" }, { allDay: true, start: 0, end: 9, firstDay: "2027-01-02", lastDay: "2027-01-02", title: "s", key: "s" }, { allDay: true, start: 0, end: 9, firstDay: "2027-01-02", lastDay: "2027-01-03", title: "l", key: "l" }].sort(inOrder);
	assert.deepEqual(order.map((o) => o.title), ["l", "s", "t"]);
});

test("a night stands on the day on which it begins, a bar on all of its days that are shown", () => {
	const row = ["2027-03-01", "2027-03-02", "2027-03-03"];
	const night = { key: "n", allDay: false, start: 0, end: 3_600_000, firstDay: "2027-03-01", lastDay: "2027-03-02" };
	const bar = { key: "b", allDay: true, start: 0, end: 1, firstDay: "2027-02-27", lastDay: "2027-03-02" };
	const weekdays = { key: "w", allDay: true, start: 0, end: 1, firstDay: "2027-03-06", lastDay: "2027-03-07" };
	assert.deepEqual(spansIn([night, bar, weekdays], row).map((s) => [s.o.key, s.first, s.last, s.before, s.after]), [["n", 0, 0, false, false], ["b", 0, 1, true, false]]);
	assert.deepEqual(spansIn([weekdays], ["2027-03-05", "2027-03-08"]), [], "days that the work week leaves out");
});

test("on a plain day a minute of the clock is a minute of the axis", () => {
	const axis = axisOf([day("2027-03-01")], "Europe/Berlin"), [d] = axis.days;
	assert.equal(axis.length, 1440);
	assert.equal(axis.hours.length, 24);
	assert.equal(d.top(at("2027-03-01T09:30")), 570);
	assert.equal(d.bottom(at("2027-03-02T00:00")), 1440);
	assert.equal(d.at(570), at("2027-03-01T09:30"));
	assert.equal(d.blank, null);
});

test("where clocks go forward the hour that is left out is blank, and clocks stay where they are (Berlin, 28 March 2027)", () => {
	const axis = axisOf([day("2027-03-27"), day("2027-03-28")], "Europe/Berlin"), [plain, short] = axis.days;
	assert.equal(axis.length, 1440);
	assert.equal(plain.blank, null);
	assert.deepEqual(short.blank, [120, 180]);
	assert.equal(short.top(at("2027-03-28T09:00")), 540);
	assert.equal(short.bottom(at("2027-03-28T01:30") + 60 * minute), 210, "an hour from 1:30 ends at 3:30 of the clock");
	assert.equal(short.at(150), at("2027-03-28T03:00"), "a place in the gap is the end of it");
	assert.equal((short.end - short.start) / minute, 23 * 60);
});

test("where clocks go back the repeated hour is there twice, and each instant has its own place (Berlin, 25 October 2026)", () => {
	const axis = axisOf([day("2026-10-24"), day("2026-10-25")], "Europe/Berlin"), [plain, long] = axis.days;
	assert.equal(axis.length, 1500);
	assert.equal(axis.hours.length, 25);
	assert.deepEqual(axis.hours.filter((h) => h.clock === 120).map((h) => [h.y, h.second]), [[120, false], [180, true]]);
	assert.equal(long.blank, null);
	assert.deepEqual(plain.blank, [180, 240]);
	const first = Date.parse("2026-10-25T00:30:00Z"), second = Date.parse("2026-10-25T01:30:00Z"); // both are 2:30
	assert.deepEqual([long.top(first), long.top(second)], [150, 210]);
	assert.deepEqual([long.at(150), long.at(210)], [first, second]);
	assert.equal(long.bottom(Date.parse("2026-10-25T01:00:00Z")), 180);
	assert.equal(long.top(at("2026-10-25T09:00")), 600);
	assert.equal(plain.top(at("2026-10-24T09:00")), 600, "nine o'clock is in one line");
	assert.equal(plain.bottom(at("2026-10-24T03:00")), 180, "what ends at three ends before the blank");
	for (let y = 0; y < 1500; y += 15) assert.equal(long.top(long.at(y)), y);
});

test("days that begin at one o'clock and half hours that are repeated have their places too", () => {
	const beirut = axisOf([day("2027-03-28")], "Asia/Beirut").days[0];
	assert.deepEqual(beirut.blank, [0, 60]);
	assert.equal(beirut.top(at("2027-03-28T10:00", "Asia/Beirut")), 600);
	const howe = axisOf([day("2027-04-04")], "Australia/Lord_Howe");
	assert.equal(howe.length, 1470);
	for (let y = 0; y < 1470; y += 15) assert.equal(howe.days[0].top(howe.days[0].at(y)), y);
});

test("moved by days, the clock stays, also over a change of clocks", () => {
	inZone("Europe/Berlin");
	const o = { allDay: false, ...timed(at("2027-03-27T09:00"), at("2027-03-27T10:30")) };
	const moved = moveDays(o, 1);
	assert.equal(moved.start, at("2027-03-28T09:00"));
	assert.equal(moved.end - moved.start, 90 * minute);
	assert.equal(moved.firstDay, "2027-03-28");
	assert.equal(moveMinutes(o, 15).start, o.start + 15 * minute);
});

test("what takes whole days is moved and resized by days and keeps at least one", () => {
	inZone("Europe/Berlin");
	const o = { allDay: true, ...allDay("2027-03-27", "2027-03-29") };
	assert.deepEqual([moveDays(o, 7).firstDay, moveDays(o, 7).lastDay], ["2027-04-03", "2027-04-05"]);
	assert.equal(o.end - o.start, 71 * 60 * minute, "one of the three days has 23 hours");
	assert.equal(resize(o, "end", -9).lastDay, "2027-03-27");
	assert.equal(resize(o, "start", -1).firstDay, "2027-03-26");
	assert.equal(resize(o, "start", 9).firstDay, "2027-03-29");
});

test("an end is never moved past the other", () => {
	inZone("America/New_York");
	const o = { allDay: false, ...timed(at("2027-03-01T09:00", "America/New_York"), at("2027-03-01T10:00", "America/New_York")) };
	assert.equal(resize(o, "end", -600).end, o.start + 15 * minute);
	assert.equal(resize(o, "start", 600).start, o.end - 15 * minute);
	assert.equal(resize(o, "end", 30).end, o.end + 30 * minute);
});

test("days and clocks of instants are those of the zone, also where clocks are set and where the zone is changed", () => {
	// St. John's set its clocks back at a minute past midnight until 2011: the day before came again.
	for (const [tz, from, to] of [["Europe/Berlin", "2026-10-24T20:00", "2026-10-26T04:00"], ["Europe/Berlin", "2027-03-27T20:00", "2027-03-29T04:00"], ["America/St_Johns", "2010-11-05T20:00", "2010-11-08T04:00"], ["America/Sao_Paulo", "2017-10-14T20:00", "2017-10-16T04:00"], ["Asia/Kathmandu", "2026-01-01T00:00", "2026-01-02T06:00"]]) {
		inZone(tz);
		for (let ms = at(from, tz); ms < at(to, tz); ms += 10 * minute) {
			const there = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(tz), clock = there.toPlainTime().toString({ smallestUnit: "minute" });
			assert.equal(dateOf(ms), there.toPlainDate().toString(), `${tz} ${there}`);
			assert.equal(timeText(ms), clock, `${tz} ${there}`);
			assert.equal(minutesOf(ms), there.hour * 60 + there.minute, `${tz} ${there}`);
		}
	}
	inZone("Europe/Berlin");
	const later = at("2026-06-02T09:00"), sooner = at("2026-06-01T09:00");
	assert.equal(rangeText(later, later + 90 * minute), rangeText(sooner, sooner + 90 * minute), "the same clocks on another day");
	assert.notEqual(rangeText(sooner, sooner + 90 * minute), rangeText(sooner, later + 90 * minute), "and clocks of two days");
	for (const last of ["2026-06-01", "2026-10-24", "2026-10-25"]) { // clocks are set within the 25th
		const next = Temporal.PlainDate.from(last).add({ days: 1 }).toString();
		assert.equal(rangeText(at(`${last}T23:00`), at(`${next}T00:00`)).replace(/\s/g, ""), "23:00–00:00", "midnight is the end of a day, not another one");
		assert.match(rangeText(at(`${last}T23:00`), at(`${next}T00:15`)), /26/, "what goes on after it says its days");
	}
});
