// Birthdays and other days of cards: with or without a year, in the forms of both versions.
import { paramOf } from "./vcard.js";

/** @typedef {{y: number | null, m: number, d: number}} CardDate y: null where no year is said */

/** Reads a date; null where it is none that has a day and a month. @param {import("./vcard.js").Line} line @returns {CardDate | null} */
export function readDate(line) {
	const v = line.value.trim().split("T")[0];
	const m = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(v) ?? /^(--)(\d\d)-?(\d\d)$/.exec(v);
	if (!m || !exists(Number(m[2]), Number(m[3]))) return null;
	const noYear = m[1] === "--" || paramOf(line, "X-APPLE-OMIT-YEAR").includes(m[1]); // Apple writes a year that is none
	return { y: noYear ? null : Number(m[1]), m: Number(m[2]), d: Number(m[3]) };
}

/** Whether there is such a day in some year. @param {number} m @param {number} d */
function exists(m, d) { return m >= 1 && m <= 12 && d >= 1 && d <= [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1]; }

/** Whether there is such a day. @param {CardDate} date */
export function valid({ y, m, d }) { return exists(m, d) && (y === null || (y >= 1 && y <= 9999 && !(m === 2 && d === 29 && !leap(y)))); }

/** @param {number} y */
function leap(y) { return y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0); }

/** Writes a date as a version has it: the value, and what X-APPLE-OMIT-YEAR says. @param {CardDate} date @param {string} version */
export function writeDate({ y, m, d }, version) {
	const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
	const year = String(y ?? 1604).padStart(4, "0");
	if (version === "4.0") return { value: y === null ? `--${two(m)}${two(d)}` : year + two(m) + two(d), omit: [] }; // RFC 6350 §4.3.1
	return { value: `${year}-${two(m)}-${two(d)}`, omit: y === null ? [year] : [] };
}

/** How old somebody is on a day; null without a year. @param {CardDate} born @param {{year: number, month: number, day: number}} on */
export function ageOn({ y, m, d }, on) {
	if (y === null) return null;
	const age = on.year - y - (on.month < m || (on.month === m && on.day < d) ? 1 : 0);
	return age >= 0 && age < 150 ? age : null;
}
