// Search, invitations, trash and history, import, administration.
import { crc32 } from "node:zlib";
import { davOf, must, run, same, test, until } from "./harness.mjs";

const toast = (page, text) => page.locator(".toast", { hasText: text });
const home = (who) => `/dav/calendars/${who}/default/`;

/** Days from now, as DATE-TIME at an hour of UTC. */
function at(days, hour) {
	const d = new Date(Date.now() + days * 86_400_000);
	return `${d.toISOString().slice(0, 10).replaceAll("-", "")}T${String(hour).padStart(2, "0")}0000Z`;
}

function event(uid, title, ...more) {
	return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", `UID:${uid}`, `DTSTAMP:${at(0, 0)}`, `DTSTART:${at(3, 10)}`, `DTEND:${at(3, 11)}`, `SUMMARY:${title}`, ...more, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
}

/** A ZIP archive of files that are stored as they are (APPNOTE.TXT §4.3). */
function archive(files) {
	const parts = [], list = [];
	let at = 0;
	for (const [name, text] of Object.entries(files)) {
		const data = Buffer.from(text), told = Buffer.alloc(26); // what both headers of a file say
		told.writeUInt16LE(20, 0);
		told.writeUInt32LE(crc32(data), 10);
		told.writeUInt32LE(data.length, 14);
		told.writeUInt32LE(data.length, 18);
		told.writeUInt16LE(name.length, 22);
		list.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), told, Buffer.alloc(10), Buffer.from(Uint32Array.of(at).buffer), Buffer.from(name)]));
		parts.push(Buffer.from("PK\x03\x04"), told, Buffer.from(name), data);
		at += 30 + name.length + data.length;
	}
	const directory = Buffer.concat(list), end = Buffer.alloc(22);
	end.write("PK\x05\x06");
	for (const n of [8, 10]) end.writeUInt16LE(list.length, n);
	end.writeUInt32LE(directory.length, 12);
	end.writeUInt32LE(at, 16);
	return Buffer.concat([...parts, directory, end]);
}

async function put(d, href, body) {
	const answer = await d("PUT", href, { headers: { "Content-Type": "text/calendar" }, body });
	must(answer.status === 201 || answer.status === 204, `PUT ${href}: ${answer.status} ${answer.text}`);
}

test("the palette finds an event, a contact, a task and a day", async ({ open, dav }) => {
	await put(dav("anna"), "/dav/calendars/anna/tasks/paint.ics", event("paint", "Varnish the boat").replaceAll("VEVENT", "VTODO").replace(/DTEND.*\r\n/, ""));
	const page = await open("anna", "/tasks");
	await page.getByLabel("New task").waitFor();
	const box = page.getByRole("combobox", { name: "Find anything" });
	const ask = async (text, found) => {
		await page.keyboard.press("Control+k");
		await box.fill(text);
		const option = page.getByRole("option", { name: found });
		await option.first().waitFor();
		await until(async () => (await option.first().getAttribute("aria-selected")) === "true", `${text} is chosen`);
		await page.keyboard.press("Enter");
		await box.waitFor({ state: "detached" });
	};
	await ask("planning", /Weekly planning/);
	await page.waitForURL(/\/calendar\/day\/.*open=/);
	await page.getByRole("dialog").getByRole("heading", { name: "Weekly planning" }).waitFor();
	await page.keyboard.press("Escape");
	await ask("hansen", /Greta Hansen/);
	await page.getByRole("heading", { name: "Greta Hansen" }).waitFor();
	await ask("varnish", /Varnish the boat/);
	await page.waitForURL(/\/tasks/);
	await page.getByRole("article").getByLabel("Title").waitFor();
	await ask("2027-03-14", /14 March 2027/);
	await page.waitForURL(/\/calendar\/day\/2027-03-14/);
	await ask("trash", /Trash/);
	await page.getByRole("heading", { name: "Trash", exact: true }).waitFor();
});

