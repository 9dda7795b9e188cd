// To-dos (RFC 5545 §3.6.2) as the lines they are made of: what a change does not concern stays byte for byte. Nothing here
// knows of the page.
//
// A task that repeats is completed as phones do it (Tasks.org, Apple's Reminders): the completed occurrence becomes a task of its
// own, and the series goes on with its next occurrence, which every client shows. A series of which a client has made
// exceptions, or which has RDATE, is left as it is: there the occurrence is completed as an exception, as Thunderbird does it.
import { Line, Part } from "../calendar/lines.js";
import { escapeText, stampOf } from "../lib/ics.js";

/**
 * @typedef {{date: string, time: string, zone: string}} When date: ISO; time: HH:MM:SS, "" of a whole day; zone: TZID, "UTC", "" of none
 * @typedef {object} Task what a list shows
 * @property {string} href @property {string} list href @property {string} etag @property {string} uid @property {string} title
 * @property {When | null} due @property {When | null} start @property {number} priority 0 none, 1 highest, 9 lowest @property {number} percent
 * @property {boolean} done @property {boolean} cancelled @property {string} completed as it stands @property {string} note @property {string} parent UID, "" without
 * @property {string} rule @property {string[]} categories @property {string} privacy
 */

/** The starts of a rule by the clock on the wall (calendar/rule.js). @typedef {(rule: string, start: string) => Iterable<string>} Starts */

/** @param {Part} cal @returns {Part} the to-do that is not an exception */
export function masterOf(cal) {
	const all = cal.parts("VTODO");
	const found = all.find((p) => !p.line("RECURRENCE-ID")) ?? all[0];
	if (!found) throw new Error("this is no task");
	return found;
}

/** @param {Line | null} line @returns {When | null} */
export function readWhen(line) {
	const m = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(line?.value.trim() ?? "");
	if (!m || !line) return null;
	return { date: `${m[1]}-${m[2]}-${m[3]}`, time: m[4] ? `${m[4]}:${m[5]}:${m[6]}` : "", zone: m[7] ? "UTC" : line.param("TZID") };
}

/** @param {string} name @param {When} w @returns {Line} */
export function whenLine(name, { date, time, zone }) {
	const day = date.replace(/-/g, "");
	if (!time) return Line.of(name, { VALUE: "DATE" }, day);
	const clock = `${day}T${time.replace(/:/g, "")}`;
	return zone === "UTC" ? Line.of(name, {}, `${clock}Z`) : Line.of(name, { TZID: zone }, clock);
}

/** The UID of the task that one is a part of (RFC 5545 §3.8.4.5: PARENT where nothing is said). @param {Part} part */
function parentOf(part) {
	const line = part.all("RELATED-TO").find((l) => (l.param("RELTYPE") || "PARENT").toUpperCase() === "PARENT");
	return line?.value.trim() ?? "";
}

/** @param {Part} cal @param {{href: string, list: string, etag: string}} of @param {Starts | null} starts for series with exceptions @returns {Task} */
export function readTask(cal, of, starts = null) {
	const master = masterOf(cal), now = (starts && byExceptions(cal) ? occurrence(cal, starts)?.part : null) ?? master;
	const status = now.value("STATUS").toUpperCase();
	return {
		...of, uid: master.value("UID").trim(), title: now.text("SUMMARY"), due: readWhen(now.line("DUE")), start: readWhen(now.line("DTSTART")),
		priority: Number(now.value("PRIORITY")) || 0, percent: Number(now.value("PERCENT-COMPLETE")) || 0,
		done: status === "COMPLETED" || status === "CANCELLED" || now.value("COMPLETED") !== "", cancelled: status === "CANCELLED", completed: now.value("COMPLETED"),
		note: now.text("DESCRIPTION"), parent: parentOf(master), rule: master.value("RRULE"),
		categories: now.all("CATEGORIES").flatMap((l) => l.value.split(/(?<!\\),/)).map((v) => v.replace(/\\(.)/g, "$1")), privacy: now.value("CLASS"),
	};
}

