// Edits of a series: this instance, this and those after it, or all (RFC 5545 §3.8.4.4, §3.8.5). Each gives the object
// as it is afterwards; what cannot be kept is told.
import { Part, Line } from "./lines.js";
import { CalendarObject, addDays, moment, momentLine, momentValue, moments, readForm, readMoment } from "./object.js";
import { moveRule, readRule, withParts } from "./rule.js";
import { changed, timeMembers, touch, writeForm } from "./write.js";

/** @typedef {import("./object.js").Form} Form */
/** @typedef {import("./object.js").Moment} Moment */
/** @typedef {import("./object.js").Ground} Ground */
/** @typedef {{lost: Moment[]}} Told the exceptions that fit nowhere any more */

/** The properties that make a series of an event. */
const serial = ["RRULE", "RDATE", "EXDATE", "EXRULE"];

/** The exception of an instance, made from the series where there is none. @param {CalendarObject} o @param {string} recurrenceId @returns {Part} */
export function overrideOf(o, recurrenceId) {
	const at = o.instanceOf(recurrenceId), own = o.override(at);
	if (own) return own;
	const master = o.master;
	if (!master) throw new Error("this series has no such instance");
	const form = o.form(recurrenceId), part = master.clone();
	part.remove(...serial);
	part.put("DTSTART", [momentLine("DTSTART", { local: form.start, zone: form.allDay ? "" : form.zone })]);
	const line = momentLine("RECURRENCE-ID", at);
	part.items.splice(part.items.indexOf(/** @type {Line} */ (part.line("DTSTART"))), 0, line);
	if (part.line("DTEND")) part.put("DTEND", [momentLine("DTEND", form.allDay ? { local: addDays(form.end, 1), zone: "" } : { local: form.end, zone: form.endZone })]);
	o.calendar.items.splice(o.calendar.items.lastIndexOf(o.events.at(-1) ?? master) + 1, 0, part);
	return part;
}

/** Changes one instance. @param {CalendarObject} o @param {string} recurrenceId @param {Form} before @param {Form} after @param {Ground} g */
export function editThis(o, recurrenceId, before, after, g) {
	writeForm(overrideOf(o, recurrenceId), { ...before, rule: "" }, { ...after, rule: "" }, g);
}

/** Whether "all" can be done: moving by days needs a rule that can be moved. @param {CalendarObject} o @param {string} recurrenceId @param {Form} before @param {Form} after */
export function movable(o, recurrenceId, before, after) {
	const rule = o.master?.value("RRULE") ?? "";
	return after.rule !== before.rule || rule === "" || before.start === after.start || moveRule(rule, o.instanceOf(recurrenceId).local, after.start) !== null;
}

/**
 * Changes all instances, given one of them before and after.
 * @param {CalendarObject} o @param {string} recurrenceId of that one @param {Form} before @param {Form} after @param {Ground} g @returns {Told}
 */
export function editAll(o, recurrenceId, before, after, g) {
	const master = o.master;
	if (!master) throw new Error("this series has no beginning");
	const old = readForm(master);
	const what = changed(before, after).filter((k) => !timeMembers.includes(k));
	/** @type {Form} */
	const now = { ...old };
	for (const k of what) Object.assign(now, { [k]: after[k] });
	const moves = timeMembers.some((k) => before[/** @type {"start"} */ (k)] !== after[/** @type {"start"} */ (k)]);
	const at = recurrenceId ? o.instanceOf(recurrenceId) : { local: old.start, zone: old.zone };
	const shift = moves ? shifted(o, old, at, after) : null;
	if (shift) {
		Object.assign(now, shift.times);
		if (!what.includes("rule")) now.rule = shift.rule;
	}
	if (now.allDay !== old.allDay) now.rule = untilOf(o, now.rule, old, now);
	// What stands in exceptions as it stood in the series follows it.
	for (const part of o.overrides) {
		const own = readForm(part);
		const next = { ...own };
		for (const k of what) if (k !== "rule" && !["reminders", "guests"].includes(k) && JSON.stringify(own[k]) === JSON.stringify(old[k])) Object.assign(next, { [k]: after[k] });
		if (what.includes("guests")) next.guests = followGuests(own.guests, old.guests, after.guests);
		if (what.includes("reminders") && same(own.reminders, old.reminders)) next.reminders = after.reminders;
		writeForm(part, own, next, g);
	}
	const keys = o.overrides.map((part) => ({ part, key: moment(/** @type {Line} */ (part.line("RECURRENCE-ID"))) }));
	const dates = ["EXDATE", "RDATE"].map((name) => /** @type {[string, Moment[]]} */ ([name, moments(master, name)]));
	writeForm(master, old, now, g);
	if (shift) {
		for (const [name, list] of dates) if (list.length > 0) master.put(name, list.map((m) => momentLine(name, shift.move(m))));
		for (const { part, key } of keys) moveOverride(o, part, key, shift, o.same(key, at), g);
	}
	return { lost: shift || now.rule !== old.rule ? dropStray(o) : [] };
}

