// A calendar object (RFC 5545) as whoever edits it sees it: its components as forms, written back with only what was
// changed. Edits of a series by scope stand in scopes.js.
import { bare, readDuration, unescapeText } from "../lib/ics.js";
import { Line, Part, readLines } from "./lines.js";
import { ruleStarts } from "./rule.js";
import { clockIn } from "./zones.js";

/**
 * @typedef {object} Moment a date, or a time by the clock of a zone
 * @property {string} local 2026-11-30 or 2026-11-30T09:00:00 @property {string} zone "UTC", a TZID; "" for floating times and dates
 *
 * @typedef {object} Guest
 * @property {string} address without mailto:, in lower case @property {string} name @property {string} role @property {string} kind CUTYPE
 * @property {string} status PARTSTAT
 *
 * @typedef {object} Reminder
 * @property {number} seconds before (negative) or after, of the start or end @property {"START" | "END"} related @property {string} at a fixed time, or ""
 * @property {string} action @property {number} [of] which VALARM of the component it is; none for a new one
 *
 * @typedef {object} Form
 * @property {string} title @property {boolean} allDay @property {string} start local time or date @property {string} end local time; of dates the last day
 * @property {string} zone @property {string} endZone @property {string} rule value of RRULE, "" without
 * @property {string} place @property {string} conference @property {string} description @property {string} url @property {boolean} free
 * @property {string} privacy @property {string} status @property {string[]} categories @property {string} color
 * @property {Reminder[]} reminders @property {Guest[]} guests without whoever organizes @property {Guest | null} organizer
 * @property {{uri: string, name: string}[]} attachments links; those that stand in the object itself are not touched
 *
 * @typedef {object} Ground what an edit needs to know
 * @property {number} now milliseconds @property {string} here the zone that is shown @property {{address: string, name: string}} me who organizes what is new
 */

/** An object that was read. */
export class CalendarObject {
	/** @param {string} text @param {string} here the zone in which floating times are shown */
	constructor(text, here) {
		this.calendar = readLines(text);
		this.here = here;
		/** @type {Map<string, import("./zones.js").Clock>} */
		this.clocks = new Map();
	}

	get events() { return this.calendar.parts("VEVENT"); }
	/** @returns {Part | null} the event, or the series without its exceptions */
	get master() { return this.events.find((e) => !e.line("RECURRENCE-ID")) ?? null; }
	get overrides() { return this.events.filter((e) => e.line("RECURRENCE-ID")); }
	get uid() { return this.events[0]?.value("UID") ?? ""; }
	get recurring() { return !!this.master && !!(this.master.value("RRULE") || this.master.line("RDATE")); }

	/** @param {string} tzid */
	clock(tzid) {
		let c = this.clocks.get(tzid);
		if (!c) this.clocks.set(tzid, c = clockIn(tzid, this.calendar, this.here));
		return c;
	}

	/** @param {Moment} m */
	instant(m) { return this.clock(m.zone).instant(m.local.length === 10 ? `${m.local}T00:00:00` : m.local); }

	/** A moment by the clock of another zone. @param {Moment} m @param {string} zone @returns {Moment} */
	into(m, zone) {
		if (m.local.length === 10 || m.zone === zone) return { ...m, zone: m.local.length === 10 ? "" : zone };
		return { local: this.clock(zone).local(this.instant(m)), zone };
	}

	/** Whether two moments are the same day, or instant. @param {Moment} a @param {Moment} b */
	same(a, b) {
		if (a.local.length !== b.local.length) return a.local.slice(0, 10) === b.local.slice(0, 10);
		return a.zone === b.zone ? a.local === b.local : this.instant(a) === this.instant(b);
	}

	/** @param {Moment} recurrence @returns {Part | null} */
	override(recurrence) {
		return this.overrides.find((o) => this.same(moment(/** @type {Line} */ (o.line("RECURRENCE-ID"))), recurrence)) ?? null;
	}

	/**
	 * The start of the instance that a RECURRENCE-ID value names, as the series tells time; "" is the first, which expanded data
	 * gives without one. @param {string} value
	 */
	instanceOf(value) {
		const start = this.master?.line("DTSTART") ?? this.overrides[0]?.line("RECURRENCE-ID");
		if (value === "" && start) return moment(start);
		const m = readMoment(value, "");
		return start ? this.into(m, moment(start).zone) : m;
	}

