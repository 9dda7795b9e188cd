// One line of text read as an event, in English and German: own rules for times, spans, "every …", "for 45 min", "at PLACE",
// "with NAME" and "/calendar"; chrono for all other dates. Each piece that was understood can be taken back into the title.
import { readClock } from "../lib/typed.js";
import { nthOf, weekdayOf, weekdays } from "./rule.js";
import { words } from "./quickwords.js";

/**
 * @typedef {"date" | "time" | "length" | "repeat" | "place" | "guest" | "calendar"} Kind
 * @typedef {{kind: Kind, text: string, from: number, to: number}} Piece where it stands in the line
 *
 * @typedef {object} Quick what was understood
 * @property {string} title @property {Piece[]} pieces @property {string} date ISO, "" without @property {string} lastDate of days, "" without
 * @property {string} time HH:MM, "" without @property {string} endTime HH:MM, "" without @property {number} minutes how long, 0 unknown @property {number} days how long in days, 0 unknown
 * @property {string} rule @property {string} until ISO date @property {string} place @property {string[]} names @property {string} calendar name
 *
 * @typedef {object} Ground
 * @property {"en" | "de" | string} language @property {string} today ISO date @property {string} clock HH:MM now @property {string[]} calendars names
 * @property {{parse: Function} | null} chrono @property {number} [offset] minutes east of UTC @property {number} [now] milliseconds @property {string[]} [plain] pieces that are title
 */

const hidden = "\u0001";

/** The line while it is read: what was understood is hidden from what follows. */
class Reading {
	/** @param {string} line @param {string[]} plain */
	constructor(line, plain) {
		this.line = line;
		this.rest = line;
		this.plain = plain;
		/** @type {Piece[]} */
		this.pieces = [];
		/** @type {[number, number][]} text that was taken back into the title */
		this.kept = [];
	}

	/** Hides the first match and gives it; null where there is none, or it is to be title. @param {Kind} kind @param {RegExp} pattern @param {(m: RegExpExecArray) => boolean} [good] */
	take(kind, pattern, good = () => true) {
		for (const m of this.rest.matchAll(new RegExp(pattern.source, "giu"))) {
			const lead = /^[\s,;]*/.exec(m[0])?.[0].length ?? 0;
			const from = m.index + lead, to = m.index + m[0].trimEnd().length;
			if (this.plain.includes(`${kind} ${this.line.slice(from, to)}`)) {
				this.rest = this.rest.slice(0, from) + hidden.repeat(to - from) + this.rest.slice(to);
				this.kept.push([from, to]);
				continue;
			}
			if (!good(/** @type {any} */ (m))) continue;
			this.hide(kind, from, to);
			return /** @type {RegExpExecArray} */ (/** @type {unknown} */ (m));
		}
		return null;
	}

	/** @param {Kind} kind @param {number} from @param {number} to */
	hide(kind, from, to) {
		this.pieces.push({ kind, text: this.line.slice(from, to), from, to });
		this.rest = this.rest.slice(0, from) + hidden.repeat(to - from) + this.rest.slice(to);
	}

	/** What is left is the title. @param {RegExp} dangling */
	title(dangling) {
		const chars = [...this.rest.split("")];
		for (const [from, to] of this.kept) for (let i = from; i < to; i++) chars[i] = this.line[i];
		let text = chars.join("").replace(new RegExp(`${hidden}+`, "g"), " ").replace(/\s+/g, " ").trim();
		for (let before = ""; before !== text;) {
			before = text;
			text = text.replace(dangling, "").trim();
		}
		return text;
	}
}

/** @param {string} line @param {Ground} g @returns {Quick} */
export function readQuick(line, g) {
	const w = words[g.language] ?? words.en, r = new Reading(line, g.plain ?? []);
	/** @type {Quick} */
	const q = { title: "", pieces: [], date: "", lastDate: "", time: "", endTime: "", minutes: 0, days: 0, rule: "", until: "", place: "", names: [], calendar: "" };
	readCalendar(r, q, g);
	readRepeat(r, q, g, w);
	readLength(r, q, w);
	readTimes(r, q, w);
	readDays(r, q, g, w);
	readByChrono(r, q, g, w);
	readPeople(r, q, w);
	readPlace(r, q, w);
	q.pieces = r.pieces.sort((a, b) => a.from - b.from);
	q.title = r.title(w.dangling);
	settleDate(q, g);
	return q;
}

