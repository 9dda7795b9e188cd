// Calendars in their groups: whose they are decides, and who that is comes from the owner's principal.
import { signal } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { propfind } from "../lib/dav.js";
import { session, settings } from "../lib/settings.js";
import { text } from "../lib/xml.js";

/** @typedef {import("../lib/store.js").Collection} Collection */

/** @type {import("../vendor/preact.js").Signal<Map<string, {name: string, room: boolean}>>} */
export const owners = signal(new Map());
/** Calendars that are read from another place, by href. @type {import("../vendor/preact.js").Signal<Set<string>>} */
export const subscribed = signal(new Set());
/** The calendar of birthdays, by href; "" without one, null as long as nobody knows. @type {import("../vendor/preact.js").Signal<string | null>} */
export const birthdays = signal(null);

/** Asks whether there is a calendar of birthdays. */
export async function readBirthdays() { await api("GET", "birthdays").then((a) => { birthdays.value = a.href; }, () => {}); }

/** Asks who owns what is not one's own, what is subscribed to, and which one the server makes of the contacts. @param {Collection[]} list */
export async function readOwners(list) {
	if (session.value?.features?.subscriptions !== false) {
		api("GET", "subscriptions").then((a) => { subscribed.value = new Set(a.items.map((/** @type {any} */ s) => s.href)); }, () => {});
	}
	readBirthdays();
	const unknown = [...new Set(list.filter((c) => !c.mine && c.owner).map((c) => c.owner))].filter((o) => !owners.value.has(o));
	if (unknown.length === 0) return;
	const found = await Promise.all(unknown.map(async (href) => {
		const [me] = await propfind(href, "0", "<D:displayname/><C:calendar-user-type/>").catch(() => []);
		return /** @type {const} */ ([href, { name: text(me?.prop, "D:displayname"), room: ["ROOM", "RESOURCE"].includes(text(me?.prop, "C:calendar-user-type")) }]);
	}));
	owners.value = new Map([...owners.value, ...found]);
}

/** @param {Collection} c */
function groupOf(c) {
	if (subscribed.value.has(c.href)) return "subscriptions";
	if (c.mine) return "mine";
	return owners.value.get(c.owner)?.room ? "rooms" : "shared";
}

/** The groups that have something, each in its order; the default calendar first where nobody chose otherwise. @param {Collection[]} list @returns {[string, Collection[]][]} */
export function grouped(list) {
	const first = (/** @type {Collection} */ c) => Number(c.href === settings.value.defaultCalendar || (!settings.value.defaultCalendar && c.href.endsWith("/default/")));
	const sorted = [...list].sort((a, b) => a.order - b.order || first(b) - first(a) || a.name.localeCompare(b.name));
	return /** @type {[string, Collection[]][]} */ (["mine", "shared", "subscriptions", "rooms"].map((g) => [g, sorted.filter((c) => groupOf(c) === g)]))
		.filter(([g, l]) => g === "mine" || l.length > 0);
}
