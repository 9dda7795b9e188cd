// A second step after the password: codes of an authenticator (RFC 6238).
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { explain, t, tn } from "../lib/i18n.js";
import { Copy } from "../ui/copy.js";
import { confirm, Dialog, modal } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { Drawn } from "./code.js";
import { confirmed } from "./confirmed.js";
import { Group } from "./general.js";

export function SecondStep() {
	const [state, setState] = useState(/** @type {{on: boolean, recovery: number} | null} */ (null));
	const load = async () => setState(await api("GET", "totp").catch(() => null));
	useEffect(() => { load(); }, []);
	const attempt = async (/** @type {() => Promise<any>} */ f) => {
		try {
			await f();
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
		await load();
	};
	const begin = () => attempt(async () => {
		const begun = await confirmed("POST", "totp");
		if (begun) await modal((close) => html`<${Begin} begun=${begun} close=${() => close(null)} />`);
	});
	const off = () => attempt(async () => {
		if (await confirm({ title: t("settings.totp.off"), text: t("settings.totp.off.text"), yes: t("settings.totp.off"), danger: true })) await confirmed("DELETE", "totp");
	});
	const renew = () => attempt(async () => {
		const made = await confirmed("POST", "totp/recovery");
		if (made) await modal((close) => html`<${Dialog} title=${t("settings.totp.recovery")} onClose=${() => close(null)}><${Recovery} codes=${made.recoveryCodes} /><//>`);
	});
	if (!state) return null;
	return html`<${Group} title=${t("settings.totp")}><div class="thing"><${Icon} name="shield" /><div class="grow"><strong>${t(state.on ? "settings.totp.is.on" : "settings.totp.is.off")}</strong>
			<small>${state.on ? tn("settings.totp.left", state.recovery) : t("settings.totp.hint")}</small></div>
		${state.on && html`<button type="button" class="button" onClick=${renew}>${t("settings.totp.renew")}</button>`}
		<button type="button" class="button" onClick=${state.on ? off : begin}>${t(state.on ? "settings.totp.off" : "settings.totp.on")}</button></div><//>`;
}

/** @param {{begun: {secret: string, address: string, size: number, rows: string[]}, close: () => void}} props */
function Begin({ begun, close }) {
	const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		try {
			setCodes((await api("POST", "totp/confirm", { code: String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("code")).replace(/\s/g, "") })).recoveryCodes);
		} catch (err) {
			setProblem(explain(err));
		}
	};
	if (codes) return html`<${Dialog} title=${t("settings.totp.recovery")} onClose=${close} footer=${html`<button type="button" class="button primary" onClick=${close}>${t("ui.done")}</button>`}><${Recovery} codes=${codes} /><//>`;
	return html`<${Dialog} title=${t("settings.totp.on")} onClose=${close}><form class="stack" onSubmit=${submit}>
		<p>${t("settings.totp.scan")}</p><${Drawn} code=${begun} label=${t("settings.totp.on")} /><${Copy} label=${t("settings.totp.secret")} value=${begun.secret} />
		<label class="field"><span>${t("signin.code")}</span><input name="code" required inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" autofocus /></label>
		${problem && html`<p class="problem" role="alert">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${close}>${t("ui.cancel")}</button><button class="button primary">${t("settings.totp.on")}</button></div></form><//>`;
}

/** @param {{codes: string[]}} props */
function Recovery({ codes }) {
	return html`<div class="stack"><p>${t("settings.totp.recovery.text")}</p><${Copy} label=${t("settings.totp.recovery")} value=${codes.join("\n")} /></div>`;
}