test("the page of search has its question in the address, and says when there is nothing", async ({ open }) => {
	const page = await open("anna", "/search?q=planning");
	await page.getByRole("button", { name: /Weekly planning/ }).first().waitFor();
	await page.getByRole("button", { name: "Contacts" }).click();
	await page.getByRole("heading", { name: "Nothing found for “planning”" }).waitFor();
	await page.getByRole("searchbox", { name: "Search" }).fill("hansen");
	await page.getByRole("button", { name: /Greta Hansen/ }).click();
	await page.getByRole("heading", { name: "Greta Hansen" }).waitFor();
	await page.goBack();
	await page.getByRole("button", { name: /Greta Hansen/ }).waitFor();
	same(new URL(page.url()).searchParams.get("q"), "hansen", "the question");
});

test("an invitation tells of conflicts and is answered with a comment, which the organizer reads", async ({ open, dav }) => {
	const anna = dav("anna"), ben = dav("ben");
	await put(ben, `${home("ben")}busy.ics`, event("busy", "Already there"));
	await put(anna, `${home("anna")}ask.ics`, event("ask", "Meeting of two", "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org", "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ben@example.org"));
	const page = await open("ben", "/invitations");
	const card = page.getByRole("article", { name: "Meeting of two" });
	await card.getByText("You have something else at that time").waitFor();
	await card.getByText(/Already there/).waitFor();
	await card.getByRole("button", { name: "Add a comment" }).click();
	await card.getByLabel("Add a comment").fill("I may be late");
	await card.getByRole("button", { name: "Maybe" }).click();
	await card.waitFor({ state: "detached" });
	must(/PARTSTAT=TENTATIVE[^:]*:mailto:ben@example\.org/.test((await anna("GET", `${home("anna")}ask.ics`)).text.replaceAll("\r\n ", "")), "the answer is with the organizer");
	const news = (await open("anna", "/invitations")).getByRole("article", { name: "Meeting of two" });
	await news.getByText("I may be late").waitFor();
	await news.getByRole("button", { name: "Dismiss" }).click();
	await news.waitFor({ state: "detached" });
});

test("several invitations are answered at once, and each organizer has the answer", async ({ open, dav }) => {
	const titles = ["First of three", "Second of three", "Third of three"], by = ["anna", "clara", "anna"];
	const page = await open("felix", "/invitations");
	await page.getByRole("heading", { name: "Invitations" }).waitFor();
	for (const [i, title] of titles.entries()) {
		await put(dav(by[i]), `${home(by[i])}batch${i}.ics`, event(`batch${i}`, title, `ORGANIZER:mailto:${by[i]}@example.org`, `ATTENDEE;PARTSTAT=ACCEPTED:mailto:${by[i]}@example.org`, "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:felix@example.org"));
	}
	for (const title of titles.slice(0, 2)) await page.getByRole("checkbox", { name: `Choose “${title}”` }).check();
	const bar = page.getByRole("toolbar", { name: "Answer the chosen invitations" });
	await bar.getByText("2 chosen").waitFor();
	await bar.getByRole("button", { name: "Decline" }).click();
	for (const title of titles.slice(0, 2)) await page.getByRole("article", { name: title }).waitFor({ state: "detached" });
	await bar.waitFor({ state: "detached" });
	await page.getByRole("article", { name: titles[2] }).getByRole("button", { name: "Accept" }).waitFor();
	const states = await Promise.all(titles.map(async (_, i) => /PARTSTAT=([A-Z-]+)[^:]*:mailto:felix/.exec((await dav(by[i])("GET", `${home(by[i])}batch${i}.ics`)).text.replaceAll("\r\n ", ""))[1]));
	same(states, ["DECLINED", "DECLINED", "NEEDS-ACTION"], "what the organizers know");
}, { fresh: true });

test("mail of nobody known waits with its reason and is put into the calendar when asked", async ({ open, dav }) => {
	const page = await open("anna", "/invitations");
	const card = page.getByRole("article", { name: "You have won: prize ceremony" });
	same(await card.locator(".note").textContent(), "Nothing proves that this comes from prize@example.com.", "the reason");
	await (await open("anna", "/invitations", { language: "de-DE" })).getByText("Nichts belegt, dass das von prize@example.com kommt.").waitFor();
	await card.getByRole("button", { name: "Put into the calendar" }).click();
	await page.locator("section", { has: page.getByRole("heading", { name: "Mail to look at" }) }).waitFor({ state: "detached" });
	const { text } = await dav("anna")("REPORT", home("anna"), { headers: { Depth: "1", "Content-Type": "application/xml" }, body: '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match>outside-prize</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>' });
	must(/prize ceremony/.test(text), "it is in the calendar");
});

