// Everything that makes and changes events: the line of text, the small and the full form, scopes of a series, conflicts,
// answering, and what somebody else's text may not do.
import { calendarOf, choose, event, heard, openEditor, openPopover, popover, put, stored, storedOnce, toastOf, weekly } from "./events.mjs";
import { axe, dateIn, must, phone, run, same, test, until } from "./harness.mjs";

test("one line of text makes an event, and undo takes it away", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/week/2027-01-11");
	const field = page.getByRole("textbox", { name: "Quick add" });
	await field.fill("Eye check 13.1.2027 16:00 for 45 min at Corner clinic");
	const chips = page.locator(".quick-panel .chip");
	await chips.filter({ hasText: "Corner clinic" }).waitFor();
	same(await page.locator(".quick-title").textContent(), "Eye check", "the title");
	await field.press("Enter");
	await event(page, "Eye check").waitFor();
	const { data } = await storedOnce(dav, "anna", "SUMMARY:Eye check");
	for (const l of ["DTSTART;TZID=Europe/Berlin:20270113T160000", "DTEND;TZID=Europe/Berlin:20270113T164500", "LOCATION:Corner clinic"]) must(data.includes(l), `${l} is not in ${data}`);
	await toastOf(page, "Created: Eye check").getByRole("button", { name: "Undo" }).click();
	await event(page, "Eye check").waitFor({ state: "detached" });
	same((await stored(dav, "anna", "SUMMARY:Eye check")).length, 0, "what is left");
});

test("on a phone a line of text makes an event too", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/agenda/2027-05-24");
	await page.getByRole("button", { name: "View", exact: true }).click();
	await page.getByRole("menuitem", { name: "Quick add" }).click();
	const dialog = page.locator(".quick-dialog"), field = dialog.getByRole("textbox", { name: "Quick add" });
	await field.fill("Dentist 26.5.2027 16:00");
	await dialog.locator(".chip", { hasText: "16:00" }).waitFor();
	same((await axe(page)).filter((l) => !/\.cal-view|\.event:/.test(l)), [], "what axe says about it");
	await field.press("Enter");
	await dialog.waitFor({ state: "detached" });
	await event(page, "Dentist").waitFor();
	await storedOnce(dav, "anna", "SUMMARY:Dentist", (d) => d.includes("20270526T160000"));
}, { size: phone, touch: true });

test("a chip that is taken back is title again", async ({ open }) => {
	const page = await open("anna", "/calendar/week/2027-01-11");
	await page.getByRole("textbox", { name: "Quick add" }).fill("Read 5.1.2027 by Monday at Home");
	await page.getByRole("button", { name: "Keep Home in the title" }).click();
	await until(async () => (await page.locator(".quick-title").textContent())?.includes("at Home"), "the place is title");
});

test("a small form makes an event in the chosen calendar; typed times of any form are read", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/week/2027-01-18");
	await heard(page);
	const draft = popover(page);
	await page.locator(".cal-head .primary").click();
	await draft.getByLabel("Title").fill("Tea");
	await draft.getByLabel("First day").fill("2027-01-20");
	await draft.getByRole("combobox", { name: "Starts at" }).fill("930");
	await draft.getByRole("combobox", { name: "Ends at" }).fill("11.15");
	await draft.getByLabel("Title").click();
	await draft.getByRole("button", { name: "Save" }).click();
	await event(page, "Tea").waitFor();
	const { data } = await storedOnce(dav, "anna", "SUMMARY:Tea\n");
	for (const l of ["DTSTART;TZID=Europe/Berlin:20270120T093000", "DTEND;TZID=Europe/Berlin:20270120T111500"]) must(data.includes(l), `${l} is not in ${data.slice(data.indexOf("BEGIN:VEVENT"))}`);
});