/** @param {unknown} a @param {unknown} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Guests of an exception after those of the series have changed. @param {import("./object.js").Guest[]} own @param {import("./object.js").Guest[]} old @param {import("./object.js").Guest[]} now */
function followGuests(own, old, now) {
	const had = (/** @type {import("./object.js").Guest[]} */ list, /** @type {string} */ address) => list.some((x) => x.address === address);
	return [...own.filter((x) => had(now, x.address) || !had(old, x.address)), ...now.filter((x) => !had(old, x.address) && !had(own, x.address))];
}

/**
 * How a series moves when one of its instances does. @param {CalendarObject} o @param {Form} old of the series @param {Moment} at where the instance is by the rule
 * @param {Form} after
 */
function shifted(o, old, at, after) {
	const moved = old.rule ? moveRule(old.rule, at.local, after.start) : { value: "", moves: () => true };
	if (!moved) throw new Error("a rule of this kind cannot be moved to other days");
	const days = Temporal.PlainDate.from(at.local.slice(0, 10)).until(after.start.slice(0, 10)).days;
	const clock = after.start.slice(10), clockWas = old.start.slice(10);
	const span = Temporal.PlainDate.from(after.start.slice(0, 10)).until(after.end.slice(0, 10)).days;
	const zone = after.allDay ? "" : after.zone;
	/** Where an instance goes. @param {Moment} m @returns {Moment} */
	const move = (m) => {
		const was = old.allDay ? m : o.into(m, old.zone);
		const day = addDays(was.local.slice(0, 10), moved.moves(was.local) ? days : 0);
		return { local: day + clock, zone };
	};
	const first = move({ local: old.start, zone: old.zone });
	const times = { allDay: after.allDay, start: first.local, end: addDays(first.local.slice(0, 10), span) + after.end.slice(10), zone: after.zone, endZone: after.endZone };
	let rule = moved.value;
	const until = readRule(rule).until;
	if (until && old.allDay === after.allDay) {
		const m = old.allDay ? readMoment(until, "") : o.into(readMoment(until, old.zone), old.zone);
		const exact = m.local.slice(10) === clockWas;
		const next = { local: addDays(m.local.slice(0, 10), days) + (exact ? clock : m.local.slice(10)), zone };
		rule = withParts(rule, { UNTIL: untilValue(o, next) });
	}
	return { times, rule, move };
}

/** A moment as UNTIL: UTC of times with a zone (RFC 5545 §3.3.10). @param {CalendarObject} o @param {Moment} m */
function untilValue(o, m) {
	return momentValue(m.local.length > 10 && m.zone ? o.into(m, "UTC") : m);
}

/** UNTIL in the type that DTSTART has now. @param {CalendarObject} o @param {string} rule @param {Form} old @param {Form} now */
function untilOf(o, rule, old, now) {
	const until = readRule(rule).until;
	if (!until) return rule;
	const m = readMoment(until, old.zone);
	const day = (m.local.length > 10 && old.zone ? o.into(m, old.zone) : m).local.slice(0, 10);
	return withParts(rule, { UNTIL: untilValue(o, now.allDay ? { local: day, zone: "" } : { local: `${day}T23:59:59`, zone: now.zone }) });
}

/**
 * An exception goes along; one that has its own time keeps that.
 * @param {CalendarObject} o @param {Part} part @param {Moment} at its RECURRENCE-ID @param {ReturnType<typeof shifted>} shift
 * @param {boolean} edited whether it is the one that was edited @param {Ground} g
 */
function moveOverride(o, part, at, shift, edited, g) {
	const own = readForm(part), to = shift.move(at);
	const untouched = edited || own.allDay === (at.local.length === 10) && o.same({ local: own.start, zone: own.zone }, at);
	if (untouched) {
		const t = shift.times, span = Temporal.PlainDate.from(t.start.slice(0, 10)).until(t.end.slice(0, 10)).days;
		writeForm(part, own, { ...own, allDay: t.allDay, start: to.local, end: addDays(to.local.slice(0, 10), span) + t.end.slice(10), zone: t.zone, endZone: t.endZone }, g);
	}
	part.put("RECURRENCE-ID", [momentLine("RECURRENCE-ID", to)]);
}

/** Takes away exceptions that are at no start of the series. @param {CalendarObject} o @returns {Moment[]} what they were of */
export function dropStray(o) {
	const list = o.overrides.map((part) => ({ part, at: moment(/** @type {Line} */ (part.line("RECURRENCE-ID"))) }));
	if (list.length === 0 || !o.master) return [];
	const latest = Math.max(...list.map((x) => o.instant(x.at)));
	const starts = new Set(o.starts((m) => o.instant(m) > latest).map((m) => o.instant(m)));
	const stray = list.filter((x) => !starts.has(o.instant(x.at)));
	for (const x of stray) o.calendar.drop(x.part);
	return stray.map((x) => x.at);
}

