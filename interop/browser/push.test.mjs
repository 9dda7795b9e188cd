// Reminders where no page is open. Headless Chromium has no push service: what one would bring is handed to the service worker
// by the debugger, and what a browser says that has one by a stand-in, in the one test that says so.
import { must, run, same, test, until, windowOf } from "./harness.mjs";

const minute = 60_000, day = 1440 * minute;
const able = { fresh: true, env: { CONVOKE_PUSH_CONTACT: "mailto:admin@example.org" }, expect: /does not support the Push API in incognito mode/ };
const utc = (ms) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");

/** A window of felix that may show notifications, if nothing else is said. */
async function windowFor({ browser, server, windows }, { permission = "granted", more = {}, before } = {}) {
	const w = await windowOf(browser, server, "felix", { zone: "Europe/Berlin", ...more });
	windows.push(w);
	if (permission === "granted") await w.context.grantPermissions(["notifications"]);
	if (before) await before(w);
	return w;
}

/** Has the service worker of a page run; gives what hands it a push, and what it shows. */
async function worked({ page, context }) {
	const cdp = await context.newCDPSession(page), ids = [];
	cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => ids.push(...registrations.map((r) => r.registrationId)));
	await cdp.send("ServiceWorker.enable");
	await page.evaluate(async () => {
		await navigator.serviceWorker.register("/sw.js", { scope: "/" });
		await navigator.serviceWorker.ready;
	});
	const registrationId = await until(() => ids.at(-1), "the worker is registered");
	return {
		push: (data) => cdp.send("ServiceWorker.deliverPushMessage", { origin: new URL(page.url()).origin, registrationId, data: typeof data === "string" ? data : JSON.stringify(data) }),
	};
}

/** The notifications that stand there, by title. */
const shown = (page) => page.evaluate(async () => (await (await navigator.serviceWorker.getRegistration("/")).getNotifications())
	.map((n) => ({ title: n.title, body: n.body, tag: n.tag, lang: n.lang, path: n.data?.path })).sort((a, b) => a.title.localeCompare(b.title)));
const close = (page) => page.evaluate(async () => { for (const n of await (await navigator.serviceWorker.getRegistration("/")).getNotifications()) n.close(); });

test("a push becomes a notification with its time and place; one that cannot be read becomes one, too", async (ground) => {
	const w = await windowFor(ground), { page } = w;
	await page.goto("/calendar/month");
	const { push } = await worked(w);
	const start = Date.UTC(2026, 2, 10, 12), path = "/calendar/day/2026-03-10";
	await push({ title: "Review", body: "Harbour", tag: "a", path, lang: "en", time: { start, end: start + 60 * minute, zone: "Europe/Berlin", hours24: true } });
	await push({ title: "Tokyo", tag: "b", path, lang: "en", time: { start, end: start, zone: "Asia/Tokyo", hours24: false } });
	await push({ title: "Ferien", tag: "c", path, lang: "de", time: { start: Date.UTC(2026, 2, 10), end: Date.UTC(2026, 2, 12), allDay: true } });
	await push({ title: "Where", tag: "d", path, lang: "en", time: { start, end: start, zone: "Nowhere/Here", hours24: true } });
	await push("no JSON");
	const list = await until(async () => { const l = await shown(page); return l.length === 5 && l; }, "five notifications stand there");
	const body = (title) => list.find((n) => n.title === title).body.replace(/\s/g, " ");
	must(/10 Mar|Mar 10/.test(body("Review")) && /13:00.*14:00/.test(body("Review")) && body("Review").endsWith(" Harbour"), `it says ${body("Review")}`);
	must(/9:00 PM/i.test(body("Tokyo")), `it says ${body("Tokyo")}`);
	must(/10\.\D+11\. März|10\.–\D*11\./.test(body("Ferien")) && !/12\./.test(body("Ferien")) && !/:/.test(body("Ferien")), `it says ${body("Ferien")}`);
	must(/13:00/.test(body("Where")), `in a zone that is not known it says ${body("Where")}`);
	same(list.find((n) => n.title === "Review"), { title: "Review", body: list.find((n) => n.title === "Review").body, tag: "a", lang: "en", path }, "the notification");
	must(list.some((n) => n.title === "Convoke"), "what cannot be read is shown");
	await push({ title: "Review, again", tag: "a", path });
	await until(async () => (await shown(page)).some((n) => n.title === "Review, again"), "the second one comes");
	same((await shown(page)).length, 5, "notifications with one of the same tag");
}, able);

