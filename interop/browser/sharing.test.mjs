// Sharing by the pages, as it is for whoever shares and for whom it is shared with; secret links; subscriptions.
import { createServer } from "node:http";
import { must, run, same, test, until } from "./harness.mjs";

const settingsOf = (href) => `/settings/calendars?href=${encodeURIComponent(href)}`;
const toast = (page, text) => page.locator(".toast", { hasText: text });
const undo = (page, text) => toast(page, text).getByRole("button", { name: "Undo" }).click();
const sidebar = (page, name) => page.getByRole("complementary").getByRole("checkbox", { name: new RegExp(`^${name}`) });

/** Days from now, as DATE-TIME at an hour of UTC. */
function at(days, hour) {
	const d = new Date(Date.now() + days * 86_400_000);
	return `${d.toISOString().slice(0, 10).replaceAll("-", "")}T${String(hour).padStart(2, "0")}0000Z`;
}

function event(uid, title, ...more) {
	return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", `UID:${uid}`, `DTSTAMP:${at(0, 0)}`, `DTSTART:${at(1, 10)}`, `DTEND:${at(1, 11)}`, `SUMMARY:${title}`, ...more, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
}

/** A calendar of somebody, with an event and a private one. */
async function calendar(d, who, name) {
	const href = `/dav/calendars/${who}/${name.toLowerCase()}/`;
	const made = await d("MKCALENDAR", href, { headers: { "Content-Type": "application/xml" }, body: `<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>${name}</D:displayname></D:prop></D:set></C:mkcalendar>` });
	same(made.status, 201, "the answer to MKCALENDAR");
	for (const [uid, title, more] of [["open", `${name} open`, "LOCATION:Harbour"], ["secret", `${name} secret`, "CLASS:PRIVATE"]]) {
		same((await d("PUT", `${href}${uid}.ics`, { headers: { "Content-Type": "text/calendar" }, body: event(`${name}-${uid}`, title, more) })).status, 201, "the answer to PUT");
	}
	return href;
}

/** Shares what the page shows. */
async function share(page, who, level) {
	await page.getByLabel("What they may do", { exact: true }).selectOption(level);
	await page.getByRole("combobox", { name: "Add a person or group" }).fill(who.split(" ").at(-1));
	await page.getByRole("option", { name: new RegExp(who) }).click();
	await toast(page, `Shared with ${who}`).waitFor();
}

test("a calendar is offered, accepted, and shows as much as its level says, live, until it is taken away", async ({ open, dav }) => {
	const href = await calendar(dav("anna"), "anna", "Sailing");
	const anna = await open("anna", settingsOf(href)), ben = await open("ben", "/invitations");
	await share(anna, "Ben Carter", "busy");
	await anna.getByText("Has not answered yet").waitFor();
	const offer = ben.getByRole("article", { name: "Sailing" });
	await offer.getByText("Anna Berg shares “Sailing” with you").waitFor();
	await offer.getByText("See when I am busy").waitFor();
	await offer.getByRole("button", { name: "Add it" }).click();
	await offer.waitFor({ state: "detached" });
	await anna.getByText("Has not answered yet").waitFor({ state: "detached" });

	await ben.goto("/calendar/agenda");
	await sidebar(ben, "Sailing").waitFor();
	const entry = (title) => ben.getByRole("main").getByRole("button", { name: new RegExp(title) });
	await entry("^Busy").or(ben.locator("[data-key]", { hasText: "Busy" })).first().waitFor();
	same(await ben.getByText(/Sailing open|Sailing secret|Harbour/).count(), 0, "titles and places that are shown");

	const level = anna.getByLabel("What Ben Carter may do");
	/** Gives another level, and waits until the page has read what holds now. */
	const give = async (wanted) => {
		let stored = false;
		const read = anna.waitForResponse((r) => {
			const method = new URL(r.url()).pathname === href && r.request().method();
			if (method === "POST") stored = true;
			return stored && method === "PROPFIND";
		});
		await level.selectOption(wanted);
		await (await read).finished();
	};
	await give("read");
	const shown = ben.locator("[data-key]", { hasText: "Sailing open" }).first();
	await shown.click();
	const details = ben.locator(".event-popup");
	await details.getByText("Harbour").waitFor();
	same(await details.getByRole("button", { name: "Edit" }).count(), 0, "buttons to edit what is only to be read");
	same(await ben.getByText("Sailing secret").count(), 0, "private titles");
	await ben.keyboard.press("Escape");

	await give("write");
	await until(async () => {
		await shown.click();
		await details.getByText("Harbour").waitFor();
		if ((await details.getByRole("button", { name: "Edit" }).count()) > 0) return true;
		await ben.keyboard.press("Escape");
		await details.waitFor({ state: "detached" });
		return false;
	}, "it can be edited");
	await ben.keyboard.press("Escape");

	await ben.goto(settingsOf("/dav/calendars/ben/anna~sailing/"));
	await ben.getByRole("heading", { name: "Sailing" }).waitFor();
	same(await ben.getByRole("heading", { name: "Sharing" }).count(), 0, "ways to share it on");
	await give("schedule");
	await give("manage");
	await ben.getByRole("heading", { name: "Sharing" }).waitFor();

	await ben.goto("/calendar/agenda");
	await sidebar(ben, "Sailing").waitFor();
	await anna.getByRole("button", { name: "Stop sharing with Ben Carter" }).click();
	await sidebar(ben, "Sailing").waitFor({ state: "detached" });
	await undo(anna, "Ben Carter no longer sees this");
	same(await level.inputValue(), "manage", "the level after undo");
});

