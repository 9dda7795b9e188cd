// Reminders while a page is open: notifications, messages on the page, and each of them once.
import { openEditor, openPopover, put as putEvent, storedOnce, weekly } from "./events.mjs";
import { axe, must, run, same, test, until, windowOf } from "./harness.mjs";

const minute = 60_000;
const utc = (ms) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");

/** An event from another program; its alarms as [trigger line, action]. */
async function put(dav, name, { start, end = start + 30 * minute, more = [], alarms }) {
	const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "BEGIN:VEVENT", `UID:${name}`, "DTSTAMP:20260101T000000Z", `DTSTART:${utc(start)}`, `DTEND:${utc(end)}`, `SUMMARY:${name}`, ...more,
		...alarms.flatMap(([trigger, action = "DISPLAY"]) => ["BEGIN:VALARM", `ACTION:${action}`, `DESCRIPTION:${name}`, trigger, "END:VALARM"]), "END:VEVENT", "END:VCALENDAR", ""];
	const answer = await dav("PUT", `/dav/calendars/felix/default/${name}.ics`, { body: lines.join("\r\n"), headers: { "Content-Type": "text/calendar" } });
	must(answer.status === 201, `${name} is not stored: ${answer.status} ${answer.text}`);
}

/** A window whose clock is the test's, and whose notifications are counted. */
async function watched({ browser, server, windows }, settings, permission = "granted") {
	const w = await windowOf(browser, server, "felix", { zone: "Europe/Berlin" });
	windows.push(w);
	const answer = await w.context.request.put("/api/settings", { data: { settings } });
	must(answer.ok(), `the settings are not stored: ${answer.status()}`);
	await w.context.addInitScript((state) => {
		globalThis.notified = [];
		globalThis.Notification = class {
			static permission = state;
			constructor(title, options) { globalThis.notified.push({ title, ...options, click: () => this.onclick() }); }
			close() {}
		};
	}, permission);
	return w;
}

/** Opens the calendar with a clock, and waits until the alarms of the events are known. */
async function opened(page) {
	await page.clock.install({ time: Date.now() });
	const asked = page.waitForResponse((r) => r.request().method() === "REPORT" && r.url().endsWith("/felix/default/") && (r.request().postData() ?? "").includes("TRIGGER"));
	await page.goto("/calendar/month");
	await (await asked).finished();
}

const titles = (page) => page.evaluate(() => globalThis.notified.map((n) => n.title).sort());

test("alarms become notifications once, however many pages are open, and lead to their event", async (ground) => {
	const d = ground.dav("felix"), now = Date.now();
	await put(d, "before", { start: now + 30 * minute, more: ["LOCATION:Harbour"], alarms: [["TRIGGER:-PT20M"]] });
	await put(d, "absolute", { start: now + 300 * minute, alarms: [[`TRIGGER;VALUE=DATE-TIME:${utc(now + 11 * minute)}`, "AUDIO"]] });
	await put(d, "end", { start: now - 60 * minute, end: now + 22 * minute, alarms: [["TRIGGER;RELATED=END:-PT10M"]] });
	await put(d, "series", { start: now + 13 * minute - 7 * 1440 * minute, more: ["RRULE:FREQ=WEEKLY"], alarms: [["TRIGGER:PT0S"]] });
	await put(d, "mail", { start: now + 30 * minute, more: [], alarms: [["TRIGGER:-PT20M", "PROCEDURE"]] });
	await put(d, "cancelled", { start: now + 30 * minute, more: ["STATUS:CANCELLED"], alarms: [["TRIGGER:-PT20M"]] });
	await put(d, "later", { start: now + 120 * minute, alarms: [["TRIGGER:-PT20M"]] });
	const w = await watched(ground, { notifications: true }), second = await w.context.newPage();
	await opened(w.page);
	await opened(second);
	same(await titles(w.page), [], "what is shown before it is due");
	for (const p of [w.page, second]) await p.clock.fastForward(16 * minute);
	await until(async () => (await titles(w.page)).length + (await titles(second)).length >= 4, "four reminders come");
	same([...await titles(w.page), ...await titles(second)].sort(), ["absolute", "before", "end", "series"], "all that is shown");
	const shownIn = (await titles(w.page)).includes("before") ? w.page : second;
	must((await shownIn.evaluate(() => globalThis.notified.find((n) => n.title === "before").body)).endsWith("\nHarbour"), "it says where");
	same(await w.page.locator(".toast").count(), 0, "messages beside the notification");
	await shownIn.evaluate(() => globalThis.notified.find((n) => n.title === "before").click());
	await until(() => new URL(shownIn.url()).searchParams.get("open") === "/dav/calendars/felix/default/before.ics" || shownIn.locator("[popover]:popover-open, dialog[open]").count(), "the event is opened");
	await shownIn.getByText("Harbour").first().waitFor();
});

