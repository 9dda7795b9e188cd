// Sharing by the requests that Apple's clients use (caldav-sharing §5), with our own name for what read and read-write
// cannot tell (docs/sharing.md).
import { dav, ok, post, propfind } from "../lib/dav.js";
import { session } from "../lib/settings.js";
import { child, children, esc, parseXML, prefixes, text } from "../lib/xml.js";

/** @typedef {"busy" | "read" | "write" | "schedule" | "manage"} Level */
/**
 * @typedef {object} Sharee
 * @property {string} href @property {string} name @property {Level} level
 * @property {"accepted" | "noresponse" | "declined" | "invalid"} state
 *
 * @typedef {object} Offer an invitation to share somebody's collection
 * @property {string} href of the notification @property {string} uid @property {string} host href of the collection
 * @property {string} from @property {string} name @property {Level} level @property {"accepted" | "noresponse" | "declined" | "deleted" | "invalid"} state
 */

/** What can be given, the least first. @param {"calendar" | "addressbook"} kind @returns {Level[]} */
export function levels(kind) { return kind === "calendar" ? ["busy", "read", "write", "schedule", "manage"] : ["read", "write", "manage"]; }

const xmlType = "application/xml; charset=utf-8";

/** The level that an element tells by CS:access and our own word. @param {Element} el @returns {Level} */
function levelOf(el) {
	const own = text(el, "V:level");
	if (own) return /** @type {Level} */ (own);
	return child(child(el, "CS:access"), "CS:read-write") ? "write" : "read";
}

/** @param {Element} el @returns {any} */
function stateOf(el) {
	for (const s of ["accepted", "noresponse", "declined", "deleted", "invalid"]) if (child(el, `CS:invite-${s}`)) return s;
	return "noresponse";
}

/** With whom a collection is shared. @param {string} href @returns {Promise<Sharee[]>} */
export async function sharees(href) {
	const [part] = await propfind(href, "0", "<CS:invite/>");
	const invite = child(part?.prop, "CS:invite");
	return invite ? children(invite, "CS:user").map((u) => ({
		href: text(u, "D:href"), name: text(u, "CS:common-name") || text(u, "D:href").replace(/^mailto:/i, ""), level: levelOf(u), state: stateOf(u),
	})) : [];
}

/** Shares a collection with somebody, or changes how far. @param {string} collection @param {string} who href @param {Level} level @param {string} [name] */
export async function share(collection, who, level, name = "") {
	const access = level === "busy" || level === "read" ? "<CS:read/>" : "<CS:read-write/>";
	await post(collection, `<CS:share ${prefixes}><CS:set><D:href>${esc(who)}</D:href>${name && `<CS:common-name>${esc(name)}</CS:common-name>`}<CS:summary/>${access}<V:level>${level}</V:level></CS:set></CS:share>`, xmlType);
}

/** Takes it away again. @param {string} collection @param {string} who */
export async function unshare(collection, who) {
	await post(collection, `<CS:share ${prefixes}><CS:remove><D:href>${esc(who)}</D:href></CS:remove></CS:share>`, xmlType);
}

/** Where notifications of whoever is signed in are; "" if there is no such place. */
async function notificationsHome() {
	const me = session.value?.principal.href;
	if (!me) return "";
	const [part] = await propfind(me, "0", "<CS:notification-URL/>");
	return text(part?.prop, "CS:notification-URL", "D:href");
}

/** What others offer to share, that has not been answered. @returns {Promise<Offer[]>} */
export async function offers() {
	const home = await notificationsHome();
	if (!home) return [];
	const list = await propfind(home, "1", "<CS:notificationtype/>");
	const invites = list.filter((p) => child(child(p.prop, "CS:notificationtype"), "CS:invite-notification")).map((p) => p.href);
	const found = [];
	for (const href of invites) {
		const answer = await ok(await dav("GET", href), href);
		const n = child(parseXML(await answer.text()).documentElement, "CS:invite-notification");
		const organizer = child(n, "CS:organizer");
		if (!n || stateOf(n) !== "noresponse") continue;
		found.push({
			href, uid: text(n, "CS:uid"), host: text(n, "CS:hosturl", "D:href"), name: text(n, "CS:summary"), level: levelOf(n), state: stateOf(n),
			from: text(organizer, "CS:common-name") || text(organizer, "D:href").replace(/^mailto:/i, ""),
		});
	}
	return found;
}

/** The owner's collection, of one that is shared with whoever is signed in. @param {string} href */
export async function sharedFrom(href) {
	const [part] = await propfind(href, "0", "<CS:shared-url/>");
	return text(part?.prop, "CS:shared-url", "D:href");
}

/**
 * Answers an offer, also one that was answered before; gives the href of the collection in the own home if it was accepted.
 * @param {Pick<Offer, "host" | "uid">} offer @param {boolean} accept
 */
export async function reply(offer, accept) {
	const homes = session.value?.homes, me = session.value?.principal;
	if (!homes || !me) return "";
	const home = offer.host.includes("/addressbooks/") ? homes.addressBooks : homes.calendars;
	const answer = await post(home, `<CS:invite-reply ${prefixes}><D:href>${esc(me.addresses[0] ?? me.href)}</D:href><CS:invite-${accept ? "accepted" : "declined"}/><CS:hosturl><D:href>${esc(offer.host)}</D:href></CS:hosturl>${offer.uid && `<CS:in-reply-to>${esc(offer.uid)}</CS:in-reply-to>`}</CS:invite-reply>`, xmlType);
	const body = await answer.text();
	return accept && body ? text(parseXML(body).documentElement, "D:href") : "";
}
