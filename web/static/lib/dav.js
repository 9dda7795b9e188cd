// A small WebDAV client for one server: this one. The same requests, rights, ETags and scheduling as every other client;
// it signs in with a short-lived bearer token that /api/ gives (never with the cookie).
import { api, ApiError, reach, signedOut } from "./api.js";
import { child, children, parseXML, prefixes, scan, text } from "./xml.js";

/** @type {{value: string, until: number} | null} */
let token = null;
/** @type {Promise<string> | null} */
let asking = null;

/** The bearer token, renewed a minute before its end. */
async function bearer() {
	if (token && token.until > Date.now() + 60_000) return token.value;
	asking ??= api("POST", "token").then((t) => {
		token = { value: t.token, until: Date.parse(t.expires) };
		return t.token;
	}).finally(() => { asking = null; });
	return asking;
}

/** Asks for the token before it is needed; whoever needs it learns of what is wrong. */
export function signIn() { bearer().catch(() => {}); }

/** A refused DAV request: its status and the name of the precondition that failed ("no-uid-conflict"), if one is named. */
export class DavError extends ApiError {
	/** @param {number} status @param {string} condition @param {string} href @param {string} [related] the href in the error */
	constructor(status, condition, href, related = "") {
		super(status, condition || `status-${status}`, `The server refused this (${status}${condition ? `, ${condition}` : ""}).`);
		this.name = "DavError";
		this.condition = condition;
		this.href = href;
		this.related = related;
	}
}

/**
 * One request. Gives the answer whatever its status but 401; use `ok` for those that must succeed.
 * @param {string} method @param {string} href
 * @param {{headers?: Record<string, string>, body?: string | Blob, signal?: AbortSignal}} [options]
 * @returns {Promise<Response>}
 */
export async function dav(method, href, { headers = {}, body, signal } = {}) {
	for (let again = true; ; again = false) {
		const answer = await reach(href, {
			method, body, signal, credentials: "omit", cache: "no-store", redirect: "error",
			headers: { Authorization: `Bearer ${await bearer()}`, ...headers },
		});
		if (answer.status !== 401) return answer;
		token = null;
		if (!again) {
			signedOut.value = true;
			throw new ApiError(401, "signed-out", "Please sign in again.");
		}
	}
}

/** The answer if it is a success, else a DavError. @param {Response} answer @param {string} href */
export async function ok(answer, href) {
	if (answer.ok) return answer;
	let condition = "", related = "";
	if ((answer.headers.get("Content-Type") ?? "").includes("xml")) {
		try {
			const first = parseXML(await answer.text()).documentElement.firstElementChild;
			condition = first?.localName ?? "";
			related = first ? text(first, "D:href") : "";
		} catch {
			// what it says besides its status cannot be read
		}
	}
	throw new DavError(answer.status, condition, href, related);
}

/**
 * @typedef {object} Part one response of a multistatus
 * @property {string} href
 * @property {number} status of the response itself; 200 where it has properties
 * @property {Element | null} prop the properties that were found
 */

/** Reads a multistatus. @param {string} xml @returns {{parts: Part[], token: string}} */
export function multistatus(xml) {
	const root = parseXML(xml).documentElement;
	const parts = children(root, "D:response").map((r) => {
		const whole = text(r, "D:status");
		let prop = null;
		for (const p of children(r, "D:propstat")) {
			if (text(p, "D:status").split(" ")[1] === "200") prop = child(p, "D:prop");
		}
		return { href: text(r, "D:href"), status: whole ? Number(whole.split(" ")[1]) : 200, prop };
	});
	return { parts, token: text(root, "D:sync-token") };
}

/**
 * PROPFIND. @param {string} href @param {"0" | "1"} depth @param {string} props XML of the properties, `<D:displayname/>…`
 * @returns {Promise<Part[]>}
 */
export async function propfind(href, depth, props) {
	const body = `<D:propfind ${prefixes}><D:prop>${props}</D:prop></D:propfind>`;
	const answer = await ok(await dav("PROPFIND", href, { headers: { Depth: depth, "Content-Type": "application/xml; charset=utf-8", Prefer: "return=minimal" }, body }), href);
	return multistatus(await answer.text()).parts;
}

/**
 * REPORT. @param {string} href @param {string} name such as "C:calendar-query" @param {string} inner
 * @param {{depth?: string, signal?: AbortSignal}} [options]
 */
export async function report(href, name, inner, options) { return multistatus(await reportText(href, name, inner, options)); }

