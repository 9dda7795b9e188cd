// Asks what the groups of the sidebar depend on.
import { api } from "../lib/api.js";
import { propfind } from "../lib/dav.js";
import { session } from "../lib/settings.js";
import { text } from "../lib/xml.js";
import { birthdays, owners, subscribed } from "./groups.js";

/** Asks whether there is a calendar of birthdays. */
export async function readBirthdays() { await api("GET", "birthdays").then((a) => { birthdays.value = a.href; }, () => {}); }

/** Asks who owns what is not one's own, what is subscribed to, and which one the server makes of the contacts. @param {import("../lib/store.js").Collection[]} list */
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
