// Reading and writing the XML of WebDAV.

export const NS = {
	D: "DAV:", C: "urn:ietf:params:xml:ns:caldav", A: "urn:ietf:params:xml:ns:carddav",
	CS: "http://calendarserver.org/ns/", I: "http://apple.com/ns/ical/", V: "urn:convoke:dav",
};

/** All the prefixes that requests may use, for their root element. */
export const prefixes = Object.entries(NS).map(([p, uri]) => `xmlns:${p}="${uri}"`).join(" ");

const special = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it stands in XML. @param {unknown} text */
export function esc(text) {
	return String(text).replace(/[&<>"]/g, (c) => special[/** @type {"&"} */ (c)])
		// eslint-disable-next-line no-control-regex
		.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
}

/** @param {string} text @returns {Document} */
export function parseXML(text) {
	const doc = new DOMParser().parseFromString(text, "application/xml");
	if (doc.getElementsByTagName("parsererror").length > 0) throw new Error("the server's answer is no XML");
	return doc;
}

/** The children of an element with a name such as "D:href". @param {Element} el @param {string} name @returns {Element[]} */
export function children(el, name) {
	const [prefix, local] = name.split(":");
	const uri = NS[/** @type {"D"} */ (prefix)];
	const found = [];
	for (let c = el.firstElementChild; c; c = c.nextElementSibling) {
		if (c.localName === local && c.namespaceURI === uri) found.push(c);
	}
	return found;
}

/** The first of them. @param {Element | null | undefined} el @param {string} name @returns {Element | null} */
export function child(el, name) {
	return el ? children(el, name)[0] ?? null : null;
}

/** The text below a path of names; "" if it is not there. @param {Element | null | undefined} el @param {...string} names */
export function text(el, ...names) {
	for (const name of names) el = child(el, name);
	return el?.textContent?.trim() ?? "";
}

/**
 * The objects in a multistatus of this server with their data, without making a tree of it: thousands are read in a fraction
 * of the time. null for an answer that is written in another way.
 * @param {string} xml @param {"calendar-data" | "address-data"} kind @returns {{href: string, etag: string, data: string}[] | null}
 */
export function scan(xml, kind) {
	if (/<!\[CDATA\[|<!--|<!DOCTYPE/.test(xml)) return null;
	const data = new RegExp(`<(?:\\w+:)?${kind}(?:\\s[^>]*)?>([^<]*)<`), found = [];
	for (const r of xml.split(/<\/(?:\w+:)?response>/).slice(0, -1)) {
		const href = /<(?:\w+:)?href>([^<]*)</.exec(r), etag = /<(?:\w+:)?getetag>([^<]*)</.exec(r), text = data.exec(r);
		if (!href) return null;
		if (text) found.push({ href: plain(href[1]), etag: plain(etag?.[1] ?? ""), data: plain(text[1]) });
	}
	return found;
}

/** @type {Record<string, string>} */
const named = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** @param {string} text of XML */
function plain(text) {
	const lines = text.replaceAll("&#13;", "\r").trim(); // as each line of iCalendar and vCard ends
	if (!lines.includes("&")) return lines;
	return lines.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, dec, name) => (name ? named[name] ?? all : String.fromCodePoint(parseInt(hex ?? dec, hex ? 16 : 10))));
}
