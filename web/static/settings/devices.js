// Devices: how each client is set up, with values to copy, a password of its own for each, a code for DAVx5 and a profile
// for Apple's.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, t } from "../lib/i18n.js";
import { session } from "../lib/settings.js";
import { Copy } from "../ui/copy.js";
import { confirm, Dialog, modal } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { Group, Switch } from "./general.js";
import { Code } from "./code.js";
import { confirmed } from "./confirmed.js";

/** @typedef {{id: number, label: string, created: string, used: string | null}} AppPassword */

export default function Devices() {
	const [list, setList] = useState(/** @type {AppPassword[] | null} */ (null));
	const [only, setOnly] = useState(false);
	const [problem, setProblem] = useState("");
	const load = async () => {
		try {
			const got = await api("GET", "app-passwords");
			setList(got.items);
			setOnly(got.only);
		} catch (err) {
			setProblem(explain(err));
		}
	};
	useEffect(() => { load(); }, []);
	const revoke = async (/** @type {AppPassword} */ p) => {
		if (!(await confirm({ title: t("settings.app.revoke"), text: t("settings.app.revoke.text", { label: p.label }), yes: t("settings.app.revoke"), danger: true }))) return;
		await api("DELETE", `app-passwords/${p.id}`).catch((err) => toast(explain(err), { kind: "error" }));
		await load();
	};
	const format = dateFormat({ dateStyle: "medium" });
	return html`<h1>${t("settings.devices")}</h1>
		<${Clients} onPassword=${async () => { if (await newPassword()) load(); }} />
		<${Group} title=${t("settings.app")}>
			<div class="pad row"><p class="hint spring">${t("settings.app.hint")}</p><button type="button" class="button primary" onClick=${async () => { if (await newPassword()) load(); }}><${Icon} name="plus" />${t("settings.app.new")}</button></div>
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			${list?.map((p) => html`<div class="thing" key=${p.id}><${Icon} name="smartphone" /><div class="grow"><strong dir="auto">${p.label}</strong>
				<small>${t("settings.app.made", { date: format.format(new Date(p.created)) })} · ${p.used ? t("settings.app.used", { date: format.format(new Date(p.used)) }) : t("settings.app.unused")}</small></div>
				<button type="button" class="button" onClick=${() => revoke(p)}>${t("settings.app.revoke")}</button></div>`)}
			<${Switch} label=${t("settings.app.only")} hint=${t("settings.app.only.hint")} on=${only} onChange=${async (/** @type {boolean} */ on) => { await confirmed("PUT", "app-passwords", { only: on }).catch((err) => toast(explain(err), { kind: "error" })); load(); }} />
		<//>`;
}

/** Makes a password for one device and shows it once. @returns {Promise<boolean | null>} */
function newPassword() { return modal((close) => html`<${NewPassword} close=${close} />`); }

/** @param {{close: (made: boolean | null) => void}} props */
function NewPassword({ close }) {
	const [made, setMade] = useState(/** @type {{label: string, password: string} | null} */ (null));
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const label = String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("label")).trim();
		try {
			setMade(await confirmed("POST", "app-passwords", { label }));
		} catch (err) {
			setProblem(explain(err));
		}
	};
	if (made) {
		return html`<${Dialog} title=${made.label} onClose=${() => close(true)} footer=${html`<button type="button" class="button primary" onClick=${() => close(true)}>${t("ui.done")}</button>`}>
			<div class="stack"><p>${t("settings.app.once")}</p><${Copy} label=${t("settings.user")} value=${session.value?.principal.name ?? ""} /><${Copy} label=${t("signin.password")} value=${made.password} /></div><//>`;
	}
	return html`<${Dialog} title=${t("settings.app.new")} onClose=${() => close(null)}><form class="stack" onSubmit=${submit}>
		<label class="field"><span>${t("settings.app.label")}</span><input name="label" required autofocus dir="auto" maxlength="100" placeholder=${t("settings.app.label.like")} /></label>
		${problem && html`<p class="problem" role="alert">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button><button class="button primary">${t("settings.create")}</button></div></form><//>`;
}

/** How to connect each client. @param {{onPassword: () => void}} props */
function Clients({ onPassword }) {
	const base = `${location.origin}/`, name = session.value?.principal.name ?? "";
	const clients = [
		{ id: "apple", icon: "smartphone", extra: html`<a class="button primary" href="/api/profile" download><${Icon} name="download" />${t("settings.client.apple.profile")}</a>` },
		{ id: "android", icon: "smartphone", extra: html`<${Code} />` }, { id: "thunderbird", icon: "monitor" }, { id: "evolution", icon: "monitor" }, { id: "outlook", icon: "monitor" },
	];
	return html`<${Group} title=${t("settings.connect")}>
			<div class="pad stack"><${Copy} label=${t("settings.server")} value=${base} /><${Copy} label=${t("settings.user")} value=${name} />
				<p class="hint">${t("settings.connect.hint")} <button type="button" class="button quiet" onClick=${onPassword}>${t("settings.app.new")}</button></p></div><//>
		<div class="clients settings-group">${clients.map((c) => html`<details key=${c.id}><summary><${Icon} name=${c.icon} /><span>${t(`settings.client.${c.id}`)}</span></summary><div>
			<ol>${t(`settings.client.${c.id}.steps`, { base, name }).split("\n").map((s) => html`<li key=${s} dir="auto">${s}</li>`)}</ol>${c.extra}</div></details>`)}</div>`;
}
