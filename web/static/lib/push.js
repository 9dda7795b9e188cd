// Reminders on this device while no page is open: the browser's push service brings them to the service worker (sw.js). What a
// browser has is a registration for one session; the server forgets it with the session.
import { api, signedOut } from "./api.js";
import { go } from "./router.js";
import { recall, remember, session } from "./settings.js";

/**
 * @typedef {{possible: boolean, publicKey: string, endpoint: string | null, until: string, kept: boolean}} Push as GET /api/push gives it
 */

/** What keeps this browser from it, as a key of words; "" is nothing. */
export function hindrance() {
	if (!isSecureContext) return "settings.push.https";
	if (!("serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis)) return "settings.push.unsupported";
	return Notification.permission === "denied" ? "settings.push.denied" : "";
}

/** How it stands: whether this browser is registered, or why it cannot be. @returns {Promise<{on: boolean, why: string, push: Push | null}>} */
export async function pushState() {
	const why = hindrance();
	if (why) return { on: false, why, push: null };
	/** @type {Push} */
	const push = await api("GET", "push");
	if (!push.possible) return { on: false, why: "settings.push.server", push };
	const own = await registered();
	return { on: own !== null && own.endpoint === push.endpoint && Notification.permission === "granted", why: "", push };
}

/** What the browser is registered with, null for nothing. */
async function registered() {
	const worker = await navigator.serviceWorker.getRegistration("/");
	return (await worker?.pushManager.getSubscription()) ?? null;
}

/** Begins it on this device, by a click of the person. Gives what keeps the browser from it, as a key of words; "" is nothing. */
export async function turnOn() {
	const why = hindrance();
	if (why) return why;
	if (await Notification.requestPermission() !== "granted") return "settings.push.denied";
	const worker = await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
	await navigator.serviceWorker.ready;
	try {
		await register(worker, await api("GET", "push"));
	} catch (err) {
		// Of the browser's own refusals, DOMExceptions, none says what a person could do.
		if (err instanceof DOMException) return "settings.push.refused";
		throw err;
	}
	remember("push", session.value?.principal.name);
	return "";
}

/** @param {ServiceWorkerRegistration} worker @param {Push} push */
async function register(worker, { publicKey }) {
	let own = await worker.pushManager.getSubscription();
	if (own && keyOf(own) !== publicKey) { // of another server at this address, or one that has lost its key
		await own.unsubscribe();
		own = null;
	}
	own ??= await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
	await api("PUT", "push", own.toJSON());
}

/** The server's key for which a registration was made, in base64url. @param {PushSubscription} own */
function keyOf(own) {
	const key = own.options.applicationServerKey;
	return key && btoa(String.fromCharCode(...new Uint8Array(key))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Ends it on this device. */
export async function turnOff() {
	remember("push", "");
	await api("DELETE", "push");
	await (await registered())?.unsubscribe();
}

/** Ends it where somebody has signed out: the server has forgotten it with the session. Nobody waits for long. */
export async function leavePush() {
	remember("push", "");
	const late = new Promise((done) => { setTimeout(done, 2000); });
	if (hindrance() === "") await Promise.race([registered().then((own) => own?.unsubscribe()), late]);
}

/** Registers a browser again whose session is a new one, and lets it take nothing for somebody who used it before. */
export async function keepPush() {
	if (hindrance() !== "") return;
	const worker = await navigator.serviceWorker.getRegistration("/");
	if (!worker) return;
	if (recall("push", "") !== session.value?.principal.name) {
		await (await registered())?.unsubscribe();
		return;
	}
	const { on, why, push } = await pushState();
	if (!on && !why && push && Notification.permission === "granted") await register(worker, push);
}

/** Begins to listen to the service worker, and keeps this device registered, also where somebody signs in again. */
export function startPush() {
	if (!("serviceWorker" in navigator)) return;
	navigator.serviceWorker.addEventListener("message", (e) => { if (typeof e.data?.open === "string" && e.data.open.startsWith("/")) go(e.data.open); });
	signedOut.subscribe((out) => { if (!out) keepPush().catch(() => {}); }); // the settings tell whether this device is told
}

/** The service worker where this browser is told by push: it then shows all notifications, so that one tag is one of them. */
export async function pushWorker() {
	if (recall("push", "") !== session.value?.principal.name || hindrance() !== "") return null;
	return (await navigator.serviceWorker.getRegistration("/")) ?? null;
}

/** Whether the service worker has shown a reminder. @param {string} tag */
export async function wasPushed(tag) {
	return "caches" in globalThis && await caches.has("convoke.reminded") && Boolean(await (await caches.open("convoke.reminded")).match(`/reminded?${encodeURIComponent(tag)}`));
}
