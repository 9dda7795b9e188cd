// Some changes want the password again, when it was shown long ago: then it is asked for, and the change goes on.
import { html, useState } from "../vendor/preact.js";
import { api, ApiError } from "../lib/api.js";
import { explain, t } from "../lib/i18n.js";
import { Dialog, modal } from "../ui/dialog.js";

/** Asks the API, with the password if it wants that; undefined where it was not given (null is an answer without content). @param {string} method @param {string} path @param {any} [body] */
export async function confirmed(method, path, body) {
	try {
		return await api(method, path, body);
	} catch (err) {
		if (!(err instanceof ApiError && err.code === "confirm")) throw err;
		if (!(await modal((close) => html`<${Ask} close=${close} />`))) return undefined;
		return api(method, path, body);
	}
}

/** @param {{close: (ok: boolean | null) => void}} props */
function Ask({ close }) {
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		try {
			await api("POST", "session/confirm", { password: String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("password")) });
			close(true);
		} catch (err) {
			setProblem(explain(err));
		}
	};
	return html`<${Dialog} title=${t("settings.confirm")} onClose=${() => close(null)}><form class="stack" onSubmit=${submit}><p class="muted">${t("settings.confirm.text")}</p>
		<label class="field"><span>${t("signin.password")}</span><input type="password" name="password" required autofocus autocomplete="current-password" /></label>
		${problem && html`<p class="problem" role="alert">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button><button class="button primary">${t("settings.confirm.do")}</button></div></form><//>`;
}