test("an alarm at a set time in a series is shown once, about the first date that is not over by then, under the name that push gives it", async (ground) => {
	const now = Math.floor(Date.now() / 1000) * 1000, day = 1440 * minute, at = now + 11 * minute, href = "/dav/calendars/felix/default/fixed.ics";
	await put(ground.dav("felix"), "fixed", { start: now - 60 * minute, more: ["RRULE:FREQ=DAILY"], alarms: [[`TRIGGER;VALUE=DATE-TIME:${utc(at)}`]] });
	await put(ground.dav("felix"), "fixed-last", { start: now + 12 * minute, alarms: [["TRIGGER:PT0S"]] });
	const w = await watched(ground, { notifications: true });
	await opened(w.page);
	await w.page.clock.fastForward(16 * minute);
	await until(async () => (await titles(w.page)).includes("fixed-last"), "what comes after it is shown");
	same(await w.page.evaluate(() => globalThis.notified.filter((n) => n.title === "fixed").map((n) => n.tag)), [`${href}#${now - 60 * minute + day}#${at}`], "what is shown of it");
});

test("what another program adds or takes away while a page is open is heard of", async (ground) => {
	const w = await watched(ground, { notifications: true }), d = ground.dav("felix");
	await opened(w.page);
	const heard = () => w.page.waitForResponse((r) => r.request().method() === "REPORT" && (r.request().postData() ?? "").includes("TRIGGER")).then((r) => r.finished());
	let again = heard();
	await put(d, "fresh", { start: Date.now() + 50 * minute, alarms: [["TRIGGER:-PT20M"]] });
	await again;
	await w.page.clock.fastForward(31 * minute);
	await until(async () => (await titles(w.page)).includes("fresh"), "it reminds of what is new");
});

test("where notifications are denied the page itself reminds until that is read, and not where that is switched off", async (ground) => {
	const d = ground.dav("felix");
	const w = await watched(ground, { notifications: true }, "denied");
	await put(d, "toasted", { start: Date.now() + 50 * minute, alarms: [["TRIGGER:-PT30M"]] });
	await opened(w.page);
	await w.page.clock.fastForward(21 * minute);
	const toast = w.page.locator(".toast").filter({ hasText: "toasted" });
	await toast.waitFor();
	await w.page.clock.fastForward(1 * minute);
	same(await toast.count(), 1, "after a minute");
	same(await titles(w.page), [], "notifications");
	await toast.getByRole("button", { name: "Open" }).click();
	await toast.waitFor({ state: "detached" });
	await put(d, "quiet", { start: Date.now() + 100 * minute, alarms: [["TRIGGER:-PT30M"]] });
	const off = await watched(ground, { notifications: false, reminderToasts: false });
	await opened(off.page);
	await off.page.clock.fastForward(71 * minute);
	await until(() => off.page.evaluate(() => localStorage.getItem("convoke.reminded")?.includes("quiet")), "its time has come");
	same([await off.page.locator(".toast").filter({ hasText: "quiet" }).count(), await titles(off.page)], [0, []], "what is shown");
});

