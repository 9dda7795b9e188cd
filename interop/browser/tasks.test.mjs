// Tasks: screen 12 of docs/web-ui.md, each behaviour with a test that fails without it.
import { axe, dateIn, must, phone, run, same, test, until } from "./harness.mjs";

const list = (who) => `/dav/calendars/${who}/tasks/`;
const day = (days) => dateIn(days).replace(/-/g, "");
const todo = (uid, ...lines) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", "BEGIN:VTODO", `UID:${uid}`, "DTSTAMP:20260101T000000Z", ...lines, "END:VTODO", "END:VCALENDAR", ""].join("\r\n");

async function put(dav, who, uid, ...lines) {
	const href = `${list(who)}${uid}.ics`, body = todo(uid, ...lines);
	const answer = await dav("PUT", href, { body, headers: { "Content-Type": "text/calendar" } });
	must(answer.status < 300, `PUT ${href}: ${answer.status} ${answer.text}`);
	return { href, body };
}
const task = (page, title) => page.locator(".task", { has: page.locator(":scope > .task-row", { hasText: title }) });
const row = (page, title) => page.locator(".task-row", { hasText: title });
const tick = (page, title) => page.getByRole("checkbox", { name: `Complete: ${title}` }).first();
const section = (page, name) => page.getByRole("region", { name, exact: true });
const toast = (page, text) => page.locator(".toast", { hasText: text }).last();
const undo = (page, text) => toast(page, text).getByRole("button", { name: "Undo" }).click();
const text = async (dav, href) => (await dav("GET", href)).text;
/** All objects of a list. */
const objects = async (dav, href) => (await dav("REPORT", href, { headers: { Depth: "1", "Content-Type": "application/xml" }, body: '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>' })).text;
const menu = async (page, opener, item) => {
	await opener.click();
	await page.locator(".menu:popover-open").getByText(item, { exact: true }).click();
};

test("tasks stand in sections by when they are due; sections fold and stay so", async ({ open, dav }) => {
	const d = dav("anna");
	await put(d, "anna", "late", "SUMMARY:Return the projector", `DUE;VALUE=DATE:${day(-3)}`);
	await put(d, "anna", "now", "SUMMARY:Water the plants", `DUE;VALUE=DATE:${day(0)}`);
	await put(d, "anna", "later", "SUMMARY:Choir weekend", `DUE;VALUE=DATE:${day(5)}`);
	await put(d, "anna", "some", "SUMMARY:Read about sailing");
	await put(d, "anna", "did", "SUMMARY:Call the bank", "STATUS:COMPLETED", "COMPLETED:20261127T100000Z");
	const page = await open("anna", "/tasks");
	for (const [name, title] of [["Overdue", "Return the projector"], ["Today", "Water the plants"], ["Upcoming", "Choir weekend"], ["No date", "Read about sailing"]]) await section(page, name).getByText(title).waitFor();
	same(await page.getByText("Call the bank").isVisible(), false, "done tasks at first");
	await page.getByRole("button", { name: /^Done/ }).click();
	await section(page, "Done").getByText("Call the bank").waitFor();
	await page.getByRole("button", { name: /^Today/ }).click();
	await page.getByText("Water the plants").waitFor({ state: "detached" });
	await page.reload();
	await section(page, "Done").getByText("Call the bank").waitFor();
	same(await page.getByText("Water the plants").count(), 0, "what was folded away");
});

