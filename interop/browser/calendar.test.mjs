// The calendar: its views, and moving in them and moving things in them, by pointer, by touch and by keys.
import { gunzipSync } from "node:zlib";
import { axe, dateIn, must, phone, run, same, test as plainTest, until } from "./harness.mjs";

/** A test whose DAV clients know who they are. */
const test = (name, body, options) => plainTest(name, (given) => body({ ...given, dav: (who) => Object.assign(given.dav(who), { who }) }), options);

/** Puts an event into the calendar of whoever asks; gives its href. */
async function put(dav, name, ...lines) {
	const href = `/dav/calendars/${dav.who}/default/${name}.ics`;
	const answer = await dav("PUT", href, {
		headers: { "Content-Type": "text/calendar; charset=utf-8" },
		body: ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", `UID:${name}`, "DTSTAMP:20260101T000000Z", ...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
	});
	must(answer.status < 300, `PUT of ${name}: ${answer.status} ${answer.text}`);
	return href;
}

/** A timed event in UTC. */
const timed = (dav, name, start, end, ...more) => put(dav, name, `SUMMARY:${name}`, `DTSTART:${start}`, `DTEND:${end}`, ...more);
/** An event of whole days; the end is the day after. */
const whole = (dav, name, start, end, ...more) => put(dav, name, `SUMMARY:${name}`, `DTSTART;VALUE=DATE:${start}`, `DTEND;VALUE=DATE:${end}`, ...more);

/** A value of what is stored, as instants where it has a zone that is Berlin's. */
async function stored(dav, href, property) {
	const { text } = await dav("GET", href);
	return new RegExp(`^${property}[;:].*$`, "m").exec(text.replace(/\r\n[ \t]/g, ""))?.[0].trim().split(":").slice(1).join(":");
}

// Whatever month it is when the tests run, the demo fills it. David has nothing on Saturdays and Sundays then: what needs room in a
// month is his.

const event = (page, name) => page.locator(".cal-view [data-key]:not(.ghost)", { hasText: name });
const cell = (page, iso) => page.locator(`.month-grid [data-day="${iso}"]`);
const column = (page, iso) => page.locator(`.daycolumn[data-day="${iso}"]`);

/** Waits until keys and pointers are heard. */
const heard = (page) => page.locator(".calendar[data-heard]").waitFor();

/** The y of a clock in a day of the page, in pixels. */
async function yOf(page, iso, minutes) {
	await column(page, iso).evaluate((el, m) => {
		const grid = el.closest(".timegrid"), head = grid.querySelector(".timegrid-head").clientHeight;
		grid.scrollTop = (m / 1440) * el.clientHeight - (grid.clientHeight - head) / 2;
	}, minutes);
	const box = await column(page, iso).boundingBox();
	const length = await column(page, iso).evaluate((el) => Number(getComputedStyle(el).getPropertyValue("--minutes")));
	return { x: box.x + box.width / 2, y: box.y + (minutes / length) * box.height };
}

/** Waits until the page has the server's word that an event was moved: then it draws it no more. */
const moved = (page, name) => page.locator(".toast", { hasText: `Moved: ${name}` }).waitFor();

async function drag(page, from, to) {
	await page.mouse.move(from.x, from.y);
	await page.mouse.down();
	await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 3 });
	await page.mouse.move(to.x, to.y, { steps: 3 });
	await page.mouse.up();
}

test("each view has its address and its key, and the last one is remembered", async ({ open }) => {
	const page = await open("anna", "/calendar/month/2027-05-15");
	await heard(page);
	await page.locator(".month-grid").waitFor();
	same(await page.locator(".period").innerText(), "May 2027", "title");
	for (const [key, view, days] of [["w", "week", 7], ["5", "workweek", 5], ["3", "3day", 3], ["d", "day", 1]]) {
		await page.keyboard.press(key);
		await page.waitForURL(`**/calendar/${view}/2027-05-15`);
		await until(async () => await page.locator(".daycolumn").count() === days, `${view} has ${days} days`);
	}
	await page.keyboard.press("a");
	await page.waitForURL("**/calendar/agenda/2027-05-15");
	await page.keyboard.press("m");
	await page.keyboard.press("j");
	await page.waitForURL("**/calendar/month/2027-06-15");
	await page.keyboard.press("p");
	await page.keyboard.press("k");
	await page.waitForURL("**/calendar/month/2027-04-15");
	await page.getByRole("button", { name: "Later" }).click();
	await page.waitForURL("**/calendar/month/2027-05-15");
	await page.keyboard.press("t");
	await page.locator("[role=gridcell][aria-current=date][tabindex='0']").waitFor();
	await page.keyboard.press("w");
	await page.goto("/calendar");
	await page.locator(".timegrid").waitFor();
	await page.goBack();
});

test("g asks for a date and goes there", async ({ open }) => {
	const page = await open("anna", "/calendar/week/2027-05-15");
	await heard(page);
	await page.locator(".timegrid").waitFor();
	await page.keyboard.press("g");
	await page.getByLabel("Date", { exact: true }).fill("2027-08-03");
	await page.keyboard.press("Enter");
	await page.waitForURL("**/calendar/week/2027-08-03");
});