/** Whether an instance is the first. @param {CalendarObject} o @param {Moment} at */
export function isFirst(o, at) {
	const first = o.starts((_, n) => n > 50)[0];
	return !first || o.instant(at) <= o.instant(first);
}

/** Ends a series before an instance. @param {CalendarObject} o @param {Moment} at @param {Ground} g */
export function endBefore(o, at, g) {
	const master = /** @type {Part} */ (o.master), border = o.instant(at);
	const start = moment(/** @type {Line} */ (master.line("DTSTART")));
	const rule = master.value("RRULE");
	if (rule) {
		const last = start.local.length === 10 ? { local: addDays(at.local.slice(0, 10), -1), zone: "" } : { local: o.clock(start.zone || o.here).local(border - 1000), zone: start.zone };
		master.set("RRULE", withParts(rule, { COUNT: "", UNTIL: untilValue(o, last) }));
	}
	keepDates(o, master, (m) => o.instant(m) < border);
	for (const part of o.overrides) if (o.instant(moment(/** @type {Line} */ (part.line("RECURRENCE-ID")))) >= border) o.calendar.drop(part);
	touch(master, g, true);
}

/** @param {CalendarObject} o @param {Part} part @param {(m: Moment) => boolean} keep */
function keepDates(o, part, keep) {
	for (const name of ["EXDATE", "RDATE"]) {
		const all = moments(part, name), left = all.filter(keep);
		if (left.length < all.length) part.put(name, left.map((m) => momentLine(name, m)));
	}
}

/**
 * Changes an instance and those after it: the series ends before it, and another begins (RELATED-TO tells of which).
 * @param {CalendarObject} o is changed @param {string} recurrenceId @param {Form} before @param {Form} after @param {Ground} g @param {string} uid of the new one
 * @returns {{next: CalendarObject, told: Told}}
 */
export function editFollowing(o, recurrenceId, before, after, g, uid) {
	const at = o.instanceOf(recurrenceId), border = o.instant(at);
	const next = new CalendarObject(o.toString(), o.here);
	const master = /** @type {Part} */ (next.master);
	const rule = readRule(master.value("RRULE"));
	if (rule.count > 0) {
		let n = 0;
		for (const local of next.ruled(master.value("RRULE"), moment(/** @type {Line} */ (master.line("DTSTART"))))) {
			if (next.instant({ local, zone: at.zone }) >= border) break;
			n++;
		}
		master.set("RRULE", withParts(master.value("RRULE"), { COUNT: String(Math.max(1, rule.count - n)) }));
	}
	keepDates(next, master, (m) => next.instant(m) >= border);
	for (const part of next.overrides) if (next.instant(moment(/** @type {Line} */ (part.line("RECURRENCE-ID")))) < border) next.calendar.drop(part);
	const old = readForm(master), days = Temporal.PlainDate.from(old.start.slice(0, 10)).until(at.local.slice(0, 10)).days;
	writeForm(master, old, { ...old, start: at.local, end: addDays(old.end, days) }, g);
	for (const part of next.events) {
		part.set("UID", uid);
		part.set("SEQUENCE", "0");
	}
	master.put("RELATED-TO", [...master.all("RELATED-TO"), Line.of("RELATED-TO", { RELTYPE: "SIBLING" }, o.uid)]);
	const told = editAll(next, momentValue(at.zone && at.zone !== "UTC" ? next.into(at, "UTC") : at), before, after, g);
	for (const part of next.events) part.set("SEQUENCE", "0");
	endBefore(o, at, g);
	return { next, told };
}

/** Leaves an instance out. @param {CalendarObject} o @param {string} recurrenceId @param {Ground} g @returns {boolean} whether something is left */
export function deleteThis(o, recurrenceId, g) {
	const at = o.instanceOf(recurrenceId), own = o.override(at), master = o.master;
	if (own) o.calendar.drop(own);
	if (!master) return o.events.length > 0;
	const extra = moments(master, "RDATE");
	if (extra.some((m) => o.same(m, at))) master.put("RDATE", extra.filter((m) => !o.same(m, at)).map((m) => momentLine("RDATE", m)));
	else master.items.splice(master.items.lastIndexOf(master.all("EXDATE").at(-1) ?? master.line("RRULE") ?? /** @type {Line} */ (master.line("DTSTART"))) + 1, 0, momentLine("EXDATE", at));
	touch(master, g, true);
	return o.starts((_, n) => n > 1500).length > 0;
}

/** Leaves an instance and those after it out. @param {CalendarObject} o @param {string} recurrenceId @param {Ground} g */
export function deleteFollowing(o, recurrenceId, g) { endBefore(o, o.instanceOf(recurrenceId), g); }
