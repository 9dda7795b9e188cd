// The collections in the homes of whoever is signed in, as DAV tells them.
import { computed, signal } from "../vendor/preact.js";
import { propfind, proppatch } from "./dav.js";
import { recall, remember, session } from "./settings.js";
import { child, children, esc, text } from "./xml.js";

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
	const [cals, cards] = await Promise.all([propfind(homes.calendars, "1", asked), propfind(homes.addressBooks, "1", asked)]);
	const byOrder = (/** @type {Collection} */ a, /** @type {Collection} */ b) =>
		Number(b.mine) - Number(a.mine) || a.order - b.order || a.name.localeCompare(b.name);
	calendars.value = cals.map(collection).filter((c) => c?.kind === "calendar").map((c) => /** @type {Collection} */ (c)).sort(byOrder);
	books.value = cards.map(collection).filter((c) => c?.kind === "addressbook").map((c) => /** @type {Collection} */ (c)).sort(byOrder);
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

/** The collection that holds an object. @param {string} href @returns {Collection | undefined} */
export function collectionOf(href) {
	const parent = href.slice(0, href.replace(/\/$/, "").lastIndexOf("/") + 1);
	return [...calendars.value, ...books.value].find((c) => c.href === parent);
}

/** Changes properties of a collection here and on the server. @param {Collection} c @param {{name?: string, color?: string, order?: number, description?: string}} change */
export async function changeCollection(c, change) {
	const list = c.kind === "calendar" ? calendars : books;
	const before = list.value;
	list.value = before.map((x) => (x.href === c.href ? { ...x, ...change } : x));
	let set = "";
	if (change.name !== undefined) set += `<D:displayname>${esc(change.name)}</D:displayname>`;
	if (change.color !== undefined) set += `<I:calendar-color>${esc(change.color)}</I:calendar-color>`;
	if (change.order !== undefined) set += `<I:calendar-order>${change.order}</I:calendar-order>`;
	if (change.description !== undefined) {
		const name = c.kind === "calendar" ? "C:calendar-description" : "A:addressbook-description";
		set += `<${name}>${esc(change.description)}</${name}>`;
	}
	try {
		await proppatch(c.href, set);
	} catch (err) {
		list.value = before;
		throw err;
	}
}
