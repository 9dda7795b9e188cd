// Every screen of the pages, as somebody comes to it: for the pictures in docs/screens and for axe.

const shown = (page, text) => page.getByText(text).first().waitFor();

/**
 * `who` is signed in ("" for nobody), `path` is opened, `ready` waits until the screen is there and may go on to what a
 * click opens.
 */
export const screens = [
	{ name: "02-sign-in", who: "", path: "/signin", ready: (p) => p.getByRole("button").first().waitFor() },
	{ name: "03-month", path: "/calendar/month", ready: (p) => p.locator(".event, [data-key]").first().waitFor() },
	{ name: "03-week", path: "/calendar/week", ready: (p) => p.locator(".event, [data-key]").first().waitFor() },
	{ name: "03-day", path: "/calendar/day", ready: (p) => p.getByRole("main").waitFor() },
	{ name: "03-agenda", path: "/calendar/agenda", ready: (p) => p.locator(".event, [data-key]").first().waitFor() },
	{ name: "04-event", path: "/calendar/agenda", ready: async (p) => { await shown(p, "Weekly planning"); await p.getByRole("button", { name: /Weekly planning/ }).first().click(); await p.getByRole("dialog").waitFor(); } },
	{ name: "05-editor", path: "/calendar/agenda", ready: async (p) => { await shown(p, "Weekly planning"); await p.getByRole("button", { name: /Weekly planning/ }).first().click(); await p.getByRole("dialog").getByRole("button", { name: /^Edit/ }).click(); await p.getByLabel(/^Title/).waitFor(); } },
	{ name: "08-invitations", who: "ben", path: "/invitations", ready: (p) => p.getByRole("article").first().waitFor() },
	{ name: "09-calendars", path: "/settings/calendars", ready: (p) => p.getByRole("heading", { level: 1, name: "Calendars and sharing" }).waitFor() },
	{ name: "09-calendar", path: "/settings/calendars", ready: async (p) => { await p.locator("a.thing").first().click(); await shown(p, "Secret links"); } },
	{ name: "10-contacts", path: "/contacts", ready: async (p) => { await p.getByText("Greta Hansen").first().click(); await p.getByRole("heading", { name: "Greta Hansen" }).waitFor(); } },
	{ name: "11-duplicates", path: "/contacts/duplicates", ready: (p) => p.getByRole("heading").first().waitFor() },
	{ name: "12-tasks", path: "/tasks", ready: (p) => p.getByRole("heading").first().waitFor() },
	{ name: "13-search", path: "/search?q=planning", ready: (p) => p.locator(".found").first().waitFor() },
	{ name: "13-palette", path: "/calendar/month", ready: async (p) => { await p.locator(".event, [data-key]").first().waitFor(); await p.keyboard.press("Control+k"); await p.getByRole("combobox", { name: "Find anything" }).fill("24.12."); await shown(p, "Jump to this day"); } },
	{ name: "14-import", path: "/import", ready: (p) => shown(p, "Drop files here") },
	{ name: "15-trash", path: "/trash", ready: (p) => shown(p, /30 days/) },
	{ name: "16-settings", path: "/settings", ready: (p) => p.locator(".settings-title").waitFor() },
	{ name: "16-settings-general", path: "/settings/general", ready: (p) => p.getByRole("heading", { name: "General" }).waitFor() },
	{ name: "17-devices", path: "/settings/devices", ready: (p) => p.getByRole("heading", { name: "Devices", exact: true }).waitFor() },
	{ name: "17-security", path: "/settings/security", ready: (p) => shown(p, "This browser") },
	{ name: "20-admin", path: "/admin/overview", ready: (p) => shown(p, "All is well") },
	{ name: "20-admin-people", path: "/admin/people", ready: (p) => shown(p, "Felix") },
	{ name: "20-admin-rooms", path: "/admin/rooms", ready: (p) => shown(p, "Room Oak") },
	{ name: "20-admin-mail", path: "/admin/mail/in", ready: (p) => p.getByRole("heading", { name: "Mail" }).waitFor() },
	{ name: "20-admin-config", path: "/admin/config", ready: (p) => shown(p, "server.listen") },
	{ name: "21-nothing", path: "/calendar", ready: async (p) => { await p.getByRole("main").waitFor(); await p.evaluate(() => { history.pushState(null, "", "/elsewhere"); dispatchEvent(new PopStateEvent("popstate")); }); await shown(p, "There is nothing here"); } },
];

/** How each screen is looked at. */
export const looks = [
	{ name: "light", theme: "light", size: { width: 1280, height: 800 } },
	{ name: "dark", theme: "dark", size: { width: 1280, height: 800 } },
	{ name: "phone", theme: "light", size: { width: 390, height: 844 }, touch: true },
];
