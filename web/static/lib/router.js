// Where somebody is: the path of the page. Screens are lazily loaded by their first segment.
import { signal } from "../vendor/preact.js";

/** @typedef {{screen: string, parts: string[], query: URLSearchParams}} Route */

/** @returns {Route} */
function read() {
	const [screen, ...parts] = location.pathname.split("/").filter(Boolean).map((part) => {
		try {
			return decodeURIComponent(part);
		} catch {
			return part; // a link that somebody broke: the page begins all the same
		}
	});
	return { screen: screen ?? "calendar", parts, query: new URLSearchParams(location.search) };
}

/** @type {import("../vendor/preact.js").Signal<Route>} */
export const route = signal(typeof location === "undefined" ? { screen: "calendar", parts: [], query: new URLSearchParams() } : read());

/** Goes to a path of the application. @param {string} path @param {{replace?: boolean}} [options] replace: no new entry for Back */
export function go(path, { replace = false } = {}) {
	if (path === location.pathname + location.search) return;
	history[replace ? "replaceState" : "pushState"](null, "", path);
	route.value = read();
}

/** Makes links within the application change the route only. */
export function startRouter() {
	addEventListener("popstate", () => { route.value = read(); });
	document.addEventListener("click", (e) => {
		if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
		const a = /** @type {Element} */ (e.target).closest?.("a[href]");
		if (!(a instanceof HTMLAnchorElement) || a.origin !== location.origin || a.target || a.hasAttribute("download")) return;
		if (a.hash && a.pathname === location.pathname && a.search === location.search) return; // a place on this page
		const first = a.pathname.split("/")[1];
		if (first !== "" && !screens.includes(first)) return;
		e.preventDefault();
		go(a.pathname + a.search);
	});
}

/** The first segments of paths that the application answers. */
export const screens = ["calendar", "invitations", "tasks", "contacts", "search", "settings", "import", "trash", "admin"];