test("what is drawn for a new event has its title and goes where its form says", async ({ open }) => {
	const page = await open("anna", "/calendar/week/2027-01-18");
	const drawn = (date) => page.locator(`.daycolumn[data-day="${date}"] .ghost`, { hasText: "Drawn" });
	await until(async () => {
		if (await popover(page).count() === 0) await page.locator(".cal-head .primary").click();
		return popover(page).waitFor({ timeout: 1000 }).then(() => true, () => false);
	}, "the small form opens");
	await popover(page).getByLabel("Title").fill("Drawn");
	await drawn("2027-01-18").waitFor();
	await popover(page).getByLabel("First day").fill("2027-01-20");
	await drawn("2027-01-20").waitFor();
	await popover(page).getByLabel("All day").check();
	await page.locator(".timegrid-head .ghost", { hasText: "Drawn" }).waitFor();
	await popover(page).getByRole("button", { name: "Close" }).click();
	await page.locator(".ghost").waitFor({ state: "detached" });
});

test("a meeting with a guest and a room is made by keys alone, and the button says who is invited", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/week/2027-01-25");
	await heard(page);
	const press = (key) => page.keyboard.press(key);
	await press("c");
	await popover(page).getByLabel("Title").and(page.locator(":focus")).waitFor();
	await page.keyboard.type("Planning day");
	for (let i = 0; i < 12; i++) { // to "Add guests"
		await press("Tab");
		if (await page.evaluate(() => document.activeElement?.getAttribute("placeholder")) === "Add guests") break;
	}
	await page.keyboard.type("ben@example.org");
	await press("Enter");
	await page.keyboard.type("room-oak@example.org");
	await press("Enter");
	await popover(page).getByRole("button", { name: "Save and invite 2" }).waitFor();
	for (let i = 0; i < 8; i++) {
		await press("Tab");
		if ((await page.evaluate(() => document.activeElement?.textContent))?.startsWith("Save")) break;
	}
	await press("Enter");
	await popover(page).waitFor({ state: "detached" });
	const { data } = await storedOnce(dav, "anna", "SUMMARY:Planning day", (d) => d.includes("room-oak"));
	must(/ORGANIZER;CN="?Anna Berg"?.*:mailto:anna@example.org/.test(data), `no organizer in ${data}`);
	await storedOnce(dav, "ben", "SUMMARY:Planning day");
});

test("dates that were changed by themselves are named where they stay, and where they fit no more", async ({ open, dav }) => {
	await put(dav, "anna", "kept", ...weekly("Kept or lost", "20270222T090000", "20270222T093000", "RRULE:FREQ=WEEKLY"), "END:VEVENT", "BEGIN:VEVENT", "UID:kept", "DTSTAMP:20261101T000000Z", "RECURRENCE-ID;TZID=Europe/Berlin:20270308T090000", ...weekly("Kept or lost", "20270308T140000", "20270308T143000"));
	const page = await open("anna", "/calendar/week/2027-02-22");
	await openEditor(page, "Kept or lost");
	await page.locator(".editor .title-input").fill("Kept");
	await page.getByRole("button", { name: "Save" }).click();
	await page.locator(".scope-dialog").getByText("One date was changed by itself and stays so: Monday, 8 March 2027.").waitFor();
	await page.locator(".scope-dialog [data-scope=this] small", { hasText: "22 February 2027" }).waitFor();
	await page.keyboard.press("Escape");
	await page.locator(".editor").getByLabel("Repeat").selectOption("FREQ=MONTHLY");
	await page.getByRole("button", { name: "Save" }).click();
	await page.locator(".scope-dialog").getByText("One changed date no longer fits the series and is dropped: Monday, 8 March 2027.").waitFor();
	await choose(page, "all");
	const { data } = await storedOnce(dav, "anna", "UID:kept", (d) => d.includes("RRULE:FREQ=MONTHLY"));
	must(!data.includes("RECURRENCE-ID"), data);
});

