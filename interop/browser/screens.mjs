// Every screen of the pages, as somebody comes to it: for the pictures in docs/screens and for axe.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { davOf, start, startDemo, until } from "./harness.mjs";

const shown = (page, text) => page.getByText(text).first().waitFor();

/** Opens the popover of the demo's weekly meeting in the list of the days. */
async function weeklyPlanning(p) {
	await shown(p, "Weekly planning");
	await p.getByRole("button", { name: /Weekly planning/ }).first().click();
	await p.getByRole("dialog").waitFor();
}

/** Opens the full form of it. */
async function editing(p) {
	await weeklyPlanning(p);
	await p.getByRole("dialog").getByRole("button", { name: /^Edit/ }).click();
	await p.getByLabel(/^Title/).waitFor();
}

/** Publishes anna's calendar; gives where. */
async function published({ url }) {
	const json = { "Content-Type": "application/json" };
	const session = await fetch(`${url}/api/session`, { method: "POST", headers: json, body: JSON.stringify({ name: "anna", password: "demo" }) });
	const head = { ...json, Cookie: session.headers.getSetCookie().map((c) => c.split(";")[0]).join("; ") };
	const answer = await fetch(`${url}/api/links`, { method: "POST", headers: head, body: JSON.stringify({ href: "/dav/calendars/anna/default/", detail: "full", label: "" }) });
	return new URL((await answer.json()).page).pathname;
}

/** Invites somebody outside; gives the address in the mail that she gets. */
async function invited({ url }) {
	const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10).replace(/-/g, "");
	await davOf(url, "anna")("PUT", "/dav/calendars/anna/default/frames.ics", {
		headers: { "Content-Type": "text/calendar" },
		body: ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Screens//EN", "BEGIN:VEVENT", "UID:frames", "DTSTAMP:20260101T000000Z", `DTSTART:${day}T140000Z`, `DTEND:${day}T150000Z`,
			"SUMMARY:Looking at frames", "LOCATION:Gallery", "DESCRIPTION:We choose twelve for the spring.", "ORGANIZER;CN=Anna Berg:mailto:anna@example.org", "ATTENDEE;CN=Anna Berg;PARTSTAT=ACCEPTED:mailto:anna@example.org",
			"ATTENDEE;CN=Clara Novak;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:clara.novak@example.net", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
	});
	return until(async () => {
		const letters = (await (await fetch(`${url}/demo/mailbox`)).text()).split("<article");
		return /http:\S+(\/guest\/[\w-]+)/.exec(letters.find((l) => l.includes("Looking at frames")) ?? "")?.[1];
	}, "the mail with the link arrives");
}

/** Gives ben two cards of one person; gives where they are found. */
async function twins({ url }) {
	const card = (name, ...lines) => davOf(url, "ben")("PUT", `/dav/addressbooks/ben/default/${name}.vcf`, {
		headers: { "Content-Type": "text/vcard; charset=utf-8" }, body: ["BEGIN:VCARD", "VERSION:3.0", `UID:${name}`, ...lines, "END:VCARD", ""].join("\r\n"),
	});
	await card("ida", "FN:Ida Holm", "N:Holm;Ida;;;", "EMAIL:ida.holm@example.net", "TEL;TYPE=HOME:+49 30 5550777", "ORG:Holm Frames");
	await card("ida-phone", "FN:Ida K. Holm", "N:Holm;Ida;K.;;", "EMAIL:ida.holm@example.net", "TEL;TYPE=CELL:+49 171 5550778", "NOTE:Met at the fair");
	return "/contacts/duplicates";
}

/**
 * `who` is signed in ("" for nobody), `path` is opened (or what it gives for a server), `ready` waits until the screen is
 * there and may go on to what a click opens. `empty`: the server is a new one; `path` is then of what it has printed.
 */
