// Shows what the server tells this browser while no page is open: reminders (docs/reminders.md). It answers no request of a
// page, so nothing is cached by it. The server serves it at /sw.js.
const worker = /** @type {any} */ (self);
const day = 86_400_000;

/** The first segments of the pages that can be asked to show something (lib/router.js). */
const screens = ["", "calendar", "invitations", "tasks", "contacts", "search", "settings", "import", "trash", "admin"];

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ e) => e.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (/** @type {any} */ e) => e.waitUntil(show(read(e.data))));
worker.addEventListener("notificationclick", (/** @type {any} */ e) => {
	e.notification.close();
	e.waitUntil(open(e.notification.data?.path ?? "/"));
});
worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ e) => e.waitUntil(renew(e.newSubscription)));

/**
 * @typedef {{title: string, body?: string, tag?: string, path?: string, lang?: string, time?: Time}} Message
 * @typedef {{start: number, end: number, allDay?: boolean, zone?: string, hours24?: boolean}} Time
 */

/** A browser must show something for each push, whatever it is. @param {{json(): any} | null} data @returns {Message} */
function read(data) {
	try {
		const m = data?.json();
		if (typeof m?.title === "string") return m;
	} catch {
		// it is none of ours
	}
	return { title: "Convoke" };
}

/** @param {Message} m */
async function show(m) {
	const body = [when(m), m.body].filter(Boolean).join("\n");
	await worker.registration.showNotification(m.title, { body, tag: m.tag ?? "", lang: m.lang ?? "", dir: "auto", data: { path: m.path } });
	if (m.tag) await note(m.tag);
}

/** When it takes place, as this browser writes times. @param {Message} m */
function when({ time, lang }) {
	if (!time) return "";
	/** @type {Intl.DateTimeFormatOptions} */
	const date = { weekday: "short", day: "numeric", month: "short" };
	const write = (/** @type {Intl.DateTimeFormatOptions} */ more, end = time.end) => new Intl.DateTimeFormat(lang || undefined, { ...date, ...more }).formatRange(time.start, Math.max(time.start, end));
	if (time.allDay) return write({ timeZone: "UTC" }, time.end - day);
	/** @type {Intl.DateTimeFormatOptions} */
	const clock = { hour: "numeric", minute: "2-digit", ...(typeof time.hours24 === "boolean" && { hourCycle: time.hours24 ? "h23" : "h12" }) };
	try {
		return write({ ...clock, timeZone: time.zone });
	} catch {
		return write(clock); // a zone that this browser does not know
	}
}

/** Tells pages, also those that are opened later, that this was shown. @param {string} tag */
async function note(tag) {
	const kept = await caches.open("convoke.reminded");
	await kept.put(`/reminded?${encodeURIComponent(tag)}`, new Response(String(Date.now())));
	for (const asked of await kept.keys()) {
		const at = Number(await (await kept.match(asked))?.text());
		if (!(at > Date.now() - 2 * day)) await kept.delete(asked);
	}
}

/** Shows a path in a page that is open, else in a new one. @param {string} path */
async function open(path) {
	const url = new URL(path, location.origin);
	if (url.origin !== location.origin) return;
	/** @type {any[]} */
	const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true }); // the one used last first
	const page = pages.find((p) => screens.includes(new URL(p.url).pathname.split("/")[1]));
	if (!page) return worker.clients.openWindow(url.href);
	await page.focus().catch(() => {}); // it shows the event all the same
	page.postMessage({ open: url.pathname + url.search });
}

/** The browser has another registration than before: the server is told. @param {any} next null: it has none yet */
async function renew(next) {
	if (!next) {
		const answer = await fetch("/api/push");
		const { possible, publicKey } = answer.ok ? await answer.json() : { possible: false };
		if (!possible) return; // nobody is signed in any more
		next = await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
	}
	await fetch("/api/push", { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(next) });
}