test("one line of text makes a task; what was understood can be taken back", async ({ open, dav }) => {
	const page = await open("ben", "/tasks"), d = dav("ben");
	await row(page, "Renew passport").waitFor();
	await page.locator("body").press("c");
	await page.keyboard.type("Call Ines tomorrow 9:30 !!!");
	const chips = page.getByRole("list", { name: "Understood" });
	await chips.getByText("Tomorrow, 9:30").or(chips.getByText("Tomorrow, 09:30")).waitFor();
	await chips.getByText("High").waitFor();
	await page.keyboard.press("Enter");
	await section(page, "Upcoming").getByText("Call Ines").waitFor();
	const stored = async () => (await objects(d, list("ben"))).replace(/&#13;/g, "");
	await until(async () => /SUMMARY:Call Ines\n/.test(await stored()), "the title is what is left");
	const all = await stored();
	must(new RegExp(`DUE;TZID=Europe/Berlin:${day(1)}T093000`).test(all), `it is due tomorrow at 9:30: ${all}`);
	must(/PRIORITY:1\n/.test(all) && /BEGIN:VTIMEZONE/.test(all), "with its priority, and its zone");
	await page.getByLabel("New task").fill("Buy milk every day");
	await chips.getByText("Every day").waitFor();
	await page.keyboard.press("Enter");
	await until(async () => /SUMMARY:Buy milk\n[\s\S]*?RRULE:FREQ=DAILY/.test(await stored()) && /DTSTART;VALUE=DATE/.test(await stored()), "it repeats, from a start");
	await page.getByLabel("New task").fill("Read Monday at the beach");
	await chips.getByRole("button", { name: /Keep/ }).first().click();
	await page.getByLabel("New task").press("Enter");
	await section(page, "No date").getByText("Read Monday at the beach").waitFor();
	await undo(page, "Read Monday");
	await section(page, "No date").getByText("Read Monday at the beach").waitFor({ state: "detached" });
});

test("a task is completed by its box and by x, and opened again by undo, every other byte kept", async ({ open, dav }) => {
	const d = dav("clara"), { href, body } = await put(d, "clara", "keep", "SUMMARY:Feed the cat", "X-UNKNOWN;X-P=\"a;b\":kept\\, as it is", "BEGIN:VALARM", "TRIGGER:-PT5M", "ACTION:DISPLAY", "DESCRIPTION:x", "END:VALARM");
	const page = await open("clara", "/tasks");
	await tick(page, "Feed the cat").click();
	await until(async () => /STATUS:COMPLETED\r\n/.test(await text(d, href)), "it is completed");
	const done = await text(d, href);
	must(/COMPLETED:\d{8}T\d{6}Z\r\n/.test(done) && /PERCENT-COMPLETE:100/.test(done) && done.includes("X-UNKNOWN;X-P=\"a;b\":kept\\, as it is\r\n") && done.includes("BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nACTION:DISPLAY\r\n"), `what others wrote stays: ${done}`);
	await undo(page, "Feed the cat completed");
	await until(async () => (await text(d, href)) === body, "undo restores the bytes");
	await page.getByRole("button", { name: /^Feed the cat/ }).focus();
	await page.keyboard.press("x");
	await until(async () => /STATUS:COMPLETED/.test(await text(d, href)), "x completes it");
});

test("a task that repeats is completed for once, and the next one is set", async ({ open, dav }) => {
	const d = dav("david"), { href, body } = await put(d, "david", "bins", "SUMMARY:Put out the bins", `DTSTART;VALUE=DATE:${day(0)}`, `DUE;VALUE=DATE:${day(0)}`, "RRULE:FREQ=WEEKLY;COUNT=5");
	const page = await open("david", "/tasks");
	await section(page, "Today").getByText("Put out the bins").waitFor();
	await tick(page, "Put out the bins").click();
	await toast(page, "the next one is set").waitFor();
	await section(page, "Upcoming").getByText("Put out the bins").waitFor();
	const now = await text(d, href);
	must(now.includes(`DUE;VALUE=DATE:${day(7)}\r\n`) && now.includes("COUNT=4") && !/STATUS:COMPLETED/.test(now), `the series goes on: ${now}`);
	must(/SUMMARY:Put out the bins[\s\S]*STATUS:COMPLETED/.test(await objects(d, list("david"))), "the one that is done is kept");
	await page.getByRole("button", { name: /^Done/ }).click();
	await section(page, "Done").getByText("Put out the bins").waitFor();
	await undo(page, "the next one is set");
	await until(async () => (await text(d, href)) === body, "undo sets it back");
	await section(page, "Done").getByText("Put out the bins").waitFor({ state: "detached" });
});

test("a box that the server did not take is as it was", async ({ open, dav }) => {
	const d = dav("clara"), { href, body } = await put(d, "clara", "box", "SUMMARY:Sweep the deck");
	const page = await open("clara", "/tasks");
	await tick(page, "Sweep the deck").click(); // what ticks is loaded with the first
	await undo(page, "Sweep the deck completed");
	await until(async () => (await text(d, href)) === body, "it is open again");
	await toast(page, "Undone").waitFor();
	await page.context().setOffline(true);
	await tick(page, "Sweep the deck").click();
	await page.locator(".toast.error", { hasText: "cannot be reached" }).waitFor();
	same([await section(page, "No date").getByText("Sweep the deck").count(), await tick(page, "Sweep the deck").isChecked()], [1, false], "where it stands, and its box");
	await page.context().setOffline(false);
	same(await text(d, href), body, "what is stored");
}, { expect: /ERR_INTERNET_DISCONNECTED/ });

test("a series whose progress reaches its end goes on with the next one", async ({ open, dav }) => {
	const d = dav("david"), { href } = await put(d, "david", "pots", "SUMMARY:Turn the pots", `DUE;VALUE=DATE:${day(0)}`, `DTSTART;VALUE=DATE:${day(0)}`, "RRULE:FREQ=WEEKLY");
	const page = await open("david", "/tasks");
	await page.getByRole("button", { name: /^Turn the pots/ }).click();
	await page.getByRole("slider").fill("100");
	await until(async () => (await text(d, href)).includes(`DUE;VALUE=DATE:${day(7)}\r\n`), "the next one is set");
	must(!/STATUS:COMPLETED/.test(await text(d, href)), "the series is not done");
});

test("subtasks stand below their task, are added there and done with it", async ({ open, dav }) => {
	const d = dav("emma");
	await put(d, "emma", "trip", "SUMMARY:Prepare the trip");
	const child = await put(d, "emma", "train", "SUMMARY:Book the train", "RELATED-TO:trip");
	const page = await open("emma", "/tasks");
	await task(page, "Prepare the trip").locator(".task", { hasText: "Book the train" }).waitFor();
	await page.getByRole("button", { name: /^Prepare the trip/ }).click();
	await page.getByLabel("Add a subtask").fill("Pack, slowly");
	await page.keyboard.press("Enter");
	await task(page, "Prepare the trip").locator(".task", { hasText: "Pack, slowly" }).waitFor();
	must(/SUMMARY:Pack\\, slowly[\s\S]*RELATED-TO:trip/.test(await objects(d, list("emma"))), "it is related to its task");
	await page.getByText("0 of 2").waitFor();
	await tick(page, "Prepare the trip").click();
	await until(async () => /STATUS:COMPLETED/.test(await text(d, child.href)), "what is below is done too");
	await undo(page, "Prepare the trip completed");
	await until(async () => (await text(d, child.href)) === child.body, "and all of it is undone");
});

test("a task is edited in its panel, field by field, with undo", async ({ open, dav }) => {
	const d = dav("felix"), { href, body } = await put(d, "felix", "edit", "SUMMARY:Draft", "X-KEEP:1");
	const page = await open("felix", "/tasks");
	await page.getByRole("button", { name: /^Draft/ }).click();
	const panel = page.getByRole("article");
	const has = (pattern, what) => until(async () => pattern.test(await text(d, href)), what);
	await panel.getByLabel("Title").fill("Draft, second");
	await page.keyboard.press("Enter");
	await has(/SUMMARY:Draft\\, second\r\n/, "the title");
	await panel.getByLabel("Due").fill(dateIn(3));
	await has(new RegExp(`DUE;VALUE=DATE:${day(3)}\r\n`), "the day");
	await panel.getByRole("button", { name: "Add time" }).click();
	await has(new RegExp(`DUE;TZID=Europe/Berlin:${day(3)}T090000\r\n`), "the time");
	await panel.getByRole("combobox", { name: "Time" }).fill("1830");
	await page.keyboard.press("Enter");
	await has(/T183000\r\n/, "another time");
	await panel.getByRole("button", { name: "Without time" }).click();
	await has(/DUE;VALUE=DATE:/, "without a time");
	await panel.getByLabel("Start").fill(dateIn(1));
	await has(new RegExp(`DTSTART;VALUE=DATE:${day(1)}\r\n`), "the start");
	await panel.getByRole("button", { name: "High" }).click();
	await has(/PRIORITY:1\r\n/, "the priority");
	await panel.getByRole("slider").fill("40");
	await has(/PERCENT-COMPLETE:40\r\n/, "the progress");
	must(/STATUS:IN-PROCESS/.test(await text(d, href)), "it is in process");
	await panel.getByLabel("Notes").fill("a\nb");
	await panel.getByLabel("Notes").blur();
	await has(/DESCRIPTION:a\\nb\r\n/, "the notes");
	await panel.getByLabel("Repeat").selectOption({ label: "Every day" });
	await has(/RRULE:FREQ=DAILY\r\n/, "the rule");
	must(/X-KEEP:1\r\n/.test(await text(d, href)), "what others wrote stays");
	await page.locator('.toast[data-id="10"]').waitFor(); // the page has the server's word for each of the ten
	// The steps are taken back in turn, the newest first; z has nothing to do when all are.
	await until(async () => {
		await page.locator("#main").press("z");
		return (await text(d, href)) === body;
	}, "z takes all of it back, to the byte").catch(async (err) => { throw new Error(`${err.message}: ${await text(d, href)}`); });
});

test("lists are made, named and deleted; a task is moved by menu and by drag, with what is below it", async ({ open, dav }) => {
	const d = dav("anna"), page = await open("anna", "/tasks");
	await put(d, "anna", "up", "SUMMARY:Paint the boat");
	await put(d, "anna", "down", "SUMMARY:Buy paint", "RELATED-TO:up");
	await row(page, "Buy paint").waitFor();
	await page.getByRole("button", { name: "New list" }).click();
	await page.getByLabel("Name of the list").fill("Boat");
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: /Boat/ }).waitFor();
	await page.getByText("Nothing to do").waitFor();
	const boat = new URL(page.url()).searchParams.get("list");
	must(/name="VTODO"/.test((await d("PROPFIND", boat, { headers: { Depth: "0", "Content-Type": "application/xml" }, body: '<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:supported-calendar-component-set/></D:prop></D:propfind>' })).text), "it is a list for tasks");
	await page.getByRole("link", { name: /All tasks/ }).click();
	await page.getByRole("button", { name: /^Paint the boat/ }).click();
	await menu(page, page.getByRole("button", { name: "More for Paint the boat" }), "Move to Boat");
	await until(async () => (await d("GET", `${boat}up.ics`)).status === 200 && (await d("GET", `${boat}down.ics`)).status === 200, "both have moved");
	await undo(page, "moved to Boat");
	await until(async () => (await d("GET", `${list("anna")}up.ics`)).status === 200, "undo moves them back");
	await toast(page, "Undone: Paint the boat moved to Boat").waitFor(); // with what is below it: the list moves no more
	await row(page, "Paint the boat").first().dragTo(page.getByRole("link", { name: /Boat/ }));
	await until(async () => (await d("GET", `${boat}up.ics`)).status === 200, "it is dragged over");
	await page.getByRole("link", { name: /Boat/ }).hover();
	await menu(page, page.getByRole("button", { name: "List Boat" }), "Rename");
	await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Ship");
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: /Ship/ }).waitFor();
	await page.getByRole("link", { name: /Ship/ }).hover();
	await menu(page, page.getByRole("button", { name: "List Ship" }), "Delete list");
	await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
	await until(async () => (await d("PROPFIND", boat, { headers: { Depth: "0" } })).status === 404, "the list is deleted");
	await undo(page, "Ship is deleted");
	await until(async () => (await d("GET", `${boat}up.ics`)).status === 200, "undo brings the list back with what is in it");
});

