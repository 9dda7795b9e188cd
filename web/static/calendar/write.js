// A form written into its component: only what differs from the form that was read. Who changes what raises SEQUENCE as
// RFC 5546 §2.1.4 says; the server raises it where this does not.
import { bare, escapeText, stampOf } from "../lib/ics.js";
import { Line, Part } from "./lines.js";
import { CalendarObject, addDays, momentLine, readForm } from "./object.js";

/** @typedef {import("./object.js").Form} Form */
/** @typedef {import("./object.js").Ground} Ground */

/** Members of a form that say when it is. */
export const timeMembers = ["allDay", "start", "end", "zone", "endZone"];
/** Members whose change asks guests again. */
const asksAgain = [...timeMembers, "rule", "status"];

/** The names of members in which two forms differ. @param {Form} a @param {Form} b @returns {(keyof Form)[]} */
export function changed(a, b) {
	return /** @type {(keyof Form)[]} */ (Object.keys(b)).filter((k) => JSON.stringify(a[k]) !== JSON.stringify(b[k]));
}

/** A form in which nothing is said, to compare a new one with. @returns {Form} */
export function emptyForm() {
	return {
		title: "", allDay: false, start: "", end: "", zone: "", endZone: "", rule: "", place: "", conference: "", description: "", url: "", free: false,
		privacy: "", status: "", categories: [], color: "", reminders: [], guests: [], organizer: null, attachments: [],
	};
}

/** A whole new object. @param {Form} form @param {string} uid @param {Ground} g @returns {CalendarObject} */
export function newObject(form, uid, g) {
	const o = new CalendarObject("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Convoke//Web//EN\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", g.here);
	const part = o.events[0];
	part.add(Line.of("UID", {}, uid));
	part.add(Line.of("DTSTAMP", {}, stampOf(g.now)));
	part.add(Line.of("CREATED", {}, stampOf(g.now)));
	writeForm(part, emptyForm(), form, g);
	return o;
}

/**
 * Writes what differs; gives the names of the members that did. @param {Part} part @param {Form} before @param {Form} after @param {Ground} g
 * @returns {(keyof Form)[]}
 */
export function writeForm(part, before, after, g) {
	const what = changed(before, after);
	if (what.length === 0) return what;
	if (what.some((k) => timeMembers.includes(k))) writeTimes(part, before, after);
	/** @type {[keyof Form, string][]} */
	const texts = [["title", "SUMMARY"], ["place", "LOCATION"], ["description", "DESCRIPTION"], ["color", "COLOR"]];
	for (const [member, name] of texts) if (what.includes(member)) writeText(part, name, String(after[member]));
	if (what.includes("description")) part.remove("X-ALT-DESC"); // what a mail program made of the old one
	if (what.includes("rule")) part.set("RRULE", after.rule);
	if (what.includes("url")) part.set("URL", after.url);
	if (what.includes("conference")) writeConference(part, after.conference);
	if (what.includes("free")) part.set("TRANSP", after.free ? "TRANSPARENT" : part.line("TRANSP") ? "OPAQUE" : "");
	if (what.includes("privacy")) part.set("CLASS", after.privacy);
	if (what.includes("status")) part.set("STATUS", after.status);
	if (what.includes("categories")) part.put("CATEGORIES", after.categories.length === 0 ? [] : [Line.of("CATEGORIES", {}, after.categories.map(escapeText).join(","))]);
	if (what.includes("reminders")) writeReminders(part, after, g);
	if (what.includes("guests") || what.includes("organizer")) writeGuests(part, after, g);
	if (what.includes("attachments")) writeAttachments(part, after);
	touch(part, g, what.some((k) => asksAgain.includes(k)));
	return what;
}

/** Says that a component was changed. @param {Part} part @param {Ground} g @param {boolean} again whether guests are asked again */
export function touch(part, g, again) {
	part.set("DTSTAMP", stampOf(g.now));
	part.set("LAST-MODIFIED", stampOf(g.now));
	if (again && part.line("ATTENDEE") && part.line("DTSTART")) part.set("SEQUENCE", String(Number(part.value("SEQUENCE") || 0) + 1));
}

/** @param {Part} part @param {string} name @param {string} text */
function writeText(part, name, text) {
	const old = part.line(name);
	if (old) old.setParam("ALTREP", "");
	part.set(name, escapeText(text));
}

/** @param {string} start @param {string} end local times */
const length = (start, end) => Temporal.PlainDateTime.from(start).until(end, { largestUnit: "hour" }).toString();

/** @param {Part} part @param {Form} before @param {Form} after */
function writeTimes(part, before, after) {
	const timed = !before.allDay && !after.allDay && before.start !== "" && before.zone === before.endZone && after.zone === after.endZone;
	const kept = part.line("DURATION") && timed && length(before.start, before.end) === length(after.start, after.end);
	part.put("DTSTART", [momentLine("DTSTART", { local: after.start, zone: after.allDay ? "" : after.zone })]);
	if (kept) return;
	part.remove("DURATION");
	const end = after.allDay ? { local: addDays(after.end, 1), zone: "" } : { local: after.end, zone: after.endZone };
	part.put("DTEND", [momentLine("DTEND", end)]);
}

