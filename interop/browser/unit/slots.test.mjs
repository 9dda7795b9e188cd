// The next times at which all are free, within working hours.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./ground.mjs";

const { freeSlots, workHours } = await load("calendar/slots.js");

const zone = "Europe/Berlin", work = { days: [1, 2, 3, 4, 5], start: "09:00", end: "17:00" };
const at = (local) => Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds;
const shown = (ms) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: "minute" });
const find = (busy, minutes, after, until = "2026-12-12T00:00", count = 3) => freeSlots({
	busy: busy.map(([from, to]) => ({ from: at(from), to: at(to) })), length: minutes * 60_000, after: at(after), until: at(until), hours: (ms) => workHours(ms, zone, work), count,
}).map((s) => shown(s.from));

test("the first free times of a day, one after the other", () => {
	assert.deepEqual(find([], 60, "2026-12-01T06:00"), ["2026-12-01T09:00", "2026-12-01T10:00", "2026-12-01T11:00"]);
});

test("what is busy is stepped over, to the next quarter of an hour", () => {
	assert.deepEqual(find([["2026-12-01T09:30", "2026-12-01T10:05"], ["2026-12-01T11:00", "2026-12-01T16:30"]], 30, "2026-12-01T09:10"), ["2026-12-01T10:15", "2026-12-01T16:30", "2026-12-02T09:00"]);
});

test("nothing begins that would end after work, or at a weekend", () => {
	assert.deepEqual(find([], 120, "2026-12-04T15:30"), ["2026-12-07T09:00", "2026-12-07T11:00", "2026-12-07T13:00"]);
});

test("none is told where none is", () => {
	assert.deepEqual(find([["2026-12-01T00:00", "2026-12-12T00:00"]], 30, "2026-12-01T09:00"), []);
});

test("working hours are those of the clock on the wall, on the day of a change too", () => {
	const day = workHours(at("2027-03-29T12:00"), zone, work);
	assert.deepEqual([shown(day.from), shown(day.to)], ["2027-03-29T09:00", "2027-03-29T17:00"]);
	assert.equal(workHours(at("2027-03-28T12:00"), zone, work), null);
});