test("the month is a grid with one stop for Tab, in which arrows move", async ({ open, dav }) => {
	await timed(dav("david"), "roving-a", "20270612T080000Z", "20270612T090000Z");
	await timed(dav("david"), "roving-b", "20270612T100000Z", "20270612T110000Z");
	const page = await open("david", "/calendar/month/2027-06-10");
	await heard(page);
	await event(page, "roving-b").waitFor();
	const grid = page.locator(".month-grid[role=grid]");
	same(await grid.getAttribute("aria-label"), "June 2027", "name");
	same(await grid.getByRole("row").count(), 6, "rows with their head");
	same(await grid.locator("[role=gridcell][tabindex='0']").count(), 1, "stops");
	await cell(page, "2027-06-10").focus();
	const at = async (iso) => { await page.locator(`[role=gridcell][data-day="${iso}"]:focus`).waitFor(); };
	for (const [key, iso] of [["ArrowRight", "2027-06-11"], ["ArrowDown", "2027-06-18"], ["Home", "2027-06-14"], ["End", "2027-06-20"], ["ArrowUp", "2027-06-13"], ["PageDown", "2027-07-13"], ["PageUp", "2027-06-13"], ["ArrowUp", "2027-06-06"], ["ArrowUp", "2027-05-30"]]) {
		await page.keyboard.press(key);
		await at(iso);
	}
	await page.goto("/calendar/month/2027-06-12");
	await heard(page);
	await event(page, "roving-a").waitFor();
	await cell(page, "2027-06-12").focus();
	await page.keyboard.press("Enter");
	await page.locator(".event:focus", { hasText: "roving-a" }).waitFor();
	await page.keyboard.press("ArrowDown");
	await page.locator(".event:focus", { hasText: "roving-b" }).waitFor();
	await page.keyboard.press("Escape");
	await at("2027-06-12");
	await page.getByRole("link", { name: "Saturday 12 June, 2 entries" }).waitFor();
});

test("a day that is full says how many more there are and shows them all", async ({ open, dav }) => {
	for (let i = 0; i < 12; i++) await timed(dav("david"), `full-${i}`, `20270717T${String(6 + i).padStart(2, "0")}0000Z`, `20270717T${String(7 + i).padStart(2, "0")}0000Z`);
	const page = await open("david", "/calendar/month/2027-07-17");
	await heard(page);
	const more = cell(page, "2027-07-17").locator(".more");
	await more.waitFor();
	// Both at once: the page may still be finding out how much room there is.
	const [shown, says] = await cell(page, "2027-07-17").evaluate((el) => [el.querySelectorAll(".event").length, el.querySelector(".more").innerText]);
	same(says, `${12 - shown} more`, "what it says");
	await more.focus();
	await page.keyboard.press("Enter");
	const popover = page.getByRole("dialog", { name: "Saturday 17 July" });
	await popover.locator("[data-key]:focus").waitFor();
	same(await popover.locator("[data-key]").count(), 12, "events in it");
	await page.keyboard.press("Escape");
	await popover.waitFor({ state: "detached" });
	await page.locator(".more:focus").waitFor();
});

test("bars run over the days and the weeks that they take", async ({ open, dav }) => {
	await whole(dav("anna"), "long-bar", "20270820", "20270825");
	const page = await open("anna", "/calendar/month/2027-08-20");
	await heard(page);
	await event(page, "long-bar").first().waitFor();
	same(await event(page, "long-bar").count(), 2, "pieces");
	const [first, second] = [await event(page, "long-bar").nth(0).boundingBox(), await event(page, "long-bar").nth(1).boundingBox()];
	const day = await cell(page, "2027-08-20").boundingBox();
	must(Math.abs(first.width - 3 * day.width) < 10, `Friday to Sunday is ${first.width} wide, a day ${day.width}`);
	must(Math.abs(second.width - 2 * day.width) < 10 && second.y > first.y, "Monday and Tuesday of the next week");
	must(await event(page, "long-bar").nth(0).evaluate((el) => el.classList.contains("after")), "the first goes on");
});

test("a week that is opened in the evening shows what time it is", async ({ open }) => {
	const page = await open("anna", "/tasks");
	await page.clock.setFixedTime(new Date(`${dateIn(0)}T20:30:00Z`)); // 21:30 or 22:30 in Berlin
	await page.goto(`/calendar/week/${dateIn(0)}`);
	const line = page.locator(".daycolumn .now");
	await line.waitFor();
	const [at, grid] = [await line.boundingBox(), await page.locator(".timegrid").boundingBox()];
	must(at.y > grid.y && at.y < grid.y + grid.height, `it is at ${at.y}, what is seen from ${grid.y} to ${grid.y + grid.height}`);
});

test("what overlaps stands side by side", async ({ open, dav }) => {
	await timed(dav("anna"), "side-a", "20270301T080000Z", "20270301T100000Z");
	await timed(dav("anna"), "side-b", "20270301T083000Z", "20270301T093000Z");
	await timed(dav("anna"), "side-c", "20270301T100000Z", "20270301T110000Z");
	const page = await open("anna", "/calendar/day/2027-03-01");
	await heard(page);
	await event(page, "side-c").waitFor();
	const [a, b, c] = await Promise.all(["side-a", "side-b", "side-c"].map((n) => event(page, n).boundingBox()));
	must(a.x + a.width <= b.x + 1 || b.x + b.width <= a.x + 1, "a and b are apart");
	must(c.width > 1.8 * a.width, "c has all the width");
	must(c.y >= a.y + a.height, "c is below");
});

