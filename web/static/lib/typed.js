// Times that people type, and how long something takes in words.
import { language } from "./i18n.js";

/**
 * A time that somebody typed: 9, 930, 9:30, 9.30, 9p, 9:30 pm, 21h. @param {string} typed
 * @returns {string | null} HH:MM
 */
export function readClock(typed) {
	const m = /^\s*(\d{1,2})(?:[:.h ]?([0-5]\d))?\s*(?:uhr|h)?\s*([ap])?\.?m?\.?\s*$/i.exec(typed);
	if (!m) return null;
	let hour = Number(m[1]);
	const half = m[3]?.toLowerCase();
	if (half) {
		if (hour < 1 || hour > 12) return null;
		hour = (hour % 12) + (half === "p" ? 12 : 0);
	}
	if (hour > 24 || (hour === 24 && Number(m[2] ?? 0) > 0)) return null;
	return `${String(hour % 24).padStart(2, "0")}:${m[2] ?? "00"}`;
}

/** How long in words: "1 h 30 min". @param {number} ms */
export function lengthText(ms) {
	const minutes = Math.round(ms / 60_000), list = [];
	/** @type {[number, string][]} */
	const units = [[1440, "day"], [60, "hour"], [1, "minute"]];
	let rest = minutes;
	for (const [size, unit] of units) {
		const n = Math.floor(rest / size);
		rest %= size;
		if (n > 0) list.push(new Intl.NumberFormat(language.value, { style: "unit", unit, unitDisplay: "short" }).format(n));
	}
	return list.join(" ") || "0";
}
