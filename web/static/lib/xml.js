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
