// Taking back, and what is said of a change before and after it is made.
import { calendarOf, choose, event, openEditor, openPopover, popover, put, stored, storedOnce, toastOf, weekly } from "./events.mjs";
import { must, run, same, test, until } from "./harness.mjs";

test("this and following make two series in one step; undo makes one of them again", async ({ open, dav }) => {
	await put(dav, "anna", "dst-following", ...weekly("Series cut", "20270222T090000", "20270222T093000", "RRULE:FREQ=WEEKLY;COUNT=10"));
	const page = await open("anna", "/calendar/week/2027-03-29");
	await openEditor(page, "Series cut");
	await page.locator(".editor .title-input").fill("Series rest");
	await page.getByRole("button", { name: "Save" }).click();
	await page.locator(".scope-dialog [data-scope=following] small", { hasText: "5 events from" }).waitFor();
	await choose(page, "following");
	const next = await storedOnce(dav, "anna", "SUMMARY:Series rest");
	must(next.data.includes("RRULE:FREQ=WEEKLY;COUNT=5") && next.data.includes("DTSTART;TZID=Europe/Berlin:20270329T090000"), next.data);
	must((await stored(dav, "anna", "SUMMARY:Series cut"))[0].data.includes("UNTIL=20270329T065959Z"), "the first series has no end");
	const first = `${calendarOf("anna")}dst-following.ics`, { text } = await dav("anna")("GET", first);
	await dav("anna")("PUT", first, { body: text.replace("SUMMARY:Series cut", "SUMMARY:Series cut\r\nLOCATION:Meanwhile"), headers: { "Content-Type": "text/calendar" } });
	await toastOf(page, "Saved: Series rest").getByRole("button", { name: "Undo" }).click();
	await storedOnce(dav, "anna", "SUMMARY:Series cut", (d) => d.includes("COUNT=10") && d.includes("LOCATION:Meanwhile"));
	await until(async () => (await stored(dav, "anna", "SUMMARY:Series rest")).length === 0, "the second series is gone");
});

test("deleting one instance leaves the others; undo brings it back", async ({ open, dav }) => {
	await put(dav, "anna", "delete-one", ...weekly("Series gap", "20270222T090000", "20270222T093000", "RRULE:FREQ=WEEKLY"));
	const page = await open("anna", "/calendar/week/2027-03-29");
	await openPopover(page, "Series gap");
	await popover(page).getByRole("button", { name: "Delete" }).click();
	await choose(page, "this");
	await storedOnce(dav, "anna", "SUMMARY:Series gap", (d) => d.includes("EXDATE;TZID=Europe/Berlin:20270329T090000"));
	await event(page, "Series gap").waitFor({ state: "detached" });
	await toastOf(page, "Deleted: Series gap").getByRole("button", { name: "Undo" }).click();
	await storedOnce(dav, "anna", "SUMMARY:Series gap", (d) => !d.includes("EXDATE"));
	await event(page, "Series gap").waitFor();
});

test("a deleted event comes back by undo, which can be tried again where it cannot be done", async ({ open, dav }) => {
	await put(dav, "anna", "delete-all", ...weekly("Gone soon", "20270330T110000", "20270330T113000"));
	const page = await open("anna", "/calendar/week/2027-03-29");
	await openPopover(page, "Gone soon");
	await popover(page).getByRole("button", { name: "Delete" }).click();
	await until(async () => (await stored(dav, "anna", "SUMMARY:Gone soon")).length === 0, "it is deleted");
	await toastOf(page, "Deleted: Gone soon").waitFor();
	await page.context().setOffline(true);
	await toastOf(page, "Deleted: Gone soon").getByRole("button", { name: "Undo" }).click();
	await toastOf(page, "cannot be reached").getByRole("button", { name: "Undo" }).waitFor();
	await page.context().setOffline(false);
	await toastOf(page, "cannot be reached").getByRole("button", { name: "Undo" }).click();
	await storedOnce(dav, "anna", "SUMMARY:Gone soon");
	await event(page, "Gone soon").waitFor();
}, { expect: /ERR_INTERNET_DISCONNECTED/ });

