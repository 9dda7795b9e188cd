// What one line of text is read as, in English and German. It is Sunday, 29 November 2026, 12:00.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./ground.mjs";

const { readQuick } = await load("calendar/quick.js");
const chronos = { en: await load("vendor/chrono-en.js"), de: await load("vendor/chrono-de.js") };

const read = (language, line, plain = []) => readQuick(line, {
	language, today: "2026-11-29", clock: "12:00", calendars: ["Default", "Work", "Private life"], chrono: chronos[language].casual ?? chronos[language], plain,
});

/** Only what a row names is compared, and that nothing else was understood. */
function check(language, line, want) {
	const got = read(language, line);
	const all = { title: "", date: "", lastDate: "", time: "", endTime: "", minutes: 0, days: 0, rule: "", until: "", place: "", names: [], calendar: "", ...want };
	const { pieces, ...rest } = got;
	assert.deepEqual(rest, all, line);
}

test("English", () => {
	for (const [line, want] of [
		["Lunch with Ines tomorrow 12:30", { title: "Lunch", names: ["Ines"], date: "2026-11-30", time: "12:30" }],
		["Lunch", { title: "Lunch" }],
		["Dentist 3.12. 15-16 h", { title: "Dentist", date: "2026-12-03", time: "15:00", endTime: "16:00" }],
		["Call 3pm", { title: "Call", date: "2026-11-29", time: "15:00" }],
		["Call at 9", { title: "Call", date: "2026-11-30", time: "09:00" }],
		["Review friday 3-4pm", { title: "Review", date: "2026-12-04", time: "15:00", endTime: "16:00" }],
		["Review on Friday from 10 to 11:30", { title: "Review", date: "2026-12-04", time: "10:00", endTime: "11:30" }],
		["Workshop 11am-1pm", { title: "Workshop", date: "2026-11-30", time: "11:00", endTime: "13:00" }],
		["Standup every weekday 9:15 for 15 min", { title: "Standup", rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", date: "2026-11-30", time: "09:15", minutes: 15 }],
		["Gym every monday and thursday at 7am for 1 hour", { title: "Gym", rule: "FREQ=WEEKLY;BYDAY=MO,TH", date: "2026-11-30", time: "07:00", minutes: 60 }],
		["Rent every month", { title: "Rent", rule: "FREQ=MONTHLY" }],
		["Board every last Thursday of the month 14:00", { title: "Board", rule: "FREQ=MONTHLY;BYDAY=-1TH", date: "2026-12-31", time: "14:00" }],
		["Sync every 2 weeks 10:00", { title: "Sync", rule: "FREQ=WEEKLY;INTERVAL=2", date: "2026-11-30", time: "10:00" }],
		["Yoga every Tuesday 18:00 until 22.12.", { title: "Yoga", rule: "FREQ=WEEKLY;BYDAY=TU", date: "2026-12-01", time: "18:00", until: "2026-12-22" }],
		["Course every Wednesday 10 times 17:00", { title: "Course", rule: "FREQ=WEEKLY;BYDAY=WE;COUNT=10", date: "2026-12-02", time: "17:00" }],
		["Dinner tomorrow 7pm at Corner café", { title: "Dinner", date: "2026-11-30", time: "19:00", place: "Corner café" }],
		["Planning tomorrow 10:00 in Room Oak with Ben and Clara Diaz", { title: "Planning", date: "2026-11-30", time: "10:00", place: "Room Oak", names: ["Ben", "Clara Diaz"] }],
		["Talk with ben@example.org at 14:00", { title: "Talk", names: ["ben@example.org"], date: "2026-11-29", time: "14:00" }],
		["Trip 2026-12-24 for 3 days", { title: "Trip", date: "2026-12-24", days: 3 }],
		["Holiday Dec 21 - Dec 25", { title: "Holiday", date: "2026-12-21", lastDate: "2026-12-25" }],
		["Report /work tomorrow", { title: "Report", calendar: "Work", date: "2026-11-30" }],
		["Walk /priv 17:00", { title: "Walk", calendar: "Private life", date: "2026-11-29", time: "17:00" }],
		["Fix a/b test", { title: "Fix a/b test" }],
		["Lunch at noon", { title: "Lunch", date: "2026-11-30", time: "12:00" }],
		["Buy 2 tickets", { title: "Buy 2 tickets" }],
		["Review of chapters 3-4", { title: "Review of chapters 3-4" }],
		["Release 2.0", { title: "Release 2.0" }],
		["Call for half an hour at 4pm", { title: "Call", minutes: 30, date: "2026-11-29", time: "16:00" }],
	]) check("en", line, want);
});

test("German", () => {
	for (const [line, want] of [
		["Mittagessen mit Ines morgen 12:30", { title: "Mittagessen", names: ["Ines"], date: "2026-11-30", time: "12:30" }],
		["Zahnarzt 3.12. 15-16 Uhr", { title: "Zahnarzt", date: "2026-12-03", time: "15:00", endTime: "16:00" }],
		["Zahnarzt am 3.12. um 15 Uhr", { title: "Zahnarzt", date: "2026-12-03", time: "15:00" }],
		["Zahnarzt 3.1. 9:30", { title: "Zahnarzt", date: "2027-01-03", time: "09:30" }],
		["Termin Do, 3.12.2026 von 10 bis 11:30 Uhr", { title: "Termin", date: "2026-12-03", time: "10:00", endTime: "11:30" }],
		["Feier 3. Dezember 19 Uhr", { title: "Feier", date: "2026-12-03", time: "19:00" }],
		["Urlaub 21.12.-25.12.", { title: "Urlaub", date: "2026-12-21", lastDate: "2026-12-25" }],
		["Urlaub 21.-25.12.", { title: "Urlaub", date: "2026-12-21", lastDate: "2026-12-25" }],
		["Urlaub 28.12. bis 3.1.", { title: "Urlaub", date: "2026-12-28", lastDate: "2027-01-03" }],
		["Chor jeden Dienstag 19:30 für 2 Stunden in der Kirche", { title: "Chor", rule: "FREQ=WEEKLY;BYDAY=TU", date: "2026-12-01", time: "19:30", minutes: 120, place: "Kirche" }],
		["Chor dienstags um 19:30", { title: "Chor", rule: "FREQ=WEEKLY;BYDAY=TU", date: "2026-12-01", time: "19:30" }],
		["Miete monatlich", { title: "Miete", rule: "FREQ=MONTHLY" }],
		["Stammtisch jeden ersten Montag im Monat 20 Uhr", { title: "Stammtisch", rule: "FREQ=MONTHLY;BYDAY=1MO", date: "2026-12-07", time: "20:00" }],
		["Abstimmung alle zwei Wochen 10 Uhr", { title: "Abstimmung", rule: "FREQ=WEEKLY;INTERVAL=2", date: "2026-11-30", time: "10:00" }],
		["Kurs jeden Mittwoch 17 Uhr 10 mal", { title: "Kurs", rule: "FREQ=WEEKLY;BYDAY=WE;COUNT=10", date: "2026-12-02", time: "17:00" }],
		["Yoga jeden Dienstag 18 Uhr bis 22.12.", { title: "Yoga", rule: "FREQ=WEEKLY;BYDAY=TU", date: "2026-12-01", time: "18:00", until: "2026-12-22" }],
		["Anruf 45 min um 16 Uhr", { title: "Anruf", minutes: 45, date: "2026-11-29", time: "16:00" }],
		["Besprechung morgen 10 Uhr im Raum Eiche mit Ben und Clara Diaz", { title: "Besprechung", date: "2026-11-30", time: "10:00", place: "Raum Eiche", names: ["Ben", "Clara Diaz"] }],
		["Bericht /work morgen", { title: "Bericht", calendar: "Work", date: "2026-11-30" }],
		["Ausflug am Freitag", { title: "Ausflug", date: "2026-12-04" }],
		["2 Karten kaufen", { title: "2 Karten kaufen" }],
	]) check("de", line, want);
});

test("a piece that is taken back is title again", () => {
	const line = "Lunch with Ines tomorrow 12:30";
	const got = read("en", line, ["guest with Ines"]);
	assert.equal(got.title, "Lunch with Ines");
	assert.deepEqual(got.names, []);
	assert.equal(got.time, "12:30");
});

test("pieces say where they stand", () => {
	const line = "Lunch tomorrow 12:30";
	for (const p of read("en", line).pieces) assert.equal(line.slice(p.from, p.to), p.text);
	assert.deepEqual(read("en", line).pieces.map((p) => p.kind), ["date", "time"]);
});

test("no line makes it fail", () => {
	for (const line of ["", " ", "/", "every", "for", "at", "99.99.", "25:99", "\u0001\u0001", "every ".repeat(200), "1.1.1.1.1.1.", "((((", "a".repeat(5000), "1 ".repeat(2000)]) {
		for (const language of ["en", "de", "fr"]) assert.equal(typeof readQuick(line, { language, today: "2026-11-29", clock: "12:00", calendars: [], chrono: chronos[language]?.casual ?? null }).title, "string");
	}
});