export const screens = [
	{ name: "01-setup", empty: true, who: "", path: (server) => /http\S+?(\/setup\?\S+)/.exec(server.log())[1], ready: (p) => p.getByRole("heading", { name: "Set up Convoke" }).waitFor() },
	{ name: "02-sign-in", who: "", path: "/signin", ready: (p) => p.getByRole("button").first().waitFor() },
	{ name: "03-month", path: "/calendar/month", ready: (p) => p.locator(".event, [data-key]").first().waitFor() },
	{ name: "03-week", path: "/calendar/week", ready: (p) => p.locator(".event, [data-key]").first().waitFor() },
	{ name: "03-day", path: "/calendar/day", ready: (p) => p.getByRole("main").waitFor() },
	{ name: "03-agenda", path: "/calendar/agenda", ready: (p) => p.locator(".event, [data-key]").first().waitFor() },
	{ name: "04-event", path: "/calendar/agenda", ready: weeklyPlanning },
	{ name: "05-editor", path: "/calendar/agenda", ready: editing },
	{ name: "06-scope", path: "/calendar/agenda", ready: async (p) => { await weeklyPlanning(p); await p.getByRole("dialog").getByRole("button", { name: "Delete" }).click(); await p.locator(".scope-dialog").waitFor(); } },
	{ name: "07-assistant", path: "/calendar/agenda", ready: async (p) => { await editing(p); await p.getByRole("button", { name: "Find a time" }).click(); await p.locator(".assistant .slot").waitFor(); } },
	{ name: "08-invitations", who: "ben", path: "/invitations", ready: (p) => p.getByRole("article").first().waitFor() },
	{ name: "09-calendars", path: "/settings/calendars", ready: (p) => p.getByRole("heading", { level: 1, name: "Calendars and sharing" }).waitFor() },
	{ name: "09-calendar", path: "/settings/calendars", ready: async (p) => { await p.locator("a.thing").first().click(); await shown(p, "Secret links"); } },
	{ name: "10-contacts", path: "/contacts", ready: async (p) => { await p.getByText("Greta Hansen").first().click(); await p.getByRole("heading", { name: "Greta Hansen" }).waitFor(); } },
	{ name: "11-duplicates", who: "ben", path: twins, ready: (p) => p.locator(".twins").first().waitFor() },
	{ name: "11-merge", who: "ben", path: twins, ready: async (p) => { await p.locator(".twins").getByRole("button", { name: "Merge" }).first().click(); await p.getByRole("dialog", { name: "Merge two contacts" }).getByText("Met at the fair").first().waitFor(); } },
	{ name: "12-tasks", path: "/tasks", ready: (p) => shown(p, "Order a cake for Clara") },
	{ name: "13-search", path: "/search?q=planning", ready: (p) => p.locator(".found").first().waitFor() },
	{ name: "13-palette", path: "/calendar/month", ready: async (p) => { await p.locator(".event, [data-key]").first().waitFor(); await p.keyboard.press("Control+k"); await p.getByRole("combobox", { name: "Find anything" }).fill("24.12."); await shown(p, "Jump to this day"); } },
	{ name: "14-import", path: "/import", ready: (p) => shown(p, "Drop files here") },
	{ name: "15-trash", path: "/trash", ready: (p) => shown(p, /30 days/) },
	{ name: "16-settings", path: "/settings", ready: (p) => p.locator(".settings-title").waitFor() },
	{ name: "16-settings-general", path: "/settings/general", ready: (p) => p.getByRole("heading", { name: "General" }).waitFor() },
	{ name: "17-devices", path: "/settings/devices", ready: (p) => p.getByRole("heading", { name: "Devices", exact: true }).waitFor() },
	{ name: "17-security", path: "/settings/security", ready: (p) => shown(p, "This browser") },
	{ name: "18-guest", who: "", path: invited, ready: (p) => p.getByRole("heading", { name: "Looking at frames" }).waitFor() },
	{ name: "19-public", who: "", path: published, ready: (p) => p.getByText("Weekly planning").first().waitFor({ state: "attached" }) },
	{ name: "20-admin", path: "/admin/overview", ready: (p) => shown(p, "All is well") },
	{ name: "20-admin-people", path: "/admin/people", ready: (p) => shown(p, "Felix") },
	{ name: "20-admin-rooms", path: "/admin/rooms", ready: (p) => shown(p, "Room Oak") },
	{ name: "20-admin-mail", path: "/admin/mail/in", ready: (p) => p.getByRole("heading", { name: "Mail" }).waitFor() },
	{ name: "20-admin-config", path: "/admin/config", ready: (p) => shown(p, "server.listen") },
	{ name: "21-offline", path: "/calendar/week", expect: /Failed to fetch/, ready: async (p) => { await p.locator(".event, [data-key]").first().waitFor(); await p.locator(".calendar[data-heard]").waitFor(); await p.context().setOffline(true); await shown(p, /offline|no connection/i); } },
	{ name: "21-nothing", path: "/calendar", ready: async (p) => { await p.getByRole("main").waitFor(); await p.evaluate(() => { history.pushState(null, "", "/elsewhere"); dispatchEvent(new PopStateEvent("popstate")); }); await shown(p, "There is nothing here"); } },
];

/** How each screen is looked at. */
export const looks = [
	{ name: "light", theme: "light", size: { width: 1280, height: 800 } },
	{ name: "dark", theme: "dark", size: { width: 1280, height: 800 } },
	{ name: "phone", theme: "light", size: { width: 390, height: 844 }, touch: true },
];

/** Starts what the screens are of: the demo, under an address that mails can name, and a server that is not set up. */
export async function startWorlds() {
	const data = await mkdtemp(join(tmpdir(), "convoke-screens-"));
	const demo = await startDemo({ env: (url) => ({ CONVOKE_SERVER_PUBLIC_URL: url }) });
	const empty = await start(["--data", data, "serve"], /\/setup\?/);
	return {
		demo, empty,
		async stop() {
			await Promise.all([demo.stop(), empty.stop()]);
			await rm(data, { recursive: true });
		},
	};
}