test("one instance is moved behind a change of the clock, the others stay", async ({ open, dav }) => {
	await put(dav, "anna", "dst-this", ...weekly("Series one", "20270222T090000", "20270222T093000", "RRULE:FREQ=WEEKLY"));
	const page = await open("anna", "/calendar/week/2027-03-29");
	await openEditor(page, "Series one");
	await page.locator(".editor").getByRole("combobox", { name: "Starts at" }).fill("14:00");
	await page.getByRole("button", { name: "Save" }).click();
	await choose(page, "this");
	const { data } = await storedOnce(dav, "anna", "SUMMARY:Series one", (d) => d.includes("RECURRENCE-ID"));
	for (const l of ["RECURRENCE-ID;TZID=Europe/Berlin:20270329T090000", "DTSTART;TZID=Europe/Berlin:20270329T140000", "DTEND;TZID=Europe/Berlin:20270329T143000", "DTSTART;TZID=Europe/Berlin:20270222T090000"]) must(data.includes(l), `${l} is not in ${data}`);
});

test("all of a series go to another weekday and hour across a change of the clock", async ({ open, dav }) => {
	await put(dav, "anna", "dst-all", ...weekly("Series all", "20270222T090000", "20270222T093000", "RRULE:FREQ=WEEKLY;BYDAY=MO"));
	const page = await open("anna", "/calendar/week/2027-03-29");
	await openEditor(page, "Series all");
	await page.locator(".editor").getByLabel("First day").fill("2027-03-31");
	await page.locator(".editor").getByRole("combobox", { name: "Starts at" }).fill("10:00");
	await page.getByRole("button", { name: "Save" }).click();
	await page.locator(".scope-dialog [data-scope=all] small", { hasText: "22 February 2027" }).waitFor();
	await choose(page, "all");
	const { data } = await storedOnce(dav, "anna", "SUMMARY:Series all", (d) => d.includes("T100000"));
	for (const l of ["DTSTART;TZID=Europe/Berlin:20270224T100000", "RRULE:FREQ=WEEKLY;BYDAY=WE"]) must(data.includes(l), `${l} is not in ${data}`);
	await page.locator(".cal-view [data-day='2027-03-31'] [data-key]", { hasText: "Series all" }).first().waitFor();
});

test("moving a meeting by keys says who is told, and cancelling leaves it", async ({ open, dav }) => {
	await put(dav, "anna", "told", ...weekly("Told about", "20270331T110000", "20270331T113000", "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE:mailto:clara@example.org"));
	const page = await open("anna", "/calendar/week/2027-03-29");
	const dialog = page.locator(".mail-dialog");
	const move = async () => {
		await page.locator(".cal-view .event:not(.moving)", { hasText: "Told about" }).focus();
		await page.keyboard.press("Alt+ArrowDown");
		await page.locator(".cal-view .event.moving:focus", { hasText: "Told about" }).waitFor();
		await page.keyboard.press("Enter");
		await dialog.waitFor();
	};
	await heard(page);
	await move();
	await dialog.getByText("Clara Diaz will be told: time changed.").waitFor();
	await dialog.getByRole("button", { name: "Cancel" }).click();
	await dialog.waitFor({ state: "detached" });
	must((await stored(dav, "anna", "SUMMARY:Told about"))[0].data.includes("20270331T110000"), "it moved");
	await move();
	await dialog.getByRole("button", { name: "Save and notify 1" }).click();
	await storedOnce(dav, "anna", "SUMMARY:Told about", (d) => !d.includes("DTSTART;TZID=Europe/Berlin:20270331T110000"));
});

