// Tasks that are due on the days shown, as they stand in the calendar: a box to tick. The screen of tasks gives what ticks it.
import { report } from "../lib/dav.js";
import { prop, readICS, readTime, stampOf, textOf } from "../lib/ics.js";
import { onChange } from "../lib/live.js";
import { taskLists } from "../lib/store.js";
import { day, instantOf } from "../lib/time.js";
import { text } from "../lib/xml.js";
import { dueTasks } from "./look.js";

/**
 * What happens when a box is ticked: the tasks' own change, loaded when it is first needed.
 * @type {{toggle: ((task: import("./look.js").Shown) => Promise<void>) | null}}
 */
export const hooks = { toggle: async (task) => (await import("../tasks/change.js")).toggle(task.href) };

let from = 0, to = 0, asked = 0;

/** Reads the tasks that are due in a span. @param {number} start @param {number} end */
export async function showTasks(start, end) {
	from = start;
	to = end;
	const mine = ++asked;
	const lists = await Promise.all(taskLists.value.filter((c) => c.may.read).map((c) => read(c.href).catch(() => [])));
	if (mine === asked) dueTasks.value = lists.flat();
}

/** Follows the stream of changes. */
export function followTasks() {
	return onChange((kind, data) => {
		if (kind === "all" || (kind === "change" && taskLists.value.some((c) => c.href === data.href))) showTasks(from, to);
	});
}

const viewed = ["UID", "SUMMARY", "DUE", "STATUS", "COMPLETED", "RECURRENCE-ID"].map((n) => `<C:prop name="${n}"/>`).join("");

/** @param {string} list href @returns {Promise<import("./look.js").Shown[]>} */
async function read(list) {
	const range = `start="${stampOf(from)}" end="${stampOf(to)}"`;
	const { parts } = await report(list, "C:calendar-query", `<D:prop><D:getetag/><C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VTODO">${viewed}</C:comp></C:comp><C:expand ${range}/></C:calendar-data></D:prop>` +
		`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO"><C:time-range ${range}/></C:comp-filter></C:comp-filter></C:filter>`);
	return parts.filter((p) => p.prop).flatMap((p) => readICS(text(p.prop, "C:calendar-data")).parts.flatMap((c) => c.parts)
		.filter((c) => c.name === "VTODO").map((c) => task(c, p.href, list, text(p.prop, "D:getetag"))).filter((o) => o !== null));
}

/** @param {import("../lib/ics.js").Component} c @param {string} href @param {string} calendar @param {string} etag @returns {import("./look.js").Shown | null} */
function task(c, href, calendar, etag) {
	const due = readTime(prop(c, "DUE"));
	if (!due) return null;
	const on = "date" in due ? due.date : "ms" in due ? day(due.ms).toString() : due.local.slice(0, 10);
	const recurrenceId = prop(c, "RECURRENCE-ID")?.value ?? "", done = textOf(c, "STATUS") === "COMPLETED" || !!prop(c, "COMPLETED");
	return {
		key: `${href}#${recurrenceId}`, href, etag, calendar, uid: textOf(c, "UID"), recurrenceId, recurring: recurrenceId !== "",
		title: textOf(c, "SUMMARY"), allDay: true, start: instantOf(day(on)), end: instantOf(day(on).add({ days: 1 })), firstDay: on, lastDay: on,
		place: "", description: "", status: "", free: true, privacy: "", url: "", categories: [], color: "", organizer: null, attendees: [], me: null,
		mine: true, task: true, done,
	};
}