test("a drag by mouse moves across days and times, keeps the focus clear, and is stored; undo takes it back", async ({ open, dav }) => {
	const href = await timed(dav("anna"), "drag-me", "20270209T090000Z", "20270209T100000Z"); // 10:00 in Berlin
	const page = await open("anna", "/calendar/week/2027-02-09");
	await heard(page);
	await event(page, "drag-me").waitFor();
	const from = await yOf(page, "2027-02-09", 630), column2 = await column(page, "2027-02-11").boundingBox();
	const perMinute = (await column(page, "2027-02-09").boundingBox()).height / 1440;
	await drag(page, from, { x: column2.x + column2.width / 2, y: from.y + 90 * perMinute });
	await page.locator('.daycolumn[data-day="2027-02-11"] [data-key]:not(.ghost)', { hasText: "drag-me" }).waitFor();
	await until(async () => ["20270211T103000Z", "20270211T113000"].includes(await stored(dav("anna"), href, "DTSTART")), "the new time is stored");
	must(/Thursday 11 February, 11:30/.test(await event(page, "drag-me").getAttribute("aria-label")), "its name tells the new time");
	must(await page.locator(":popover-open").count() === 0, "the end of a drag opens nothing");
	await page.getByRole("button", { name: "Undo" }).first().click();
	await until(async () => /^20270209T/.test(await stored(dav("anna"), href, "DTSTART")), "the old time is back");
	await page.locator('.daycolumn[data-day="2027-02-09"] [data-key]', { hasText: "drag-me" }).waitFor();
});

test("a drag from the hours into the band makes it a whole day, and out of the band a time again", async ({ open, dav }) => {
	const d = dav("anna"), href = await timed(d, "kind-of", "20270218T090000Z", "20270218T103000Z");
	const long = await whole(d, "three-days", "20270216", "20270219");
	const page = await open("anna", "/calendar/week/2027-02-18");
	await heard(page);
	await event(page, "kind-of").waitFor();
	const band = (/** @type {string} */ iso) => page.locator(`.band [data-band="${iso}"]`), middle = async (l) => {
		const b = await l.boundingBox();
		return { x: b.x + b.width / 2, y: b.y + b.height / 2 };
	};
	await yOf(page, "2027-02-18", 600);
	await drag(page, await middle(event(page, "kind-of")), await middle(band("2027-02-19")));
	await until(async () => /^DTSTART;VALUE=DATE:20270219\r?$[\s\S]*^DTEND;VALUE=DATE:20270220\r?$|^DTEND;VALUE=DATE:20270220\r?$[\s\S]*^DTSTART;VALUE=DATE:20270219\r?$/m.test((await d("GET", href)).text), "the whole day is stored");
	await band("2027-02-19").locator("[data-key]:not(.ghost)", { hasText: "kind-of" }).waitFor();
	await page.locator(".event.ghost, .event.pending").first().waitFor({ state: "detached" });

	const there = await yOf(page, "2027-02-17", 885); // 14:45
	await drag(page, await middle(band("2027-02-19").locator("[data-key]", { hasText: "kind-of" })), there);
	await column(page, "2027-02-17").locator("[data-key]:not(.ghost)", { hasText: "kind-of" }).waitFor();
	await until(async () => /^DTSTART;TZID=Europe\/Berlin:20270217T144500\r?$/m.test((await d("GET", href)).text) && /^DTEND;TZID=Europe\/Berlin:20270217T154500\r?$/m.test((await d("GET", href)).text), "the time is stored, by the clock that is shown");
	await page.locator(".event.ghost, .event.pending").first().waitFor({ state: "detached" });

	await drag(page, await middle(page.locator('.band [data-band="2027-02-16"] [data-key]', { hasText: "three-days" })), await yOf(page, "2027-02-19", 600));
	await until(async () => (await stored(d, long, "DTSTART")) !== "20270216", "three days stay days");
	must(/^\d{8}$/.test(await stored(d, long, "DTSTART")), "what takes several days has no hour");
});

test("Escape during a drag leaves everything as it was", async ({ open, dav }) => {
	const href = await timed(dav("anna"), "escape-me", "20270216T090000Z", "20270216T100000Z");
	const page = await open("anna", "/calendar/week/2027-02-16");
	await heard(page);
	await event(page, "escape-me").waitFor();
	const from = await yOf(page, "2027-02-16", 630);
	await page.mouse.move(from.x, from.y);
	await page.mouse.down();
	await page.mouse.move(from.x, from.y + 60, { steps: 4 });
	await page.locator(".ghost").waitFor();
	await page.keyboard.press("Escape");
	await page.locator(".ghost").waitFor({ state: "detached" });
	await page.mouse.up();
	same(await stored(dav("anna"), href, "DTSTART"), "20270216T090000Z", "start");
	must(await page.locator(":popover-open").count() === 0, "nothing opens");
});

test("both ends are resized by mouse", async ({ open, dav }) => {
	const href = await timed(dav("anna"), "resize-me", "20270223T090000Z", "20270223T110000Z");
	const page = await open("anna", "/calendar/week/2027-02-23");
	await heard(page);
	await event(page, "resize-me").waitFor();
	await yOf(page, "2027-02-23", 660);
	const perMinute = (await column(page, "2027-02-23").boundingBox()).height / 1440;
	let box = await event(page, "resize-me").boundingBox();
	await drag(page, { x: box.x + 20, y: box.y + box.height - 3 }, { x: box.x + 20, y: box.y + box.height - 2 + 30 * perMinute });
	await until(async () => /T(113000Z|123000)$/.test(await stored(dav("anna"), href, "DTEND")) && /10:00–12:30/.test(await event(page, "resize-me").getAttribute("aria-label")), "the end is later");
	await moved(page, "resize-me");
	box = await event(page, "resize-me").boundingBox();
	await drag(page, { x: box.x + 20, y: box.y + 2 }, { x: box.x + 20, y: box.y + 2 - 60 * perMinute });
	await until(async () => /T0[89]0000/.test(await stored(dav("anna"), href, "DTSTART")) && /09:00–12:30/.test(await event(page, "resize-me").getAttribute("aria-label")), "the start is earlier");
});