test("an invitation made in one browser is answered in another, and the first sees it without loading anew", async ({ open, dav }) => {
	await put(dav, "anna", "answer-me", ...weekly("Answer me", "20270401T110000", "20270401T113000", "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE;CN=Ben Carter:mailto:ben@example.org"));
	const anna = await open("anna", "/calendar/week/2027-03-29");
	const ben = await open("ben", "/calendar/week/2027-03-29");
	await openPopover(anna, "Answer me");
	await popover(anna).getByText("1 without answer").waitFor();
	await openPopover(ben, "Answer me");
	await popover(ben).getByRole("button", { name: "Add a comment" }).click();
	await popover(ben).getByLabel("Comment for the organizer").fill("I will be late");
	await popover(ben).getByRole("button", { name: "Maybe", exact: true }).click();
	await popover(anna).getByText("1 maybe").waitFor();
	const { data } = await storedOnce(dav, "anna", "SUMMARY:Answer me", (d) => /PARTSTAT=TENTATIVE[^\n]*ben@example.org/.test(d));
	must(data.includes("ben@example.org"), data);
});

test("who could not be reached is said before a meeting is saved, and shown with it", async ({ open, dav }) => {
	await put(dav, "anna", "missed", ...weekly("Missed by some", "20270401T160000", "20270401T163000", "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE:mailto:nobody@example.org", "ATTENDEE;CN=Ben Carter:mailto:ben@example.org"));
	const page = await open("anna", "/calendar/week/2027-03-29");
	await openPopover(page, "Missed by some");
	await popover(page).locator(".guest-list li", { hasText: "nobody@example.org" }).getByText("not reached").waitFor();
	await popover(page).locator(".guest-list li", { hasText: "Ben Carter" }).getByText("no answer yet").waitFor();
	await popover(page).getByRole("button", { name: "Edit" }).click();
	await page.locator(".editor .title-input").fill("Missed by one");
	await page.locator(".mail-line", { hasText: "Nobody can be reached at nobody@example.org." }).waitFor();
});

test("who is invited proposes another time instead of moving", async ({ open, dav }) => {
	await put(dav, "anna", "propose", ...weekly("Propose here", "20270402T110000", "20270402T113000", "ORGANIZER;CN=Anna Berg:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE:mailto:emma@example.org"));
	const page = await open("emma", "/calendar/week/2027-03-29");
	await openEditor(page, "Propose here");
	await page.locator(".editor").getByRole("combobox", { name: "Starts at" }).fill("15:00");
	await page.locator(".editor .title-input").click();
	await page.getByRole("button", { name: "Propose new time" }).click();
	await page.getByRole("button", { name: "Send proposal" }).click();
	await toastOf(page, "Proposal sent to Anna Berg").waitFor();
	must((await stored(dav, "emma", "SUMMARY:Propose here"))[0].data.includes("20270402T110000"), "the own copy moved");
	const inbox = await until(async () => {
		const { text } = await dav("anna")("PROPFIND", "/dav/calendars/anna/inbox/", { headers: { Depth: "1" } });
		for (const [, href] of text.matchAll(/<(?:\w+:)?href>([^<]+\.ics)</g)) {
			const item = (await dav("anna")("GET", href)).text;
			if (item.includes("METHOD:COUNTER") && item.includes("UID:propose")) return item;
		}
		return null;
	}, "the proposal is in the inbox");
	must(inbox.replace(/\r?\n[ \t]/g, "").includes("20270402T150000"), inbox);
});

