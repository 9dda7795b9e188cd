// Subscribing to a calendar elsewhere: the server fetches it.
import { html, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { palette } from "../lib/color.js";
import { explain, t } from "../lib/i18n.js";
import { loadHomes } from "../lib/store.js";
import { Dialog, modal } from "../ui/dialog.js";

/** How often a calendar may be fetched, in seconds; 0: as it says itself. */
export const intervals = [0, 900, 3600, 21600, 86400, 604800];

/** Asks for an address and subscribes. @returns {Promise<boolean | null>} */
export function subscribe() { return modal((close) => html`<${Subscribe} close=${close} />`); }

/** @param {{close: (answer: boolean | null) => void}} props */
function Subscribe({ close }) {
	const [problem, setProblem] = useState("");
	const [busy, setBusy] = useState(false);
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
		setBusy(true);
		try {
			await api("POST", "subscriptions", { url: String(form.get("url")).trim(), name: String(form.get("name")).trim(), color: palette[Math.floor(Math.random() * palette.length)] });
			await loadHomes();
			close(true);
		} catch (err) {
			setProblem(explain(err));
			setBusy(false);
		}
	};
	return html`<${Dialog} title=${t("sharing.subscribe")} onClose=${() => close(null)}>
		<form class="stack" onSubmit=${submit}>
			<p class="muted">${t("sharing.subscribe.text")}</p>
			<label class="field"><span>${t("sharing.subscribe.url")}</span><input name="url" type="text" inputmode="url" required placeholder="https://…/calendar.ics" dir="ltr" autofocus /></label>
			<label class="field"><span>${t("sharing.subscribe.name")}</span><input name="name" dir="auto" /><small>${t("sharing.subscribe.name.hint")}</small></label>
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			<div class="buttons"><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button><button class="button primary" disabled=${busy}>${t("sharing.subscribe.do")}</button></div>
		</form><//>`;
}
