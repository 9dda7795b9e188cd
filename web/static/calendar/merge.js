// Two changes of one object, brought together property by property (three-way): what only one side changed is taken
// from it; where both changed the same to something different, somebody is asked.
import { Line, Part, readLines } from "./lines.js";

/** What programs write by themselves; nobody is asked about it. */
const bookkeeping = ["DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE"];
/** Properties that say one thing together. */
const groups = /** @type {Record<string, string>} */ ({ DTEND: "DTSTART", DURATION: "DTSTART", RDATE: "RRULE" });

/**
 * @typedef {object} Conflict
 * @property {string} part "" of the series or event, else the RECURRENCE-ID value @property {string} name of the property; "BEGIN" where one side took the component away
 * @property {Line[]} mine @property {Line[]} theirs
 */

/** @param {Part} part */
const keyOf = (part) => (part.name === "VEVENT" || part.name === "VTODO" ? `${part.name} ${part.value("RECURRENCE-ID")}` : `${part.name} ${part.value("TZID")}`);

/** @param {Part | undefined} part @returns {Map<string, (Line | Part)[]>} items by the group they belong to */
function grouped(part) {
	const map = new Map();
	for (const item of part?.items ?? []) {
		const name = groups[item.name] ?? item.name;
		const key = name === "ATTENDEE" && item instanceof Line ? `ATTENDEE ${item.value.toLowerCase()}` : name === "EXDATE" && item instanceof Line ? `EXDATE ${item.value}` : name;
		if (!map.has(key)) map.set(key, []);
		map.get(key).push(item);
	}
	return map;
}

/** Server's notes beside people are no change of somebody. @param {(Line | Part)[] | undefined} items */
function said(items) {
	return (items ?? []).map((i) => (i instanceof Line ? `${i.name}${i.params.filter(([k]) => !/^SCHEDULE-(STATUS|FORCE-SEND)$/.test(k)).map((p) => p.join("=")).sort().join(";")}:${i.value}` : i.toString())).sort().join("\n");
}

/**
 * Brings mine into theirs. `choose` says for conflicts whose value stands.
 * @param {string} base what both began with @param {string} mine @param {string} theirs
 * @param {(c: Conflict) => "mine" | "theirs"} [choose]
 * @returns {{text: string, conflicts: Conflict[]}}
 */
export function merge(base, mine, theirs, choose = () => "theirs") {
	const [b, m, t] = [base, mine, theirs].map(readLines);
	/** @type {Conflict[]} */
	const conflicts = [];
	const find = (/** @type {Part} */ c, /** @type {string} */ key) => c.parts().find((p) => keyOf(p) === key);
	for (const key of new Set([...b.parts(), ...m.parts()].map(keyOf))) {
		const [was, my, their] = [find(b, key), find(m, key), find(t, key)];
		if (key.startsWith("VTIMEZONE")) {
			if (my && !their) t.items.splice(t.items.findIndex((i) => i instanceof Part), 0, my);
		} else if (my && !their && !was) t.add(my);
		else if (my && !their && was) {
			if (same(my, was)) continue; // they took it away, and I had not touched it
			const c = { part: my.value("RECURRENCE-ID"), name: "BEGIN", mine: my.all("SUMMARY"), theirs: [] };
			conflicts.push(c);
			if (choose(c) === "mine") t.add(my);
		} else if (!my && their && was) {
			if (same(their, was)) {
				t.drop(their);
				continue;
			}
			const c = { part: their.value("RECURRENCE-ID"), name: "BEGIN", mine: [], theirs: their.all("SUMMARY") };
			conflicts.push(c);
			if (choose(c) === "mine") t.drop(their);
		} else if (my && their) conflicts.push(...mergePart(was, my, their, choose));
	}
	return { text: t.toString(), conflicts };
}

/** @param {Part} a @param {Part} b */
function same(a, b) {
	const strip = (/** @type {Part} */ p) => said(p.items.filter((i) => !bookkeeping.includes(i.name)));
	return strip(a) === strip(b);
}

/** @param {Part | undefined} was @param {Part} mine @param {Part} theirs is changed @param {(c: Conflict) => "mine" | "theirs"} choose */
function mergePart(was, mine, theirs, choose) {
	const [b, m, t] = [grouped(was), grouped(mine), grouped(theirs)];
	const conflicts = [];
	let took = false;
	for (const key of new Set([...b.keys(), ...m.keys()])) {
		if (bookkeeping.includes(key) || said(m.get(key)) === said(b.get(key)) || said(m.get(key)) === said(t.get(key))) continue;
		if (said(t.get(key)) !== said(b.get(key))) {
			const lines = (/** @type {(Line | Part)[] | undefined} */ list) => /** @type {Line[]} */ ((list ?? []).filter((i) => i instanceof Line));
			const c = { part: theirs.value("RECURRENCE-ID"), name: key.split(" ")[0], mine: lines(m.get(key)), theirs: lines(t.get(key)) };
			conflicts.push(c);
			if (choose(c) === "theirs") continue;
		}
		took = true;
		const old = t.get(key) ?? [], now = m.get(key) ?? [];
		const at = old.length > 0 ? theirs.items.indexOf(old[0]) : -1;
		theirs.items = theirs.items.filter((i) => !old.includes(i));
		if (at >= 0) theirs.items.splice(at, 0, ...now);
		else for (const i of now) theirs.add(i);
	}
	if (took) for (const name of ["DTSTAMP", "LAST-MODIFIED"]) if (mine.value(name) > theirs.value(name)) theirs.set(name, mine.value(name));
	const sequence = Math.max(...[mine, theirs].map((p) => Number(p.value("SEQUENCE") || 0)));
	if (sequence > 0) theirs.set("SEQUENCE", String(sequence));
	return conflicts;
}
