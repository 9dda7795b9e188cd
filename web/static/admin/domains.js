import { html } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { Copy } from "../ui/copy.js";
import { Icon } from "../ui/icon.js";
import { useAdmin, Waiting } from "./use.js";

/** The DNS records by which clients find the server (RFC 6764). */
export default function Domains() {
	const o = useAdmin("overview");
	if (o.value?.publicUrl) return html`<${Records} />`;
	return html`<h1>${t("admin.domains")}</h1><p class="hint">${t("admin.domains.hint")}</p><${Waiting} of=${o} />
		${o.value && html`<p class="muted">${t("admin.domains.nourl")} <code dir="ltr">server.public_url</code></p>`}`;
}

function Records() {
	const list = useAdmin("domains");
	return html`<div class="row settings-head"><h1 class="spring">${t("admin.domains")}</h1><button type="button" class="button" onClick=${list.reload}><${Icon} name="refresh-cw" />${t("admin.again")}</button></div>
		<p class="hint">${t("admin.domains.hint")}</p><${Waiting} of=${list} />
		${list.value?.items.length === 0 && html`<p class="muted">${t("admin.domains.none")}</p>`}
		<div class="settings-rows">${list.value?.items.map((/** @type {any} */ r) => html`<div class="pad stack" key=${r.type + r.name}><div class="row"><${Icon} name=${{ passed: "circle-check", failed: "circle-x" }[/** @type {"failed"} */ (r.result)] ?? "circle"} class=${r.result} /><strong dir="ltr">${r.type} ${r.name}</strong></div>
			<p class="muted" dir="auto">${t(`admin.dns.${r.code}`)}</p>${r.result !== "passed" && r.wanted && html`<${Copy} label=${t("admin.domains.wanted")} value=${r.wanted} />`}</div>`)}</div>`;
}