test("in the month a bar is dragged to another week and drawn longer", async ({ open, dav }) => {
	const href = await whole(dav("anna"), "month-bar", "20271005", "20271007");
	const page = await open("anna", "/calendar/month/2027-10-05");
	await heard(page);
	await event(page, "month-bar").waitFor();
	let box = await event(page, "month-bar").boundingBox();
	let to = await cell(page, "2027-10-13").boundingBox();
	await drag(page, { x: box.x + 40, y: box.y + 8 }, { x: to.x + 40, y: to.y + 60 });
	await until(async () => await stored(dav("anna"), href, "DTSTART") === "20271013", "the bar begins on the 13th");
	same(await stored(dav("anna"), href, "DTEND"), "20271015", "end");
	await moved(page, "month-bar");
	await cell(page, "2027-10-13").locator("[data-key]:not(.ghost)", { hasText: "month-bar" }).waitFor();
	box = await event(page, "month-bar").boundingBox();
	to = await cell(page, "2027-10-16").boundingBox();
	await drag(page, { x: box.x + box.width - 3, y: box.y + 8 }, { x: to.x + 40, y: box.y + 8 });
	await until(async () => await stored(dav("anna"), href, "DTEND") === "20271017", "the bar ends after the 16th");
});

test("a long press moves by touch; a touch that moves at once scrolls and moves nothing", async ({ open, dav }) => {
	const href = await timed(dav("anna"), "touch-me", "20270309T090000Z", "20270309T110000Z"); // 10:00 in Berlin
	const page = await open("anna", "/calendar/3day/2027-03-09");
	await heard(page);
	await event(page, "touch-me").waitFor();
	await yOf(page, "2027-03-09", 660);
	await page.locator(".fab").waitFor();
	const cdp = await page.context().newCDPSession(page);
	const touch = (type, at) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: at ? [{ x: at.x, y: at.y }] : [] });
	const perMinute = (await column(page, "2027-03-09").boundingBox()).height / 1440;
	const again = await event(page, "touch-me").boundingBox(), from = { x: again.x + again.width / 2, y: again.y + again.height / 2 };
	const next = await column(page, "2027-03-10").boundingBox();
	await touch("touchStart", from);
	await page.locator(".ghost").waitFor();
	for (const part of [0.3, 0.6, 1]) await touch("touchMove", { x: from.x + part * (next.x + next.width / 2 - from.x), y: from.y + part * 60 * perMinute });
	await touch("touchEnd");
	await until(async () => /^20270310T1[01]0000/.test(await stored(dav("anna"), href, "DTSTART")), "a day and an hour later");
	must(/Wednesday 10 March, 11:00/.test(await event(page, "touch-me").getAttribute("aria-label")), "its name tells it");
	await moved(page, "touch-me");
	await page.clock.install();
	await page.clock.pauseAt(Date.now() + 60_000); // "at once" is before any timer of a press runs out, however slow the machine
	const there = await stored(dav("anna"), href, "DTSTART"), box = await event(page, "touch-me").boundingBox(), mid = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
	await touch("touchStart", mid);
	await touch("touchMove", { x: mid.x, y: mid.y + 40 });
	await touch("touchMove", { x: mid.x, y: mid.y + 80 });
	await touch("touchEnd");
	same(await page.locator(".ghost").count(), 0, "ghosts after scrolling");
	same(await stored(dav("anna"), href, "DTSTART"), there, "start after scrolling");
}, { size: phone, touch: true });

test("keys move and resize, say each step, keep the focus, and write once", async ({ open, dav }) => {
	const href = await timed(dav("anna"), "key-me", "20270413T080000Z", "20270413T090000Z"); // 10:00 in Berlin
	const page = await open("anna", "/calendar/week/2027-04-13");
	await heard(page);
	await event(page, "key-me").waitFor();
	let writes = 0;
	page.on("request", (r) => { if (r.method() === "PUT") writes++; });
	await event(page, "key-me").focus();
	const said = page.locator(".visually-hidden[aria-live]");
	await page.keyboard.press("Alt+ArrowDown");
	await said.filter({ hasText: "Tuesday 13 April, 10:15–11:15" }).waitFor({ state: "attached" });
	await page.keyboard.press("Alt+ArrowRight");
	await said.filter({ hasText: "Wednesday 14 April, 10:15–11:15" }).waitFor({ state: "attached" });
	await page.keyboard.press("Alt+Shift+ArrowDown");
	await said.filter({ hasText: "Wednesday 14 April, 10:15–11:30" }).waitFor({ state: "attached" });
	await page.locator(".event:focus", { hasText: "key-me" }).waitFor();
	await page.keyboard.press("Escape");
	await said.filter({ hasText: "Nothing was changed" }).waitFor({ state: "attached" });
	await page.locator('.daycolumn[data-day="2027-04-13"] .event:focus', { hasText: "key-me" }).waitFor();
	same(writes, 0, "writes before Enter");
	for (const key of ["Alt+ArrowLeft", "Alt+ArrowUp", "Alt+ArrowUp"]) {
		await page.keyboard.press(key);
		await page.locator(".event.moving:focus", { hasText: "key-me" }).waitFor();
	}
	await page.keyboard.press("Enter");
	await until(async () => /^20270412T(073000Z|093000)/.test(await stored(dav("anna"), href, "DTSTART")), "the new time is stored");
	same(writes, 1, "writes");
	await page.locator('.daycolumn[data-day="2027-04-12"] .event:focus', { hasText: "key-me" }).waitFor();
	await moved(page, "key-me");
	await page.keyboard.press("z");
	await until(async () => /^20270413T/.test(await stored(dav("anna"), href, "DTSTART")), "z takes it back");
});

