// The pages outside of the application: setting up a new server, a published calendar, a guest who answers by the link in
// the mail. They work without script.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { axe, must, run, same, start, test, until, windowOf } from "./harness.mjs";

const looks = [{}, { theme: "dark" }, { size: { width: 390, height: 844 }, touch: true }];

/** Opens a page as somebody without an account, in each look; axe finds nothing. */
async function looksRight(browser, server, path, heading) {
	for (const look of looks) {
		const { context, page } = await windowOf(browser, server, "", look);
		await page.goto(path);
		await page.getByRole("heading", { name: heading }).first().waitFor();
		same(await axe(page), [], `what axe finds with ${JSON.stringify(look)}`);
		await context.close();
	}
}

const tomorrow = (hour) => {
	const d = new Date(Date.now() + 86_400_000);
	return `${d.toISOString().slice(0, 10).replace(/-/g, "")}T${String(hour).padStart(2, "0")}0000Z`;
};

test("a new server is set up by the link that it prints, once, and the administrator goes on to the calendar", async ({ browser }) => {
	const data = await mkdtemp(join(tmpdir(), "convoke-setup-"));
	const server = await start(["--data", data, "serve"], /\/setup\?/);
	try {
		const link = /http\S+\/setup\?\S+/.exec(server.log())[0];
		await looksRight(browser, server, link, "Set up Convoke");
		const { context, page } = await windowOf(browser, server, "", { script: false });
		await page.goto("/setup");
		await page.getByRole("heading", { name: "This needs the link" }).waitFor();
		await page.goto(link);
		await page.getByLabel("Name to sign in with").fill("ann");
		await page.getByLabel("Name that others see").fill("Ann Example");
		await page.getByLabel("Mail address").fill("ann@example.org");
		await page.getByLabel("Password").fill("four quiet green chairs");
		await page.getByRole("button", { name: "Create the administrator" }).click();
		await page.getByRole("heading", { name: "Convoke is ready" }).waitFor();
		const session = await (await page.request.get("/api/session")).json();
		same([session.principal.name, session.principal.admin], ["ann", true], "who is signed in");
		await context.close();
		const later = await windowOf(browser, server, "", { script: false });
		await later.page.goto(link);
		await later.page.getByRole("heading", { name: "Sign in" }).waitFor();
		must(!(await later.page.getByLabel("Name that others see").count()), "the link makes no second administrator");
		await later.context.close();
	} finally {
		await server.stop();
		await rm(data, { recursive: true });
	}
});

test("a published calendar is a page that all can read: month, list, and in another site's frame", async ({ browser, server, open }) => {
	const anna = await open("anna", "/calendar");
	const made = await anna.request.post("/api/links", { data: { href: "/dav/calendars/anna/default/", detail: "full", label: "" } });
	const { page: address } = await made.json();
	const path = new URL(address).pathname;
	await looksRight(browser, server, path, /20\d\d/);
	await looksRight(browser, server, `${path}?view=agenda`, /20\d\d/);
	const { context, page } = await windowOf(browser, server, "", { script: false });
	await page.goto(path);
	await page.getByText("Weekly planning").first().waitFor({ state: "attached" });
	const month = await page.getByRole("heading", { level: 2 }).first().textContent();
	await page.locator('a[rel="next"]').click();
	await until(async () => (await page.getByRole("heading", { level: 2 }).first().textContent()) !== month, "the next month is another one");
	same(await context.cookies(), [], "cookies");
	const frame = await page.request.get(`${path}/embed`), whole = await page.request.get(path);
	must(!/frame-ancestors 'none'/.test(frame.headers()["content-security-policy"]), "the embedded page may be framed");
	must(/frame-ancestors 'none'/.test(whole.headers()["content-security-policy"]), "the page itself may not");
	await context.close();
});

test("a guest outside answers by the link in the mail, without script, and the organizer's open page shows it", async ({ browser, server, open, dav }) => {
	const anna = await open("anna", `/calendar/day/${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}`);
	const put = await dav("anna")("PUT", "/dav/calendars/anna/default/guest-page.ics", {
		headers: { "Content-Type": "text/calendar" },
		body: ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:guest-page", "DTSTAMP:20260101T000000Z", `DTSTART:${tomorrow(9)}`, `DTEND:${tomorrow(10)}`,
			"SUMMARY:Looking at frames", "LOCATION:Gallery", "ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org",
			"ATTENDEE;CN=Clara Novak;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:clara.novak@example.net", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
	});
	same(put.status, 201, "the meeting");
	const event = anna.getByRole("button", { name: /Looking at frames/ }).first();
	await event.waitFor();
	const link = await until(async () => {
		const letters = (await (await fetch(`${server.url}/demo/mailbox`)).text()).split("<article");
		return /http:\S+\/guest\/[\w-]+/.exec(letters.find((l) => l.includes("Looking at frames")) ?? "")?.[0];
	}, "the mail with the link arrives");
	await looksRight(browser, server, link, "Looking at frames");
	const seen = await dav("anna")("GET", "/dav/calendars/anna/default/guest-page.ics");
	must(/NEEDS-ACTION/.test(seen.text), "opening the page answers nothing");
	const { context, page } = await windowOf(browser, server, "", { script: false });
	await page.goto(link);
	await page.getByLabel(/comment/i).fill("I bring the drawings");
	await page.getByRole("button", { name: "Accept", exact: true }).or(page.locator('button[value="accepted"]')).first().click();
	await page.getByRole("status").first().waitFor();
	await until(async () => /PARTSTAT=ACCEPTED[^\n]*\r?\n?[^\n]*clara\.novak|clara\.novak[\s\S]*PARTSTAT=ACCEPTED/.test((await dav("anna")("GET", "/dav/calendars/anna/default/guest-page.ics")).text), "her answer stands in anna's event");
	await event.click();
	await anna.getByRole("dialog").getByText(/2 accepted/).waitFor();
	await context.close();
}, { fresh: true, env: (url) => ({ CONVOKE_SERVER_PUBLIC_URL: url }) });

await run();
