// From a preview to the calendar.
import { t } from "../lib/i18n.js";
import { announce } from "../ui/toast.js";
import { titleOf, whenText } from "./look.js";
import { part } from "./parts.js";
import { preview } from "./preview.js";
import { asked, sameTimes } from "./shift.js";

/** Writes what a preview shows; it stands until that is done or given up. @param {import("./preview.js").Preview} p */
export async function commit(p) {
	const { o, times } = p;
	if (sameTimes(o, times)) {
		if (preview.value === p) preview.value = null;
		return;
	}
	try {
		const change = await part("./change.js");
		if (await change?.reschedule(o, asked(times))) announce(t("calendar.moved", { title: titleOf(o), when: whenText({ ...o, ...times }) }));
	} finally {
		if (preview.value === p) preview.value = null;
	}
}
