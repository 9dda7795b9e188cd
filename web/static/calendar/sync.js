// Keeping what was read up to date: what has changed since is asked by sync-collection, and read by multiget.
import { DavError, propfind, report } from "../lib/dav.js";
import { esc, text } from "../lib/xml.js";
import { asked, keep, loaded, query, read, wanted } from "./events.js";

/** Reads a calendar anew, as after an error. @param {string} calendar */
export async function reload(calendar) {
	const w = loaded.value.get(calendar)?.window ?? wanted;
	if (!w) return;
	try {
		const [here] = await propfind(calendar, "0", "<D:sync-token/>");
		const whole = w.to > w.from ? w : wanted ?? w;
		keep(calendar, { window: whole, token: text(here?.prop, "D:sync-token"), byHref: await query(calendar, whole), error: null });
	} catch (err) {
		keep(calendar, { window: { from: w.from, to: w.from }, token: "", byHref: new Map(), ...loaded.value.get(calendar), error: err });
	}
}

/** How many objects are asked for at once. */
const atOnce = 200;

/** Reads objects again, as after a change. @param {string} calendar @param {string[]} hrefs */
export async function refresh(calendar, hrefs) {
	const l = loaded.value.get(calendar);
	if (!l) return;
	for (let i = 0; i < hrefs.length; i += atOnce) {
		const some = hrefs.slice(i, i + atOnce);
		const { parts } = await report(calendar, "C:calendar-multiget", asked(l.window).props + some.map((h) => `<D:href>${esc(h)}</D:href>`).join(""));
		const now = loaded.value.get(calendar) ?? l;
		const byHref = new Map(now.byHref);
		for (const p of parts) {
			const list = p.prop ? read(calendar, { href: p.href, etag: text(p.prop, "D:getetag"), data: text(p.prop, "C:calendar-data") }) : [];
			if (list.length > 0) byHref.set(p.href, list);
			else byHref.delete(p.href);
		}
		keep(calendar, { ...now, byHref, error: null });
	}
}

/** Calendars that are being asked, with whether to ask again after it. @type {Map<string, boolean>} */
const asking = new Map();

/** Asks what has changed in a calendar since it was read, and reads that. @param {string} calendar */
export async function sync(calendar) {
	if (asking.has(calendar)) {
		asking.set(calendar, true);
		return;
	}
	do {
		asking.set(calendar, false);
		await syncOnce(calendar);
	} while (asking.get(calendar));
	asking.delete(calendar);
}

/** @param {string} calendar */
async function syncOnce(calendar) {
	const l = loaded.value.get(calendar);
	if (!l) return;
	try {
		if (!l.token) return await reload(calendar);
		const { parts, token } = await report(calendar, "D:sync-collection", `<D:sync-token>${esc(l.token)}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>`, { depth: "0" });
		const gone = parts.filter((p) => p.status === 404).map((p) => p.href);
		const changed = parts.filter((p) => p.prop && text(p.prop, "D:getetag") !== l.byHref.get(p.href)?.[0]?.etag).map((p) => p.href);
		await refresh(calendar, changed);
		const now = loaded.value.get(calendar) ?? l;
		const byHref = new Map(now.byHref);
		for (const href of gone) byHref.delete(href);
		keep(calendar, { ...now, token, byHref, error: null }); // only now: a token names what has been read
	} catch (err) {
		if (err instanceof DavError && err.condition === "valid-sync-token") await reload(calendar);
		else if (err instanceof DavError && (err.status === 403 || err.status === 404)) {
			loaded.value = new Map([...loaded.value].filter(([href]) => href !== calendar));
		} else keep(calendar, { ...(loaded.value.get(calendar) ?? l), error: err });
	}
}
