// In which calendar an event stands, and for whom whoever writes there does so.
import { html } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { calendars } from "../lib/store.js";
import { owners } from "./groups.js";

/** @param {{calendar: string, among: import("../lib/store.js").Collection[], onChange: (href: string) => void}} props */
export function CalendarChoice({ calendar, among, onChange }) {
	const here = calendars.value.find((c) => c.href === calendar);
	const owner = here && !here.mine ? owners.value.get(here.owner)?.name : "";
	return html`<label><span class="visually-hidden">${t("event.field.calendar")}</span><select value=${calendar} disabled=${among.length < 2} onChange=${(/** @type {any} */ e) => onChange(e.target.value)}>
		${among.map((c) => html`<option value=${c.href} selected=${c.href === calendar}>${c.name}</option>`)}</select></label>
		${owner && html`<small class="muted" dir="auto">${t("event.behalf", { who: owner })}</small>`}`;
}
