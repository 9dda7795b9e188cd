// Language, theme, times and what the calendar shows. Each choice holds at once.
import { html } from "../vendor/preact.js";
import { bare } from "../lib/ics.js";
import { dateFormat, explain, language, languages, loadLanguage, t } from "../lib/i18n.js";
import { applyTheme, changeSettings, session, settings } from "../lib/settings.js";
import { calendars, eventCalendars } from "../lib/store.js";
import { toast } from "../ui/toast.js";
import Push from "./push.js";

/** Minutes before, that can be chosen as a reminder. */
export const reminders = [0, 5, 10, 15, 30, 60, 120, 1440, 2880, 10080];

/** @param {number} minutes */
export function reminderText(minutes) {
	if (minutes === 0) return t("settings.reminder.start");
	const [n, unit] = minutes % 10080 === 0 ? [minutes / 10080, "week"] : minutes % 1440 === 0 ? [minutes / 1440, "day"] : minutes % 60 === 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
	return t("settings.reminder.before", { time: new Intl.NumberFormat(language.value, { style: "unit", unit, unitDisplay: "long" }).format(n) });
}

/** @param {Record<string, any>} change */
async function set(change) {
	try {
		await changeSettings(change);
		applyTheme();
	} catch (err) {
		toast(explain(err), { kind: "error" });
	}
}

export default function General() {
	const s = settings.value;
	const zones = Intl.supportedValuesOf("timeZone");
	const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const writable = eventCalendars.value.filter((c) => c.may.add);
	return html`<h1>${t("settings.general")}</h1>
		<${Group} title=${t("settings.look")}>
			<${Choice} label=${t("settings.language")} value=${s.language || language.value} options=${Object.entries(languages)} onChange=${async (/** @type {string} */ v) => { await set({ language: v }); await loadLanguage(v); }} />
			<${Choice} label=${t("settings.theme")} value=${s.theme} options=${["system", "light", "dark"].map((v) => [v, t(`settings.theme.${v}`)])} onChange=${(/** @type {string} */ v) => set({ theme: v })} />
		<//>
		<${Group} title=${t("settings.times")}>
			<${Choice} label=${t("settings.zone")} value=${s.timeZone} options=${[["", t("settings.zone.device", { zone: zoneName(here) })], ...zones.map((z) => [z, zoneName(z)])]} onChange=${(/** @type {string} */ v) => set({ timeZone: v })} />
			<${Choice} label=${t("settings.zone.second")} hint=${t("settings.zone.second.hint")} value=${s.secondTimeZone} options=${[["", t("settings.none")], ...zones.map((z) => [z, zoneName(z)])]} onChange=${(/** @type {string} */ v) => set({ secondTimeZone: v })} />
			<${Choice} label=${t("settings.hours")} value=${String(s.hours24)} options=${[["true", "13:30"], ["false", "1:30 PM"]]} onChange=${(/** @type {string} */ v) => set({ hours24: v === "true" })} />
			<${Choice} label=${t("settings.weekstart")} value=${String(s.weekStart)} options=${[1, 6, 0].map((d) => [String(d), weekday(d)])} onChange=${(/** @type {string} */ v) => set({ weekStart: Number(v) })} />
			<${WorkHours} value=${s.workHours} />
		<//>
		<${Group} title=${t("settings.calendar")}>
			<${Choice} label=${t("settings.default")} value=${writable.some((c) => c.href === s.defaultCalendar) ? s.defaultCalendar : writable[0]?.href ?? ""} options=${writable.map((c) => [c.href, c.name])} onChange=${(/** @type {string} */ v) => set({ defaultCalendar: v })} />
			<${Choice} label=${t("settings.length")} value=${String(s.eventMinutes)} options=${[15, 30, 45, 60, 90, 120].map((m) => [String(m), new Intl.NumberFormat(language.value, { style: "unit", unit: "minute", unitDisplay: "long" }).format(m)])} onChange=${(/** @type {string} */ v) => set({ eventMinutes: Number(v) })} />
			<${Choice} label=${t("settings.reminder")} value=${s.defaultReminder === null ? "" : String(s.defaultReminder)} options=${[["", t("settings.none")], ...reminders.map((m) => [String(m), reminderText(m)])]} onChange=${(/** @type {string} */ v) => set({ defaultReminder: v === "" ? null : Number(v) })} />
			<${Notifications} on=${s.notifications} />
			<${Push} />
			<${Switch} label=${t("settings.remindertoasts")} hint=${t("settings.remindertoasts.hint")} on=${s.reminderToasts} onChange=${(/** @type {boolean} */ v) => set({ reminderToasts: v })} />
			<${MailReminders} value=${s.mailReminders} />
			<${Switch} label=${t("settings.weeknumbers")} on=${s.weekNumbers} onChange=${(/** @type {boolean} */ v) => set({ weekNumbers: v })} />
			<${Switch} label=${t("settings.declined")} on=${s.showDeclined} onChange=${(/** @type {boolean} */ v) => set({ showDeclined: v })} />
			<${Switch} label=${t("settings.shortcuts")} hint=${t("settings.shortcuts.hint")} on=${s.shortcuts} onChange=${(/** @type {boolean} */ v) => set({ shortcuts: v })} />
		<//>
		${calendars.value.length === 0 && html`<p class="note">${t("state.offline")}</p>`}`;
}

