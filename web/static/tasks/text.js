// Days of tasks in words.
import { language, t } from "../lib/i18n.js";
import { day, dayText } from "../lib/time.js";
import { clockText } from "../ui/field.js";
import { inZone } from "./tasks.js";

/** "Today", "Tomorrow", "Friday", "12 Mar", with the time if there is one. @param {import("./todo.js").When} due */
export function dueText(due) {
	const { date, time } = inZone(due), on = day(date), days = day().until(on, { largestUnit: "days" }).days;
	const near = Math.abs(days) <= 1 ? capital(new Intl.RelativeTimeFormat(language.value, { numeric: "auto" }).format(days, "day"))
		: days > 1 && days < 7 ? dayText(on, { weekday: "long" })
		: dayText(on, { day: "numeric", month: "short", ...(on.year === day().year ? {} : { year: "numeric" }) });
	return time ? `${near}, ${clockText(time)}` : near;
}

/** @param {string} text */
function capital(text) { return text.charAt(0).toLocaleUpperCase(language.value) + text.slice(1); }

/** "low", "medium", "high" or "" of a PRIORITY (RFC 5545 §3.8.1.9). @param {number} p */
export function importance(p) { return p <= 0 ? "" : p <= 4 ? "high" : p === 5 ? "medium" : "low"; }

/** @param {number} p */
export function importanceText(p) { return importance(p) ? t(`tasks.priority.${importance(p)}`) : ""; }