test("a click shows the event in the page that is open, and another site never", async (ground) => {
	const w = await windowFor(ground), { page, context } = w;
	const listens = page.waitForRequest((r) => r.method() === "REPORT" && (r.postData() ?? "").includes("TRIGGER")); // it asks for alarms after that
	await page.goto("/tasks");
	await listens;
	const { push } = await worked(w);
	const worker = await until(() => context.serviceWorkers()[0], "the worker runs");
	/** The browser's own click is one of the system: here the worker gets its event. */
	const click = async (tag) => worker.evaluate(async (tag) => {
		const notification = (await self.registration.getNotifications({ tag }))[0];
		self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
	}, tag);
	await page.evaluate(() => { globalThis.stays = true; });
	for (const [tag, path] of [["evil", "https://evil.example/"], ["good", "/calendar/day/2026-03-10?open=x"]]) {
		await push({ title: tag, tag, path });
		await until(async () => (await shown(page)).length === 1, "it stands there");
		await click(tag);
		await until(async () => (await shown(page)).length === 0, "it goes with the click");
	}
	await page.waitForURL((u) => u.pathname === "/calendar/day/2026-03-10");
	must(await page.evaluate(() => globalThis.stays), "the page was not loaded anew");
}, able);

test("a page and a push of one alarm are one notification, and what was pushed is not shown again by a page opened later", async (ground) => {
	const d = ground.dav("felix"), now = Math.floor(Date.now() / 1000) * 1000;
	const put = async (name, start) => {
		const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "BEGIN:VEVENT", `UID:${name}`, "DTSTAMP:20260101T000000Z", `DTSTART:${utc(start)}`, `DTEND:${utc(start + 30 * minute)}`, `SUMMARY:${name}`,
			"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT20M", "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""];
		const answer = await d("PUT", `/dav/calendars/felix/default/${name}.ics`, { body: lines.join("\r\n"), headers: { "Content-Type": "text/calendar" } });
		must(answer.status === 201, `${name} is not stored: ${answer.status}`);
		return `/dav/calendars/felix/default/${name}.ics#${start}#${start - 20 * minute}`; // as push/teller.go names it
	};
	const both = await put("both", now + 30 * minute), dismissed = await put("dismissed", now + 31 * minute);
	await put("late", now + 31 * minute);
	// A device that is told by push; that it was registered is what it remembers.
	const w = await windowFor(ground, { before: ({ context }) => context.addInitScript(() => localStorage.setItem("convoke.push", '"felix"')) }), { page, context } = w;
	await page.goto("/signin");
	const { push } = await worked(w);
	await push({ title: "dismissed", tag: dismissed, path: "/" });
	await until(async () => (await shown(page)).length === 1, "the push is shown");
	await close(page);
	await page.clock.install({ time: now });
	const asked = page.waitForResponse((r) => r.request().method() === "REPORT" && r.url().endsWith("/felix/default/") && (r.request().postData() ?? "").includes("TRIGGER"));
	await page.goto("/calendar/month");
	await (await asked).finished();
	await page.clock.fastForward(16 * minute);
	await until(async () => (await shown(page)).length === 2, "the page reminds");
	same((await shown(page)).map((n) => [n.title, n.tag === both]), [["both", true], ["late", false]], "what the page shows");
	await push({ title: "both, pushed", tag: both, path: "/" });
	await until(async () => (await shown(page)).some((n) => n.title === "both, pushed"), "the push comes");
	same((await shown(page)).map((n) => n.title), ["both, pushed", "late"], "what stands there");
	same(await page.locator(".toast").count(), 0, "messages besides");
	must(context.serviceWorkers().length === 1, "one worker");
}, able);

test("a browser that gets another registration tells the server by itself, and tells nothing once nobody is signed in", async (ground) => {
	const w = await windowFor(ground), { page, context } = w;
	await page.goto("/calendar/month");
	await worked(w);
	const worker = await until(() => context.serviceWorkers()[0], "the worker runs");
	const registered = async () => (await (await context.request.get("/api/push")).json()).endpoint;
	/** Headless Chromium renews nothing: the worker gets the event of it. */
	const renew = (name) => worker.evaluate(async (name) => {
		const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
		const code = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
		const keys = { p256dh: code(await crypto.subtle.exportKey("raw", pair.publicKey)), auth: code(new Uint8Array(16)) };
		const answered = new Promise((done) => {
			const real = self.fetch;
			self.fetch = async (...asked) => { const answer = await real(...asked); self.fetch = real; done(answer.status); return answer; };
		});
		const e = new ExtendableEvent("pushsubscriptionchange");
		e.newSubscription = { toJSON: () => ({ endpoint: `https://push.example.net/${name}`, expirationTime: null, keys }) };
		self.dispatchEvent(e);
		return answered;
	}, name);
	same(await renew("first"), 200, "what the server answers");
	same(await registered(), "https://push.example.net/first", "what it has");
	same(await renew("second"), 200, "what the server answers");
	same(await registered(), "https://push.example.net/second", "what it has");
	await context.clearCookies();
	same(await renew("third"), 401, "what the server answers nobody");
}, able);

const toggle = (page) => page.getByRole("switch", { name: "Also when no page is open" });

