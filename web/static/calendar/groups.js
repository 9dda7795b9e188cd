// Calendars in their groups: whose they are decides, and who that is comes from the owner's principal (owners.js).
import { signal } from "../vendor/preact.js";
import { settings } from "../lib/settings.js";

/** @typedef {import("../lib/store.js").Collection} Collection */

/** @type {import("../vendor/preact.js").Signal<Map<string, {name: string, room: boolean}>>} */
export const owners = signal(new Map());
/** Calendars that are read from another place, by href. @type {import("../vendor/preact.js").Signal<Set<string>>} */
export const subscribed = signal(new Set());
/** The calendar of birthdays, by href; "" without one, null as long as nobody knows. @type {import("../vendor/preact.js").Signal<string | null>} */
export const birthdays = signal(null);

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