test("in the month keys move by days and weeks; Delete deletes", async ({ open, dav }) => {
	const href = await timed(dav("anna"), "key-month", "20271109T080000Z", "20271109T090000Z");
	const page = await open("anna", "/calendar/month/2027-11-09");
	await heard(page);
	await event(page, "key-month").waitFor();
	await event(page, "key-month").focus();
	await page.keyboard.press("Alt+ArrowDown");
	await cell(page, "2027-11-16").locator(".event:focus", { hasText: "key-month" }).waitFor();
	await page.keyboard.press("Alt+ArrowLeft");
	await cell(page, "2027-11-15").locator(".event:focus", { hasText: "key-month" }).waitFor();
	await page.keyboard.press("Enter");
	await until(async () => /^20271115T(080000Z|090000)/.test(await stored(dav("anna"), href, "DTSTART")), "six days later at the same time");
	await moved(page, "key-month");
	await cell(page, "2027-11-15").locator(".event:focus", { hasText: "key-month" }).waitFor();
	await page.keyboard.press("Delete");
	await until(async () => (await dav("anna")("GET", href)).status === 404, "it is deleted");
	await event(page, "key-month").waitFor({ state: "detached" });
});

test("drawing on the hours, a click on a day and c begin something new where they say", async ({ open }) => {
	const page = await open("anna", "/calendar/week/2027-01-12");
	await heard(page);
	await page.locator(".timegrid").waitFor();
	const from = await yOf(page, "2027-01-12", 600);
	const perMinute = (await column(page, "2027-01-12").boundingBox()).height / 1440;
	const box = { x: from.x, y: from.y + 2 };
	await drag(page, box, { x: from.x, y: from.y + 90 * perMinute });
	const draft = page.locator("[data-key=draft]");
	await draft.waitFor();
	must(/10:00–11:30/.test(await draft.getAttribute("aria-label")), `it is drawn from 10:00 to 11:30: ${await draft.getAttribute("aria-label")}`);
	await page.locator(":popover-open input, dialog[open] input").first().waitFor();
	await page.keyboard.type("Drawn here");
	await page.keyboard.press("Enter");
	await event(page, "Drawn here").waitFor();
	await draft.waitFor({ state: "detached" });
	must(/10:00–11:30/.test(await event(page, "Drawn here").getAttribute("aria-label")), "it is there");
	await page.goto("/calendar/month/2027-01-20");
	await heard(page);
	await cell(page, "2027-01-20").click({ position: { x: 60, y: 70 } });
	await page.locator(".ghost.bar").waitFor();
	await page.locator(":popover-open input, dialog[open] input").first().waitFor(); // it hears of Escape
	await page.keyboard.press("Escape");
	await page.locator(".ghost").waitFor({ state: "detached" });
	await page.keyboard.press("c");
	await page.locator(":popover-open input, dialog[open] input").first().waitFor();
});

test("where clocks change each instant has its place, and nine o'clock is in one line (Berlin)", async ({ open, dav }) => {
	await timed(dav("anna"), "fold-first", "20261025T003000Z", "20261025T010000Z");
	await timed(dav("anna"), "fold-second", "20261025T013000Z", "20261025T020000Z");
	await timed(dav("anna"), "fold-nine", "20261025T080000Z", "20261025T090000Z");
	await timed(dav("anna"), "fold-before", "20261024T070000Z", "20261024T080000Z");
	const page = await open("anna", "/calendar/week/2026-10-25");
	await heard(page);
	await event(page, "fold-nine").waitFor();
	const [first, second, nine, before] = await Promise.all(["fold-first", "fold-second", "fold-nine", "fold-before"].map((n) => event(page, n).boundingBox()));
	const hour = (await column(page, "2026-10-25").boundingBox()).height / 25;
	must(Math.abs(second.y - first.y - hour) < 1, "half past two is there twice, an hour apart");
	must(Math.abs(nine.y - before.y) < 1, "nine is nine on both days");
	same(await column(page, "2026-10-24").locator(".blank").count(), 1, "the other days lack that hour");
	await timed(dav("anna"), "gap", "20270328T003000Z", "20270328T013000Z");
	await page.goto("/calendar/week/2027-03-28");
	await event(page, "gap").waitFor();
	must(/01:30–03:30/.test(await event(page, "gap").getAttribute("aria-label")), "an hour from half past one ends at half past three");
	same(await column(page, "2027-03-28").locator(".blank").count(), 1, "the hour that is left out");
	same(await page.locator(".daycolumn .blank").count(), 1, "and only there");
});

test("a change over CalDAV shows in the open page", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/week/2027-04-20");
	await heard(page);
	await event(page, "Weekly planning").waitFor();
	const href = await timed(dav("anna"), "live-one", "20270420T080000Z", "20270420T090000Z");
	await event(page, "live-one").waitFor({ timeout: 2000 });
	await timed(dav("anna"), "live-one", "20270421T080000Z", "20270421T090000Z", "LOCATION:Elsewhere");
	await page.locator('.daycolumn[data-day="2027-04-21"] .event', { hasText: "live-one" }).waitFor({ timeout: 2000 });
	await dav("anna")("DELETE", href);
	await event(page, "live-one").waitFor({ state: "detached", timeout: 2000 });
});