	/**
	 * The starts of the instances of a series, exceptions too (at their RECURRENCE-ID), without those that are left out.
	 * @param {(start: Moment, n: number) => boolean} until stops where it gives true
	 * @param {Part | null} [part] another master
	 * @returns {Moment[]}
	 */
	starts(until, part = this.master) {
		const first = part?.line("DTSTART");
		if (!part || !first) return [];
		const start = moment(first), out = moments(part, "EXDATE");
		const gone = new Set(out.map((m) => this.key(m, start))), seen = new Set();
		/** @type {Moment[]} */
		const extra = moments(part, "RDATE").map((m) => this.into(m, start.zone)).sort((a, b) => (a.local < b.local ? -1 : 1));
		/** @type {Moment[]} */
		const list = [];
		let n = 0;
		const take = (/** @type {string} */ local) => {
			const m = { local, zone: start.zone };
			if (until(m, n)) return false;
			n++;
			const key = this.key(m, start);
			if (!gone.has(key) && !seen.has(key)) list.push(m);
			seen.add(key);
			return true;
		};
		const rule = part.value("RRULE");
		for (const local of rule ? this.ruled(rule, start) : [start.local]) {
			while (extra.length > 0 && extra[0].local < local) if (!take(/** @type {Moment} */ (extra.shift()).local)) return list;
			if (!take(local)) return list;
		}
		for (const m of extra) if (!take(m.local)) break;
		return list;
	}

	/** The starts by a rule up to its UNTIL. @param {string} rule @param {Moment} start */
	*ruled(rule, start) {
		const until = /UNTIL=([\dTZ]+)/i.exec(rule)?.[1];
		const last = until ? this.lastOf(until, start) : Infinity;
		for (const local of ruleStarts(rule, start.local)) {
			if (last !== Infinity && this.instant({ local, zone: start.zone }) > last) return;
			yield local;
		}
	}

	/** @param {string} until @param {Moment} start */
	lastOf(until, start) {
		const m = readMoment(until, start.zone);
		if (m.local.length === 10 && start.local.length > 10) return this.instant({ local: `${m.local}T23:59:59`, zone: start.zone });
		return this.instant(m);
	}

	/** @param {Moment} m @param {Moment} like */
	key(m, like) { return like.local.length === 10 ? m.local.slice(0, 10) : this.into(m, like.zone).local; }

	/** The form of the event, or of the instance that a RECURRENCE-ID value names. @param {string} [recurrenceId] @returns {Form} */
	form(recurrenceId = "") {
		if (recurrenceId) {
			const at = this.instanceOf(recurrenceId), own = this.override(at);
			if (own) return readForm(own);
			if (this.master) return movedTo(readForm(this.master), at);
		}
		return readForm(this.master ?? this.events[0]);
	}

	/** Addresses that the organizer's message did not reach (RFC 6638 §3.2.9, codes of RFC 5546 §3.6). @param {string} [recurrenceId] @returns {Set<string>} */
	unreached(recurrenceId = "") {
		const part = (recurrenceId && this.override(this.instanceOf(recurrenceId))) || this.master || this.events[0];
		return new Set(part.all("ATTENDEE").filter((l) => /^[345]/.test(l.param("SCHEDULE-STATUS"))).map((l) => bare(l.value)));
	}

	toString() { return this.calendar.toString(); }
}

/** A form of a series at one of its instances. @param {Form} form @param {Moment} at @returns {Form} */
function movedTo(form, at) {
	const days = Temporal.PlainDate.from(form.start.slice(0, 10)).until(at.local.slice(0, 10)).days;
	const end = addDays(form.end, days);
	return { ...form, start: form.allDay ? at.local.slice(0, 10) : at.local, end };
}

/** @param {string} local date or date and time @param {number} days */
export function addDays(local, days) {
	return Temporal.PlainDate.from(local.slice(0, 10)).add({ days }).toString() + local.slice(10);
}

/** A value of a date or a time. @param {string} value @param {string} zone of a local time @returns {Moment} */
export function readMoment(value, zone) {
	const m = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?/.exec(value);
	if (!m) return { local: "1970-01-01", zone: "" };
	const day = `${m[1]}-${m[2]}-${m[3]}`;
	return m[4] === undefined ? { local: day, zone: "" } : { local: `${day}T${m[4]}:${m[5]}:${m[6]}`, zone: m[7] ? "UTC" : zone };
}