test("a task is deleted with undo, and searched for", async ({ open, dav }) => {
	const d = dav("ben"), { href, body } = await put(d, "ben", "gone", "SUMMARY:Übung für Zoë", "DESCRIPTION:with the big drum");
	const page = await open("ben", "/tasks");
	await row(page, "Übung").waitFor();
	await page.getByRole("searchbox", { name: "Search tasks" }).fill("zoe drum");
	await until(async () => (await page.locator(".task").count()) === 1, "one is found, without its marks");
	await page.getByRole("searchbox", { name: "Search tasks" }).fill("nobody");
	await page.getByText("No task matches").waitFor();
	await page.getByRole("searchbox", { name: "Search tasks" }).fill("");
	await page.getByRole("button", { name: /^Übung/ }).focus();
	await page.keyboard.press("Delete");
	await until(async () => (await d("GET", href)).status === 404, "it is deleted");
	await undo(page, "deleted");
	await until(async () => (await text(d, href)) === body, "undo brings it back");
});

test("a change from elsewhere shows, and one of another property is kept beside mine", async ({ open, dav }) => {
	const d = dav("clara"), { href } = await put(d, "clara", "live", "SUMMARY:Shared work");
	const page = await open("clara", "/tasks");
	await page.getByRole("button", { name: /^Shared work/ }).click();
	await put(d, "clara", "live", "SUMMARY:Shared work", "PRIORITY:1", "LOCATION:Harbour");
	await row(page, "Shared work").getByText("High").waitFor();
	await page.getByRole("article").getByLabel("Notes").fill("mine");
	await page.getByRole("article").getByLabel("Notes").blur();
	await until(async () => /DESCRIPTION:mine/.test(await text(d, href)) && /LOCATION:Harbour/.test(await text(d, href)), "both are stored");
	await toast(page, "Shared work saved").waitFor();
	await d("DELETE", href);
	await page.getByText("This task is not here any more").waitFor();
});

