// Administration: what one wants to see twice a year. Each part is a task of the command line too.
import { html, signal, useEffect } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { go, route } from "../lib/router.js";
import { session } from "../lib/settings.js";
import { Icon, IconButton } from "../ui/icon.js";
import { addStyle } from "../ui/style.js";

/** The parts, by the second segment of the path. @type {{id: string, icon: string, load: () => Promise<{default: any}>}[]} */
const parts = [
	{ id: "overview", icon: "activity", load: () => import("./overview.js") },
	{ id: "people", icon: "user", load: () => import("./people.js") },
	{ id: "groups", icon: "users", load: () => import("./groups.js") },
	{ id: "rooms", icon: "door-open", load: () => import("./rooms.js") },
	{ id: "domains", icon: "globe", load: () => import("./domains.js") },
	{ id: "mail", icon: "mail", load: () => import("./mail.js") },
	{ id: "sessions", icon: "monitor", load: () => import("./sessions.js") },
	{ id: "audit", icon: "history", load: () => import("./audit.js") },
	{ id: "config", icon: "sliders-horizontal", load: () => import("./config.js") },
];

/** @type {import("../vendor/preact.js").Signal<Record<string, any>>} */
const loaded = signal({});

export default function Admin() {
	const chosen = route.value.parts[0];
	const part = parts.find((p) => p.id === chosen) ?? parts[0];
	useEffect(() => {
		if (!(part.id in loaded.value)) Promise.all([part.load(), addStyle("settings")]).then(([m]) => { loaded.value = { ...loaded.value, [part.id]: m.default }; });
	}, [part.id]);
	if (!session.value?.principal.admin) return html`<div class="state"><${Icon} name="lock" /><h1>${t("admin.not")}</h1><p>${t("admin.not.text")}</p></div>`;
	const Part = loaded.value[part.id];
	return html`<div class="settings admin" data-part=${chosen ?? ""}>
		<nav class="settings-nav" aria-label=${t("app.admin")}>${chosen ? html`<p class="settings-title">${t("app.admin")}</p>` : html`<h1 class="settings-title">${t("app.admin")}</h1>`}
			${parts.map((p) => html`<a key=${p.id} href=${`/admin/${p.id}`} aria-current=${p.id === part.id ? "page" : undefined}><${Icon} name=${p.icon} /><span>${t(`admin.${p.id}`)}</span><${Icon} name="chevron-right" class="on-phone" /></a>`)}</nav>
		<div class="settings-part"><${IconButton} icon="arrow-left" label=${t("ui.back")} class="on-phone" onClick=${() => go("/admin")} />
			${Part ? html`<${Part} />` : html`<p class="loading" role="status">${t("state.loading")}</p>`}</div></div>`;
}
