// When people are busy, by POST to the scheduling outbox (RFC 6638 §5): a VFREEBUSY REQUEST that names them. The event
// that is edited is left out by X-CALENDARSERVER-MASK-UID.
import { useEffect, useState } from "../vendor/preact.js";
import { post } from "../lib/dav.js";
import { bare, readDuration, readICS, stampOf } from "../lib/ics.js";
import { session } from "../lib/settings.js";
import { children, parseXML, text } from "../lib/xml.js";

/**
 * @typedef {{from: number, to: number, type: string}} Block type: FBTYPE
 * @typedef {{known: boolean, blocks: Block[]}} Busy
 */

/**
 * @param {string[]} addresses without mailto: @param {number} from @param {number} to @param {string} [uid] left out
 * @returns {Promise<Map<string, Busy>>}
 */
export async function askBusy(addresses, from, to, uid = "") {
	const me = session.value?.principal, outbox = session.value?.homes.outbox ?? "";
	const uri = (/** @type {string} */ a) => (a.includes(":") ? a : `mailto:${a}`);
	const body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Convoke//Web//EN", "METHOD:REQUEST", "BEGIN:VFREEBUSY", `UID:${crypto.randomUUID()}`,
		`DTSTAMP:${stampOf(Date.now())}`, `DTSTART:${stampOf(from)}`, `DTEND:${stampOf(to)}`, `ORGANIZER:${uri(bare(me?.addresses[0] ?? ""))}`,
		...addresses.map((a) => `ATTENDEE:${uri(a)}`), ...(uid ? [`X-CALENDARSERVER-MASK-UID:${uid.replace(/[\r\n]/g, "")}`] : []), "END:VFREEBUSY", "END:VCALENDAR", ""].join("\r\n");
	const answer = await post(outbox, body, "text/calendar; charset=utf-8; method=REQUEST; component=VFREEBUSY");
	/** @type {Map<string, Busy>} */
	const all = new Map();
	for (const r of children(parseXML(await answer.text()).documentElement, "C:response")) {
		const known = /^2\./.test(text(r, "C:request-status"));
		all.set(bare(text(r, "C:recipient", "D:href")), { known, blocks: known ? readBusy(text(r, "C:calendar-data")) : [] });
	}
	return all;
}

/** The blocks of a VFREEBUSY. @param {string} data @returns {Block[]} */
export function readBusy(data) {
	const instant = (/** @type {string} */ v) => Date.parse(v.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?$/, "$1-$2-$3T$4:$5:$6Z"));
	const lines = readICS(data).parts.flatMap((c) => c.parts).flatMap((c) => c.props).filter((p) => p.name === "FREEBUSY");
	return lines.flatMap((p) => p.value.split(",").map((period) => {
		const [a, b = ""] = period.split("/"), from = instant(a);
		return { from, to: /^P/.test(b) ? from + readDuration(b) : instant(b), type: p.params.FBTYPE || "BUSY" };
	})).filter((b) => b.type !== "FREE" && b.to > b.from);
}

/**
 * The busy times of people, asked again when what is asked for has stood still for a moment.
 * @param {string[]} addresses @param {number} from @param {number} to @param {string} uid
 * @returns {Map<string, Busy> | null} null while nothing is known
 */
export function useBusy(addresses, from, to, uid) {
	const [found, setFound] = useState(/** @type {{key: string, all: Map<string, Busy>} | null} */ (null));
	const key = `${addresses.join()} ${from} ${to}`;
	useEffect(() => {
		if (addresses.length === 0 || !(to > from)) return undefined;
		let off = false;
		const timer = setTimeout(() => askBusy(addresses, from, to, uid).then((all) => { if (!off) setFound({ key, all }); }, () => { if (!off) setFound({ key, all: new Map() }); }), 200);
		return () => {
			off = true;
			clearTimeout(timer);
		};
	}, [key, uid]);
	return found && (found.key === key || addresses.every((a) => found.all.has(a))) ? found.all : null;
}

/** Whether somebody is free in a span. @param {Map<string, Busy> | null} all @param {string} address @param {number} from @param {number} to @returns {"free" | "busy" | "unknown" | "asking"} */
export function stateOf(all, address, from, to) {
	if (!all) return "asking";
	const busy = all.get(address);
	if (!busy?.known) return "unknown";
	return busy.blocks.some((b) => b.from < Math.max(to, from + 1) && b.to > from) ? "busy" : "free";
}