test("the settings say plainly why a device cannot be told: no push service, no permission", async (ground) => {
	const without = await windowFor(ground);
	await without.page.goto("/settings/general");
	await toggle(without.page).waitFor();
	await toggle(without.page).click();
	await without.page.getByRole("alert").filter({ hasText: "does not register it" }).waitFor();
	must(!await toggle(without.page).isChecked(), "the switch is off");
	const push = await (await without.context.request.get("/api/push")).json();
	same([push.possible, push.endpoint], [true, null], "what the server has");
	const denied = await windowFor(ground, { permission: "denied", before: ({ context }) => context.addInitScript(() => Object.defineProperty(Notification, "permission", { get: () => "denied" })) });
	await denied.page.goto("/settings/general");
	await denied.page.getByText("does not allow notifications for this page").first().waitFor();
	must(await toggle(denied.page).isDisabled(), "there is nothing to switch");
}, able);

test("a server without a public address tells nobody, and the settings say so in German too", async (ground) => {
	const w = await windowFor(ground, { more: { language: "de-DE" } });
	await w.page.goto("/settings/general");
	await w.page.getByText("noch keine öffentliche Adresse").waitFor();
	must(await w.page.getByRole("switch", { name: "Auch wenn keine Seite offen ist" }).isDisabled(), "there is nothing to switch");
});

/** A stand-in for the browser's side of a push service: a registration with real keys, at an address where nobody is. */
function standIn() {
	const kept = () => JSON.parse(localStorage.getItem("stand-in") ?? "null");
	const code = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
	PushManager.prototype.getSubscription = async () => {
		const json = kept();
		return json && {
			endpoint: json.endpoint, toJSON: () => ({ endpoint: json.endpoint, expirationTime: null, keys: json.keys }),
			options: { applicationServerKey: Uint8Array.from(atob(json.key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer },
			unsubscribe: async () => { localStorage.removeItem("stand-in"); return true; },
		};
	};
	PushManager.prototype.subscribe = async function ({ userVisibleOnly, applicationServerKey }) {
		if (!userVisibleOnly) throw new Error("browsers want userVisibleOnly");
		const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
		const json = { endpoint: `https://127.0.0.1:9/${crypto.randomUUID()}`, key: applicationServerKey, keys: { p256dh: code(await crypto.subtle.exportKey("raw", pair.publicKey)), auth: code(crypto.getRandomValues(new Uint8Array(16))) } };
		localStorage.setItem("stand-in", JSON.stringify(json));
		return this.getSubscription();
	};
}

test("with a stand-in for the push service: a device is switched on, stays so over a new session, and is left with the signing out", async (ground) => {
	const w = await windowFor(ground, { before: ({ context }) => context.addInitScript(standIn) }), { page, context } = w;
	const registered = async () => (await (await context.request.get("/api/push")).json()).endpoint;
	const own = () => page.evaluate(() => JSON.parse(localStorage.getItem("stand-in"))?.endpoint ?? null);
	await page.goto("/settings/general");
	await toggle(page).click();
	await page.getByRole("button", { name: "Show one now" }).waitFor();
	must(await toggle(page).isChecked(), "the switch is on");
	const first = await registered();
	must(first !== null && first === await own(), "the server has what the browser has");
	await page.getByRole("button", { name: "Show one now" }).click();
	await page.locator(".toast").filter({ hasText: "did not take it" }).waitFor(); // nobody calls 127.0.0.1
	await page.reload();
	await until(() => toggle(page).isChecked(), "it is on after loading anew");
	await toggle(page).click();
	await until(async () => await registered() === null && await own() === null, "both forget it");
	await toggle(page).click();
	await until(async () => await registered() !== null, "it is on again");
	// Another session: the server has forgotten the browser, and the page tells it anew.
	const again = await context.request.post("/api/session", { data: { name: "felix", password: "demo" } });
	must(again.ok(), `felix cannot sign in: ${again.status()}`);
	same(await registered(), null, "what the new session has");
	await page.reload();
	await until(async () => await registered() === await own() && await own() !== null, "the browser is registered again");
	// Another person in the same browser takes nothing of felix's.
	await context.request.post("/api/session", { data: { name: "anna", password: "demo" } });
	await page.goto("/calendar/month");
	await until(async () => await own() === null, "the registration of somebody else is ended");
	await context.request.post("/api/session", { data: { name: "felix", password: "demo" } });
	await page.goto("/settings/general");
	await until(async () => await registered() !== null, "felix is told again");
	await page.getByRole("button", { name: /^Account of/ }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await page.waitForURL(/signin/);
	same(await own(), null, "what the browser has after signing out");
	await context.request.post("/api/session", { data: { name: "felix", password: "demo" } });
	await page.goto("/settings/general");
	await until(async () => !await toggle(page).isDisabled(), "the settings are there");
	same([await toggle(page).isChecked(), await registered()], [false, null], "after signing in again");
}, able);

await run();