/** Which alarms are mailed. @param {{value: string}} props */
function MailReminders({ value }) {
	const mails = session.value?.features.mailOut, address = session.value?.principal.addresses.find((a) => a.includes("@")) ?? "";
	const hint = mails ? t("settings.mailreminders.to", { address: bare(address) }) : t("settings.mailreminders.none");
	return html`<${Choice} label=${t("settings.mailreminders")} hint=${hint} disabled=${!mails} value=${value} options=${["off", "asked", "all"].map((v) => [v, t(`settings.mailreminders.${v}`)])} onChange=${(/** @type {string} */ v) => set({ mailReminders: v })} />`;
}

/** A group of settings with a heading. @param {{title: string, children?: any}} props */
export function Group({ title, children }) {
	return html`<section class="settings-group"><h2>${title}</h2><div class="settings-rows">${children}</div></section>`;
}

/** @param {{label: string, hint?: string, value: string, options: [string, string][], disabled?: boolean, onChange: (v: string) => void}} props */
export function Choice({ label, hint, value, options, disabled = false, onChange }) {
	return html`<label class="setting"><span>${label}${hint && html`<small>${hint}</small>`}</span>
		<select value=${value} disabled=${disabled} onChange=${(/** @type {Event} */ e) => onChange(/** @type {HTMLSelectElement} */ (e.target).value)}>
			${options.map(([v, text]) => html`<option key=${v} value=${v} selected=${v === value}>${text}</option>`)}</select></label>`;
}

/** @param {{label: string, hint?: string, on: boolean, disabled?: boolean, onChange: (v: boolean) => void}} props */
export function Switch({ label, hint, on, disabled = false, onChange }) {
	return html`<label class="setting"><span>${label}${hint && html`<small>${hint}</small>`}</span>
		<input type="checkbox" role="switch" checked=${on} disabled=${disabled} onChange=${(/** @type {Event} */ e) => onChange(/** @type {HTMLInputElement} */ (e.target).checked)} /></label>`;
}

/** @param {{value: {days: number[], start: string, end: string}}} props */
function WorkHours({ value }) {
	const { days, start, end } = value;
	const first = settings.value.weekStart;
	return html`<fieldset class="setting work"><legend>${t("settings.work")}</legend>
		<div class="days">${[0, 1, 2, 3, 4, 5, 6].map((i) => (i + first) % 7).map((d) => html`<label class="day-choice" key=${d}>
			<input type="checkbox" checked=${days.includes(d)} onChange=${() => set({ workHours: { ...value, days: days.includes(d) ? days.filter((x) => x !== d) : [...days, d].sort() } })} /><span>${weekday(d, "short")}</span></label>`)}</div>
		<div class="row"><input type="time" aria-label=${t("settings.work.start")} value=${start} onChange=${(/** @type {Event} */ e) => hours({ ...value, start: /** @type {HTMLInputElement} */ (e.target).value })} />
			<span aria-hidden="true">–</span><input type="time" aria-label=${t("settings.work.end")} value=${end} onChange=${(/** @type {Event} */ e) => hours({ ...value, end: /** @type {HTMLInputElement} */ (e.target).value })} /></div>
	</fieldset>`;
}

/** @param {{days: number[], start: string, end: string}} workHours */
function hours(workHours) {
	if (workHours.start < workHours.end) set({ workHours });
	else toast(t("settings.work.wrong"), { kind: "error" });
}

/** @param {{on: boolean}} props */
function Notifications({ on }) {
	const possible = "Notification" in globalThis;
	const change = async (/** @type {boolean} */ wanted) => {
		if (wanted && (await Notification.requestPermission()) !== "granted") {
			toast(t("settings.notifications.denied"), { kind: "error" });
			set({ notifications: false });
			return;
		}
		set({ notifications: wanted });
	};
	return possible && html`<${Switch} label=${t("settings.notifications")} hint=${t("settings.notifications.hint")} on=${on && Notification.permission === "granted"} onChange=${change} />`;
}

/** The name of a day of the week, 0 is Sunday. @param {number} d @param {"long" | "short"} [length] */
export function weekday(d, length = "long") { return dateFormat({ weekday: length, timeZone: "UTC" }).format(Date.UTC(2026, 1, 1 + d)); }

/** "Berlin (Europe)". @param {string} z */
function zoneName(z) {
	const words = z.split("/").map((w) => w.replace(/_/g, " "));
	return words.length > 1 ? `${words.slice(1).join(", ")} (${words[0]})` : z;
}