test("which reminders are mailed is chosen in the settings, and what is to be mailed is no notification", async (ground) => {
	const d = ground.dav("felix");
	await put(d, "by-mail", { start: Date.now() + 50 * minute, alarms: [["TRIGGER:-PT20M", "EMAIL"]] });
	await put(d, "beside", { start: Date.now() + 50 * minute, alarms: [["TRIGGER:-PT20M"]] });
	const w = await watched(ground, { notifications: true });
	await w.page.goto("/settings/general");
	const choice = w.page.getByLabel("Reminders by mail");
	same(await choice.inputValue(), "asked", "what is chosen at first");
	await w.page.getByText("To felix@example.org, also when no page is open").waitFor();
	same(await axe(w.page), [], "what axe finds");
	const stored = w.page.waitForResponse((r) => r.request().method() === "PATCH" && r.url().endsWith("/api/settings"));
	await choice.selectOption("All");
	must((await stored).ok(), "the choice is stored");
	same((await (await w.context.request.get("/api/settings")).json()).settings.mailReminders, "all", "the setting");
	await opened(w.page);
	await w.page.clock.fastForward(31 * minute);
	await until(async () => (await titles(w.page)).includes("beside"), "the other comes");
	must(!(await titles(w.page)).includes("by-mail"), "an alarm by mail is shown");
});

test("a calendar has a reminder of its own for new events, and can be quiet", async (ground) => {
	const d = ground.dav("felix"), loud = "/dav/calendars/felix/loud/";
	same((await d("MKCALENDAR", loud, { headers: { "Content-Type": "application/xml" }, body: `<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>Loud</D:displayname></D:prop></D:set></C:mkcalendar>` })).status, 201, "the answer to MKCALENDAR");
	const w = await watched(ground, { notifications: true, defaultReminder: 5 }), page = w.page;
	const stored = async () => (await (await w.context.request.get("/api/settings")).json()).settings;
	await page.goto(`/settings/calendars?href=${encodeURIComponent(loud)}`);
	const choice = page.getByLabel("Reminder of new events");
	same(await choice.locator("option:checked").textContent(), "As elsewhere: 5 minutes before", "what holds at first");
	await choice.selectOption("15 minutes before");
	await until(async () => (await stored()).calendarReminders[loud] === 15, "the reminder of the calendar is stored");
	await page.goto("/settings/calendars?href=%2Fdav%2Fcalendars%2Ffelix%2Fdefault%2F");
	await page.getByRole("switch", { name: "Remind me of its events" }).uncheck();
	await until(async () => (await stored()).quietCalendars.includes("/dav/calendars/felix/default/"), "the calendar is quiet");
	same(await axe(page), [], "what axe finds");

	await page.goto("/calendar/week/2027-08-16");
	await page.locator(".cal-head .primary").click();
	const form = page.locator(".popup");
	await form.getByLabel("Title").fill("Loudly");
	await form.getByRole("combobox", { name: "Calendar" }).selectOption({ label: "Loud" });
	await form.getByRole("button", { name: "Save" }).click();
	await form.waitFor({ state: "detached" });
	const { text } = await until(async () => {
		const found = await d("REPORT", loud, { headers: { Depth: "1", "Content-Type": "application/xml" }, body: `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>` });
		return found.text.includes("Loudly") && found;
	}, "the event is stored");
	must(/TRIGGER:-PT15M/.test(text), `the reminder of the calendar is not in ${text}`);

	await put(d, "in-quiet", { start: Date.now() + 50 * minute, alarms: [["TRIGGER:-PT20M"]] });
	const body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "BEGIN:VEVENT", "UID:in-loud", "DTSTAMP:20260101T000000Z", `DTSTART:${utc(Date.now() + 50 * minute)}`, "SUMMARY:in-loud", "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT20M", "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
	same((await d("PUT", `${loud}in-loud.ics`, { body, headers: { "Content-Type": "text/calendar" } })).status, 201, "the event with an alarm");
	await page.clock.install({ time: Date.now() });
	const asked = page.waitForResponse((r) => r.request().method() === "REPORT" && r.url().endsWith(loud) && (r.request().postData() ?? "").includes("TRIGGER"));
	await page.goto("/calendar/month");
	await (await asked).finished();
	await page.clock.fastForward(31 * minute);
	await until(async () => (await titles(page)).includes("in-loud"), "the calendar that is not quiet reminds");
	must(!(await titles(page)).includes("in-quiet"), "the quiet one does too");
}, { fresh: true });

