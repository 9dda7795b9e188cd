// A calendar object as the lines it is made of: what nobody changes is written back byte for byte, and what no program
// knows stays where it stood (RFC 5545 §3.1).
import { decodeParam, fold, unescapeText } from "../lib/ics.js";

const crlf = "\r\n";

/** A content line. Its raw text, with its folds, holds until something about it is changed. */
export class Line {
	/** @param {string} raw with its line break */
	constructor(raw) {
		this.raw = raw;
		const flat = raw.replace(/\r?\n[ \t]/g, "").replace(/\r?\n$/, "");
		const m = /^([\w.-]+)((?:;[\w-]+=(?:"[^"]*"|[^";:])*)*):([\s\S]*)$/.exec(flat);
		this.name = (m?.[1] ?? "").toUpperCase();
		/** @type {[string, string][]} names and what stands behind "=" */
		this.params = [...(m?.[2] ?? "").matchAll(/;([\w-]+)=((?:"[^"]*"|[^";:])*)/g)].map((p) => [p[1].toUpperCase(), p[2]]);
		this.value = m?.[3] ?? "";
	}

	/** A new line. @param {string} name @param {Record<string, string>} params those that are empty are left out @param {string} value @returns {Line} */
	static of(name, params, value) {
		const line = new Line(`${name}:${crlf}`);
		line.params = Object.entries(params).filter(([, v]) => v !== "").map(([k, v]) => [k, paramText(v)]);
		line.value = value;
		return line.written();
	}

	/** A parameter without its quotes and escapes (RFC 6868 §3); "" if it is not there. @param {string} name */
	param(name) {
		return decodeParam((this.params.find(([k]) => k === name)?.[1] ?? "").replace(/"/g, ""));
	}

	/** Sets a parameter where it stands, or last; "" takes it away. @param {string} name @param {string} value */
	setParam(name, value) {
		if (this.param(name) === value) return;
		const at = this.params.findIndex(([k]) => k === name);
		if (value === "") this.params.splice(at, 1);
		else if (at < 0) this.params.push([name, paramText(value)]);
		else this.params[at] = [name, paramText(value)];
		this.written();
	}

	/** Sets the value. @param {string} value */
	setValue(value) {
		if (value === this.value) return;
		this.value = value;
		this.written();
	}

	/** Writes the raw text anew. */
	written() {
		this.raw = fold(`${this.name}${this.params.map(([k, v]) => `;${k}=${v}`).join("")}:${this.value}`);
		return this;
	}

	/** @returns {Line} */
	clone() { return new Line(this.raw); }
}

/** @param {string} value of a parameter */
function paramText(value) {
	const safe = value.replace(/[\^\n"]/g, (c) => ({ "^": "^^", "\n": "^n", '"': "^'" })[/** @type {"^"} */ (c)]);
	return /[;:,\s]/.test(safe) ? `"${safe}"` : safe;
}

/** A component: its lines and the components in it, in the order in which they stand. */
export class Part {
	/** @param {string} name */
	constructor(name) {
		this.name = name;
		this.begin = `BEGIN:${name}${crlf}`;
		this.end = `END:${name}${crlf}`;
		/** @type {(Line | Part)[]} */
		this.items = [];
	}

	/** @param {string} name @returns {Line[]} */
	all(name) { return /** @type {Line[]} */ (this.items.filter((i) => i instanceof Line && i.name === name)); }

	/** @param {string} name @returns {Line | null} */
	line(name) { return this.all(name)[0] ?? null; }

	/** The value of a property; "" without it. @param {string} name */
	value(name) { return this.line(name)?.value ?? ""; }

	/** The text of a property (RFC 5545 §3.3.11). @param {string} name */
	text(name) { return unescapeText(this.value(name)); }

	/** @param {string} [name] @returns {Part[]} */
	parts(name) { return /** @type {Part[]} */ (this.items.filter((i) => i instanceof Part && (!name || i.name === name))); }

	/** All lines of names. @param {...string} names */
	remove(...names) { this.items = this.items.filter((i) => !(i instanceof Line && names.includes(i.name))); }

	/** @param {Line | Part} item */
	drop(item) { this.items = this.items.filter((i) => i !== item); }

	/** Adds a line before the first component in this one, or a component behind all. @param {Line | Part} item */
	add(item) {
		const at = item instanceof Part ? -1 : this.items.findIndex((i) => i instanceof Part);
		if (at < 0) this.items.push(item);
		else this.items.splice(at, 0, item);
	}

	/**
	 * Puts lines of one name where the first of that name stands; what is the same stays as it is.
	 * @param {string} name @param {Line[]} lines
	 */
	put(name, lines) {
		const old = this.all(name);
		if (old.length === lines.length && old.every((l, i) => l === lines[i])) return;
		const at = this.items.findIndex((i) => i instanceof Line && i.name === name);
		if (at < 0) {
			for (const l of lines) this.add(l);
			return;
		}
		const kept = this.items.filter((i, n) => n < at || !(i instanceof Line && i.name === name));
		kept.splice(at, 0, ...lines);
		this.items = kept;
	}

	/** Sets the one property of a name; "" takes it away. @param {string} name @param {string} value @param {Record<string, string>} [params] */
	set(name, value, params) {
		const old = this.line(name);
		if (value === "") this.remove(name);
		else if (old && !params) old.setValue(value);
		else this.put(name, [Line.of(name, params ?? {}, value)]);
	}

	/** @returns {Part} */
	clone() {
		const copy = new Part(this.name);
		copy.begin = this.begin;
		copy.end = this.end;
		copy.items = this.items.map((i) => i.clone());
		return copy;
	}

	/** @returns {string} */
	toString() { return this.begin + this.items.map((i) => (i instanceof Line ? i.raw : i.toString())).join("") + this.end; }
}

/** Reads a calendar object. @param {string} text @returns {Part} the VCALENDAR */
export function readLines(text) {
	const root = new Part("");
	const open = [root];
	for (const [raw] of text.matchAll(/[^\n]*\n(?:[ \t][^\n]*\n?)*|[^\n]+$/g)) {
		const line = new Line(raw.endsWith("\n") ? raw : raw + crlf);
		const top = /** @type {Part} */ (open.at(-1));
		if (line.name === "BEGIN") {
			const part = new Part(line.value.trim().toUpperCase());
			part.begin = line.raw;
			top.items.push(part);
			open.push(part);
		} else if (line.name === "END" && open.length > 1) {
			top.end = line.raw;
			open.pop();
		} else if (raw.trim() !== "") {
			top.items.push(line);
		}
	}
	const calendar = root.parts("VCALENDAR")[0];
	if (!calendar) throw new Error("this is no calendar object");
	return calendar;
}
