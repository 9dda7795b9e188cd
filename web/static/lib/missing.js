// Why a part of the pages did not come.
import { api } from "./api.js";
import { explain, t } from "./i18n.js";

/** A sentence: the server cannot be reached, or has another version by now, whose parts have other names. */
export async function whyMissing() {
	try {
		await api("GET", "session");
		return t("state.outdated.text");
	} catch (err) {
		return explain(err);
	}
}

/** Whether the server answers. */
export function reachable() { return api("GET", "session").then(() => true, () => false); }