/** What a server without mail says of itself. */
async function withoutMail(page) {
	await page.route("**/api/session", async (route) => {
		const answer = await route.fetch(), body = await answer.json();
		await route.fulfill({ response: answer, json: { ...body, features: { ...body.features, mailOut: false } } });
	});
}

test("where no mail goes out, the settings and the editor say so", async ({ open, dav }) => {
	await putEvent(dav, "felix", "no-mail", ...weekly("No mail", "20270510T100000", "20270510T110000", "BEGIN:VALARM", "ACTION:EMAIL", "SUMMARY:x", "DESCRIPTION:x", "ATTENDEE:mailto:x@example.net", "TRIGGER:-PT1H", "END:VALARM"));
	const page = await open("felix", "/settings/general");
	await withoutMail(page);
	await page.reload();
	await page.getByText("Mail is not set up on this server").waitFor();
	must(await page.getByLabel("Reminders by mail").isDisabled(), "it can be chosen");
	await page.goto("/calendar/week/2027-05-10");
	await openEditor(page, "No mail");
	await page.getByText("Mail is not set up on this server: nothing comes.").waitFor();
	await page.getByRole("button", { name: "Add reminder" }).click();
	same(await page.getByLabel("How", { exact: true }).count(), 1, "reminders that may become a mail");
});

test("the editor makes a reminder a mail to oneself, and keeps what it was", async ({ open, dav }) => {
	await putEvent(dav, "felix", "ways", ...weekly("Ways", "20270511T100000", "20270511T110000", "BEGIN:VALARM", "ACTION:EMAIL", "SUMMARY:Old", "DESCRIPTION:Old", "ATTENDEE:mailto:x@example.net", "X-KEEP:me", "TRIGGER:-PT1H", "END:VALARM"));
	const page = await open("felix", "/calendar/week/2027-05-10");
	await openEditor(page, "Ways");
	const way = page.getByLabel("How", { exact: true });
	same(await way.inputValue(), "EMAIL", "the one that is there");
	await page.getByRole("button", { name: "Add reminder" }).click();
	same(await way.nth(1).inputValue(), "DISPLAY", "a new one");
	await way.nth(1).selectOption("Mail");
	same(await axe(page), [], "what axe finds");
	await page.getByRole("button", { name: "Save" }).click();
	const { data } = await storedOnce(dav, "felix", "UID:ways", (d) => d.split("BEGIN:VALARM").length === 3);
	const [, old, fresh] = data.replace(/\r?\n[ \t]/g, "").split("BEGIN:VALARM").map((a) => a.split(/\r?\n/));
	for (const l of ["ACTION:EMAIL", "SUMMARY:Old", "ATTENDEE:mailto:x@example.net", "X-KEEP:me", "TRIGGER:-PT1H"]) must(old.includes(l), `${l} is not kept: ${old}`);
	for (const l of ["ACTION:EMAIL", "SUMMARY:Ways", "DESCRIPTION:Ways", "ATTENDEE:mailto:felix@example.org", "TRIGGER:-PT10M"]) must(fresh.includes(l), `${l} is not in ${fresh}`);
	await openPopover(page, "Ways");
	await page.getByText("10 minutes before, by mail").waitFor();
});

await run();
