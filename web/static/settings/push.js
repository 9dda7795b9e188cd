// Reminders on this device while no page is open: a switch of the device, why it cannot be turned on, and a try.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { explain, t } from "../lib/i18n.js";
import { pushState, turnOff, turnOn } from "../lib/push.js";
import { changeSettings } from "../lib/settings.js";
import { day, dayText, timeText } from "../lib/time.js";
import { toast } from "../ui/toast.js";
import { Switch } from "./general.js";

/** @typedef {Awaited<ReturnType<typeof pushState>>} State */

export default function Push() {
	const [state, setState] = useState(/** @type {State | null} */ (null));
	const [busy, setBusy] = useState(false);
	const [trouble, setTrouble] = useState("");
	const look = () => pushState().then(setState, (err) => setTrouble(explain(err)));
	useEffect(() => { look(); }, []);
	const change = async (/** @type {boolean} */ wanted) => {
		setBusy(true);
		setTrouble("");
		try {
			const why = wanted ? await turnOn() : await turnOff();
			if (why) setTrouble(t(why));
			else if (wanted) await changeSettings({ notifications: true }); // a page that is open shows them as well
		} catch (err) {
			setTrouble(explain(err));
		}
		await look();
		setBusy(false);
	};
	const on = state?.on ?? false;
	return html`<${Switch} label=${t("settings.push")} hint=${hint(state)} on=${on} disabled=${busy || !state || (state.why !== "" && !on)} onChange=${change} />
		${trouble && html`<div class="setting"><p class="problem" role="alert">${trouble}</p></div>`}
		${on && html`<div class="setting"><span>${t("settings.push.try")}</span><button class="button" onClick=${() => showOne(look)}>${t("settings.push.test")}</button></div>`}`;
}

/** @param {State | null} state */
function hint(state) {
	if (!state) return t("state.loading");
	if (state.why) return t(state.why);
	const push = state.push;
	if (!push || push.kept) return t("settings.push.hint");
	const until = Date.parse(push.until);
	return t("settings.push.until", { time: `${dayText(day(until), { weekday: "short", day: "numeric", month: "short" })}, ${timeText(until)}` });
}

/** @param {() => void} look */
async function showOne(look) {
	try {
		await api("POST", "push/test");
		toast(t("settings.push.tested"));
	} catch (err) {
		toast(explain(err), { kind: "error" });
		look();
	}
}
