// When an event is: dates, times that are typed, whole days, time zones.
import { html, useMemo, useRef, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { settings, zone } from "../lib/settings.js";
import { DateField, TimeField } from "../ui/field.js";
import { zoneName } from "./spans.js";
import { withAllDay, withEnd, withStart, withZone } from "./times.js";
import { tzName } from "./zones.js";

/** @typedef {import("./object.js").Form} Form */

/**
 * @param {{form: Form, onChange: (change: Form) => void, small?: boolean, locked?: boolean}} props
 */
export function WhenFields({ form, onChange, small, locked }) {
	const before = useRef(/** @type {{start: string, end: string} | null} */ (null));
	const [zones, setZones] = useState(form.zone !== form.endZone || (!form.allDay && form.zone !== zone.value));
	const [startDay, startClock] = [form.start.slice(0, 10), form.start.slice(11, 16)];
	const [endDay, endClock] = [form.end.slice(0, 10), form.end.slice(11, 16)];
	const long = form.allDay || startDay !== endDay || !small;
	const days = Temporal.PlainDate.from(startDay).until(endDay).days;
	const wholeDays = (/** @type {any} */ e) => {
		if (!form.allDay) before.current = { start: form.start, end: form.end };
		onChange(withAllDay(form, e.target.checked, before.current));
	};
	return html`<fieldset class="when" disabled=${locked}><legend class="visually-hidden">${t("event.field.time")}</legend>
		<div class=${`when-line ${long ? "two" : "one"}`}>
			<${DateField} label=${t("event.start.date")} value=${startDay} onChange=${(/** @type {string} */ d) => onChange(withStart(form, d + form.start.slice(10)))} />
			${!form.allDay && html`<${TimeField} label=${t("event.start.time")} value=${startClock} onChange=${(/** @type {string} */ c) => onChange(withStart(form, `${startDay}T${c}:00`))} />`}
			<span class="to" aria-hidden="true">–</span>
			${!form.allDay && html`<div class="end-time"><${TimeField} label=${t("event.end.time")} value=${endClock} from=${form.zone === form.endZone ? startClock : undefined} days=${days} onChange=${(/** @type {string} */ c) => onChange(withEnd(form, `${days === 1 && form.zone === form.endZone && c > startClock && endClock <= startClock ? startDay : endDay}T${c}:00`))} /></div>`}
			${long && html`<${DateField} label=${t("event.end.date")} value=${endDay} min=${form.zone === form.endZone ? startDay : undefined} onChange=${(/** @type {string} */ d) => onChange(withEnd(form, d + form.end.slice(10)))} />`}
		</div>
		<div class="when-line"><label class="check"><input type="checkbox" checked=${form.allDay} onChange=${wholeDays} />${t("event.allday")}</label>
			${!form.allDay && !small && html`<button type="button" class="button quiet small" aria-expanded=${zones} onClick=${() => setZones(!zones)}>${form.zone === "" ? t("event.zone.floating") : t("event.zone.is", { zone: zoneName(form.zone, 0) })}</button>`}</div>
		${zones && !form.allDay && !small && html`<div class="when-line zones">
			<${ZoneField} label=${t("event.zone.start")} value=${form.zone} onChange=${(/** @type {string} */ z) => onChange(withZone(form, z))} />
			<${ZoneField} label=${t("event.zone.end")} value=${form.endZone} onChange=${(/** @type {string} */ z) => onChange({ ...form, endZone: z })} /></div>`}
	</fieldset>`;
}

/** A zone of the tz database, or none. @param {{label: string, value: string, onChange: (zone: string) => void}} props */
function ZoneField({ label, value, onChange }) {
	const near = useMemo(() => [...new Set([zone.value, settings.value.secondTimeZone, tzName(value), "UTC"].filter(Boolean))], [value]);
	const all = useMemo(() => Intl.supportedValuesOf("timeZone"), []);
	const known = value === "" || near.includes(value) || all.includes(value);
	return html`<label class="field grow"><span>${label}</span><select value=${value} onChange=${(/** @type {any} */ e) => onChange(e.target.value)}>
		${!known && html`<option value=${value} selected>${value}</option>`}
		${near.map((z) => html`<option value=${z} selected=${z === value}>${z.replace(/_/g, " ")}</option>`)}
		<option value="" selected=${value === ""}>${t("event.zone.floating")}</option>
		<hr />
		${all.filter((z) => !near.includes(z)).map((z) => html`<option value=${z} selected=${z === value}>${z.replace(/_/g, " ")}</option>`)}
	</select></label>`;
}