test("the list is walked through by arrows", async ({ open }) => {
	const page = await open("felix", "/tasks");
	await row(page, "New icons").waitFor();
	const rows = await page.locator(".task-open .title").allTextContents();
	await page.locator(".task-open").first().focus();
	const here = () => page.evaluate(() => document.activeElement?.querySelector(".title")?.textContent);
	await page.keyboard.press("ArrowDown");
	same(await here(), rows[1], "after ArrowDown");
	await page.keyboard.press("End");
	same(await here(), rows.at(-1), "after End");
	await page.keyboard.press("Home");
	same(await here(), rows[0], "after Home");
	same(await page.locator('.task-open[tabindex="0"]').count(), 1, "tasks in the order of Tab");
});

test("an earlier step is taken back although later ones stay", async ({ open, dav }) => {
	const d = dav("emma"), { href } = await put(d, "emma", "early", "SUMMARY:Early");
	const page = await open("emma", "/tasks");
	await page.getByRole("button", { name: /^Early/ }).click();
	const panel = page.getByRole("article");
	await panel.getByRole("button", { name: "High" }).click();
	await toast(page, "Early saved").waitFor();
	await panel.getByLabel("Title").fill("Later");
	await page.keyboard.press("Enter");
	await toast(page, "Later saved").or(page.locator(".toast:nth-child(2)")).first().waitFor();
	await until(async () => /SUMMARY:Later/.test(await text(d, href)), "the title is stored");
	await page.locator(".toast").first().getByRole("button", { name: "Undo" }).click();
	await until(async () => !/PRIORITY/.test(await text(d, href)), "the priority is taken back");
	must(/SUMMARY:Later/.test(await text(d, href)), "the title stays");
});

