// Settings: how somebody likes things, their calendars and with whom they are shared, devices and security.
import { html, signal, useEffect } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { go, route } from "../lib/router.js";
import { Icon, IconButton } from "../ui/icon.js";
import General from "./general.js";

/** The parts, by the second segment of the path. */
const parts = [
	{ id: "general", icon: "sliders-horizontal" }, { id: "calendars", icon: "calendar-days" },
	{ id: "devices", icon: "smartphone" }, { id: "security", icon: "shield" },
];

/** @type {Record<string, () => Promise<{default: any}>>} */
const lazy = {
	calendars: () => import("./calendars.js"), devices: () => import("./devices.js"), security: () => import("./security.js"),
};

/** @type {import("../vendor/preact.js").Signal<Record<string, any>>} */
const loaded = signal({ general: General });

export default function Settings() {
	const chosen = route.value.parts[0];
	const part = parts.find((p) => p.id === chosen)?.id ?? "general";
	useEffect(() => {
		if (!(part in loaded.value)) lazy[part]().then((m) => { loaded.value = { ...loaded.value, [part]: m.default }; });
	}, [part]);
	const Part = loaded.value[part];
	// On a phone the list of parts and a part are two pages.
	return html`<div class="settings" data-part=${chosen ?? ""}>
		<nav class="settings-nav" aria-label=${t("app.settings")}>
			${chosen ? html`<p class="settings-title">${t("app.settings")}</p>` : html`<h1 class="settings-title">${t("app.settings")}</h1>`}
			${parts.map((p) => html`<a key=${p.id} href=${`/settings/${p.id}`} aria-current=${p.id === part ? "page" : undefined}>
				<${Icon} name=${p.icon} /><span>${t(`settings.${p.id}`)}</span><${Icon} name="chevron-right" class="on-phone" /></a>`)}
		</nav>
		<div class="settings-part">
			<${IconButton} icon="arrow-left" label=${t("ui.back")} class="on-phone" onClick=${() => go("/settings")} />
			${Part ? html`<${Part} />` : html`<p class="loading" role="status">${t("state.loading")}</p>`}
		</div>
	</div>`;
}
