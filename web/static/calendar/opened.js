// An event that was opened to be changed: its whole object, in whose calendar it is, and who that person is in it.
import { reach } from "../lib/api.js";
import { get, propfind } from "../lib/dav.js";
import { bare } from "../lib/ics.js";
import { session, zone } from "../lib/settings.js";
import { calendars } from "../lib/store.js";
import { child, children } from "../lib/xml.js";
import { CalendarObject } from "./object.js";
import { addZones, fetchZone, missingZones } from "./zones.js";

/**
 * @typedef {object} Opened
 * @property {string} href @property {string} calendar @property {string} data @property {string} etag @property {string} scheduleTag
 * @property {CalendarObject} object as it was read @property {"organizer" | "attendee"} role of whose calendar it is in
 * @property {Owner} owner
 *
 * @typedef {{addresses: string[], name: string, me: boolean}} Owner of a calendar, without mailto:
 */

/** @type {Map<string, Promise<Owner>>} */
const owners = new Map();

/** Whose calendar it is. @param {string} calendar href @returns {Promise<Owner>} */
export function ownerOf(calendar) {
	const me = session.value?.principal, c = calendars.value.find((x) => x.href === calendar);
	if (!c || c.mine || !c.owner) return Promise.resolve({ addresses: (me?.addresses ?? []).map(bare), name: me?.displayName ?? "", me: true });
	let p = owners.get(c.owner);
	if (!p) {
		p = propfind(c.owner, "0", "<D:displayname/><C:calendar-user-address-set/>").then(([part]) => {
			const set = child(part?.prop, "C:calendar-user-address-set");
			const all = (set ? children(set, "D:href") : []).map((h) => h.textContent ?? "").filter((h) => /^mailto:/i.test(h)).map(bare);
			return { addresses: all, name: child(part?.prop, "D:displayname")?.textContent ?? "", me: false };
		});
		p.catch(() => owners.delete(c.owner));
		owners.set(c.owner, p);
	}
	return p;
}

/** What an edit in a calendar needs to know. @param {Owner} owner @returns {import("./object.js").Ground} */
export function groundOf(owner) {
	return { now: Date.now(), here: zone.value, me: { address: owner.addresses[0] ?? "", name: owner.name } };
}

/** Reads an object whole. @param {string} href @param {string} calendar @returns {Promise<Opened>} */
export async function open(href, calendar) {
	const [found, owner] = await Promise.all([get(href), ownerOf(calendar)]);
	const object = new CalendarObject(found.data, zone.value);
	const organizer = bare(object.events[0]?.value("ORGANIZER") ?? "");
	return { href, calendar, ...found, object, owner, role: organizer === "" || owner.addresses.includes(organizer) ? "organizer" : "attendee" };
}

/** A copy that may be changed. @param {Opened} opened */
export function copyOf(opened) { return new CalendarObject(opened.data, zone.value); }

/** The object as it is sent: with the zones that it names. @param {CalendarObject} o */
export async function finished(o) {
	const missing = missingZones(o.calendar);
	if (missing.length > 0) addZones(o.calendar, await Promise.all(missing.map((id) => fetchZone(id, reach))));
	return o.toString();
}