test("a list that one may only read offers no change", async ({ open, dav }) => {
	await put(dav("emma"), "emma", "theirs", "SUMMARY:Theirs to do");
	const shared = await dav("emma")("POST", list("emma"), { headers: { "Content-Type": "application/xml; charset=utf-8" }, body: '<CS:share xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/" xmlns:V="https://convoke.example/ns/"><CS:set><D:href>mailto:ben@example.org</D:href><CS:summary/><CS:read/><V:level>read</V:level></CS:set></CS:share>' });
	must(shared.status < 300, `sharing: ${shared.status} ${shared.text}`);
	const accepted = await dav("ben")("POST", "/dav/calendars/ben/", { headers: { "Content-Type": "application/xml; charset=utf-8" }, body: `<CS:invite-reply xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:href>mailto:ben@example.org</D:href><CS:invite-accepted/><CS:hosturl><D:href>${list("emma")}</D:href></CS:hosturl></CS:invite-reply>` });
	must(accepted.status < 300, `accepting: ${accepted.status} ${accepted.text}`);
	const page = await open("ben", "/tasks");
	await row(page, "Theirs to do").waitFor();
	must(await tick(page, "Theirs to do").isDisabled(), "its box is off");
	await page.getByRole("button", { name: /^Theirs to do/ }).click();
	await page.getByRole("article").getByText("Read only").waitFor();
	same(await page.getByRole("article").getByRole("button", { name: /More for/ }).count(), 0, "menus to change it");
	must(await page.getByRole("article").getByLabel("Due").isDisabled(), "its fields are off");
	const theirs = page.locator('.list-row:has(a[href*="emma%7Etasks"])');
	await theirs.hover();
	await menu(page, theirs.getByRole("button"), "Leave list");
	await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
	await row(page, "Theirs to do").waitFor({ state: "detached" });
	await undo(page, "left");
	await row(page, "Theirs to do").waitFor();
});

