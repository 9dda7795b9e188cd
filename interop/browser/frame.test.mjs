// The frame: signing in, the places, an ended session, a lost connection, and what the first view weighs.
import { axe, must, run, same, test, until } from "./harness.mjs";

/** Holds back what a page asks for until the function that this gives is called. */
async function heldBack(page, pattern) {
	let come = () => {};
	const wanted = new Promise((resolve) => { come = resolve; });
	await page.route(pattern, async (r) => { await wanted; await r.continue(); });
	return come;
}

test("a person who is signed in sees the calendar under the strict policy", async ({ open, server }) => {
	const page = await open("anna", "/");
	await page.getByRole("link", { name: "Contacts" }).waitFor();
	same(new URL(page.url()).pathname, "/calendar", "the first place");
	const policy = (await fetch(`${server.url}/calendar`, { headers: { Accept: "text/html" } })).headers.get("Content-Security-Policy") ?? "";
	must(/default-src 'none'/.test(policy) && /script-src 'self'/.test(policy) && !/unsafe/.test(policy), `the policy is ${policy}`);
	for (const place of ["Invitations", "Tasks", "Contacts", "Calendar"]) {
		const link = page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: new RegExp(`^${place}`) });
		await link.click();
		await page.waitForURL(`**/${place.toLowerCase()}**`);
		await until(async () => (await link.getAttribute("aria-current")) === "page", `${place} is marked`);
	}
});

