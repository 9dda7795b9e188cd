import { html, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { useAdmin, Waiting } from "./use.js";

/** Each setting with what it is and where that comes from. It is changed in the file, the environment or by flags. */
export default function Config() {
	const list = useAdmin("config");
	const [q, setQ] = useState("");
	const shown = (list.value?.items ?? []).filter((/** @type {any} */ s) => `${s.name} ${s.says}`.toLowerCase().includes(q.toLowerCase()));
	return html`<div class="row settings-head"><h1 class="spring">${t("admin.config")}</h1><input type="search" aria-label=${t("admin.find")} placeholder=${t("admin.find")} value=${q} onInput=${(/** @type {Event} */ e) => setQ(/** @type {HTMLInputElement} */ (e.target).value)} /></div>
		<p class="hint">${t("admin.config.hint")}</p><${Waiting} of=${list} />
		<div class="settings-rows">${shown.map((/** @type {any} */ s) => html`<div class="pad" key=${s.name}><div class="row wraps"><code dir="ltr" class="spring">${s.name}</code><code dir="ltr" class="value">${s.value === "" ? "–" : s.value}</code><span class="chip">${s.from}</span></div><small class="muted">${s.says}</small></div>`)}</div>`;
}
