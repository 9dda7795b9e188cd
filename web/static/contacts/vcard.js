// vCards of versions 3.0 (RFC 2426) and 4.0 (RFC 6350) as lines. What nobody touches stays byte for byte: the text of
// each line is kept as it came, its folds and line ends too, and only a line that changes is written anew.

import { decodeParam, escapeText, fold } from "../lib/ics.js";

/**
 * @typedef {{name: string, values: string[], raw: string | null}} Param raw: as it came; null where it was changed
 * @typedef {object} Line
 * @property {string} raw as it stands in the text, folded and with its line end
 * @property {string} group "item1" of item1.TEL, or "" @property {string} name in upper case
 * @property {string} written the name as it was written @property {Param[]} params @property {string} value as it stands
 */

/** One card as lines. Changes are made in place. */
export class Card {
	/** @param {string} text */
	constructor(text) {
		this.eol = /\r\n/.test(text) || !/\n/.test(text) ? "\r\n" : "\n";
		/** @type {Line[]} */
		this.lines = cut(text).map(readLine);
	}

	toString() { return this.lines.map((l) => l.raw).join(""); }

	/** "3.0", "4.0". */
	get version() { return this.first("VERSION")?.value.trim() || "3.0"; }

	get uid() { return this.text("UID").trim(); }

	/** @param {...string} names @returns {Line[]} */
	all(...names) { return this.lines.filter((l) => names.includes(l.name)); }

	/** @param {string} name @returns {Line | null} */
	first(name) { return this.lines.find((l) => l.name === name) ?? null; }

	/** The text of the first property of a name. @param {string} name */
	text(name) { return unescape(this.first(name)?.value ?? ""); }

	/** What a person called a property: the X-ABLabel of its group, without Apple's marks. @param {Line} line */
	label(line) {
		if (!line.group) return "";
		const found = this.lines.find((l) => l.name === "X-ABLABEL" && same(l.group, line.group));
		return found ? unescape(found.value).replace(/^_\$!<(.*)>!\$_$/, "$1") : "";
	}

	/** Calls a property so; "" takes the label away. @param {Line} line @param {string} text */
	setLabel(line, text) {
		if (this.label(line) === text) return;
		const old = line.group ? this.lines.find((l) => l.name === "X-ABLABEL" && same(l.group, line.group)) : null;
		if (old && text) this.change(old, escapeText(text));
		else if (old) this.lines.splice(this.lines.indexOf(old), 1);
		else if (text) {
			if (!line.group) {
				line.group = this.freeGroup();
				line.raw = write(line, this.eol);
			}
			const made = makeLine(line.group, "X-ABLabel", escapeText(text), [], this.eol);
			this.lines.splice(this.lines.indexOf(line) + 1, 0, made);
		}
	}

	/** A group that no line is in. */
	freeGroup() {
		for (let n = 1; ; n++) if (!this.lines.some((l) => same(l.group, `item${n}`))) return `item${n}`;
	}

	/** Gives a line another value; the same leaves its bytes. @param {Line} line @param {string} value as it stands in a card */
	change(line, value) {
		if (line.value === value) return;
		line.value = value;
		line.raw = write(line, this.eol);
	}

	/** Sets a parameter of a line; without values it goes. @param {Line} line @param {string} name @param {string[]} values */
	setParam(line, name, values) {
		const before = paramOf(line, name);
		if (before.join("\n") === values.join("\n")) return;
		const at = line.params.findIndex((p) => p.name === name);
		line.params = line.params.filter((p) => p.name !== name);
		if (values.length > 0) line.params.splice(at < 0 ? line.params.length : at, 0, { name, values, raw: null });
		line.raw = write(line, this.eol);
	}

	/**
	 * Adds a property, after the last of its name or before the end.
	 * @param {string} name @param {string} value as it stands in a card @param {Record<string, string[]>} [params]
	 * @returns {Line}
	 */
	add(name, value, params = {}) {
		const line = makeLine("", name, value, Object.entries(params).map(([n, values]) => ({ name: n, values, raw: null })), this.eol);
		this.insert(line);
		return line;
	}

	/** Puts a line to those of its name. @param {Line} line @param {Line[]} [labels] lines of its group, put behind it */
	insert(line, labels = []) {
		let at = this.lines.findLastIndex((l) => l.name === line.name);
		if (at < 0) at = this.lines.findIndex((l) => l.name === "END") - 1;
		if (at === -2) at = this.lines.length - 1;
		else while (this.lines[at + 1]?.name === "X-ABLABEL") at++;
		const before = this.lines[at];
		if (before && !/\n$/.test(before.raw)) before.raw += this.eol;
		this.lines.splice(at + 1, 0, line, ...labels);
	}

	/** Takes a property away, and what was said about it by its group. @param {Line} line */
	drop(line) {
		this.lines.splice(this.lines.indexOf(line), 1);
		if (!line.group) return;
		const rest = this.lines.filter((l) => same(l.group, line.group));
		if (rest.every((l) => attached.has(l.name))) this.lines = this.lines.filter((l) => !rest.includes(l));
	}

	/** The lines that say more about a line of a group. @param {Line} line @returns {Line[]} */
	attachedTo(line) {
		return line.group ? this.lines.filter((l) => l !== line && same(l.group, line.group) && attached.has(l.name)) : [];
	}
}