/** Whether occurrences stand as exceptions, so that the series itself must not move. @param {Part} cal */
export function byExceptions(cal) { return cal.parts("VTODO").some((p) => p.line("RECURRENCE-ID")) || masterOf(cal).line("RDATE") !== null; }

/** @param {When} w */
function local(w) { return w.time ? `${w.date}T${w.time}` : w.date; }

/** @param {string} text @param {When} like @returns {When} */
function whenOf(text, like) { return { date: text.slice(0, 10), time: like.time ? text.slice(11, 19) || like.time : "", zone: like.zone }; }

/** Moves a time by as much as lies between two others, on the clock. @param {When} w @param {string} from @param {string} to @returns {When} */
function moved(w, from, to) {
	const ms = (/** @type {string} */ s) => Date.parse(s.length === 10 ? `${s}T00:00:00Z` : `${s}Z`);
	const at = new Date(ms(local(w)) + ms(to) - ms(from)).toISOString();
	return whenOf(w.time ? at.slice(0, 19) : at.slice(0, 10), w);
}

/** The start by which a series is counted: DTSTART, or DUE where there is none. @param {Part} master */
function anchorOf(master) { return readWhen(master.line("DTSTART")) ?? readWhen(master.line("DUE")); }

/** Whether a start lies behind UNTIL. @param {string} start @param {When} like @param {string} rule */
function past(start, like, rule) {
	const until = /(?:^|;)UNTIL=(\d{8})(T\d{6})?(Z?)/i.exec(rule);
	if (!until) return false;
	const day = `${until[1].slice(0, 4)}-${until[1].slice(4, 6)}-${until[1].slice(6, 8)}`;
	if (!until[2] || !like.time) return start.slice(0, 10) > day;
	const clock = `${day}T${until[2].slice(1, 3)}:${until[2].slice(3, 5)}:${until[2].slice(5, 7)}`;
	if (!until[3] || like.zone === "UTC" || !like.zone) return start > clock;
	try {
		return Temporal.PlainDateTime.from(start).toZonedDateTime(like.zone).epochMilliseconds > Date.parse(`${clock}Z`);
	} catch {
		return start > clock; // a zone of its own: by its clock
	}
}

/** The starts of a series without those taken out. @param {Part} master @param {Starts} starts @returns {Generator<string>} */
function* startsOf(master, starts) {
	const first = anchorOf(master), rule = master.value("RRULE");
	if (!first) return;
	const out = new Set(master.all("EXDATE").flatMap((l) => l.value.split(",").map((v) => readWhen(Line.of("EXDATE", {}, v)))).filter((w) => w !== null).map((w) => local(w)));
	let n = 0;
	for (const s of rule ? starts(rule, local(first)) : [local(first)]) {
		if (past(s, first, rule) || ++n > 2000) return;
		if (!out.has(s)) yield s;
	}
}

/** The first occurrence that is not done, of a series with exceptions. @param {Part} cal @param {Starts} starts @returns {{part: Part, at: string, exception: boolean} | null} */
function occurrence(cal, starts) {
	const master = masterOf(cal), first = anchorOf(master);
	if (!first) return null;
	const own = new Map(cal.parts("VTODO").filter((p) => p.line("RECURRENCE-ID")).map((p) => {
		const w = readWhen(p.line("RECURRENCE-ID"));
		return [w ? local(w) : "", p];
	}));
	for (const at of startsOf(master, starts)) {
		const exception = own.get(at);
		if (exception && /^(COMPLETED|CANCELLED)$/i.test(exception.value("STATUS"))) continue;
		return { part: exception ?? instance(master, first, at), at, exception: !!exception };
	}
	return null;
}