test("names tell all that others see: time, place, calendar, state", async ({ open, dav }) => {
	await timed(dav("anna"), "named", "20270511T080000Z", "20270511T090000Z", "LOCATION:Room Oak", "STATUS:TENTATIVE", "CLASS:PRIVATE", "TRANSP:TRANSPARENT");
	await put(dav("anna"), "gone", "SUMMARY:gone", "DTSTART:20270512T080000Z", "DTEND:20270512T090000Z", "STATUS:CANCELLED");
	await put(dav("anna"), "each-week", "SUMMARY:each-week", "DTSTART:20270513T080000Z", "DTEND:20270513T090000Z", "RRULE:FREQ=WEEKLY;COUNT=3");
	await put(dav("anna"), "refused", "SUMMARY:refused", "DTSTART:20270514T080000Z", "DTEND:20270514T090000Z", "ORGANIZER:mailto:someone@example.net", "ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:someone@example.net");
	const page = await open("anna", "/calendar/week/2027-05-12");
	await heard(page);
	await event(page, "refused").waitFor();
	const name = (n) => event(page, n).getAttribute("aria-label");
	same(await name("named"), "named, Tuesday 11 May, 10:00–11:00, Room Oak, Calendar, tentative, shown as free, private", "name");
	must(/cancelled/.test(await name("gone")), "cancelled is said");
	must(/declined/.test(await name("refused")), "declined is said");
	must(/repeats/.test(await name("each-week")), "repeats is said");
	same(await event(page, "refused").locator("b").evaluate((el) => getComputedStyle(el).textDecorationLine), "line-through", "declined is struck");
});

test("an event has its own colour where that is one, else its calendar's", async ({ open, dav }) => {
	const colors = { "plainly-coloured": [], "own-coloured": ["COLOR:crimson"], "un-coloured": ["COLOR:nocolour"] };
	for (const [name, more] of Object.entries(colors)) await timed(dav("anna"), name, "20270525T080000Z", "20270525T090000Z", ...more);
	const page = await open("anna", "/calendar/week/2027-05-25");
	await event(page, "un-coloured").waitFor();
	const [plain, own, none] = await Promise.all(Object.keys(colors).map((n) => event(page, n).evaluate((el) => el.style.getPropertyValue("--hue"))));
	must(own !== plain, "it has its own colour");
	same(none, plain, "the colour of what names none that there is");
});

test("a night over midnight stands on both days, and in the month on the first", async ({ open, dav }) => {
	await timed(dav("david"), "night", "20270522T200000Z", "20270523T040000Z");
	const page = await open("david", "/calendar/week/2027-05-22");
	await heard(page);
	await event(page, "night").first().waitFor();
	same(await event(page, "night").count(), 2, "pieces");
	await page.keyboard.press("m");
	await cell(page, "2027-05-22").locator(".event", { hasText: "night" }).waitFor();
	same(await event(page, "night").count(), 1, "in the month");
});

test("tasks that are due stand on their day as boxes", async ({ open, dav }) => {
	await dav("anna")("PUT", "/dav/calendars/anna/tasks/due-here.ics", { headers: { "Content-Type": "text/calendar" }, body: "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VTODO\r\nUID:due-here\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:due here\r\nDUE;VALUE=DATE:20270604\r\nEND:VTODO\r\nEND:VCALENDAR\r\n" });
	const page = await open("anna", "/calendar/month/2027-06-04");
	await heard(page);
	const box = cell(page, "2027-06-04").getByRole("checkbox", { name: /due here/ });
	await box.waitFor();
	same(await box.getAttribute("aria-checked"), "false", "checked");
	await page.keyboard.press("w");
	await page.getByRole("checkbox", { name: /Task: due here, due Friday 4 June/ }).waitFor();
});

test("the sidebar hides, shows alone, renames, colours, orders, makes and deletes calendars", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/month/2027-09-10");
	await heard(page);
	const side = page.getByRole("complementary", { name: "Calendars" });
	const names = () => side.getByRole("region", { name: "My calendars" }).locator(".calendar-line .name").allInnerTexts();
	const menu = async (name, item) => {
		await side.getByRole("button", { name: `Options for ${name}` }).click();
		await page.getByRole("menuitem", { name: item, exact: true }).click();
	};
	for (const name of ["Second", "Third"]) {
		await side.getByRole("button", { name: "Add a calendar" }).click();
		await page.getByRole("menuitem", { name: "New calendar" }).click();
		await page.getByRole("textbox", { name: "Name" }).fill(name);
		await page.keyboard.press("Enter");
		await side.locator(".calendar-line", { hasText: name }).waitFor();
	}
	same((await names())[0], "Calendar", "the default calendar is first");
	await timed(dav("anna"), "hide-me", "20270910T080000Z", "20270910T090000Z");
	await event(page, "hide-me").waitFor();
	await side.getByRole("checkbox", { name: "Calendar", exact: true }).uncheck();
	await event(page, "hide-me").waitFor({ state: "detached" });
	await page.reload();
	await side.locator(".calendar-line").nth(2).waitFor();
	must(!await side.getByRole("checkbox", { name: "Calendar", exact: true }).isChecked(), "this device remembers it");
	await menu("Calendar", "Show only this one");
	await event(page, "hide-me").waitFor();
	must(!await side.getByRole("checkbox", { name: "Second" }).isChecked(), "the others are hidden");
	await menu("Second", "Show all calendars");
	await menu("Third", "Rename");
	await page.getByRole("textbox", { name: "Name" }).fill("Troisième");
	await page.keyboard.press("Enter");
	await side.locator(".calendar-line", { hasText: "Troisième" }).waitFor();
	await menu("Troisième", "Colour");
	await page.getByRole("radio", { name: "Red" }).check({ force: true });
	await page.getByRole("button", { name: "Save" }).click();
	const props = async () => (await dav("anna")("PROPFIND", "/dav/calendars/anna/", { headers: { Depth: "1" }, body: '<D:propfind xmlns:D="DAV:" xmlns:I="http://apple.com/ns/ical/"><D:prop><D:displayname/><I:calendar-color/><I:calendar-order/></D:prop></D:propfind>' })).text;
	await until(async () => /Troisième[\s\S]{0,200}#c8374a/i.test(await props()) || /#c8374a[\s\S]{0,200}Troisième/i.test(await props()), "name and colour are stored");
	/** The names in the order that the server has; none while two have the same place, of which one is still to be stored. */
	const inOrder = async () => {
		const now = await names(), found = (await props()).split(/<(?:\w+:)?response>/).map((r) => [/displayname>([^<]*)</.exec(r)?.[1], Number(/calendar-order[^>]*>(\d+)</.exec(r)?.[1] ?? 1000)]);
		const sorted = found.filter(([name]) => now.includes(name)).sort((a, b) => a[1] - b[1]);
		return sorted.some(([, n], i) => n === sorted[i - 1]?.[1]) ? [] : sorted.map(([name]) => name);
	};
	const before = await names(), last = before.at(-1);
	await menu(last, "Move up");
	const stands = async (name, at) => {
		const stored = await inOrder();
		return stored.at(at) === name && stored.join() === (await names()).join();
	};
	await until(() => stands(last, -2), "it has moved up");
	const third = (await names())[2];
	await side.locator(".calendar-line").nth(2).dragTo(side.locator(".calendar-line").nth(0));
	await until(() => stands(third, 0), "it was dragged to the top");
	await page.reload();
	await side.locator(".calendar-line").nth(2).waitFor();
	same((await names())[0], third, "the order is stored");
	await menu("Troisième", "Delete");
	await page.getByRole("button", { name: "Delete", exact: true }).click();
	await side.locator(".calendar-line", { hasText: "Troisième" }).waitFor({ state: "detached" });
	must(!/Troisième/.test(await props()), "it is deleted on the server");
});

