// Reminders: several, before or after the start or the end.
import { html } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { session, settings } from "../lib/settings.js";
import { Icon, IconButton } from "../ui/icon.js";
import { reminderText } from "./spans.js";

/** @typedef {import("./object.js").Reminder} Reminder */

/** Seconds that are offered. @param {boolean} allDay */
const offered = (allDay) => (allDay ? [9 * 3600, -15 * 3600, -39 * 3600, -7 * 86_400 + 9 * 3600] : [0, -300, -600, -900, -1800, -3600, -7200, -86_400, -172_800, -604_800]);

const units = /** @type {const} */ ([["minute", 60], ["hour", 3600], ["day", 86_400], ["week", 604_800]]);

/** @param {number} seconds of an all-day event, from its midnight */
function dayText(seconds) {
	const days = -Math.floor(seconds / 86_400), clock = `${String(Math.floor((((seconds % 86_400) + 86_400) % 86_400) / 3600)).padStart(2, "0")}:00`;
	return t(days === 0 ? "event.reminder.sameday" : days === 1 ? "event.reminder.daybefore" : "event.reminder.daysbefore", { n: days, time: clock });
}

/** @param {{reminders: Reminder[], allDay: boolean, onChange: (r: Reminder[]) => void}} props */
export function ReminderField({ reminders, allDay, onChange }) {
	const put = (/** @type {number} */ i, /** @type {Partial<Reminder>} */ change) => onChange(reminders.map((r, n) => (n === i ? { ...r, ...change } : r)));
	const used = reminders.map((r) => r.seconds);
	const next = offered(allDay).find((s) => (allDay || s === -600 || s < 0) && !used.includes(s)) ?? -600;
	const first = allDay ? -15 * 3600 : -600;
	return html`<div class="reminders">${reminders.map((r, i) => html`<${One} key=${i} reminder=${r} allDay=${allDay} onChange=${(/** @type {Partial<Reminder>} */ c) => put(i, c)} onRemove=${() => onChange(reminders.filter((_, n) => n !== i))} />`)}
		<button type="button" class="button quiet small" onClick=${() => onChange([...reminders, { seconds: used.includes(first) ? next : first, related: "START", at: "", action: "DISPLAY" }])}><${Icon} name="plus" />${t("event.reminder.add")}</button></div>`;
}

/** @param {{reminder: Reminder, allDay: boolean, onChange: (c: Partial<Reminder>) => void, onRemove: () => void}} props */
function One({ reminder: r, allDay, onChange, onRemove }) {
	const list = offered(allDay), own = r.at !== "" || r.related === "END" || !list.includes(r.seconds);
	const value = own ? "own" : String(r.seconds);
	const mail = r.action === "EMAIL", unsent = !session.value?.features.mailOut ? "event.reminder.nomail" : settings.value.mailReminders === "off" ? "event.reminder.mailoff" : "";
	const choose = (/** @type {any} */ e) => {
		if (e.target.value === "custom") onChange({ seconds: allDay ? -86_400 : -1200, related: "START", at: "" });
		else if (e.target.value !== "own") onChange({ seconds: Number(e.target.value), related: "START", at: "" });
	};
	return html`<div class="reminder"><div class="reminder-line"><select aria-label=${t("event.field.reminder")} value=${value} onChange=${choose}>
			${list.map((s) => html`<option value=${s} selected=${value === String(s)}>${allDay ? dayText(s) : reminderText({ ...r, seconds: s, related: "START", at: "" })}</option>`)}
			${own && html`<option value="own" selected>${reminderText(r)}</option>`}<option value="custom">${t("event.reminder.custom")}</option></select>
		${(mail || session.value?.features.mailOut) && html`<select class="reminder-way" aria-label=${t("event.reminder.way")} value=${mail ? "EMAIL" : "DISPLAY"} onChange=${(/** @type {any} */ e) => onChange({ action: e.target.value })}>
			${["DISPLAY", "EMAIL"].map((a) => html`<option value=${a} selected=${mail === (a === "EMAIL")}>${t(`event.reminder.way.${a}`)}</option>`)}</select>`}
		<${IconButton} icon="x" label=${t("event.reminder.remove")} onClick=${onRemove} /></div>
		${own && r.at === "" && html`<${Custom} reminder=${r} onChange=${onChange} />`}
		${mail && unsent && html`<small class="muted">${t(unsent)}</small>`}</div>`;
}

/** @param {{reminder: Reminder, onChange: (c: Partial<Reminder>) => void}} props */
function Custom({ reminder: r, onChange }) {
	const all = Math.abs(r.seconds), unit = [...units].reverse().find(([, s]) => all >= s && all % s === 0) ?? units[0];
	const n = Math.round(all / unit[1]), before = r.seconds <= 0;
	const set = (/** @type {number} */ count, /** @type {number} */ size, /** @type {boolean} */ early) => onChange({ seconds: (early ? -1 : 1) * Math.min(Math.max(0, Math.trunc(count)), 9999) * size || 0 });
	return html`<div class="reminder-line custom"><input type="number" min="0" max="9999" aria-label=${t("event.reminder.number")} value=${n} onInput=${(/** @type {any} */ e) => { if (e.target.value !== "") set(Number(e.target.value), unit[1], before); }} />
		<select aria-label=${t("event.reminder.unit")} value=${unit[0]} onChange=${(/** @type {any} */ e) => set(n, units.find((u) => u[0] === e.target.value)?.[1] ?? 60, before)}>${units.map(([u]) => html`<option value=${u} selected=${u === unit[0]}>${t(`event.units.${u}`)}</option>`)}</select>
		<select aria-label=${t("event.reminder.side")} value=${`${before ? "before" : "after"} ${r.related}`} onChange=${(/** @type {any} */ e) => { const [side, related] = e.target.value.split(" "); onChange({ seconds: (side === "before" ? -1 : 1) * all, related }); }}>
			${["before START", "after START", "before END", "after END"].map((v) => html`<option value=${v} selected=${v === `${before ? "before" : "after"} ${r.related}`}>${t(`event.reminder.side.${v.replace(" ", ".")}`)}</option>`)}</select></div>`;
}