/** @param {Reading} r @param {Quick} q @param {Ground} g */
function readCalendar(r, q, g) {
	const plain = (/** @type {string} */ s) => s.toLowerCase().replace(/[\s_-]+/g, "");
	r.take("calendar", /(?:^|\s)\/[\p{L}\p{N}_-]+/u, (m) => {
		const typed = plain(m[0].trim().slice(1));
		q.calendar = g.calendars.find((c) => plain(c) === typed) ?? g.calendars.find((c) => plain(c).startsWith(typed)) ?? "";
		return q.calendar !== "";
	});
}

/** @param {Reading} r @param {Quick} q @param {Ground} g @param {import("./quickwords.js").Words} w */
function readRepeat(r, q, g, w) {
	const day = `(?:${Object.keys(w.days).join("|")})`;
	const number = (/** @type {string} */ s) => Number(s) || w.numbers[s.toLowerCase()] || 1;
	const dayCode = (/** @type {string} */ s) => w.days[s.toLowerCase().replace(/\.$/, "")];
	const list = new RegExp(`${w.every.source}\\s+((?:${w.nth.source}\\s+)?)(${day}(?:(?:\\s*,\\s*|\\s*(?:${w.and})\\s+)${day})*)(?:${w.ofMonth.source})?(?![\\p{L}])`, "iu");
	const daysIn = (/** @type {string} */ s) => [...s.matchAll(new RegExp(day, "giu"))].map((m) => dayCode(m[0])).filter(Boolean);
	r.take("repeat", list, (m) => {
		const groups = m.slice(1), nth = groups[0]?.trim().toLowerCase() ?? "", codes = [...new Set(daysIn(groups.at(-1) ?? ""))];
		if (codes.length === 0) return false;
		q.rule = nth && w.nths[nth] ? `FREQ=MONTHLY;BYDAY=${w.nths[nth]}${codes[0]}` : nth ? `FREQ=WEEKLY;INTERVAL=2;BYDAY=${sorted(codes)}` : `FREQ=WEEKLY;BYDAY=${sorted(codes)}`;
		return true;
	}) ?? r.take("repeat", w.weekdays, () => { q.rule = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"; return true; })
		?? r.take("repeat", w.onDays, (m) => { q.rule = `FREQ=WEEKLY;BYDAY=${sorted(daysIn(m[0]))}`; return daysIn(m[0]).length > 0; })
		?? r.take("repeat", w.everyN, (m) => {
			const unit = w.units.find((u) => u.pattern.test(m[2]));
			if (!unit) return false;
			const n = number(m[1] ?? "1");
			q.rule = `FREQ=${unit.freq}${n > 1 ? `;INTERVAL=${n}` : ""}`;
			return true;
		}) ?? r.take("repeat", w.adverbs, (m) => {
			q.rule = `FREQ=${w.adverb[m[0].trim().toLowerCase()] ?? ""}`;
			return q.rule !== "FREQ=";
		});
	if (q.rule === "") return;
	r.take("repeat", w.times, (m) => { q.rule += `;COUNT=${Math.min(number(m[1]), 999)}`; return true; });
	if (q.rule.includes("COUNT")) return;
	r.take("repeat", w.until, (m) => {
		q.until = numericDate(m[1], g, w)?.from ?? dateByChrono(m[1], g) ?? "";
		return q.until !== "";
	});
}

/** @param {string[]} codes */
function sorted(codes) { return weekdays.filter((d) => codes.includes(d)).join(","); }

/** @param {Reading} r @param {Quick} q @param {import("./quickwords.js").Words} w */
function readLength(r, q, w) {
	r.take("length", w.length, (m) => {
		const groups = /** @type {Record<string, string>} */ (m.groups ?? {});
		const amount = (/** @type {string | undefined} */ s) => (s === undefined ? 0 : w.numbers[s.toLowerCase()] ?? Number(s.replace(",", ".")));
		const minutes = amount(groups.h) * 60 + amount(groups.half && "0.5") * 60 + amount(groups.m), days = amount(groups.d);
		q.minutes = Math.round(minutes);
		q.days = Math.round(days);
		return (q.minutes > 0 && q.minutes < 60 * 24 * 14) || (q.days > 0 && q.days < 400);
	});
}

/** @param {Reading} r @param {Quick} q @param {import("./quickwords.js").Words} w */
function readTimes(r, q, w) {
	const half = (/** @type {string | undefined} */ s) => /^p/i.exec(s ?? "") ? "p" : /^a/i.exec(s ?? "") ? "a" : "";
	const found = r.take("time", w.timeSpan, (m) => {
		const { a, ah, b, bh, mark, lead } = /** @type {Record<string, string | undefined>} */ (m.groups ?? {});
		if (!mark && !lead && !ah && !bh && !/[:.]/.test(`${a}${b}`.replace(/\.$/, ""))) return false; // two numbers alone are no times
		const end = readClock(`${b}${half(bh)}`);
		let start = readClock(`${a}${half(ah) || (bh && Number.parseInt(a ?? "") <= 12 ? half(bh) : "")}`);
		if (start && end && bh && !ah && start >= end) start = readClock(`${a}a`);
		if (!start || !end) return false;
		q.time = start;
		q.endTime = end;
		return true;
	});
	if (found) return;
	r.take("time", w.time, (m) => {
		const { a, ah, b, c, d } = /** @type {Record<string, string | undefined>} */ (m.groups ?? {});
		q.time = readClock(`${a ?? b ?? c ?? d}${half(ah)}`) ?? "";
		return q.time !== "";
	});
	if (q.time !== "") return;
	r.take("time", w.namedTime, (m) => {
		q.time = w.named[m[0].trim().toLowerCase().replace(w.timeLead, "")] ?? "";
		return q.time !== "";
	});
}

/** A date in numbers, or a span of them. @param {string} text @param {Ground} g @param {import("./quickwords.js").Words} w @returns {{from: string, to: string} | null} */
function numericDate(text, g, w) {
	const iso = /^\s*(\d{4})-(\d\d)-(\d\d)/.exec(text);
	const m = w.dates.exec(text);
	const valid = (/** @type {number} */ year, /** @type {number} */ month, /** @type {number} */ d) => {
		try {
			return Temporal.PlainDate.from({ year, month, day: d }, { overflow: "reject" }).toString();
		} catch {
			return "";
		}
	};
	if (iso) {
		const from = valid(Number(iso[1]), Number(iso[2]), Number(iso[3]));
		return from ? { from, to: "" } : null;
	}
	if (!m?.groups) return null;
	const { d, m: month, y, d2, m2, y2 } = m.groups;
	const names = w.months, number = (/** @type {string | undefined} */ s) => (s === undefined ? 0 : /^\d/.test(s) ? Number(s) : names[s.toLowerCase().slice(0, 3)] ?? 0);
	const ym = number(month) || number(m2);
	const year = (/** @type {string | undefined} */ s, /** @type {number} */ mon, /** @type {number} */ dd) => {
		if (s) return s.length === 2 ? 2000 + Number(s) : Number(s);
		const now = Temporal.PlainDate.from(g.today), here = valid(now.year, mon, dd);
		return here && here < g.today ? now.year + 1 : now.year;
	};
	const from = valid(year(y ?? y2, ym, Number(d)), ym, Number(d));
	if (!from) return null;
	let to = d2 ? valid(year(y2 ?? String(from.slice(0, 4)), number(m2) || ym, Number(d2)), number(m2) || ym, Number(d2)) : "";
	if (to && to < from) to = valid(Number(to.slice(0, 4)) + 1, Number(to.slice(5, 7)), Number(to.slice(8, 10)));
	return { from, to };
}

/** @param {Reading} r @param {Quick} q @param {Ground} g @param {import("./quickwords.js").Words} w */
function readDays(r, q, g, w) {
	const set = (/** @type {RegExpExecArray} */ m) => {
		const found = numericDate(m[0].replace(w.dateLead, ""), g, w);
		if (!found) return false;
		q.date = found.from;
		q.lastDate = found.to;
		return true;
	};
	if (r.take("date", new RegExp(`(?<![\\p{L}\\d.])(?:${w.dateLead.source.replace(/^\^/, "")})?(?:\\d{4}-\\d\\d-\\d\\d|${w.dates.source.replace(/^\^/, "").replace(/\?<\w+>/g, "?:")})(?![\\p{L}\\d])`), set)) {
		r.take("date", w.dayBefore); // "Fri 3.12." says it twice
	}
}

/** @param {Ground} g */
const reference = (g) => ({ instant: new Date(g.now ?? Date.parse(`${g.today}T${g.clock}:00Z`)), timezone: g.offset ?? 0 });

/** @param {any} parts of chrono */
function isoOf(parts) { return [parts.get("year"), parts.get("month"), parts.get("day")].map((n, i) => String(n).padStart(i === 0 ? 4 : 2, "0")).join("-"); }

/** @param {string} text @param {Ground} g */
function dateByChrono(text, g) {
	const [found] = g.chrono?.parse(text, reference(g), { forwardDate: true }) ?? [];
	return found ? isoOf(found.start) : null;
}

/** @param {Reading} r @param {Quick} q @param {Ground} g @param {import("./quickwords.js").Words} w */
function readByChrono(r, q, g, w) {
	if (!g.chrono || (q.date !== "" && q.time !== "")) return;
	for (const found of g.chrono.parse(r.rest, reference(g), { forwardDate: true })) {
		if (found.text.includes(hidden) || /^\d+$/.test(found.text.trim())) continue;
		const lead = w.lead.exec(r.rest.slice(0, found.index))?.[0].trimStart().length ?? 0;
		const from = found.index - lead, to = found.index + found.text.length;
		const dated = ["day", "weekday", "month"].some((p) => found.start.isCertain(p)) || !found.start.isCertain("hour");
		const timed = found.start.isCertain("hour");
		const kind = dated ? "date" : "time";
		if ((dated && q.date !== "") || (!dated && q.time !== "")) continue;
		if (r.plain.includes(`${kind} ${r.line.slice(from, to)}`)) continue;
		if (dated) q.date = isoOf(found.start);
		if (dated && found.end && !timed && isoOf(found.end) > q.date) q.lastDate = isoOf(found.end);
		const clock = (/** @type {any} */ p) => `${String(p.get("hour")).padStart(2, "0")}:${String(p.get("minute") ?? 0).padStart(2, "0")}`;
		if (timed && q.time === "") {
			q.time = clock(found.start);
			if (found.end?.isCertain("hour")) q.endTime = clock(found.end);
			if (q.date === "" && isoOf(found.start) !== g.today) q.date = isoOf(found.start);
		}
		r.hide(kind, from, to);
	}
}

/** @param {Reading} r @param {Quick} q @param {import("./quickwords.js").Words} w */
function readPeople(r, q, w) {
	r.take("guest", w.guests, (m) => {
		q.names = m[1].split(new RegExp(`\\s*,\\s*|\\s+(?:${w.and})\\s+`, "iu")).map((n) => n.trim()).filter(Boolean);
		return q.names.length > 0;
	});
}

/** @param {Reading} r @param {Quick} q @param {import("./quickwords.js").Words} w */
function readPlace(r, q, w) {
	r.take("place", w.place, (m) => {
		q.place = (m[1] ?? m[2]).trim().replace(/[,.;]+$/, "");
		return q.place !== "";
	});
}

/** The day that is meant where none, or only a rule, was said. @param {Quick} q @param {Ground} g */
function settleDate(q, g) {
	if (q.date !== "") return;
	let d = Temporal.PlainDate.from(g.today);
	const by = /BYDAY=([^;]+)/.exec(q.rule)?.[1].split(",") ?? [];
	if (by.length > 0 && /^-?\d/.test(by[0])) {
		for (let n = 0; n < 62 && !fits(d.toString(), by[0]); n++) d = d.add({ days: 1 });
		q.date = d.toString();
		return;
	}
	if (by.length > 0) {
		const late = q.time !== "" && q.time <= g.clock;
		for (let n = 0; n < 8 && (!by.includes(weekdayOf(d.toString())) || (n === 0 && late)); n++) d = d.add({ days: 1 });
		q.date = d.toString();
	} else if (q.time !== "") q.date = (q.time <= g.clock ? d.add({ days: 1 }) : d).toString();
}

/** @param {string} date @param {string} code such as "2MO" */
function fits(date, code) {
	const n = Number(/^-?\d+/.exec(code)?.[0]);
	return weekdayOf(date) === code.slice(-2) && nthOf(date, n === -1) === n;
}
