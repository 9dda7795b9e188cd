// Answering is a change of one's own copy by DAV, as every client does it (RFC 6638 §3.2.2).
import { day, instantOf } from "../lib/time.js";

/**
 * Answers an invitation of the list. @param {import("./screen.js").Item} item @param {"ACCEPTED" | "TENTATIVE" | "DECLINED"} status
 * @param {string} comment @param {"this" | "all"} [scope] of a series; asked without
 */
export async function answerItem(item, status, comment, scope) {
	const { answer } = await import("../calendar/change.js");
	return answer(occurrenceOf(item), status, comment, scope);
}

/** What the calendar knows as an occurrence. @param {import("./screen.js").Item} item @returns {import("../calendar/events.js").Occurrence} */
export function occurrenceOf(item) {
	const href = item.href ?? "";
	const start = item.allDay ? instantOf(day(item.start)) : Date.parse(item.start);
	return {
		key: `${href}#${item.recurrenceId ?? ""}`, href, etag: "", calendar: href.slice(0, href.lastIndexOf("/") + 1), uid: item.uid,
		recurrenceId: item.recurrenceId ?? "", recurring: !!item.recurring || !!item.recurrenceId, title: item.title, allDay: item.allDay,
		start, end: item.allDay ? start : Date.parse(item.end), firstDay: day(start).toString(), lastDay: day(start).toString(), place: item.location,
		description: "", status: "", free: false, privacy: "", url: "", categories: [], color: "", organizer: null, attendees: [], me: null, mine: false,
	};
}