test("a change made elsewhere while the form is open is brought together, and asked about where both changed the same", async ({ open, dav }) => {
	const base = weekly("Both", "20270405T110000", "20270405T113000", "LOCATION:Here");
	await put(dav, "anna", "conflict", ...base);
	const page = await open("anna", "/calendar/week/2027-04-05");
	await openEditor(page, "Both");
	await put(dav, "anna", "conflict", ...weekly("Both", "20270405T110000", "20270405T113000", "LOCATION:Elsewhere"));
	await page.locator(".editor").getByLabel("Description").fill("My notes");
	await page.getByRole("button", { name: "Save" }).click();
	await storedOnce(dav, "anna", "UID:conflict", (d) => d.includes("LOCATION:Elsewhere") && d.includes("DESCRIPTION:My notes"));
	await page.locator(".editor").waitFor({ state: "detached" });
	await openEditor(page, "Both");
	await put(dav, "anna", "conflict", ...weekly("Theirs", "20270405T110000", "20270405T113000", "LOCATION:Elsewhere"));
	await page.locator(".editor .title-input").fill("Mine");
	await page.getByRole("button", { name: "Save" }).click();
	const dialog = page.locator(".conflict-dialog");
	await dialog.getByText("Theirs", { exact: true }).nth(1).waitFor();
	await dialog.getByText("Mine", { exact: true }).nth(1).waitFor();
	await dialog.getByRole("radio").nth(1).check();
	await dialog.getByRole("button", { name: "Save" }).click();
	await page.locator(".editor").waitFor({ state: "detached" });
	same((await stored(dav, "anna", "UID:conflict")).map((o) => o.data.includes("SUMMARY:Theirs")), [true], "theirs stands");
	await openEditor(page, "Theirs");
	await put(dav, "anna", "conflict", ...weekly("Theirs", "20270405T120000", "20270405T123000"));
	await page.locator(".editor").getByRole("button", { name: "Delete" }).click();
	await page.getByRole("dialog", { name: "Changed by somebody else" }).getByRole("button", { name: "Delete" }).click();
	await until(async () => (await stored(dav, "anna", "UID:conflict")).length === 0, "it is deleted all the same");
});

test("without a connection the form keeps what was typed, and saves when there is one", async ({ open, dav }) => {
	await put(dav, "anna", "offline", ...weekly("Offline", "20270406T110000", "20270406T113000"));
	const page = await open("anna", "/calendar/week/2027-04-05");
	await openEditor(page, "Offline");
	await page.locator(".editor .title-input").fill("Online again");
	await page.context().setOffline(true);
	await page.getByRole("button", { name: "Save" }).click();
	await page.locator(".editor .problem", { hasText: "cannot be reached" }).waitFor();
	same(await page.locator(".editor .title-input").inputValue(), "Online again", "what was typed");
	await page.context().setOffline(false);
	await page.getByRole("button", { name: "Save" }).click();
	await storedOnce(dav, "anna", "SUMMARY:Online again");
}, { expect: /ERR_INTERNET_DISCONNECTED/ });

test("what was typed is not lost without asking", async ({ open, dav }) => {
	await put(dav, "anna", "guard", ...weekly("Guarded", "20270407T110000", "20270407T113000"));
	const page = await open("anna", "/calendar/week/2027-04-05");
	await openEditor(page, "Guarded");
	await page.locator(".editor .title-input").fill("Half done");
	await page.keyboard.press("Escape");
	const dialog = page.getByRole("dialog", { name: "Discard changes?" });
	await dialog.getByRole("button", { name: "Cancel" }).click();
	same(await page.locator(".editor .title-input").inputValue(), "Half done", "what was typed");
	await page.goBack();
	await dialog.getByRole("button", { name: "Discard" }).click();
	await page.locator(".editor").waitFor({ state: "detached" });
});

test("markup in titles and descriptions is text, and only safe links are links", async ({ open, dav }) => {
	await put(dav, "anna", "markup", ...weekly("<img src=x onerror=alert(1)><b>Bold</b>", "20270408T110000", "20270408T113000",
		"DESCRIPTION:<script>alert(2)</script> https://example.org/a?b=1 javascript:alert(3) mailto:a@example.org", "LOCATION:javascript:alert(4)", "URL:javascript:alert(5)", "CONFERENCE;VALUE=URI:javascript:alert(6)"));
	const page = await open("anna", "/calendar/week/2027-04-05");
	await openPopover(page, "Bold");
	const text = await popover(page).locator(".prose").first().textContent();
	must(text?.includes("<script>alert(2)</script>"), `the description reads ${text}`);
	same(await popover(page).locator("img, script, b").count(), 0, "elements made of data");
	const links = await popover(page).locator("a").evaluateAll((all) => all.map((a) => [a.getAttribute("href"), a.rel.includes("noopener")]));
	same(links, [["https://example.org/a?b=1", true], ["mailto:a@example.org", true]], "links");
});

