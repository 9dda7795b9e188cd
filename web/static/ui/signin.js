// Signing in again without leaving the page.
import { html, useState } from "../vendor/preact.js";
import { api, ApiError } from "../lib/api.js";
import { explain, t } from "../lib/i18n.js";
import { Dialog } from "./dialog.js";

/** @param {{name: string | undefined, onDone: () => void}} props */
export default function SignInAgain({ name, onDone }) {
	const [problem, setProblem] = useState("");
	const [second, setSecond] = useState(false);
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
		try {
			const code = String(form.get("code") ?? "");
			await api("POST", "session", { name, password: String(form.get("password")), keep: true, ...(code ? { code } : {}) });
			onDone();
		} catch (err) {
			if (err instanceof ApiError && err.code === "second-factor") setSecond(true);
			else setProblem(explain(err));
		}
	};
	return html`<${Dialog} title=${t("signin.again")} onClose=${() => {}}>
		<form onSubmit=${submit} class="stack">
			<p>${t("signin.again.text", { name })}</p>
			<input type="hidden" name="username" autocomplete="username" value=${name} />
			<label class="field"><span>${t("signin.password")}</span><input type="password" name="password" required autofocus autocomplete="current-password" /></label>
			${second && html`<label class="field"><span>${t("signin.code")}</span><input name="code" inputmode="numeric" autocomplete="one-time-code" /></label>`}
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			<div class="buttons"><a class="button" href="/signin">${t("signin.other")}</a><button class="button primary">${t("signin.do")}</button></div>
		</form>
	<//>`;
}