/** The text of an answer to REPORT. @type {(...of: Parameters<typeof report>) => Promise<string>} */
async function reportText(href, name, inner, { depth = "1", signal } = {}) {
	const body = `<${name} ${prefixes}>${inner}</${name}>`;
	const answer = await ok(await dav("REPORT", href, { headers: { Depth: depth, "Content-Type": "application/xml; charset=utf-8" }, body, signal }), href);
	return answer.text();
}

/**
 * REPORT for many objects with their data.
 * @param {"calendar" | "address"} kind @param {Parameters<typeof report>} of @returns {Promise<{href: string, etag: string, data: string}[]>}
 */
export async function objects(kind, ...of) {
	const xml = await reportText(...of), name = /** @type {const} */ (`${kind}-data`);
	return scan(xml, name) ?? multistatus(xml).parts.flatMap(({ href, prop }) => (prop ? [{ href, etag: text(prop, "D:getetag"), data: text(prop, `${kind === "calendar" ? "C" : "A"}:${name}`) }] : []));
}

/** PROPPATCH. @param {string} href @param {string} set XML of the properties to set @param {string} [remove] */
export async function proppatch(href, set, remove = "") {
	const body = `<D:propertyupdate ${prefixes}>` + (set && `<D:set><D:prop>${set}</D:prop></D:set>`) +
		(remove && `<D:remove><D:prop>${remove}</D:prop></D:remove>`) + `</D:propertyupdate>`;
	const answer = await ok(await dav("PROPPATCH", href, { headers: { "Content-Type": "application/xml; charset=utf-8" }, body }), href);
	const root = parseXML(await answer.text()).documentElement;
	for (const r of children(root, "D:response")) {
		for (const p of children(r, "D:propstat")) {
			const status = Number(text(p, "D:status").split(" ")[1]);
			if (status >= 400 && status !== 424) throw new DavError(status, "", href);
		}
	}
}

/** GET of an object. @param {string} href @returns {Promise<{data: string, etag: string, scheduleTag: string}>} */
export async function get(href) {
	const answer = await ok(await dav("GET", href), href);
	return { data: await answer.text(), etag: answer.headers.get("ETag") ?? "", scheduleTag: answer.headers.get("Schedule-Tag") ?? "" };
}

/**
 * PUT of an object. Without an ETag in the answer the server has changed what was sent: read it again.
 * @param {string} href @param {string} data
 * @param {{etag?: string, scheduleTag?: string, create?: boolean, type?: string, headers?: Record<string, string>}} [options]
 * etag: only if it is still this version; create: only if it is new
 * @returns {Promise<{etag: string, scheduleTag: string}>}
 */
export async function put(href, data, { etag, scheduleTag, create, type = "text/calendar; charset=utf-8", headers: more = {} } = {}) {
	/** @type {Record<string, string>} */
	const headers = { "Content-Type": type, ...more };
	if (scheduleTag) headers["If-Schedule-Tag-Match"] = scheduleTag;
	else if (etag) headers["If-Match"] = etag;
	if (create) headers["If-None-Match"] = "*";
	const answer = await ok(await dav("PUT", href, { headers, body: data }), href);
	return { etag: answer.headers.get("ETag") ?? "", scheduleTag: answer.headers.get("Schedule-Tag") ?? "" };
}

/** DELETE. @param {string} href @param {{etag?: string, headers?: Record<string, string>}} [options] */
export async function remove(href, { etag, headers = {} } = {}) {
	await ok(await dav("DELETE", href, { headers: etag ? { "If-Match": etag, ...headers } : headers }), href);
}

/** MOVE to another collection. @param {string} href @param {string} to @param {string} [etag] */
export async function move(href, to, etag) {
	/** @type {Record<string, string>} */
	const headers = { Destination: to, Overwrite: "F" };
	if (etag) headers["If-Match"] = etag;
	await ok(await dav("MOVE", href, { headers }), href);
}

/** Makes a calendar or an address book. @param {string} href @param {"calendar" | "addressbook"} kind @param {string} set XML of its properties */
export async function makeCollection(href, kind, set) {
	const type = kind === "calendar" ? "<C:calendar/>" : "<A:addressbook/>";
	const body = `<D:mkcol ${prefixes}><D:set><D:prop><D:resourcetype><D:collection/>${type}</D:resourcetype>${set}</D:prop></D:set></D:mkcol>`;
	await ok(await dav("MKCOL", href, { headers: { "Content-Type": "application/xml; charset=utf-8" }, body }), href);
}

/** POST, as to the scheduling outbox or of a share request. @param {string} href @param {string} body @param {string} type */
export async function post(href, body, type) {
	return ok(await dav("POST", href, { headers: { "Content-Type": type }, body }), href);
}

/** A new name for an object. @param {string} ext ".ics" or ".vcf" */
export function newName(ext) { return crypto.randomUUID() + ext; }
