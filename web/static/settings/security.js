// Security: the password, a second step, passkeys, and where somebody is signed in.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, t } from "../lib/i18n.js";
import { keepPush } from "../lib/push.js";
import { confirm, Dialog, modal } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { Group } from "./general.js";
import { SecondStep } from "./secondstep.js";
import { Passkeys } from "./passkeys.js";

/** @typedef {{id: number, browser: string, system: string, created: string, seen: string, current: boolean}} Session */

export default function Security() {
	return html`<h1>${t("settings.security")}</h1>
		<${Group} title=${t("signin.password")}><div class="thing"><${Icon} name="key-round" /><div class="grow"><strong>${t("settings.password")}</strong><small>${t("settings.password.hint")}</small></div>
			<button type="button" class="button" onClick=${() => modal((close) => html`<${NewPassword} close=${() => close(null)} />`)}>${t("settings.password.change")}</button></div><//>
		<${SecondStep} /><${Passkeys} /><${Sessions} />`;
}

/** @param {{close: () => void}} props */
function NewPassword({ close }) {
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
		try {
			await api("PUT", "password", { current: String(form.get("current")), new: String(form.get("new")), appPasswords: form.get("all") === "on" });
			toast(t("settings.password.changed"));
			close();
			keepPush().catch(() => {}); // the session is a new one
		} catch (err) {
			setProblem(explain(err));
		}
	};
	return html`<${Dialog} title=${t("settings.password.change")} onClose=${close}><form class="stack" onSubmit=${submit}>
		<label class="field"><span>${t("settings.password.current")}</span><input type="password" name="current" required autofocus autocomplete="current-password" /></label>
		<label class="field"><span>${t("settings.password.new")}</span><input type="password" name="new" required minlength="8" autocomplete="new-password" /><small>${t("settings.password.rule")}</small></label>
		<label class="switch"><input type="checkbox" name="all" /><span>${t("settings.password.all")}</span></label>
		${problem && html`<p class="problem" role="alert">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${close}>${t("ui.cancel")}</button><button class="button primary">${t("settings.password.change")}</button></div></form><//>`;
}

function Sessions() {
	const [list, setList] = useState(/** @type {Session[] | null} */ (null));
	const load = async () => setList((await api("GET", "sessions").catch((err) => { toast(explain(err), { kind: "error" }); return { items: [] }; })).items);
	useEffect(() => { load(); }, []);
	const end = async (/** @type {number} */ id) => {
		if (id || (await confirm({ title: t("settings.sessions.all"), text: t("settings.sessions.all.text"), yes: t("settings.sessions.all") }))) {
			await api("DELETE", id ? `sessions/${id}` : "sessions").catch((err) => toast(explain(err), { kind: "error" }));
			await load();
		}
	};
	const format = dateFormat({ dateStyle: "medium", timeStyle: "short" });
	return html`<${Group} title=${t("settings.sessions")}>${list?.map((s) => html`<div class="thing" key=${s.id}><${Icon} name="monitor" />
			<div class="grow"><strong dir="auto">${[s.browser, s.system].filter(Boolean).join(", ") || "?"}</strong><small>${s.current ? t("settings.sessions.this") : t("settings.sessions.seen", { date: format.format(new Date(s.seen)) })}</small></div>
			${!s.current && html`<button type="button" class="button" onClick=${() => end(s.id)}>${t("settings.sessions.end")}</button>`}</div>`)}
		${(list?.length ?? 0) > 1 && html`<div class="pad buttons"><button type="button" class="button" onClick=${() => end(0)}>${t("settings.sessions.all")}</button></div>`}<//>`;
}

/** "Firefox, Linux" of a User-Agent. @param {string} agent */
export function browser(agent) {
	const name = /(Firefox|Edg|OPR|SamsungBrowser|Chrome|Safari)/.exec(agent)?.[1] ?? "";
	const system = /(iPhone|iPad|Android|Windows|Mac OS X|Linux|CrOS)/.exec(agent)?.[1] ?? "";
	const names = /** @type {Record<string, string>} */ ({ Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS", CrOS: "ChromeOS" });
	return [name, system].filter(Boolean).map((x) => names[x] ?? x).join(", ") || agent || "?";
}