test("who is not signed in is led to the sign-in page and back to where they were", async ({ open }) => {
	const page = await open("", "/settings/calendars?x=1");
	await page.waitForURL(/\/signin/);
	same(await axe(page), [], "what axe finds");
	const name = page.getByLabel("Name or mail address"), password = page.getByLabel("Password"), enter = page.getByRole("button", { name: "Sign in", exact: true });
	await name.fill("anna");
	await password.fill("wrong");
	await enter.click();
	await page.getByRole("alert").waitFor();
	same(await name.inputValue(), "anna", "the name");
	await password.fill("demo");
	await enter.click();
	await page.getByRole("heading", { name: "Calendars and sharing" }).waitFor();
	same(new URL(page.url()).search, "?x=1", "the query");
	await page.getByRole("button", { name: "Account of Anna Berg" }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await page.waitForURL(/\/signin/);
	await page.goto("/tasks");
	await page.waitForURL(/\/signin/);
});

test("no address leads from the sign-in page to another site", async ({ open, server }) => {
	for (const to of ["//example.com/", "https://example.com/", "/\\example.com/"]) {
		const page = await open("", `/signin?to=${encodeURIComponent(to)}`);
		await page.getByLabel("Name or mail address").fill("ben");
		await page.getByLabel("Password").fill("demo");
		await page.getByRole("button", { name: "Sign in", exact: true }).click();
		await page.getByRole("link", { name: "Contacts" }).waitFor();
		same(new URL(page.url()).origin, server.url, `where ${to} leads`);
	}
});

/** Ends the session of a window from outside of it. */
async function endSession(server, context) {
	const cookie = (await context.cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
	const answer = await fetch(`${server.url}/api/session`, { method: "DELETE", headers: { Cookie: cookie } });
	must(answer.ok, `the session cannot be ended: ${answer.status}`);
}

test("an ended session asks to sign in again, keeps what was typed and goes on with it", async ({ open, windows, server, dav }) => {
	const page = await open("anna", "/tasks");
	// It ends as the task is sent: else what the page asks for by itself might find that first.
	await page.route("**/dav/calendars/anna/tasks/*.ics", async (r) => {
		await endSession(server, windows[0].context);
		await r.continue();
	}, { times: 1 });
	await page.getByLabel("New task").fill("Written before the end");
	await page.keyboard.press("Enter");
	const dialog = page.getByRole("dialog", { name: "Please sign in again" });
	await dialog.getByLabel("Password").fill("wrong");
	await page.keyboard.press("Enter");
	await dialog.getByRole("alert").waitFor();
	await page.keyboard.press("Escape");
	must(await dialog.isVisible(), "it can be dismissed");
	await dialog.getByLabel("Password").fill("demo");
	await page.keyboard.press("Enter");
	await dialog.waitFor({ state: "detached" });
	await page.getByRole("button", { name: /^Written before the end/ }).waitFor();
	await until(async () => /Written before the end/.test((await dav("anna")("GET", "/api/export?href=/dav/calendars/anna/tasks/")).text) || /Written before the end/.test((await dav("anna")("REPORT", "/dav/calendars/anna/tasks/", { headers: { Depth: "1", "Content-Type": "application/xml" }, body: '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>' })).text), "it is stored");
});

test("a lost connection is told, and found again", async ({ open, windows }) => {
	const page = await open("ben", "/settings/general");
	const line = page.getByText("No connection to the server");
	await page.getByRole("heading", { name: "General" }).waitFor();
	same(await line.count(), 0, "lines about no connection");
	await windows[0].context.setOffline(true);
	await line.waitFor();
	await page.getByLabel("Show week numbers").click();
	await page.getByText("The server cannot be reached").waitFor();
	must(!(await page.getByLabel("Show week numbers").isChecked()), "what was not stored looks stored");
	const length = page.getByLabel("New events last"), usual = await length.inputValue();
	await length.selectOption("15 minutes");
	await until(async () => (await length.inputValue()) === usual, "the length that was not stored is the usual one again");
	await windows[0].context.setOffline(false);
	await line.waitFor({ state: "detached" });
	await page.getByLabel("Show week numbers").check();
}, { expect: /ERR_INTERNET_DISCONNECTED|Failed to fetch/ });

test("a screen that did not come for want of a connection says so, and comes when it is asked for again", async ({ open, windows }) => {
	const page = await open("ben", "/settings/general");
	await page.getByRole("heading", { name: "General" }).waitFor();
	await windows[0].context.setOffline(true);
	await page.getByRole("link", { name: "Tasks" }).click();
	const trouble = page.getByRole("main").getByText("The server cannot be reached");
	await trouble.waitFor();
	await windows[0].context.setOffline(false);
	await page.getByRole("button", { name: "Try again" }).click();
	await page.getByRole("heading", { name: "All tasks" }).waitFor();
}, { expect: /ERR_INTERNET_DISCONNECTED|Failed to fetch|did not load/ });

test("an unknown address says so and leads on", async ({ open }) => {
	const page = await open("anna", "/calendar");
	await page.getByRole("link", { name: "Contacts" }).waitFor();
	await page.evaluate(() => { history.pushState(null, "", "/elsewhere"); dispatchEvent(new PopStateEvent("popstate")); });
	await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
	await page.getByRole("button", { name: "Try again" }).click();
	await page.waitForURL("**/calendar**");
});

test("the frame speaks German, with the page's language", async ({ open }) => {
	const page = await open("anna", "/tasks");
	await page.getByRole("link", { name: "Kontakte" }).waitFor();
	same(await page.evaluate(() => document.documentElement.lang), "de", "the language of the page");
	await page.goto("/invitations"); // the longest name, and bold
	await page.locator(".rail a[aria-current=page]").waitFor();
	same(await page.locator(".rail > a").evaluateAll((list) => list.filter((a) => a.scrollWidth > a.clientWidth).map((a) => a.textContent)), [], "names that are wider than their place");
}, { language: "de-DE" });

test("what one device speaks changes no other, and is known where no page is", async ({ open }) => {
	const english = await open("emma", "/tasks");
	const told = async () => (await (await english.request.get("/api/settings")).json()).settings;
	await until(async () => (await told()).deviceLanguage === "en" && (await told()).deviceZone === "Europe/Berlin", "the server knows the device");
	await (await open("emma", "/tasks", { language: "de-DE" })).getByRole("heading", { name: "Alle Aufgaben" }).waitFor();
	await until(async () => (await told()).deviceLanguage === "de", "the device that was used last is known");
});

test("a click on an event before all of the page is there is not lost", async ({ open }) => {
	const page = await open("anna", "/tasks");
	const come = await heldBack(page, "**/calendar/hear.js");
	await page.goto("/calendar/agenda");
	await page.getByRole("button", { name: /Weekly planning/ }).first().click();
	come();
	await page.getByRole("dialog").getByRole("heading", { name: "Weekly planning" }).waitFor();
});

test("a shortcut before all of the page is there is not lost, and what is typed after it is none", async ({ open }) => {
	const page = await open("anna", "/tasks");
	const come = await heldBack(page, "**/calendar/hear.js");
	await page.goto("/calendar/agenda/2027-05-15");
	await page.locator(".agenda").waitFor();
	await page.waitForFunction(() => document.title.endsWith(" – Calendar")); // with which it begins to keep what comes too early
	await page.keyboard.press("m");
	await page.keyboard.press("t");
	same(new URL(page.url()).pathname, "/calendar/agenda/2027-05-15", "where the page is before it hears");
	come();
	await page.waitForURL("**/calendar/month/2027-05-15");
});

test("what changes between the first reading and the opening of the stream is heard of", async ({ open, dav }) => {
	const page = await open("anna", "/tasks");
	const come = await heldBack(page, "**/api/events");
	await page.goto("/calendar/month/2027-03-15");
	await page.locator(".calendar[data-heard]").waitFor();
	const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", "UID:meanwhile", "DTSTAMP:20260101T000000Z", "SUMMARY:Meanwhile", "DTSTART:20270316T100000Z", "DTEND:20270316T110000Z", "END:VEVENT", "END:VCALENDAR", ""];
	same((await dav("anna")("PUT", "/dav/calendars/anna/default/meanwhile.ics", { headers: { "Content-Type": "text/calendar" }, body: lines.join("\r\n") })).status, 201, "the answer to PUT");
	come();
	await page.locator(".cal-view [data-key]", { hasText: "Meanwhile" }).waitFor();
});

test("each screen has its own title, whichever was shown before", async ({ open }) => {
	const page = await open("anna", "/calendar/month/2027-02-01");
	const titled = (want) => until(async () => want.test(await page.title()), `the title is ${want}`);
	await titled(/^February 2027 – Calendar$/);
	await page.locator(".rail a[href='/tasks']").click();
	await titled(/^Tasks – Convoke$/);
	await page.goBack();
	await titled(/^February 2027 – Calendar$/);
	await page.goto("/settings/security");
	await titled(/^Settings – Convoke$/);
	await page.goto("/admin");
	await titled(/^Administration – Convoke$/);
});

test("? lists the shortcuts, and single letters can be switched off", async ({ open, windows }) => {
	const page = await open("felix", "/calendar/month/2027-05-15");
	await page.locator(".calendar[data-heard]").waitFor();
	await page.keyboard.press("?");
	await page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Undo the last change").waitFor();
	await page.keyboard.press("Escape");
	const api = windows[0].context.request, { settings } = await (await api.get("/api/settings")).json();
	must((await api.put("/api/settings", { data: { settings: { ...settings, shortcuts: false } } })).ok(), "the settings are not stored");
	await page.reload();
	await page.locator(".calendar[data-heard]").waitFor();
	for (const key of ["w", "?", "c"]) await page.keyboard.press(key);
	same([new URL(page.url()).pathname, await page.locator("dialog[open], :popover-open").count()], ["/calendar/month/2027-05-15", 0], "what letters do");
});

test("the first link skips to the content", async ({ open }) => {
	const page = await open("anna", "/tasks");
	await page.getByLabel("New task").waitFor();
	await page.locator("body").press("Tab");
	await page.getByRole("link", { name: "Skip to content" }).press("Enter");
	await until(() => page.evaluate(() => document.activeElement?.id === "main"), "the focus is in the content");
});

test("the first view is small: modules at most 45 kB, style sheets at most 12 kB", async ({ server }) => {
	const home = await (await fetch(`${server.url}/`, { headers: { Accept: "text/html" } })).text();
	const sum = async (paths) => (await Promise.all(paths.map(async (p) => {
		const answer = await fetch(server.url + p, { headers: { "Accept-Encoding": "gzip" } });
		same(answer.status, 200, p);
		return Number(answer.headers.get("Content-Length"));
	}))).reduce((a, b) => a + b, 0);
	const modules = [...home.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map((m) => m[1]), sheets = [...home.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map((m) => m[1]);
	must(modules.length > 20 && sheets.length > 0, "the page names its parts");
	const [js, css] = [await sum(modules), await sum(sheets)];
	must(js > 10_000 && js <= 45_000, `the modules are ${js} bytes`);
	must(css > 1_000 && css <= 12_000, `the style sheets are ${css} bytes`);
});

await run();