/** An occurrence as an exception of its series. @param {Part} master @param {When} first @param {string} at */
function instance(master, first, at) {
	const part = master.clone();
	part.remove("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID");
	for (const name of ["DTSTART", "DUE"]) {
		const w = readWhen(master.line(name));
		if (w) part.put(name, [whenLine(name, moved(w, local(first), at))]);
	}
	part.put("RECURRENCE-ID", [whenLine("RECURRENCE-ID", whenOf(at, first))]);
	return part;
}

/** Marks a to-do as changed. @param {Part} part @param {number} now */
export function touch(part, now) {
	part.set("DTSTAMP", stampOf(now));
	part.set("LAST-MODIFIED", stampOf(now));
}

/** @param {Part} part @param {boolean} done @param {number} now */
export function setDone(part, done, now) {
	part.set("STATUS", done ? "COMPLETED" : "NEEDS-ACTION");
	part.set("COMPLETED", done ? stampOf(now) : "");
	if (done || part.line("PERCENT-COMPLETE")) part.set("PERCENT-COMPLETE", done ? "100" : "");
	touch(part, now);
}

/**
 * Completes a task, in place. Of a series gives the completed occurrence as an object of its own, if that is how it is done.
 * @param {Part} cal @param {number} now @param {Starts} starts @param {string} uid for the occurrence @returns {Part | null}
 */
export function complete(cal, now, starts, uid) {
	const master = masterOf(cal);
	if (!master.value("RRULE") && !byExceptions(cal)) {
		setDone(master, true, now);
		return null;
	}
	if (byExceptions(cal)) {
		const next = occurrence(cal, starts);
		if (!next) {
			setDone(master, true, now);
			return null;
		}
		setDone(next.part, true, now);
		if (!next.exception) cal.add(next.part);
		return null;
	}
	const first = anchorOf(master);
	const next = first ? [...take(startsOf(master, starts), 2)].find((s) => s > local(first)) : undefined;
	if (!first || !next) { // the last of them
		setDone(master, true, now);
		return null;
	}
	const copy = cal.clone(), once = masterOf(copy);
	once.remove("RRULE", "EXDATE", "RDATE");
	for (const alarm of once.parts("VALARM")) once.drop(alarm);
	once.set("UID", uid);
	setDone(once, true, now);
	advance(master, first, next, now);
	return copy;
}

/** @template T @param {Iterable<T>} list @param {number} n @returns {Generator<T>} */
function* take(list, n) {
	for (const x of list) {
		if (n-- <= 0) return;
		yield x;
	}
}

/** Moves a series to its next occurrence. @param {Part} master @param {When} first @param {string} next @param {number} now */
function advance(master, first, next, now) {
	for (const name of ["DTSTART", "DUE"]) {
		const line = master.line(name), w = readWhen(line);
		if (line && w) line.setValue(whenLine(name, moved(w, local(first), next)).value);
	}
	const rule = master.value("RRULE");
	master.set("RRULE", rule.replace(/(^|;)COUNT=(\d+)/i, (_, by, n) => `${by}COUNT=${Math.max(1, Number(n) - 1)}`));
	setDone(master, false, now);
	master.set("PERCENT-COMPLETE", "");
}

/** Opens a task again. @param {Part} cal @param {number} now */
export function reopen(cal, now) { setDone(masterOf(cal), false, now); }

/** Sets when a task is due; null: without a day. @param {Part} part @param {When | null} due */
export function setDue(part, due) {
	const before = readWhen(part.line("DUE")), start = readWhen(part.line("DTSTART")), rule = part.value("RRULE");
	part.remove("DURATION");
	if (!due) {
		part.set("DUE", "");
		if (rule) part.remove("RRULE", "EXDATE", "RDATE", "DTSTART"); // nothing to count from
		return;
	}
	part.put("DUE", [whenLine("DUE", due)]);
	if (!start) return;
	// DTSTART has the kind of DUE and is not behind it (RFC 5545 §3.8.2.3); that of a series moves with it.
	let from = rule && before ? moved({ ...start, time: due.time && (start.time || due.time), zone: due.zone }, before.date, due.date) : { ...start, time: due.time && (start.time || due.time), zone: due.zone };
	if (local(from) > local(due) || (rule && before && local(start) === local(before))) from = due;
	part.put("DTSTART", [whenLine("DTSTART", from)]);
}