test("a calendar that cannot be read says so at its line, and is read again from there", async ({ open, windows, dav }) => {
	await timed(dav("anna"), "troubled", "20270921T080000Z", "20270921T090000Z");
	const page = await open("anna", "/invitations");
	// It is in trouble until it is asked for again: what the page reads by itself, as when its stream opens, is refused too.
	await page.addInitScript(() => addEventListener("click", () => { globalThis.clicked = true; }, { capture: true }));
	await windows[0].context.route("**/dav/calendars/anna/default/", async (r) => {
		const broken = r.request().method() === "REPORT" && !await page.evaluate(() => globalThis.clicked);
		await (broken ? r.fulfill({ status: 500, body: "" }) : r.continue());
	});
	await page.goto("/calendar/month/2027-09-21");
	const trouble = page.getByRole("button", { name: /^Calendar cannot be read/ });
	await trouble.click();
	await event(page, "troubled").waitFor();
	await trouble.waitFor({ state: "detached" });
});

test("on a phone the agenda comes first, a swipe turns the page, and everything can be reached", async ({ open, dav }) => {
	await timed(dav("anna"), "on-phone", "20270112T080000Z", "20270112T090000Z");
	const page = await open("anna", "/calendar");
	await heard(page);
	await page.locator(".agenda").waitFor();
	await page.goto("/calendar/agenda/2027-01-12");
	await heard(page);
	await event(page, "on-phone").waitFor();
	for (const [what, min] of [[".agenda-row", 44], [".fab", 44], [".cal-head .icon-button", 44]]) {
		const box = await page.locator(what).first().boundingBox();
		must(box.height >= min, `${what} is ${box.height} high`);
	}
	const cdp = await page.context().newCDPSession(page);
	let at = Date.now() / 1000; // by its own clock the finger is quick, however slow the machine
	const touch = (type, x) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: x ? [{ x, y: 600 }] : [], timestamp: at += 0.05 });
	await touch("touchStart", 320);
	for (const x of [260, 180, 90]) await touch("touchMove", x);
	await touch("touchEnd");
	await page.waitForURL("**/calendar/agenda/2027-02-09");
	await page.getByRole("button", { name: "Earlier" }).click();
	await page.waitForURL("**/calendar/agenda/2027-01-12");
	await page.getByRole("button", { name: "Calendars" }).click();
	const drawer = page.getByRole("dialog", { name: "Calendars" });
	await drawer.getByRole("checkbox", { name: "Calendar", exact: true }).waitFor();
	await page.keyboard.press("Escape");
	await drawer.waitFor({ state: "detached" });
	await page.goto("/calendar/month/2027-01-12");
	await heard(page);
	await page.getByRole("gridcell", { name: /Tuesday 12 January/ }).click();
	await page.locator(".daylist [data-key]", { hasText: "on-phone" }).waitFor();
}, { size: phone, touch: true });

test("week numbers, a second zone, twelve hours, another first day", async ({ open, windows }) => {
	const page = await open("ben", "/calendar/week/2027-03-03");
	await heard(page);
	await page.locator(".timegrid").waitFor();
	const settings = (await (await windows[0].context.request.get("/api/settings")).json()).settings;
	await windows[0].context.request.put("/api/settings", { data: { settings: { ...settings, timeZone: "Europe/Berlin", secondTimeZone: "America/New_York", weekNumbers: true, hours24: false, weekStart: 7 } } });
	await page.reload();
	await heard(page);
	await page.locator(".second").waitFor();
	same(await page.locator(".dayheads > a").first().getAttribute("aria-label"), "Sunday 28 February", "the week begins on Sunday");
	const rows = await page.locator(".hours > .gutter > div").evaluateAll((list) => list.map((d) => d.children[15].textContent));
	same(rows.map((r) => r.toLowerCase().replace(/\s/g, "")), ["9am", "3pm"], "15:00 in New York and here");
	await page.keyboard.press("m");
	await page.locator(".number[role=rowheader]").first().waitFor();
	must((await page.locator(".number[role=rowheader]").allInnerTexts()).includes("9"), "the ninth week is numbered");
});

