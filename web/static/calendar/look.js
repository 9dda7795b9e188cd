// What an occurrence looks like and how it is called, the same in every view.
import { computed, signal } from "../vendor/preact.js";
import { colorVars } from "../lib/color.js";
import { dateFormat, t } from "../lib/i18n.js";
import { settings, zone } from "../lib/settings.js";
import { calendars, hidden } from "../lib/store.js";
import { day, daysText, dayText, hours, rangeText, timeText } from "../lib/time.js";
import { colorOf } from "./colors.js";
import { occurrences } from "./events.js";
import { preview } from "./preview.js";

/** @typedef {import("./events.js").Occurrence & {ghost?: boolean, moving?: boolean, done?: boolean, task?: any}} Shown */

const names = computed(() => new Map(calendars.value.map((c) => [c.href, c])));

/** Tasks that are due on the days shown (duetasks.js). @type {import("../vendor/preact.js").Signal<Shown[]>} */
export const dueTasks = signal([]);

/** What the views show: what is moved at this moment stands where it would be. @type {import("../vendor/preact.js").ReadonlySignal<Shown[]>} */
export const shown = computed(() => {
	/** @type {Shown[]} */
	let list = settings.value.showDeclined ? occurrences.value : occurrences.value.filter((o) => o.me?.status !== "DECLINED");
	if (dueTasks.value.length > 0) list = [...list, ...dueTasks.value.filter((o) => !hidden.value.includes(o.calendar))];
	const p = preview.value;
	if (!p) return list;
	const { o, times } = p;
	if (p.by === "draft") return [...list, { ...o, ...times, ghost: true }];
	const there = list.find((x) => x.key === o.key);
	if (there?.pending && there !== o) return list; // its outcome is expected already
	if (p.by === "keys") return list.map((x) => (x.key === o.key ? { ...o, ...times, moving: true } : x));
	return [...list.map((x) => (x.key === o.key ? { ...x, moving: true } : x)), { ...o, ...times, key: `${o.key}~`, ghost: true }];
});

/** @param {string} key @returns {Shown | undefined} */
export function occurrenceAt(key) { return shown.value.find((o) => o.key === key); }

/** @type {Map<string, Record<string, string>>} */
const vars = new Map();

/** The custom properties of its colour. @param {Shown} o */
export function colors(o) {
	const color = colorOf(o.color) || (names.value.get(o.calendar)?.color ?? "");
	let found = vars.get(color);
	if (!found) vars.set(color, found = colorVars(color));
	return found;
}

/** What holds of it beyond the plain: words that are classes here and texts of calendar.state.*. @param {Shown} o */
export function states(o) {
	const list = [], mine = o.me?.status;
	if (o.status === "CANCELLED") list.push("cancelled");
	if (mine === "DECLINED") list.push("declined");
	else if (mine === "TENTATIVE" || o.status === "TENTATIVE") list.push("tentative");
	else if (mine === "NEEDS-ACTION" && !o.mine) list.push("unanswered");
	if (o.free) list.push("free");
	if (o.privacy === "PRIVATE" || o.privacy === "CONFIDENTIAL") list.push("private");
	return list;
}

/** Its classes. @param {Shown} o @param {string} [more] */
export function classes(o, more = "") {
	return `event tinted ${states(o).join(" ")} ${o.ghost ? "ghost" : ""} ${o.moving ? "moving" : ""} ${o.pending ? "pending" : ""} ${more}`;
}

/** Its title as it is shown. @param {Shown} o */
export function titleOf(o) { return o.title || t("calendar.untitled"); }

/** Whether it may be moved by who looks at it. @param {Shown} o */
export function movable(o) { return !!names.value.get(o.calendar)?.may.write && !o.ghost && !o.task; }

const date = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long" });

/** The days and times in words. @param {Shown} o */
export function whenText(o) {
	const oneDay = o.firstDay === o.lastDay, first = day(o.firstDay), last = day(o.lastDay);
	if (o.allDay) return `${oneDay ? dayText(first, date) : daysText(first, last, date)}, ${t("calendar.allday")}`;
	if (oneDay) return `${dayText(first, date)}, ${rangeText(o.start, o.end)}`;
	return `${dayText(first, date)}, ${timeText(o.start)} – ${dayText(last, date)}, ${timeText(o.end)}`;
}

/** A time as short as it can be read: "9:30", "9:30am", "4pm". @param {number} ms */
export function shortTime(ms) {
	const parts = dateFormat({ hour: "numeric", minute: "2-digit", timeZone: zone.value, ...hours() }).formatToParts(ms);
	const get = (/** @type {string} */ type) => parts.find((p) => p.type === type)?.value ?? "";
	const half = get("dayPeriod");
	if (!half) return timeText(ms);
	return `${get("hour")}${get("minute") === "00" ? "" : `:${get("minute")}`}${half.toLowerCase().replace(/[.\s]/g, "")}`;
}

/** What a screen reader says: everything that others see. @param {Shown} o */
export function nameOf(o) {
	if (o.task) return [t("calendar.task", { title: titleOf(o) }), t("calendar.dueOn", { day: dayText(day(o.firstDay), date) }), names.value.get(o.calendar)?.name].join(", ");
	const said = [titleOf(o), whenText(o), o.place, names.value.get(o.calendar)?.name ?? "", ...states(o).map((s) => t(`calendar.state.${s}`))];
	if (o.recurring) said.push(t("calendar.state.repeats"));
	return said.filter(Boolean).join(", ");
}
