import { html } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { browser } from "../settings/security.js";
import { Icon } from "../ui/icon.js";
import { attempt, moment, useAdmin, Waiting } from "./use.js";

/** Who is signed in, and where. */
export default function Sessions() {
	const list = useAdmin("sessions");
	return html`<h1>${t("admin.sessions")}</h1><${Waiting} of=${list} /><div class="settings-rows">${list.value?.items.map((/** @type {any} */ s) => html`<div class="thing" key=${s.id}><${Icon} name="monitor" /><div class="grow"><strong dir="auto">${s.user}</strong><small dir="auto">${browser(s.agent ?? "")} · ${t("admin.seen", { date: moment(s.seen) })}</small></div>
		<button type="button" class="button" onClick=${() => attempt(() => api("DELETE", `admin/sessions/${s.id}`), list.reload)}>${t("settings.sessions.end")}</button></div>`)}</div>`;
}
