// Content lines (RFC 5545 §3.1, RFC 6350 §3.2): a reader for what the server expanded for a view, components with plain
// values, no zone arithmetic; and what all have to know who read or write lines. Whoever edits an object or a card takes its
// lines as they stand: calendar/lines.js, contacts/vcard.js.

/**
 * @typedef {object} Property
 * @property {string} name @property {Record<string, string>} params @property {string} value as it stands
 * @typedef {object} Component
 * @property {string} name @property {Property[]} props @property {Component[]} parts
 */

/** Reads iCalendar or vCard text. Lines that cannot be read are passed over. @param {string} text @returns {Component} */
export function readICS(text) {
	/** @type {Component} */
	const root = { name: "", props: [], parts: [] };
	const open = [root];
	for (const line of (/\n[ \t]/.test(text) ? text.replace(/\r?\n[ \t]/g, "") : text).split(/\r?\n/)) {
		const p = readLine(line);
		if (!p) continue;
		const top = /** @type {Component} */ (open.at(-1));
		if (p.name === "BEGIN") {
			const part = { name: p.value.toUpperCase(), props: [], parts: [] };
			top.parts.push(part);
			open.push(part);
		} else if (p.name === "END") {
			if (open.length > 1) open.pop();
		} else {
			top.props.push(p);
		}
	}
	return root;
}

const lineParts = /^([\w.-]+)((?:;[\w-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/;

/** @param {string} line @returns {Property | null} */
function readLine(line) {
	/** @type {Record<string, string>} */
	const params = {};
	const bareLine = /^([A-Z-]+):/.exec(line); // as nearly all of what a view reads
	if (bareLine) return { name: bareLine[1], params, value: line.slice(bareLine[0].length) };
	const m = lineParts.exec(line);
	if (!m) return null;
	if (m[2]) for (const [, name, value] of m[2].matchAll(/;([\w-]+)=((?:"[^"]*"|[^";])*)/g)) params[name.toUpperCase()] = decodeParam(value.replace(/"/g, ""));
	return { name: m[1].replace(/^.*\./, "").toUpperCase(), params, value: m[3] };
}

/** A value of a parameter, without the escapes of RFC 6868 §3. @param {string} value */
export function decodeParam(value) { return value.replace(/\^([n^'])/g, (_, c) => ({ n: "\n", "^": "^", "'": '"' })[/** @type {"n"} */ (c)]); }

/** The first property of a name. @param {Component} c @param {string} name */
export function prop(c, name) { return c.props.find((p) => p.name === name) ?? null; }

/** All of a name. @param {Component} c @param {string} name */
export function props(c, name) { return c.props.filter((p) => p.name === name); }

/** The text of a property, unescaped (RFC 5545 §3.3.11). @param {Component} c @param {string} name */
export function textOf(c, name) { return unescapeText(prop(c, name)?.value ?? ""); }

/** @param {string} value */
export function unescapeText(value) {
	return value.replace(/\\([nN,;\\])/g, (_, x) => (x === "n" || x === "N" ? "\n" : x));
}

/** Text as it stands in a value. @param {string} text */
export function escapeText(text) {
	return text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");
}

/** A line cut at 75 octets, between characters, with its end. @param {string} line @param {string} [eol] */
export function fold(line, eol = "\r\n") {
	let out = "", octets = 0;
	for (const c of line) {
		const code = c.codePointAt(0) ?? 0, size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		if (octets + size > 75) {
			out += `${eol} `;
			octets = 1;
		}
		out += c;
		octets += size;
	}
	return out + eol;
}

/** 20261129T120000Z. @param {number} ms */
export function stampOf(ms) { return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, ""); }

/** A calendar user address without its scheme, in lower case. @param {string} uri */
export function bare(uri) { return uri.replace(/^mailto:/i, "").toLowerCase(); }

/**
 * A date or a date-time of the server's expansion.
 * @param {Property | null} p
 * @returns {{date: string} | {ms: number} | {local: string} | null} a date, an instant, or a floating time
 */
export function readTime(p) {
	const m = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(p?.value ?? "");
	if (!m) return null;
	const day = `${m[1]}-${m[2]}-${m[3]}`;
	if (m[4] === undefined) return { date: day };
	const clock = `${day}T${m[4]}:${m[5]}:${m[6]}`;
	return m[7] ? { ms: Date.parse(`${clock}Z`) } : { local: clock };
}

/** Milliseconds of a duration such as P1DT2H. @param {string} value */
export function readDuration(value) {
	const m = /^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(value);
	if (!m) return 0;
	const [w, d, h, min, s] = m.slice(2).map((x) => Number(x ?? 0));
	return (m[1] === "-" ? -1 : 1) * ((((w * 7 + d) * 24 + h) * 60 + min) * 60 + s) * 1000;
}
