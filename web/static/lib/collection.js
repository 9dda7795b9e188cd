// One collection: which holds an object, and changes of its properties.
import { proppatch } from "./dav.js";
import { books, calendars } from "./store.js";
import { esc } from "./xml.js";

/** @typedef {import("./store.js").Collection} Collection */

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
