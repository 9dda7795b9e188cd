// The collections in the homes of whoever is signed in, as DAV tells them.
import { computed, signal } from "../vendor/preact.js";
import { propfind } from "./dav.js";
import { recall, remember, session } from "./settings.js";
import { child, children, text } from "./xml.js";

/**
 * @typedef {object} Collection
 * @property {string} href @property {string} name as shown @property {string} color #RRGGBB @property {number} order
 * @property {string} description @property {"calendar" | "addressbook"} kind
 * @property {string[]} components VEVENT, VTODO …
 * @property {string} owner href of a principal @property {boolean} mine
 * @property {{read: boolean, write: boolean, properties: boolean, add: boolean, remove: boolean, manage: boolean}} may
 * @property {string} token for sync-collection @property {boolean} transparent not busy @property {string} zone of floating times, or ""
 */

/** @type {import("../vendor/preact.js").Signal<Collection[]>} */
export const calendars = signal([]);
/** @type {import("../vendor/preact.js").Signal<Collection[]>} */
export const books = signal([]);

/** Those that hold events, and those that hold tasks. */
export const eventCalendars = computed(() => calendars.value.filter((c) => c.components.includes("VEVENT")));
export const taskLists = computed(() => calendars.value.filter((c) => c.components.includes("VTODO")));

/** Hrefs of calendars that this device does not show. @type {import("../vendor/preact.js").Signal<string[]>} */
export const hidden = signal(recall("hidden", []));

/** Shows or hides calendars. @param {string[]} hrefs that are hidden from now on */
export function setHidden(hrefs) {
	hidden.value = hrefs;
	remember("hidden", hrefs);
}

const asked = `<D:resourcetype/><D:displayname/><I:calendar-color/><I:calendar-order/><C:calendar-description/><A:addressbook-description/>
<C:supported-calendar-component-set/><D:owner/><D:current-user-privilege-set/><D:sync-token/><C:schedule-calendar-transp/><C:calendar-timezone-id/>`;

/** Reads both homes. */
export async function loadHomes() {
	const homes = session.value?.homes;
	if (!homes) return;
	const byOrder = (/** @type {Collection} */ a, /** @type {Collection} */ b) =>
		Number(b.mine) - Number(a.mine) || a.order - b.order || a.name.localeCompare(b.name);
	/** Each home is known as soon as it has answered. @param {string} home @param {string} kind @param {import("../vendor/preact.js").Signal<Collection[]>} into */
	const load = async (home, kind, into) => {
		const parts = await propfind(home, "1", asked);
		into.value = /** @type {Collection[]} */ (parts.map(collection).filter((c) => c?.kind === kind)).sort(byOrder);
	};
	await Promise.all([load(homes.calendars, "calendar", calendars), load(homes.addressBooks, "addressbook", books)]);
}

/** @param {import("./dav.js").Part} part @returns {Collection | null} */
function collection({ href, prop }) {
	const type = child(prop, "D:resourcetype");
	if (!prop || !type) return null;
	const kind = child(type, "C:calendar") ? "calendar" : child(type, "A:addressbook") ? "addressbook" : null;
	if (!kind) return null;
	const set = child(prop, "C:supported-calendar-component-set");
	const components = set ? children(set, "C:comp").map((c) => c.getAttribute("name") ?? "") : ["VEVENT", "VTODO", "VJOURNAL"];
	const privileges = new Set();
	for (const p of children(child(prop, "D:current-user-privilege-set") ?? prop, "D:privilege")) {
		for (let c = p.firstElementChild; c; c = c.nextElementSibling) privileges.add(c.localName);
	}
	const owner = text(prop, "D:owner", "D:href");
	const segment = decodeURIComponent(href.replace(/\/$/, "").split("/").at(-1) ?? "");
	return {
		href, kind, components, owner, mine: owner === session.value?.principal.href,
		name: text(prop, "D:displayname") || segment,
		color: text(prop, "I:calendar-color").slice(0, 7), order: Number(text(prop, "I:calendar-order") || 1000),
		description: text(prop, "C:calendar-description") || text(prop, "A:addressbook-description"),
		may: {
			read: privileges.has("read"), write: privileges.has("write-content"), properties: privileges.has("write-properties"),
			add: privileges.has("bind"), remove: privileges.has("unbind"), manage: privileges.has("write-acl"),
		},
		token: text(prop, "D:sync-token"),
		transparent: !!child(child(prop, "C:schedule-calendar-transp"), "C:transparent"),
		zone: text(prop, "C:calendar-timezone-id"),
	};
}