test("from right to left the days run the other way, and so do the arrows", async ({ open }) => {
	const page = await open("anna", "/calendar/month/2027-06-10");
	await heard(page);
	await page.locator(".month-grid").waitFor();
	await page.evaluate(() => { document.documentElement.dir = "rtl"; });
	const [a, b] = [await cell(page, "2027-06-10").boundingBox(), await cell(page, "2027-06-11").boundingBox()];
	must(b.x < a.x, "the next day is to the left");
	await cell(page, "2027-06-10").focus();
	await page.keyboard.press("ArrowLeft");
	await page.locator('[data-day="2027-06-11"]:focus').waitFor();
});

test("on paper there is the period and what it holds, and no tools", async ({ open, dav }) => {
	await timed(dav("anna"), "printed", "20270302T080000Z", "20270302T090000Z");
	for (const view of ["month", "week", "day", "agenda"]) {
		const page = await open("anna", `/calendar/${view}/2027-03-02`);
		await event(page, "printed").first().waitFor();
		await page.emulateMedia({ media: "print" });
		must(await page.locator(".period").isVisible() && await event(page, "printed").first().isVisible(), `${view}: title and event`);
		for (const tool of [".sidebar", ".rail", ".cal-head .segments"]) must(!await page.locator(tool).isVisible(), `${view}: ${tool} is not printed`);
		await page.context().close();
	}
});

test("a thousand events in a month: the page stays small", async ({ open, dav }) => {
	for (let i = 0; i < 34; i++) {
		const h = String(i % 22).padStart(2, "0");
		await put(dav("felix"), `many-${i}`, `SUMMARY:Many ${i}`, `DTSTART:20280101T${h}0000Z`, `DTEND:20280101T${h}4500Z`, "RRULE:FREQ=DAILY;COUNT=31");
	}
	const page = await open("felix", "/calendar/month/2028-01-10", { size: { width: 1920, height: 1200 } });
	await heard(page);
	await page.locator(".more").first().waitFor();
	const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
	must(nodes <= 1500, `the month has ${nodes} elements`);
	must(/^[23]\d more/.test(await cell(page, "2028-01-10").locator(".more").innerText()), "the rest is counted");
});

test("what the first view loads is small", async ({ server }) => {
	const size = async (path) => {
		const answer = await fetch(server.url + path, { headers: { "Accept-Encoding": "gzip" } });
		return { text: await answer.text() };
	};
	const { request } = await import("node:http");
	const raw = (path) => new Promise((resolve, reject) => {
		request(server.url + path, { headers: { "Accept-Encoding": "gzip" } }, (r) => {
			const parts = [];
			r.on("data", (d) => parts.push(d));
			r.on("end", () => { const b = Buffer.concat(parts); resolve({ bytes: b.length, text: (r.headers["content-encoding"] === "gzip" ? gunzipSync(b) : b).toString() }); });
		}).on("error", reject).end();
	});
	const shell = (await size("/calendar")).text, base = /href="(\/a\/[^/]+\/)/.exec(shell)[1];
	const seen = new Map();
	const add = async (name) => {
		if (seen.has(name)) return;
		seen.set(name, 0);
		const { bytes, text } = await raw(base + name);
		seen.set(name, bytes);
		for (const m of text.matchAll(/^(?:import|export)\b[^'"(]*?['"](\.{1,2}\/[^'"]+)['"]/gm)) await add(new URL(m[1], `http://x/${name}`).pathname.slice(1));
	};
	await add("app.js");
	await add("calendar/month.js"); // the view that is shown first
	const total = [...seen.values()].reduce((a, b) => a + b, 0);
	must(total <= 45_000, `modules of the first view: ${total} bytes\n${[...seen].sort((a, b) => b[1] - a[1]).map(([n, b]) => `${n} ${b}`).join("\n")}`);
	const css = (await raw(`${base}css/base.css`)).bytes + (await raw(`${base}css/calendar.css`)).bytes;
	must(css <= 12_000, `style sheets: ${css} bytes`);
});

for (const [theme, options] of [["light", {}], ["dark", { theme: "dark" }], ["phone", { size: phone, touch: true }], ["phone, dark", { size: phone, touch: true, theme: "dark" }]]) {
	test(`nothing stands in anybody's way: ${theme}`, async ({ open, dav }) => {
		await timed(dav("anna"), "axe-tentative", "20271207T080000Z", "20271207T090000Z", "STATUS:TENTATIVE");
		await timed(dav("anna"), "axe-cancelled", "20271208T080000Z", "20271208T090000Z", "STATUS:CANCELLED");
		await whole(dav("anna"), "axe-free", "20271208", "20271211", "TRANSP:TRANSPARENT");
		await put(dav("anna"), "axe-open", "SUMMARY:axe-open", "DTSTART:20271209T080000Z", "DTEND:20271209T090000Z", "ORGANIZER:mailto:someone@example.net", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:anna@example.org");
		for (const view of ["month", "week", "agenda"]) {
			const page = await open("anna", `/calendar/${view}/2027-12-08`);
			await event(page, "axe-").first().waitFor({ timeout: view === "month" && options.touch ? 15_000 : 10_000 });
			const found = await axe(page);
			must(found.length === 0, `${view}: ${found.join("\n")}`);
			await page.context().close();
		}
	}, options);
}

test("the period is not cut, however long it is in a language", async ({ open }) => {
	const page = await open("anna", "/calendar/week/2026-11-30");
	const period = page.locator(".period", { hasText: /30\. Nov\..*2026/ });
	for (const width of [1280, 1200, 1199, 760]) {
		await page.setViewportSize({ width, height: 800 });
		await page.locator(".quickadd-slot > *").first().waitFor({ state: "attached" }); // it takes its room late
		must(await period.evaluate((el) => el.scrollWidth <= el.clientWidth && el.scrollHeight <= el.clientHeight), `the period is cut at ${width} pixels`);
	}
}, { language: "de-DE" });

await run();
