// A recurrence rule as a sentence.
import { dateFormat, listed, t, tn } from "../lib/i18n.js";
import { readMoment } from "./object.js";
import { readRule, weekdayOf, weekdays } from "./rule.js";

/** The name of a weekday. @param {string} code "MO" @param {"long" | "short" | "narrow"} [style] */
export function weekdayName(code, style = "long") {
	return dateFormat({ weekday: style, timeZone: "UTC" }).format(Date.UTC(2026, 0, 5 + weekdays.indexOf(code.slice(-2)))); // a Monday
}

/** @param {number} month 1 to 12 */
export function monthName(month) { return dateFormat({ month: "long", timeZone: "UTC" }).format(Date.UTC(2026, month - 1, 1)); }

/** "the second Monday", "the last day". @param {string} code "2MO", "-1TH" */
export function nthDay(code) {
	const n = Number(/^-?\d+/.exec(code)?.[0] ?? 0);
	return t(n === 0 ? "event.rule.every.day" : `event.rule.nth.${n}`, { day: weekdayName(code) });
}

/** Whether this can be said by the editor's own fields. @param {import("./rule.js").Rule} r */
export function plain(r) {
	if (r.more.some(([n]) => n !== "WKST") || r.bySetPos.length > 0) return false;
	const nth = (/** @type {string} */ d) => /^(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)$/.test(d);
	switch (r.freq) {
		case "DAILY": return r.byDay.length + r.byMonth.length + r.byMonthDay.length === 0;
		case "WEEKLY": return r.byMonth.length + r.byMonthDay.length === 0 && r.byDay.every((d) => weekdays.includes(d));
		case "MONTHLY": return r.byMonth.length === 0 && ((r.byDay.length === 0 && r.byMonthDay.length <= 1 && (r.byMonthDay[0] ?? 1) >= -1) || (r.byDay.length === 1 && r.byMonthDay.length === 0 && nth(r.byDay[0])));
		case "YEARLY": return (r.byDay.length === 0 && r.byMonth.length <= 1 && r.byMonthDay.length <= 1) || (r.byDay.length === 1 && r.byMonth.length === 1 && r.byMonthDay.length === 0 && nth(r.byDay[0]));
	}
	return false;
}

/** The rule in words. @param {string} value @param {string} start the local start, for what the rule leaves to it; "" if unknown */
export function describeRule(value, start) {
	const r = readRule(value);
	if (!plain(r)) return t("event.rule.custom");
	const every = tn(`event.rule.${r.freq.toLowerCase()}`, r.interval);
	const d = start ? Temporal.PlainDate.from(start.slice(0, 10)) : null;
	let on = "";
	if (r.freq === "WEEKLY") {
		const days = r.byDay.length > 0 ? weekdays.filter((w) => r.byDay.includes(w)) : start ? [weekdayOf(start)] : [];
		if (r.interval === 1 && days.join() === "MO,TU,WE,TH,FR") return t("event.rule.weekdays") + endText(r);
		on = days.length === 7 ? t("event.rule.alldays") : days.length > 0 ? t("event.rule.on", { days: listed(days.map((c) => weekdayName(c))) }) : "";
	} else if (r.freq === "MONTHLY" || r.freq === "YEARLY") {
		const month = r.freq === "YEARLY" ? monthName(r.byMonth[0] ?? d?.month ?? 1) : "";
		const n = r.byMonthDay[0] ?? d?.day;
		if (r.byDay.length === 1) on = t(month ? "event.rule.nth.in" : "event.rule.nth.on", { day: nthDay(r.byDay[0]), month });
		else if (n === -1) on = t("event.rule.lastday");
		else if (n && (month ? r.byMonth.length > 0 || d : true)) on = t(month ? "event.rule.date" : "event.rule.monthday", { n, month });
	}
	return [every, on].filter(Boolean).join(" ") + endText(r);
}

/** @param {import("./rule.js").Rule} r */
function endText(r) {
	if (r.count > 0) return tn("event.rule.count", r.count);
	if (!r.until) return "";
	const d = readMoment(r.until, "");
	return t("event.rule.until", { date: dateFormat({ day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${d.local.slice(0, 10)}T00:00Z`)) });
}
