// Clocks of time zones: those of the tz database by Temporal, others by the VTIMEZONE that stands in the object; and
// the VTIMEZONE that an object needs for a zone it has not named before, from this server (RFC 7808 §5.3).
import ICAL from "../vendor/ical.js";
import { readLines } from "./lines.js";

/**
 * @typedef {object} Clock a zone's
 * @property {(ms: number) => string} local what it shows at an instant, as 2026-11-30T09:00:00
 * @property {(local: string) => number} instant when it shows that; of two times the first, of a gap the one after
 */

/** @param {string} id of the tz database @returns {Clock} */
function named(id) {
	return {
		local: (ms) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(id).toPlainDateTime().toString({ smallestUnit: "second" }),
		instant: (local) => Temporal.PlainDateTime.from(local).toZonedDateTime(id).epochMilliseconds,
	};
}

/** @param {import("./lines.js").Part} zone a VTIMEZONE @returns {Clock} */
function written(zone) {
	const tz = new ICAL.Timezone(new ICAL.Component(ICAL.parse(zone.toString())));
	return {
		local: (ms) => ICAL.Time.fromJSDate(new Date(ms), true).convertToZone(tz).toString().slice(0, 19),
		instant(local) {
			const t = ICAL.Time.fromDateTimeString(local);
			t.zone = tz;
			return t.toUnixTime() * 1000;
		},
	};
}

/** The name in the tz database that a TZID has or ends with, or "". @param {string} tzid */
export function tzName(tzid) {
	for (const name of [tzid, /[A-Z][A-Za-z]+(?:\/[A-Z][\w+-]+){1,2}$/.exec(tzid)?.[0] ?? ""]) {
		if (name === "" || /^[+-]/.test(name)) continue;
		try {
			Temporal.Now.zonedDateTimeISO(name);
			return name;
		} catch {
			// not one of its names
		}
	}
	return "";
}

/**
 * The clock of a zone in an object. @param {string} tzid "UTC", a TZID, or "" for floating times @param {import("./lines.js").Part | null} calendar
 * @param {string} here the zone in which floating times are shown
 */
export function clockIn(tzid, calendar, here) {
	const name = tzName(tzid === "" ? here : tzid);
	if (name) return named(name);
	const own = calendar?.parts("VTIMEZONE").find((z) => z.value("TZID") === tzid);
	const hint = tzName(own?.value("X-LIC-LOCATION") ?? "");
	return own && !hint ? written(own) : named(hint || here);
}

/** TZIDs that the components of an object use. @param {import("./lines.js").Part} calendar */
function used(calendar) {
	const ids = new Set();
	for (const part of calendar.parts()) {
		if (part.name === "VTIMEZONE") continue;
		for (const item of part.items) if ("params" in item && item.param("TZID")) ids.add(item.param("TZID"));
	}
	return ids;
}

/** TZIDs that an object uses without a VTIMEZONE (RFC 5545 §3.6.5). @param {import("./lines.js").Part} calendar @returns {string[]} */
export function missingZones(calendar) {
	const there = calendar.parts("VTIMEZONE").map((z) => z.value("TZID"));
	return [...used(calendar)].filter((id) => !there.includes(id));
}

/** Adds VTIMEZONEs before the other components. @param {import("./lines.js").Part} calendar @param {import("./lines.js").Part[]} zones */
export function addZones(calendar, zones) {
	const at = calendar.items.findIndex((i) => !("params" in i));
	calendar.items.splice(at < 0 ? calendar.items.length : at, 0, ...zones);
}

/** @type {Map<string, Promise<import("./lines.js").Part>>} */
const fetched = new Map();

/** The VTIMEZONE of a zone, asked once. @param {string} tzid @param {(url: string) => Promise<Response>} reach */
export function fetchZone(tzid, reach) {
	let p = fetched.get(tzid);
	if (!p) {
		p = (async () => {
			const answer = await reach(`/timezones/zones/${encodeURIComponent(tzid)}`);
			const zone = answer.ok ? readLines(await answer.text()).parts("VTIMEZONE")[0] : undefined;
			if (!zone) throw new Error(`The server does not know the time zone ${tzid}.`);
			return zone;
		})();
		p.catch(() => fetched.delete(tzid));
		fetched.set(tzid, p);
	}
	return p.then((zone) => zone.clone());
}
