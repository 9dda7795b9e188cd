// What a calendar reminds of: the reminder that its new events get, and whether it reminds at all.
import { html } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { changeSettings, settings } from "../lib/settings.js";
import { Choice, reminders, reminderText, Switch } from "./general.js";

/** @param {{c: import("../lib/store.js").Collection, attempt: (f: () => Promise<any>) => Promise<any>}} props */
export function CalendarReminders({ c, attempt }) {
	const { calendarReminders: own, defaultReminder, quietCalendars: quiet } = settings.value;
	const say = (/** @type {number | null} */ minutes) => (minutes === null ? t("settings.none") : reminderText(minutes));
	const choose = (/** @type {string} */ v) => attempt(async () => {
		const { [c.href]: _, ...others } = own;
		await changeSettings({ calendarReminders: v === "" ? others : { ...others, [c.href]: v === "none" ? null : Number(v) } });
	});
	const remind = (/** @type {boolean} */ on) => attempt(() => changeSettings({ quietCalendars: on ? quiet.filter((h) => h !== c.href) : [...quiet, c.href] }));
	return html`${c.may.add && c.components.includes("VEVENT") && html`<${Choice} label=${t("settings.reminder")} value=${!(c.href in own) ? "" : own[c.href] === null ? "none" : String(own[c.href])}
			options=${[["", t("settings.reminder.elsewhere", { what: say(defaultReminder) })], ["none", t("settings.none")], ...reminders.map((m) => [String(m), reminderText(m)])]} onChange=${choose} />`}
		${c.mine && html`<${Switch} label=${t("settings.reminds")} hint=${t("settings.reminds.hint")} on=${!quiet.includes(c.href)} onChange=${remind} />`}`;
}