test("the calendar ticks what is due", async ({ open, dav }) => {
	const d = dav("david"), { href } = await put(d, "david", "due", "SUMMARY:Tick me", `DUE;VALUE=DATE:${day(0)}`);
	const page = await open("david", "/calendar");
	const said = await page.evaluate(async (h) => {
		const base = document.querySelector('script[type="module"]').src.replace(/app\.js$/, "");
		await (await import(`${base}tasks/change.js`)).toggle(h);
		return true;
	}, href);
	must(said, "toggle is there");
	await until(async () => /STATUS:COMPLETED/.test(await text(d, href)), "it is completed, though its list was never shown");
	await undo(page, "completed");
	await until(async () => !/STATUS:COMPLETED/.test(await text(d, href)), "with undo");
});

test("on a phone one pane is shown at a time, with a way back", async ({ open }) => {
	const page = await open("anna", "/tasks");
	await row(page, "Order a cake").waitFor();
	same(await page.getByRole("button", { name: "New list" }).isVisible(), false, "the lists beside the tasks");
	await page.getByRole("button", { name: /^Order a cake/ }).click();
	await page.getByRole("article").waitFor();
	same(await row(page, "Order a cake").isVisible(), false, "the list beside the task");
	await page.getByRole("link", { name: "Close" }).click();
	await row(page, "Order a cake").waitFor();
	await page.getByRole("link", { name: "Task lists" }).click();
	await page.getByRole("link", { name: /Tasks/ }).first().waitFor();
	must(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the phone");
}, { size: phone, touch: true });

test("tasks are printed without what is only for the screen", async ({ open }) => {
	const page = await open("anna", "/tasks");
	await page.locator(".task").first().waitFor();
	await page.emulateMedia({ media: "print" });
	must(await page.locator(".task").first().isVisible(), "a task is printed");
	for (const tool of [".tasks-side", ".task-add", ".tasks-search", ".rail"]) must(!await page.locator(tool).isVisible(), `${tool} is not printed`);
});

test("the screen speaks German", async ({ open }) => {
	const page = await open("anna", "/tasks");
	await page.getByRole("link", { name: /Alle Aufgaben/ }).waitFor();
	await page.getByLabel("Neue Aufgabe").fill("Ines anrufen morgen 9:30");
	await page.locator(".task-add .chip", { hasText: "Morgen" }).waitFor();
	same(await page.getByText(/tasks\.[a-z]/).count(), 0, "words that are missing");
}, { language: "de-DE" });

for (const [name, options] of Object.entries({ light: {}, dark: { theme: "dark" }, phone: { size: phone, touch: true } })) {
	test(`axe finds nothing in tasks, ${name}`, async ({ open, dav }) => {
		const d = dav("clara");
		await put(d, "clara", "axe", "SUMMARY:Late and important", `DUE;VALUE=DATE:${day(-2)}`, "PRIORITY:1", "DESCRIPTION:x");
		await put(d, "clara", "axe2", "SUMMARY:Below it", "RELATED-TO:axe", "PRIORITY:5");
		await put(d, "clara", "axe3", "SUMMARY:Repeated", `DUE;VALUE=DATE:${day(2)}`, "RRULE:FREQ=WEEKLY", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:30");
		const page = await open("clara", "/tasks");
		const check = async (where) => same(await axe(page), [], where);
		await row(page, "Late and important").waitFor();
		await page.getByRole("button", { name: /^Done/ }).click();
		await check("the sections");
		await page.getByLabel("New task").fill("Call Ines tomorrow 9:30 every week !");
		await page.locator(".task-add .chip").first().waitFor();
		await check("quick add");
		await page.getByLabel("New task").fill("");
		await page.getByRole("button", { name: /^Late and important/ }).click();
		await page.getByRole("article").waitFor();
		await check("a task");
		await page.goto("/tasks?pane=lists");
		await page.getByRole("button", { name: "New list" }).waitFor();
		await page.getByRole("button", { name: "New list" }).click();
		await page.getByRole("dialog").waitFor();
		await check("a new list");
	}, options);
}

await run();