/** Sets from when a task can be done; it has the kind of DUE. @param {Part} part @param {string} date ISO, "" for none */
export function setStart(part, date) {
	const due = readWhen(part.line("DUE"));
	if (!date) part.set("DTSTART", "");
	else if (!due) part.put("DTSTART", [whenLine("DTSTART", { date, time: "", zone: "" })]);
	else {
		const old = readWhen(part.line("DTSTART")), w = { date, time: due.time && (old?.time || due.time), zone: due.zone };
		part.put("DTSTART", [whenLine("DTSTART", local(w) > local(due) ? due : w)]);
	}
}

/** Sets how a task repeats; "" for not. It needs a start to count from: Apple's, the day it is due. @param {Part} part @param {string} rule */
export function setRule(part, rule) {
	if (!rule) {
		part.remove("RRULE", "EXDATE", "RDATE");
		return;
	}
	const due = readWhen(part.line("DUE"));
	if (!part.line("DTSTART") && due) part.put("DTSTART", [whenLine("DTSTART", due)]);
	part.set("RRULE", rule);
}

/** @param {Part} part @param {string} uid of the task that this is a part of; "" of none */
export function setParent(part, uid) {
	const others = part.all("RELATED-TO").filter((l) => (l.param("RELTYPE") || "PARENT").toUpperCase() !== "PARENT");
	part.put("RELATED-TO", [...others, ...(uid ? [Line.of("RELATED-TO", {}, uid)] : [])]);
	if (!uid && others.length === 0) part.remove("RELATED-TO");
}

/** @param {Part} part @param {number} percent @param {number} now */
export function setPercent(part, percent, now) {
	if (percent >= 100) return setDone(part, true, now);
	part.set("COMPLETED", "");
	part.set("STATUS", percent > 0 ? "IN-PROCESS" : "NEEDS-ACTION");
	part.set("PERCENT-COMPLETE", percent > 0 ? String(percent) : "");
}

/**
 * Takes one change out of what a task has become since: the properties that it changed get the lines they had before.
 * @param {Part} cal @param {Part} before @param {Part} after
 */
export function revert(cal, before, after) {
	const now = masterOf(cal), old = masterOf(before), was = masterOf(after);
	const lines = (/** @type {Part} */ p, /** @type {string} */ name) => p.all(name).map((l) => l.raw).join("");
	const names = new Set([...old.items, ...was.items].map((i) => (i instanceof Line ? i.name : "")));
	for (const name of names) {
		if (["", "DTSTAMP", "LAST-MODIFIED"].includes(name) || lines(old, name) === lines(was, name)) continue;
		if (old.line(name)) now.put(name, old.all(name).map((l) => l.clone()));
		else now.remove(name);
	}
}

/**
 * A new task. @param {{uid: string, title: string, due: When | null, rule?: string, priority?: number, parent?: string, note?: string}} task @param {number} now
 * @returns {Part}
 */
export function newTask({ uid, title, due, rule = "", priority = 0, parent = "", note = "" }, now) {
	const cal = new Part("VCALENDAR"), todo = new Part("VTODO");
	cal.add(Line.of("VERSION", {}, "2.0"));
	cal.add(Line.of("PRODID", {}, "-//Convoke//Web//EN"));
	cal.add(todo);
	for (const [name, value] of [["UID", uid], ["DTSTAMP", stampOf(now)], ["CREATED", stampOf(now)], ["SUMMARY", escapeText(title)], ["STATUS", "NEEDS-ACTION"]]) todo.set(name, value);
	if (due) setDue(todo, due);
	if (rule) setRule(todo, rule);
	if (priority) todo.set("PRIORITY", String(priority));
	if (note) todo.set("DESCRIPTION", escapeText(note));
	if (parent) setParent(todo, parent);
	return cal;
}