test("a rule is made in the form and said in a sentence", async ({ open, dav }) => {
	await put(dav, "anna", "rule", ...weekly("Ruled", "20270409T110000", "20270409T113000"));
	const page = await open("anna", "/calendar/week/2027-04-05");
	await openEditor(page, "Ruled");
	const form = page.locator(".editor");
	await form.getByLabel("Repeat").selectOption("custom");
	await form.getByLabel("Every", { exact: true }).fill("2");
	await form.getByRole("button", { name: "Monday" }).click();
	await form.getByRole("combobox", { name: "Ends", exact: true }).selectOption("count");
	await form.getByRole("spinbutton", { name: "Times" }).fill("6");
	await form.getByText("Every 2 weeks on Monday and Friday, 6 times").waitFor();
	await page.getByRole("button", { name: "Save" }).click();
	await storedOnce(dav, "anna", "UID:rule", (d) => d.includes("RRULE:FREQ=WEEKLY;COUNT=6;INTERVAL=2;BYDAY=MO,FR"));
});

test("start and end have zones of their own; reminders, colour, categories and privacy are stored", async ({ open, dav }) => {
	await put(dav, "anna", "rich", ...weekly("Rich", "20270412T110000", "20270412T113000", "X-KEEP:me"));
	const page = await open("anna", "/calendar/week/2027-04-12");
	await openEditor(page, "Rich");
	const form = page.locator(".editor");
	await form.getByRole("button", { name: "Berlin time" }).click();
	await form.getByLabel("Time zone of the end").selectOption("America/New_York");
	await form.getByRole("button", { name: "Add reminder" }).click();
	await form.getByRole("button", { name: "Add reminder" }).click();
	await form.getByLabel("Visible to others").selectOption("PRIVATE");
	await form.getByLabel("Show as").selectOption("free");
	await form.getByLabel("Categories").fill("Travel, Work");
	await form.getByLabel("Categories").press("Enter");
	await form.locator(".swatch[title=Teal]").click();
	await form.getByLabel("Link to a video call").fill("https://meet.example.org/x");
	await page.getByRole("button", { name: "Save" }).click();
	const { data } = await storedOnce(dav, "anna", "UID:rich", (d) => d.includes("New_York"));
	for (const l of ["DTEND;TZID=America/New_York:20270412T113000", "TZID:America/New_York", "CLASS:PRIVATE", "TRANSP:TRANSPARENT", "CATEGORIES:Travel,Work", "COLOR:teal", "X-KEEP:me", "TRIGGER:-PT10M", "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/x"]) must(data.includes(l), `${l} is not in ${data}`);
	same(data.split("BEGIN:VALARM").length, 3, "reminders and one");
});

test("the assistant shows who is busy and takes a free time", async ({ open, dav }) => {
	// A Tuesday to come, for what is over is not offered, and after the month that the demo fills.
	const tuesday = [0, 1, 2, 3, 4, 5, 6].map((n) => dateIn(35 + n)).find((d) => new Date(d).getUTCDay() === 2), at = (clock) => `${tuesday.replaceAll("-", "")}T${clock}`;
	await put(dav, "ben", "ben-busy", ...weekly("Busy Ben", at("090000"), at("120000")));
	await put(dav, "anna", "find", ...weekly("Find a slot", at("100000"), at("110000"), "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE;CN=Ben Carter:mailto:ben@example.org"));
	const page = await open("anna", `/calendar/week/${tuesday}`);
	await openEditor(page, "Find a slot");
	await page.locator(".guest-rows li", { hasText: "Ben Carter" }).getByText("busy", { exact: false }).waitFor();
	await page.getByRole("button", { name: "Find a time" }).click();
	const dialog = page.locator(".assistant");
	await dialog.locator(".slot.clash").waitFor();
	await dialog.locator(".assistant-slots button").first().click();
	await dialog.locator(".slot:not(.clash)").waitFor();
	await dialog.locator(".slot").focus();
	await page.keyboard.press("ArrowRight");
	await dialog.getByRole("button", { name: "Use this time" }).click();
	same(await page.locator(".editor").getByRole("combobox", { name: "Starts at" }).inputValue(), "12:15", "the start");
	await page.getByRole("button", { name: "Save and notify 1" }).waitFor();
});