test("a deleted event and a deleted calendar come back from the trash", async ({ open, dav }) => {
	const d = dav("clara"), gone = "/dav/calendars/clara/old/";
	await put(d, `${home("clara")}gone.ics`, event("gone", "Thrown away"));
	await d("DELETE", `${home("clara")}gone.ics`);
	await d("MKCALENDAR", gone, { headers: { "Content-Type": "application/xml" }, body: '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>Old plans</D:displayname></D:prop></D:set></C:mkcalendar>' });
	await put(d, `${gone}kept.ics`, event("kept", "Kept within"));
	await d("DELETE", gone);
	const page = await open("clara", "/trash");
	const line = (title) => page.getByRole("listitem").filter({ hasText: title });
	await page.getByLabel("Filter by title").fill("thrown");
	await line("Thrown away").getByText("Event").waitFor();
	same(await line("Old plans").count(), 0, "lines that do not match");
	await line("Thrown away").getByRole("button", { name: "Restore" }).click();
	await line("Thrown away").waitFor({ state: "detached" });
	same((await d("GET", `${home("clara")}gone.ics`)).status, 200, "the event");
	await page.getByLabel("Filter by title").fill("");
	await line("Old plans").getByText("Calendar").waitFor();
	await line("Old plans").getByRole("button", { name: "Restore" }).click();
	await toast(page, "“Old plans” is back").waitFor();
	same((await d("GET", `${gone}kept.ics`)).status, 200, "the event within the calendar");
	await d("DELETE", `${home("clara")}gone.ics`);
	await line("Thrown away").getByRole("button", { name: "Delete for ever" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Delete for ever" }).click();
	await line("Thrown away").waitFor({ state: "detached" });
});

test("the history of an event lists its changes, and brings a version back", async ({ open, dav }) => {
	const d = dav("david"), href = `${home("david")}story.ics`;
	await put(d, href, event("story", "First title"));
	await put(d, href, event("story", "Second title"));
	const page = await open("david", `/trash/history?href=${encodeURIComponent(href)}`);
	const steps = page.getByRole("listitem").filter({ has: page.locator(".thing") });
	await steps.first().getByText(/Second title|David Evans/).first().waitFor();
	await page.getByText(/Second title/).first().waitFor();
	await page.getByRole("button", { name: "Bring this version back" }).last().click();
	await toast(page, "The earlier version is back").waitFor();
	must(/SUMMARY:First title/.test((await d("GET", href)).text), "it has its first title");
});

test("a file is imported with a report, and nothing comes twice", async ({ open, dav }) => {
	const page = await open("emma", "/import");
	const parts = [1, 2, 3].map((n) => event(`import-${n}`, `Imported ${n}`).match(/BEGIN:VEVENT[\s\S]*END:VEVENT\r\n/)[0]);
	const file = { name: "old.ics", mimeType: "text/calendar", buffer: Buffer.from(`BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n${parts.join("")}END:VCALENDAR\r\n`) };
	const job = page.getByRole("article", { name: "old.ics" });
	const send = async () => {
		const chosen = page.waitForEvent("filechooser");
		await page.getByRole("button", { name: "Choose files" }).click();
		await (await chosen).setFiles(file);
	};
	await send();
	await job.getByText("Done").waitFor();
	await job.getByText("3 entries stored").waitFor();
	await send();
	await page.getByText("3 were there already").waitFor();
	same(await job.count(), 2, "imports");
	await page.getByLabel("Where to").selectOption({ label: "A new calendar or address book with the name of the file" });
	await send();
	await until(async () => (await job.count()) === 3, "the third import");
	await page.goto("/settings/calendars");
	await page.getByRole("link", { name: /^old/ }).waitFor();
});

test("an import that is refused keeps what was typed, and files of an archive that were left out are named", async ({ open }) => {
	const page = await open("emma", "/import");
	await page.getByText("From another server").click();
	const form = page.locator(".account-import form");
	await form.locator('[name="url"]').fill("ftp://elsewhere.example/");
	await form.locator('[name="user"]').fill("emma");
	await form.locator('[name="password"]').fill("secret");
	await form.getByRole("button").click();
	await page.locator(".toast.error").waitFor();
	same(await form.locator('[name="url"]').inputValue(), "ftp://elsewhere.example/", "the address");
	const chosen = page.waitForEvent("filechooser");
	await page.getByRole("button", { name: "Choose files" }).click();
	await (await chosen).setFiles({ name: "all.zip", mimeType: "application/zip", buffer: archive({ "week.ics": event("zipped", "From an archive"), "beach.jpg": "no picture" }) });
	await page.getByText("1 file without calendars or contacts").click();
	await page.getByText("beach.jpg").waitFor();
});

test("administrators add a person who can sign in, and a room that others find", async ({ open, server }) => {
	const page = await open("anna", "/admin/people");
	await page.getByRole("button", { name: "Add" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("User name").fill("gina");
	await dialog.getByLabel("Shown name").fill("Gina Holt");
	await dialog.getByLabel("Mail addresses").fill("gina@example.org");
	await dialog.getByLabel("Password").fill("demo demo demo");
	await dialog.getByRole("button", { name: "Save" }).click();
	await page.getByText("Gina Holt").waitFor();
	same((await davOf(server.url, "gina", "demo demo demo")("PROPFIND", "/dav/calendars/gina/", { headers: { Depth: "0" } })).status, 207, "the new person at the door");
	await page.getByRole("button", { name: "Actions for Anna Berg" }).click();
	await page.getByRole("menuitem", { name: "Edit" }).click();
	await dialog.getByLabel("May administer this server").uncheck();
	await dialog.getByRole("button", { name: "Save" }).click();
	await dialog.getByRole("alert").waitFor();
	must(!(await dialog.getByLabel("May administer this server").isChecked()), "what was refused is as it was typed");
	await page.keyboard.press("Escape");
	await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Rooms and resources" }).click();
	await page.getByText("Room Oak").waitFor();
	await dialog.waitFor({ state: "detached" });
	await page.getByRole("button", { name: "Add" }).click();
	await dialog.locator('input[name="name"]').fill("room-oak");
	await dialog.getByLabel("Shown name").fill("Room Elm");
	await dialog.getByLabel("Mail addresses").fill("room-elm@example.org");
	await dialog.getByRole("button", { name: "Save" }).click();
	await dialog.getByRole("alert").waitFor();
	same(await dialog.getByLabel("Shown name").inputValue(), "Room Elm", "what was typed before the refusal");
	await dialog.locator('input[name="name"]').fill("room-elm");
	await dialog.getByLabel("Shown name").fill("Room Elm");
	await dialog.getByLabel("Mail addresses").fill("room-elm@example.org");
	await dialog.getByLabel("Seats").fill("7");
	await dialog.getByRole("button", { name: "Save" }).click();
	await page.getByText("Room Elm").waitFor();
	const { items } = await (await page.request.get("/api/people?q=elm&rooms=true")).json();
	same([items[0]?.name, items[0]?.kind, items[0]?.capacity], ["Room Elm", "room", 7], "what is found");
});

test("an administrator's change waits for the password where the server wants it again, and the log says who did it", async ({ open, server }) => {
	const page = await open("anna", "/admin/people"), felix = await open("felix", "/tasks");
	let left = 2; // as if the password had been shown long ago
	await page.route("**/api/admin/people/felix/password", (r) => (left-- > 0 ? r.fulfill({ status: 403, json: { code: "confirm", message: "Please show your password again." } }) : r.continue()));
	await page.getByRole("button", { name: "Actions for Felix Grün" }).click();
	await page.getByRole("menuitem", { name: "Set a password" }).click();
	const form = page.getByRole("dialog", { name: "Password of Felix Grün" }), again = page.getByRole("dialog", { name: "Your password, please" });
	await form.getByLabel("New password").fill("another few words");
	await form.getByRole("button", { name: "Save" }).click();
	await again.getByRole("button", { name: "Cancel" }).click();
	await again.waitFor({ state: "detached" });
	same(await form.getByLabel("New password").inputValue(), "another few words", "what was typed");
	const door = (password) => davOf(server.url, "felix", password)("PROPFIND", "/dav/calendars/felix/", { headers: { Depth: "0" } });
	same((await door("demo")).status, 207, "the old password so far");
	await form.getByRole("button", { name: "Save" }).click();
	await again.getByLabel("Password").fill("demo");
	await again.getByRole("button", { name: "Go on" }).click();
	await form.waitFor({ state: "detached" });
	same([(await door("demo")).status, (await door("another few words")).status], [401, 207], "the old and the new password");
	same((await felix.request.get("/api/session")).status(), 401, "the sessions of before");
	await page.goto("/admin/audit");
	await page.locator(".thing", { hasText: /password/i }).filter({ hasText: /felix/i }).filter({ hasText: /anna/i }).first().waitFor();
}, { fresh: true, expect: /401/ });

test("groups are made of people, and sessions of others are ended", async ({ open }) => {
	const page = await open("anna", "/admin/groups"), ben = await open("ben", "/tasks");
	await page.getByRole("button", { name: "Add" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.locator('[name="name"]').fill("sailors");
	await dialog.getByLabel("Shown name").fill("Sailors of the harbour");
	await dialog.getByRole("combobox", { name: "Add a member" }).fill("diaz");
	await page.getByRole("option", { name: /Clara Diaz/ }).click();
	await dialog.getByRole("button", { name: "Take clara out" }).waitFor();
	await dialog.getByRole("button", { name: "Save" }).click();
	await page.locator(".thing", { hasText: "Sailors of the harbour" }).getByText("1 member").waitFor();
	await page.goto("/admin/sessions");
	await page.locator(".thing", { hasText: "ben" }).getByRole("button", { name: "Sign out" }).first().click();
	await until(async () => (await ben.request.get("/api/session")).status() === 401, "the session has ended");
}, { fresh: true });

test("what was typed last is what is found, whichever answer comes first", async ({ open }) => {
	const page = await open("anna", "/admin/people");
	await page.getByText("Felix").first().waitFor();
	let late;
	await page.route(/admin\/people\?q=f&/, (r) => { late = r; });
	const box = page.getByRole("searchbox");
	await box.fill("f");
	await until(() => late, "the first question is asked");
	await box.fill("clara");
	await page.getByText("Clara Diaz").waitFor();
	const answered = page.waitForResponse(/admin\/people\?q=f&/);
	await late.continue();
	await (await answered).finished();
	await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
	same([await page.locator(".thing").count(), await page.getByText("Clara Diaz").count()], [1, 1], "people that are shown");
});

test("who is no administrator is refused", async ({ open }) => {
	const page = await open("ben", "/admin/people");
	await page.getByRole("heading", { name: "For administrators only" }).waitFor();
	same((await page.request.get("/api/admin/people")).status(), 403, "the answer of the server");
	await page.getByRole("button", { name: /^Account of/ }).click();
	await page.getByRole("menuitem", { name: "Trash" }).waitFor();
	same(await page.getByRole("menuitem", { name: "Administration" }).count(), 0, "ways there");
});

test("how mail goes and what DNS lacks is said in the language of the page", async ({ open }) => {
	const page = await open("anna", "/admin/overview", { language: "de-DE" });
	await page.getByText("Externe Personen erfahren von Terminen").waitFor();
	await page.getByText(/^per Mail über 127\.0\.0\.1/).waitFor();
	/** @type {string[]} */
	const refused = [];
	page.on("response", (r) => { if (r.status() >= 400) refused.push(r.url()); });
	await page.goto("/admin/domains");
	await page.getByText("Zuerst ist einzustellen, unter welcher Adresse der Server erreichbar ist:").waitFor();
	same(refused, [], "what was asked for in vain");
}, { fresh: true });

test("a backup is made when asked, and listed", async ({ open }) => {
	const page = await open("anna", "/admin/overview");
	const group = page.locator("section", { has: page.getByRole("heading", { name: "Backups" }) });
	await group.getByText("There is no backup yet.").waitFor();
	await group.getByRole("button", { name: "Back up now" }).click();
	await group.getByText("Last one").waitFor();
	await group.locator(".thing").first().waitFor();
	same(await group.locator(".thing").count(), 1, "files");
});

await run();
