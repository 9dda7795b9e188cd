// The calendar of birthdays: the server makes it of the contacts, where somebody turns it on.
import { birthdays } from "../calendar/groups.js";
import { api } from "../lib/api.js";
import { explain, language, t } from "../lib/i18n.js";
import { changeCollection } from "../lib/collection.js";
import { calendars, loadHomes } from "../lib/store.js";
import { done } from "../lib/undo.js";
import { toast } from "../ui/toast.js";

/** @typedef {import("../lib/store.js").Collection} Collection */

/** @param {boolean} on */
async function put(on) {
	const now = await api("PUT", "birthdays", { on, language: language.value });
	birthdays.value = now.href;
	await loadHomes();
}

/** Turns it off; gives how to take that back, with its name and colour. @param {Collection} c @returns {Promise<() => Promise<void>>} */
export async function endBirthdays(c) {
	await put(false);
	return async () => {
		await put(true);
		const made = calendars.value.find((x) => x.href === birthdays.value);
		if (made) await changeCollection(made, { name: c.name, color: c.color, order: c.order });
	};
}

/** Turns it on or off, so that it can be taken back. @param {boolean} on */
export async function showBirthdays(on) {
	try {
		const now = calendars.value.find((c) => c.href === birthdays.value);
		if (on) {
			await put(true);
			done(t("sharing.birthdays.on"), () => put(false));
		} else if (now) done(t("sharing.birthdays.off"), await endBirthdays(now));
	} catch (err) {
		toast(explain(err), { kind: "error" });
	}
}
