// One stream tells which collection has changed, never what: then the page asks by sync-collection. While the stream is
// down the page asks every five minutes, and whenever it comes to the front.
import { online } from "./api.js";
import { calm } from "./calm.js";

/** @typedef {"change" | "home" | "invitations" | "all"} Kind "all": anything may have changed, after a gap */

/** @type {Set<(kind: Kind, data: any) => void>} */
const listeners = new Set();

/** Calls f for each change until the returned function is called. @param {(kind: Kind, data: any) => void} f */
export function onChange(f) {
	listeners.add(f);
	return () => { listeners.delete(f); };
}

/** @param {Kind} kind @param {any} [data] */
function tell(kind, data) {
	for (const f of [...listeners]) f(kind, data);
}

const pollEvery = 5 * 60_000;

/** Watches the connection, and opens the stream when there is time for it. */
export function startLive() {
	/** @type {EventSource | null} */
	let source = null;
	let lost = true, retry = 1000; // what changed before the first stream was opened is not known either
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	let timer;
	const open = () => {
		source = new EventSource("/api/events");
		source.addEventListener("open", () => {
			online.value = true;
			retry = 1000;
			if (lost) tell("all");
			lost = false;
		});
		for (const kind of /** @type {Kind[]} */ (["change", "home", "invitations", "all"])) {
			source.addEventListener(kind, (e) => tell(kind, JSON.parse(/** @type {MessageEvent} */ (e).data || "null")));
		}
		source.addEventListener("error", () => {
			lost = true;
			if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again itself
			clearTimeout(timer);
			timer = setTimeout(open, retry);
			retry = Math.min(retry * 2, 60_000);
		});
	};
	calm.then(open);
	setInterval(() => { if (lost) tell("all"); }, pollEvery);
	document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && lost) tell("all"); });
	addEventListener("online", () => {
		online.value = true;
		tell("all");
	});
	addEventListener("offline", () => { online.value = false; });
}