test("guests are found by name, a line of text finds them too, and rooms by their seats", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/week/2027-05-03");
	const quick = page.getByRole("textbox", { name: "Quick add" });
	await quick.fill("Talk with Ben 4.5.2027 10:00-11:00");
	await page.locator(".quick-panel .chip:not(.unsure)", { hasText: "Ben Carter" }).waitFor();
	await page.locator(".quick-panel").getByRole("button", { name: "More options" }).click();
	const form = page.locator(".editor");
	await form.locator(".guest-rows li", { hasText: "Ben Carter" }).waitFor();
	await form.getByRole("combobox", { name: "Add guests" }).pressSequentially("emm");
	await form.getByRole("option", { name: "Emma Fischer" }).click();
	await form.getByLabel("Role of Emma Fischer").selectOption({ label: "optional" });
	await form.getByRole("button", { name: "Find a time" }).click();
	const rooms = page.locator(".assistant-rooms");
	await rooms.getByText("12 seats").waitFor();
	await rooms.getByRole("button", { name: "Add Room Birch" }).click();
	await page.getByRole("button", { name: "Use this time" }).click();
	await form.locator(".guest-rows li", { hasText: "Room Birch" }).waitFor();
	await page.getByRole("button", { name: "Save and invite 3" }).click();
	const { data } = await storedOnce(dav, "anna", "SUMMARY:Talk\n");
	for (const l of ["LOCATION:Room Birch", "CUTYPE=ROOM"]) must(data.includes(l), `${l} is not in ${data}`);
	must(/^ATTENDEE[^\n:]*;ROLE=OPT-PARTICIPANT[^\n:]*:mailto:emma@example.org$/m.test(data), `Emma is not optional in ${data}`);
});

test("an event has an address that opens it", async ({ open, dav }) => {
	await put(dav, "anna", "linked", ...weekly("Linked to", "20270506T110000", "20270506T113000"));
	const page = await open("anna", `/calendar/day/2027-05-06?open=${encodeURIComponent(`${calendarOf("anna")}linked.ics`)}`);
	await popover(page).getByRole("heading", { name: "Linked to" }).waitFor();
});

for (const [name, options] of [["light", {}], ["dark", { theme: "dark" }], ["on a phone", { size: phone, touch: true }]]) {
	test(`nothing is wrong for axe with popover, small form, scope, full form and assistant, ${name}`, async ({ open, dav }) => {
		await put(dav, "anna", "axe", ...weekly("Looked at", "20270420T090000", "20270420T100000", "RRULE:FREQ=WEEKLY", "LOCATION:Room", "DESCRIPTION:See https://example.org", "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE;CN=Ben Carter:mailto:ben@example.org"));
		const page = await open("anna", "/calendar/day/2027-04-20");
		const clean = async (what) => same((await axe(page)).filter((l) => !/\.cal-view|\.cal-head|\.sidebar|\.event:|href="\/calendar/.test(l)), [], `what axe says about ${what}`);
		await openPopover(page, "Looked at");
		await popover(page).getByText("Every week").waitFor();
		await clean("the popover");
		await popover(page).getByRole("button", { name: "Delete" }).click();
		await page.locator(".scope-dialog").waitFor();
		await clean("the scope dialog");
		await page.keyboard.press("Escape");
		await openEditor(page, "Looked at");
		await page.locator(".busy-dot.is-free, .busy-dot.is-busy").first().waitFor();
		await clean("the full form");
		await page.getByRole("button", { name: "Find a time" }).click();
		await page.locator(".assistant .slot").waitFor();
		await clean("the assistant");
	}, options);
}

await run();