/** Properties that only say something about another of their group. */
const attached = new Set(["X-ABLABEL", "X-ABADR"]);

/** @param {string} a @param {string} b */
function same(a, b) { return a.toLowerCase() === b.toLowerCase(); }

/** The lines of a text, each with its folds and its end. @param {string} text @returns {string[]} */
function cut(text) {
	/** @type {string[]} */
	const list = [];
	for (const [line] of text.matchAll(/[^\n]*\n|[^\n]+$/g)) {
		if (/^[ \t]/.test(line) && list.length > 0) list[list.length - 1] += line;
		else list.push(line);
	}
	return list;
}

/** @param {string} raw @returns {Line} */
function readLine(raw) {
	const line = raw.replace(/\r?\n[ \t]/g, "").replace(/\r?\n$/, "");
	let quoted = false, from = 0, at = 0;
	const head = [];
	for (; at < line.length; at++) {
		const c = line[at];
		if (c === '"') quoted = !quoted;
		if (quoted || (c !== ";" && c !== ":")) continue;
		head.push(line.slice(from, at));
		from = at + 1;
		if (c === ":") break;
	}
	if (at === line.length) return { raw, group: "", name: "", written: "", params: [], value: line }; // no property: kept as it is
	const [, group, written] = /^(?:([^.]*)\.)?(.*)$/.exec(head[0]) ?? ["", "", head[0]];
	return { raw, group: group ?? "", name: written.trim().toUpperCase(), written, params: head.slice(1).map(readParam), value: line.slice(from) };
}

/** @param {string} raw @returns {Param} */
function readParam(raw) {
	const at = raw.indexOf("=");
	if (at < 0) return { name: "TYPE", values: [raw], raw }; // as in 2.1: TEL;HOME
	const name = raw.slice(0, at).trim().toUpperCase();
	const values = [...raw.slice(at + 1).matchAll(/"([^"]*)"|([^",]+)/g)].map((m) => decodeParam(m[1] ?? m[2]));
	return { name, values, raw };
}

/** @param {Param} p */
function writeParam(p) {
	if (p.raw !== null) return p.raw;
	const values = p.values.map((v) => {
		const safe = v.replace(/\^/g, "^^").replace(/\r?\n/g, "^n").replace(/"/g, "^'");
		return /[,;:]/.test(safe) ? `"${safe}"` : safe;
	});
	return `${p.name}=${values.join(",")}`;
}

/** @param {string} group @param {string} written @param {string} value @param {Param[]} params @param {string} eol @returns {Line} */
function makeLine(group, written, value, params, eol) {
	const line = { raw: "", group, name: written.toUpperCase(), written, params, value };
	line.raw = write(line, eol);
	return line;
}

/** A line as it stands in a card, folded at 75 octets (RFC 6350 §3.2), never within a character. @param {Line} line @param {string} eol */
function write(line, eol) {
	const head = (line.group ? `${line.group}.` : "") + line.written + line.params.map((p) => `;${writeParam(p)}`).join("");
	return fold(`${head}:${line.value}`, eol);
}

/** The values of a parameter. @param {Line} line @param {string} name @returns {string[]} */
export function paramOf(line, name) { return line.params.filter((p) => p.name === name).flatMap((p) => p.values); }

/** The types of a property in lower case; a quoted list counts as several. @param {Line} line @returns {string[]} */
export function typesOf(line) { return paramOf(line, "TYPE").flatMap((v) => v.toLowerCase().split(",")).map((v) => v.trim()).filter(Boolean); }

/** Whether a property is the preferred of its kind: PREF=1, or TYPE=pref of 3.0. @param {Line} line */
export function preferred(line) { return paramOf(line, "PREF").length > 0 || typesOf(line).includes("pref"); }

/** Text of a value (RFC 6350 §3.4). @param {string} value */
export function unescape(value) { return !value.includes("\\") ? value : value.replace(/\\([\\,;:nN])/g, (_, c) => (c === "n" || c === "N" ? "\n" : c)); }

/** Text as it stands in a value. */
export { escapeText as escape };

/** The parts of a value between unescaped separators, as they stand. @param {string} value @param {";" | ","} by @returns {string[]} */
export function parts(value, by) {
	if (!value.includes("\\")) return value.split(by);
	const list = [""];
	for (let i = 0; i < value.length; i++) {
		if (value[i] === "\\" && i + 1 < value.length) list[list.length - 1] += value[i] + value[++i];
		else if (value[i] === by) list.push("");
		else list[list.length - 1] += value[i];
	}
	return list;
}

/** Replaces those components of a value whose text is another. @param {string} value @param {string[]} texts @returns {string} */
export function withParts(value, texts) {
	const now = parts(value, ";");
	const out = texts.map((text, i) => (i < now.length && unescape(now[i]) === text ? now[i] : escapeText(text)));
	return [...out, ...now.slice(texts.length)].join(";");
}

/** A new, empty card. @param {string} uid @param {string} name FN */
export function blank(uid, name) {
	return new Card(["BEGIN:VCARD", "VERSION:3.0", "PRODID:-//Convoke//Web//EN", `UID:${uid}`, `FN:${escapeText(name)}`, "N:;;;;", "END:VCARD", ""].join("\r\n"));
}