/** @param {Line} line @returns {Moment} */
export function moment(line) { return readMoment(line.value, line.param("TZID")); }

/** All values of EXDATE or RDATE (of a period its start). @param {Part} part @param {string} name @returns {Moment[]} */
export function moments(part, name) {
	return part.all(name).flatMap((l) => l.value.split(",").map((v) => readMoment(v, l.param("TZID"))));
}

/** @param {Moment} m */
export function momentValue({ local, zone }) { return local.replace(/[-:]/g, "") + (zone === "UTC" ? "Z" : ""); }

/** @param {string} name @param {Moment} m @returns {Line} */
export function momentLine(name, m) {
	return Line.of(name, m.local.length === 10 ? { VALUE: "DATE" } : m.zone && m.zone !== "UTC" ? { TZID: m.zone } : {}, momentValue(m));
}

/** @param {Line} l @returns {Guest} */
function guest(l) {
	const address = bare(l.value);
	return {
		address, name: l.param("CN") || address, role: l.param("ROLE") || "REQ-PARTICIPANT", kind: l.param("CUTYPE") || "INDIVIDUAL",
		status: l.param("PARTSTAT") || "NEEDS-ACTION",
	};
}

/** The end of a component as it stands or follows (RFC 5545 §3.6.1). @param {Part} part @param {Moment} start @returns {Moment} */
function endOf(part, start) {
	const end = part.line("DTEND"), date = start.local.length === 10;
	if (end) {
		const m = moment(end);
		return date ? { local: addDays(m.local.slice(0, 10), -1), zone: "" } : m;
	}
	const length = readDuration(part.value("DURATION"));
	if (date) return { local: addDays(start.local, Math.max(1, Math.round(length / 86_400_000)) - 1), zone: "" };
	return { local: later(start.local, length), zone: start.zone };
}

/** @param {string} local @param {number} ms @returns {string} on the same clock */
export function later(local, ms) {
	return Temporal.PlainDateTime.from(local).add({ milliseconds: ms }).toString({ smallestUnit: "second" });
}

/** @param {Part} part @returns {Form} */
export function readForm(part) {
	const first = part.line("DTSTART");
	const start = first ? moment(first) : { local: "1970-01-01", zone: "" };
	const end = endOf(part, start);
	const organizer = part.line("ORGANIZER");
	const who = organizer ? guest(organizer) : null;
	const call = part.line("CONFERENCE")?.value ?? part.line("X-GOOGLE-CONFERENCE")?.value ?? part.line("X-MICROSOFT-SKYPETEAMSMEETINGURL")?.value ?? "";
	return {
		title: part.text("SUMMARY"), allDay: start.local.length === 10, start: start.local,
		end: end.local < start.local && end.zone === start.zone ? start.local : end.local,
		zone: start.zone, endZone: end.zone, rule: part.value("RRULE"), place: part.text("LOCATION"), conference: call,
		description: part.text("DESCRIPTION"), url: part.value("URL"), free: part.value("TRANSP").toUpperCase() === "TRANSPARENT",
		privacy: part.value("CLASS").toUpperCase(), status: part.value("STATUS").toUpperCase(), color: part.text("COLOR"),
		categories: part.all("CATEGORIES").flatMap((l) => l.value.split(/(?<!\\),/)).map(unescapeText).filter(Boolean),
		reminders: part.parts("VALARM").map(reminder), organizer: who,
		guests: part.all("ATTENDEE").map(guest).filter((g) => g.address !== who?.address),
		attachments: part.all("ATTACH").filter((l) => !l.param("ENCODING")).map((l) => ({ uri: l.value, name: l.param("FILENAME") || l.param("LABEL") })),
	};
}

/** @param {Part} part @param {number} of @returns {Reminder} */
function reminder(part, of) {
	const t = part.line("TRIGGER");
	const fixed = t?.param("VALUE").toUpperCase() === "DATE-TIME";
	return {
		of, action: part.value("ACTION").toUpperCase() || "DISPLAY", at: fixed ? t?.value ?? "" : "",
		seconds: fixed ? 0 : readDuration(t?.value ?? "") / 1000, related: t?.param("RELATED").toUpperCase() === "END" ? "END" : "START",
	};
}