test("taking back what guests were told says who hears of that; cancelled, it can be taken back later", async ({ open, dav }) => {
	await put(dav, "anna", "untold", ...weekly("Taken back", "20270414T110000", "20270414T113000", "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE:mailto:clara@example.org"));
	const page = await open("anna", "/calendar/week/2027-04-12");
	await openEditor(page, "Taken back");
	await page.locator(".editor").getByRole("combobox", { name: "Starts at" }).fill("15:00");
	await page.locator(".editor .title-input").click();
	await page.getByRole("button", { name: "Save and notify 1" }).click();
	await toastOf(page, "Saved: Taken back").getByRole("button", { name: "Undo" }).click();
	const dialog = page.locator(".mail-dialog");
	await dialog.getByText("Clara Diaz will be told: time changed.").waitFor();
	await dialog.getByRole("button", { name: "Cancel" }).click();
	await dialog.waitFor({ state: "detached" });
	must((await stored(dav, "anna", "SUMMARY:Taken back"))[0].data.includes("20270414T150000"), "it was taken back");
	await page.keyboard.press("z");
	await dialog.getByRole("button", { name: "Save and notify 1" }).click();
	await storedOnce(dav, "anna", "SUMMARY:Taken back", (d) => d.includes("20270414T110000"));
	await storedOnce(dav, "clara", "SUMMARY:Taken back", (d) => d.includes("20270414T110000"));
});

test("a form that is saved before it has said who is invited asks, and so does taking that back", async ({ open, dav }) => {
	const page = await open("anna", "/calendar/week/2027-05-10");
	let asked = 0;
	await page.route("**/api/preview", (r) => (asked++ === 0 ? r.fulfill({ json: { mails: [] } }) : r.continue()));
	await page.locator(".calendar[data-heard]").waitFor();
	await page.keyboard.press("c");
	const draft = popover(page), dialog = page.locator(".mail-dialog");
	await draft.getByLabel("Title").fill("Not said yet");
	await draft.getByRole("combobox", { name: "Add guests" }).fill("ben@example.org");
	await draft.getByRole("combobox", { name: "Add guests" }).press("Enter");
	await until(() => asked === 1, "the form asks who is invited");
	await draft.getByRole("button", { name: "Save", exact: true }).click();
	await dialog.getByText(/will be invited/).waitFor();
	must((await stored(dav, "anna", "SUMMARY:Not said yet")).length === 0, "it is stored before that is said");
	await dialog.getByRole("button", { name: "Save and invite 1" }).click();
	await storedOnce(dav, "ben", "SUMMARY:Not said yet");
	await toastOf(page, "Created: Not said yet").getByRole("button", { name: "Undo" }).click();
	await dialog.getByText(/will be told: cancelled/).waitFor();
	await dialog.getByRole("button", { name: "Save and notify 1" }).click();
	await until(async () => (await stored(dav, "anna", "SUMMARY:Not said yet")).length === 0, "it is taken back");
});

test("a change that is made is not called a failure because it cannot be read again", async ({ open, dav }) => {
	await put(dav, "anna", "unread", ...weekly("Unread", "20270415T110000", "20270415T113000"));
	const page = await open("anna", "/calendar/week/2027-04-12");
	await openEditor(page, "Unread");
	await page.route("**/default/", (r) => (/calendar-multiget/.test(r.request().postData() ?? "") ? r.fulfill({ status: 503, body: "" }) : r.continue()));
	await page.locator(".editor .title-input").fill("Unread but written");
	await page.getByRole("button", { name: "Save" }).click();
	await toastOf(page, "Saved: Unread but written").waitFor();
	await page.locator(".editor").waitFor({ state: "detached" });
	await storedOnce(dav, "anna", "SUMMARY:Unread but written");
});

test("what is saved into another week leads there, and another calendar is taken back with the rest", async ({ open, dav }) => {
	const there = "/dav/calendars/anna/elsewhere/", at = async (href) => (await dav("anna")("GET", `${href}travels.ics`)).text;
	same((await dav("anna")("MKCALENDAR", there)).status, 201, "a second calendar");
	await put(dav, "anna", "travels", ...weekly("Travels", "20270511T110000", "20270511T113000"));
	const page = await open("anna", "/calendar/week/2027-05-10");
	await openEditor(page, "Travels");
	await page.locator(".editor .calendar-part select").selectOption({ label: "elsewhere" });
	await page.locator(".editor").getByLabel("First day").fill("2027-05-20");
	await page.getByRole("button", { name: "Save" }).click();
	await toastOf(page, "Saved: Travels").getByRole("button", { name: "Show" }).click();
	await page.waitForURL("**/calendar/week/2027-05-20");
	await event(page, "Travels").waitFor();
	must((await at(there)).includes("20270520T110000"), "it is not in the other calendar");
	await toastOf(page, "Saved: Travels").getByRole("button", { name: "Undo" }).click();
	await until(async () => (await at(calendarOf("anna"))).includes("20270511T110000"), "it is back where and when it was");
	await event(page, "Travels").waitFor({ state: "detached" });
});

await run();