/** A way to join a call (RFC 7986 §5.11). @param {Part} part @param {string} uri */
function writeConference(part, uri) {
	part.remove("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL");
	const old = part.line("CONFERENCE");
	if (old && uri) old.setValue(uri);
	else part.put("CONFERENCE", uri ? [Line.of("CONFERENCE", { VALUE: "URI", FEATURE: uri.startsWith("tel:") ? "PHONE" : "VIDEO" }, uri), ...part.all("CONFERENCE").slice(1)] : []);
}

/** @param {number} seconds @returns {string} a duration (RFC 5545 §3.3.6) */
export function durationValue(seconds) {
	const sign = seconds < 0 ? "-" : "", all = Math.abs(seconds);
	if (all === 0) return "PT0S";
	if (all % 604_800 === 0) return `${sign}P${all / 604_800}W`;
	const d = Math.floor(all / 86_400), h = Math.floor((all % 86_400) / 3600), m = Math.floor((all % 3600) / 60), s = all % 60;
	const time = `${h ? `${h}H` : ""}${m ? `${m}M` : ""}${s ? `${s}S` : ""}`;
	return `${sign}P${d ? `${d}D` : ""}${time ? `T${time}` : ""}`;
}

/** @param {Part} part @param {Form} after @param {Ground} g */
function writeReminders(part, after, g) {
	const old = part.parts("VALARM");
	const known = readForm(part).reminders;
	for (const [i, alarm] of old.entries()) {
		const now = after.reminders.find((r) => r.of === i);
		if (!now) part.drop(alarm);
		else if (JSON.stringify(now) !== JSON.stringify(known[i])) {
			alarm.put("TRIGGER", [trigger(now)]);
			alarm.remove("ACKNOWLEDGED"); // of another time (RFC 9074 §6)
			if (now.action !== known[i].action) writeAction(alarm, now.action, after.title, g);
		}
	}
	for (const r of after.reminders.filter((x) => x.of === undefined)) {
		const alarm = new Part("VALARM");
		alarm.add(Line.of("UID", {}, crypto.randomUUID()));
		alarm.add(trigger(r));
		writeAction(alarm, r.action, after.title, g);
		part.add(alarm);
	}
}

/**
 * What an alarm does, with what it needs for that: a mail has a subject, a text and whom it goes to (RFC 5545 §3.6.6). The
 * server mails nobody but the owner, whoever stands there. @param {Part} alarm @param {string} action @param {string} title @param {Ground} g
 */
function writeAction(alarm, action, title, g) {
	const mail = action === "EMAIL", text = escapeText(title || "-");
	alarm.remove("SUMMARY", "ATTENDEE", "ATTACH");
	alarm.set("ACTION", mail ? "EMAIL" : "DISPLAY");
	if (!alarm.line("DESCRIPTION")) alarm.set("DESCRIPTION", text);
	if (!mail) return;
	alarm.set("SUMMARY", text);
	alarm.set("ATTENDEE", uriOf(g.me.address));
}

/** @param {import("./object.js").Reminder} r */
function trigger(r) {
	return r.at ? Line.of("TRIGGER", { VALUE: "DATE-TIME" }, r.at) : Line.of("TRIGGER", r.related === "END" ? { RELATED: "END" } : {}, durationValue(r.seconds));
}

/** @param {string} address */
const uriOf = (address) => (address.includes("@") && !address.includes(":") ? `mailto:${address}` : address);

/** @param {Part} part @param {Form} after @param {Ground} g */
function writeGuests(part, after, g) {
	if (after.guests.length === 0) {
		part.remove("ATTENDEE", "ORGANIZER");
		return;
	}
	const lines = part.all("ATTENDEE");
	const who = after.organizer ?? { ...g.me, role: "", kind: "", status: "" };
	if (!part.line("ORGANIZER")) {
		part.add(Line.of("ORGANIZER", { CN: who.name }, uriOf(who.address)));
		if (!lines.some((l) => bare(l.value) === who.address)) lines.push(Line.of("ATTENDEE", { CN: who.name, PARTSTAT: "ACCEPTED" }, uriOf(who.address)));
	}
	const kept = lines.filter((l) => bare(l.value) === who.address || after.guests.some((x) => x.address === bare(l.value)));
	for (const x of after.guests) {
		const own = kept.find((l) => bare(l.value) === x.address);
		if (!own) {
			const name = x.name === x.address ? "" : x.name;
			kept.push(Line.of("ATTENDEE", { CUTYPE: x.kind === "INDIVIDUAL" ? "" : x.kind, CN: name, ROLE: x.role === "REQ-PARTICIPANT" ? "" : x.role, PARTSTAT: "NEEDS-ACTION", RSVP: "TRUE" }, uriOf(x.address)));
			continue;
		}
		if ((own.param("ROLE") || "REQ-PARTICIPANT") !== x.role) own.setParam("ROLE", x.role);
		if ((own.param("PARTSTAT") || "NEEDS-ACTION") !== x.status) own.setParam("PARTSTAT", x.status);
	}
	part.put("ATTENDEE", kept);
}

/** @param {Part} part @param {Form} after */
function writeAttachments(part, after) {
	const lines = part.all("ATTACH").filter((l) => l.param("ENCODING") || after.attachments.some((a) => a.uri === l.value));
	for (const a of after.attachments) {
		if (!lines.some((l) => l.value === a.uri)) lines.push(Line.of("ATTACH", { FILENAME: a.name }, a.uri));
	}
	part.put("ATTACH", lines);
}
