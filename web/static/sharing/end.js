// The end of a collection: one's own goes into the trash, one of somebody else is left; both can be taken back.
import { birthdays } from "../calendar/groups.js";
import { api } from "../lib/api.js";
import { remove } from "../lib/dav.js";
import { t } from "../lib/i18n.js";
import { loadHomes } from "../lib/store.js";
import { endBirthdays } from "./birthdays.js";
import { reply, sharedFrom } from "./share.js";

/** Deletes a collection or leaves it; gives how to take that back. @param {import("../lib/store.js").Collection} c @returns {Promise<() => Promise<void>>} */
export async function end(c) {
	if (c.href === birthdays.value) return endBirthdays(c);
	const host = c.mine ? "" : await sharedFrom(c.href);
	await remove(c.href);
	await loadHomes();
	return async () => {
		if (c.mine) await restore(c);
		else await reply({ host, uid: "" }, true);
		await loadHomes();
	};
}

/** Brings back what was deleted last of its name. @param {import("../lib/store.js").Collection} c */
async function restore(c) {
	const { items } = await api("GET", "trash");
	const found = items.filter((/** @type {any} */ i) => i.kind === c.kind && i.title === c.name).sort((/** @type {any} */ a, /** @type {any} */ b) => (a.deletedAt < b.deletedAt ? 1 : -1))[0];
	if (!found) throw new Error(t("sharing.gone"));
	await api("POST", `trash/${found.id}/restore`);
}