test("whoever may invite does so on behalf of the owner, and the guest sees for whom and by whom", async ({ open, dav }) => {
	const href = await calendar(dav("anna"), "anna", "Office");
	const anna = await open("anna", settingsOf(href)), ben = await open("ben", "/invitations");
	await share(anna, "Ben Carter", "schedule");
	await ben.getByRole("article", { name: "Office" }).getByRole("button", { name: "Add it" }).click();
	await ben.getByRole("article", { name: "Office" }).waitFor({ state: "detached" });
	await ben.goto("/calendar/week/2027-06-14");
	await sidebar(ben, "Office").waitFor();
	await ben.locator(".cal-head .primary").click();
	const form = ben.locator(".popup");
	await form.getByLabel("Title").fill("Board of the office");
	await form.getByRole("combobox", { name: "Calendar" }).selectOption({ label: "Office" });
	await form.getByText("On behalf of Anna Berg").waitFor();
	await form.getByRole("combobox", { name: "Add guests" }).fill("clara@example.org");
	await ben.keyboard.press("Enter");
	await form.getByRole("button", { name: "Save and invite 1" }).click();
	await form.waitFor({ state: "detached" });
	const stored = await until(async () => {
		const { text } = await dav("anna")("REPORT", href, { headers: { Depth: "1", "Content-Type": "application/xml" }, body: `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>Board of</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>` });
		return text.includes("Board of the office") && text.replaceAll(/(&#13;)?\n /g, "");
	}, "it stands in anna's calendar");
	must(/ORGANIZER[^\n:]*SENT-BY="?mailto:ben@example\.org"?[^\n:]*:mailto:anna@example\.org/.test(stored), `who invites is not anna by ben in ${stored}`);
	const card = (await open("clara", "/invitations")).getByRole("article", { name: "Board of the office" });
	await card.getByText("Anna Berg").waitFor();
	await card.getByRole("button", { name: "Accept" }).click();
	await card.waitFor({ state: "detached" });
});

test("a calendar without a colour of its own has the first marked, and gets any that is chosen", async ({ open, dav }) => {
	const d = dav("ben"), href = await calendar(d, "ben", "Plain");
	const page = await open("ben", settingsOf(href));
	const blue = page.getByRole("radio", { name: "Blue" });
	await blue.waitFor();
	must(await blue.isChecked(), "the colour in which it is shown is marked");
	const stored = async () => (await d("PROPFIND", href, { headers: { Depth: "0" }, body: '<D:propfind xmlns:D="DAV:" xmlns:I="http://apple.com/ns/ical/"><D:prop><I:calendar-color/></D:prop></D:propfind>' })).text;
	await page.getByRole("radio", { name: "Green" }).check({ force: true });
	await until(async () => /#2e8b57/i.test(await stored()), "the chosen colour is stored");
	await page.getByLabel("Another colour").fill("#123456");
	await until(async () => /#123456/.test(await stored()), "and one that is not among them");
	await page.reload();
	await page.getByLabel("Another colour").waitFor();
	same([await page.getByLabel("Another colour").inputValue(), await page.getByRole("radio", { checked: true }).count()], ["#123456", 0], "what is shown of it");
	await page.getByLabel("Description").fill("Of wood");
	await page.getByLabel("Description").blur();
	await toast(page, "“Plain” changed").waitFor();
	await undo(page, "“Plain” changed");
	await toast(page, "Undone: “Plain” changed").waitFor();
	same(await page.getByLabel("Description").inputValue(), "", "the description after undo");
});

test("a group has at once what is shared with it; whoever leaves can undo that", async ({ open, dav }) => {
	const href = await calendar(dav("emma"), "emma", "Choir");
	const felix = await open("felix", "/calendar/agenda"), emma = await open("emma", settingsOf(href));
	await sidebar(felix, "").first().waitFor();
	await share(emma, "The whole team", "read");
	await sidebar(felix, "Choir").waitFor();
	await felix.goto(settingsOf("/dav/calendars/felix/emma~choir/"));
	await felix.getByRole("button", { name: "Leave" }).click();
	await toast(felix, "“Choir” left").waitFor();
	same(await felix.getByRole("link", { name: /Choir/ }).count(), 0, "calendars of that name");
	await undo(felix, "“Choir” left");
	await felix.getByRole("link", { name: /Choir/ }).waitFor();
	await emma.getByRole("button", { name: "Stop sharing with The whole team" }).click();
	await felix.getByRole("link", { name: /Choir/ }).waitFor({ state: "detached" });
});

test("whoever says no has nothing, and the owner sees it; on second thought it is added", async ({ open, dav }) => {
	const href = await calendar(dav("clara"), "clara", "Garden");
	const clara = await open("clara", settingsOf(href)), david = await open("david", "/invitations");
	await david.getByRole("heading", { name: "Invitations", level: 1 }).waitFor();
	const { count } = await (await david.request.get("/api/invitations")).json();
	const badge = async (n) => until(async () => ((await david.locator(".rail .badge").count()) ? Number(await david.locator(".rail .badge").textContent()) : 0) === n, `${n} wait`);
	await badge(count);
	await share(clara, "David Evans", "read");
	await badge(count + 1);
	await david.getByRole("article", { name: "Garden" }).getByRole("button", { name: "No, thanks" }).click();
	await toast(david, "“Garden” is not added").hover(); // it stays there for as long
	await clara.getByText("Declined").waitFor();
	await badge(count);
	const calendars = await open("david", "/calendar/agenda");
	await sidebar(calendars, "").first().waitFor();
	same(await sidebar(calendars, "Garden").count(), 0, "calendars of that name");
	await toast(david, "“Garden” is not added").getByRole("button", { name: "Add it" }).click();
	await sidebar(calendars, "Garden").waitFor();
	await clara.getByText("Declined").waitFor({ state: "detached" });
});

test("a secret link shows a calendar to whoever has it, without what is private, until it is revoked", async ({ open, dav }) => {
	const href = await calendar(dav("david"), "david", "Public");
	const page = await open("david", settingsOf(href));
	await page.getByRole("button", { name: "New link: everything" }).click();
	const copied = (label) => page.locator(".copyable", { has: page.getByRole("button", { name: `Copy: ${label}` }) }).locator("code").textContent();
	await page.getByText("Shows everything").waitFor();
	const [url, feed] = [new URL(await copied("Page for browsers")), await copied("Address for calendar programs")];
	const month = `${at(1, 0).slice(0, 4)}-${at(1, 0).slice(4, 6)}`;
	const guest = await open("", `${url.pathname}?month=${month}`);
	await guest.getByText("Public open").first().waitFor();
	same(await guest.getByText("Public secret").count(), 0, "private titles");
	const ics = await (await fetch(feed.replace(/^webcals?:/, "http:"))).text();
	must(/SUMMARY:Public open/.test(ics) && !/Public secret/.test(ics), "the feed has what the page has");
	await page.getByRole("button", { name: "Revoke this link" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
	await page.getByText("Shows everything").waitFor({ state: "detached" });
	same((await guest.goto(url.pathname)).status(), 404, "the page of the revoked link");
	same((await fetch(feed.replace(/^webcals?:/, "http:"))).status, 404, "its feed");
});

test("a calendar elsewhere is subscribed to, refreshed, told of when it breaks, and given up", async ({ open }) => {
	let title = "Match of the day", broken = false;
	const feed = createServer((request, answer) => {
		answer.writeHead(broken ? 503 : 200, { "Content-Type": "text/calendar" });
		answer.end(broken ? "" : event("match", title));
	});
	await new Promise((resolve) => feed.listen(0, "127.0.0.1", resolve));
	try {
		const page = await open("anna", "/calendar/agenda");
		await page.getByRole("button", { name: "Add a calendar" }).click();
		await page.getByRole("menuitem", { name: "Subscribe to an address" }).click();
		const dialog = page.getByRole("dialog", { name: "Subscribe" });
		await dialog.getByLabel("Address of the calendar").fill("not an address");
		await dialog.getByRole("button", { name: "Subscribe" }).click();
		await dialog.getByRole("alert").waitFor();
		await dialog.getByLabel("Address of the calendar").fill(`http://127.0.0.1:${feed.address().port}/a.ics`);
		await dialog.getByLabel("Name").fill("Football");
		await dialog.getByRole("button", { name: "Subscribe" }).click();
		await dialog.waitFor({ state: "detached" });
		await page.locator("[data-key]", { hasText: title }).first().click();
		const details = page.locator(".event-popup");
		await details.getByText("Football").waitFor();
		same(await details.getByRole("button", { name: /Edit|Delete/ }).count(), 0, "ways to change it");
		await page.goto("/settings/calendars");
		await page.getByRole("link", { name: /Football/ }).click();
		await page.getByText("Up to date").waitFor();
		broken = true;
		await page.getByRole("button", { name: "Refresh now" }).click();
		await page.locator(".bad").waitFor();
		must(/[a-z]{3,} [a-z]/i.test(await page.locator(".bad").textContent()), "it is a sentence");
		[title, broken] = ["Second leg", false];
		await page.getByRole("button", { name: "Refresh now" }).click();
		await page.getByText("Up to date").waitFor();
		await page.getByRole("button", { name: "Delete" }).click();
		await toast(page, "“Football” deleted").waitFor();
		same(await page.getByRole("link", { name: /Football/ }).count(), 0, "calendars of that name");
	} finally {
		feed.closeAllConnections();
		feed.close();
	}
}, { fresh: true, env: { CONVOKE_SUBSCRIPTIONS_NETWORKS: "127.0.0.0/8", CONVOKE_SUBSCRIPTIONS_HTTP: "true" } });

await run();
