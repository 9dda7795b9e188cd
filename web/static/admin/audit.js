import { html, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { Icon } from "../ui/icon.js";
import { Log } from "./mail.js";
import { moment } from "./use.js";

/** Who did what. */
export default function Audit() {
	const [name, setName] = useState(""), [uid, setUid] = useState("");
	const query = new URLSearchParams();
	if (name.trim()) query.set("name", name.trim());
	if (uid.trim()) query.set("uid", uid.trim());
	return html`<h1>${t("admin.audit")}</h1><div class="row admin-pair spaced">
			<label class="field"><span>${t("settings.user")}</span><input value=${name} onChange=${(/** @type {Event} */ e) => setName(/** @type {HTMLInputElement} */ (e.target).value)} /></label>
			<label class="field"><span>${t("admin.uid")}</span><input value=${uid} dir="ltr" onChange=${(/** @type {Event} */ e) => setUid(/** @type {HTMLInputElement} */ (e.target).value)} /></label></div>
		<${Log} key=${String(query)} path=${`audit?${query}`} none=${t("admin.audit.none")} line=${(/** @type {any} */ a) => html`<div class="thing" key=${a.id}><${Icon} name="history" /><div class="grow"><strong dir="auto">${a.what}${a.detail ? `: ${a.detail}` : ""}</strong><small dir="auto">${[moment(a.at), a.who, a.about && a.about !== a.who ? a.about : "", a.door, a.agent].filter(Boolean).join(" · ")}</small></div></div>`} />`;
}
