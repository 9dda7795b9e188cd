// Dragging: drawing something new, moving, and resizing, by mouse, by pen, and by touch after a long press.
import { settings } from "../lib/settings.js";
import { eventCalendars } from "../lib/store.js";
import { instantOf } from "../lib/time.js";
import { commit } from "./commit.js";
import { grouped } from "./groups.js";
import { movable, occurrenceAt } from "./look.js";
import { part } from "./parts.js";
import { preview } from "./preview.js";
import { allDay, daysBetween, moveDays, moveMinutes, resize, resizeTo, sameTimes, timed } from "./shift.js";
import { date, today } from "./state.js";
import { shownAxis } from "./week.js";

/** @typedef {import("./events.js").Occurrence} Occurrence */
/** @typedef {"hours" | "band" | "month"} Ground */
/** @typedef {{iso: string, column: number, y: number}} Spot a day, and minutes from its top among the hours */

const stepMinutes = 15, pressFor = 420, farForMouse = 4, farForTouch = 10;

/**
 * @typedef {object} Gesture
 * @property {number} id of the pointer @property {boolean} touch @property {Ground} ground @property {Spot} from
 * @property {"create" | "move" | "start" | "end"} what @property {Occurrence | null} o
 * @property {number} x @property {number} y where it began @property {{x: number, y: number}} at where it is
 * @property {boolean} on whether it has become a drag @property {any} timer
 */

/** @type {Gesture | null} */
let gesture = null;
/** Whether a press only closes what is open. */
let closing = false;

/** The ground below an element. @param {Element} el @returns {Ground | null} */
function groundOf(el) {
	if (el.closest(".band [data-band]")) return "band";
	if (el.closest(".daycolumn")) return "hours";
	return el.closest(".month:not(.compact) [role=gridcell]") ? "month" : null;
}

const fields = { hours: ".timegrid .daycolumn", band: ".band [data-band]", month: ".month-grid [role=gridcell]" };

/** The nearest spot of a ground. @param {Ground} ground @param {number} x @param {number} y @returns {Spot} */
function spotAt(ground, x, y) {
	let best = { iso: "", column: 0, y: 0 }, least = Infinity;
	for (const [column, el] of [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(fields[ground]))].entries()) {
		const box = el.getBoundingClientRect();
		const dx = Math.max(box.left - x, 0, x - box.right), dy = ground === "month" ? Math.max(box.top - y, 0, y - box.bottom) : 0;
		if (dx + dy >= least) continue;
		least = dx + dy;
		const axis = shownAxis.current, length = axis?.length ?? 1440;
		best = { iso: el.dataset.day ?? el.dataset.band ?? "", column, y: Math.max(0, Math.min(length, ((y - box.top) / box.height) * length)) };
	}
	return best;
}

/** The edge of an event that a pointer is on. @param {HTMLElement} el @param {Ground} ground @param {{clientX: number, clientY: number, pointerType: string}} e @returns {"start" | "end" | null} */
function edgeAt(el, ground, e) {
	const box = el.getBoundingClientRect(), near = e.pointerType === "touch" ? 14 : 7;
	if (ground !== "hours" && !el.classList.contains("bar")) return null;
	const rtl = document.documentElement.dir === "rtl";
	const [fromStart, fromEnd, size] = ground === "hours" ? [e.clientY - box.top, box.bottom - e.clientY, box.height]
		: rtl ? [box.right - e.clientX, e.clientX - box.left, box.width] : [e.clientX - box.left, box.right - e.clientX, box.width];
	const reach = Math.min(near, size / 4);
	if (fromEnd <= reach && !el.classList.contains("after")) return "end";
	return fromStart <= reach && !el.classList.contains("before") ? "start" : null;
}

/** Shows by the pointer's form what a press would do. @param {PointerEvent} e */
export function hover(e) {
	if (gesture) return;
	const el = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest("[data-key]"));
	const ground = el && groundOf(el), o = el && occurrenceAt(el.dataset.key ?? "");
	if (el && ground && o) el.dataset.edge = movable(o) ? edgeAt(el, ground, e) ?? "" : "";
}

/** @param {PointerEvent} e */
export function pressed(e) {
	closing = !!document.querySelector(":popover-open, dialog[open]");
	if (e.button !== 0 || gesture || !e.isPrimary) return;
	const target = /** @type {Element} */ (e.target);
	const el = /** @type {HTMLElement | null} */ (target.closest("[data-key]")), ground = groundOf(target);
	if (!ground || (!el && (target.closest("a, button") || closing))) return;
	const o = el ? occurrenceAt(el.dataset.key ?? "") ?? null : null;
	if (el && (!o || !movable(o))) return;
	const touch = e.pointerType === "touch";
	const what = el ? edgeAt(el, ground, e) ?? "move" : "create";
	gesture = {
		id: e.pointerId, touch, ground, from: spotAt(ground, e.clientX, e.clientY), what, o, x: e.clientX, y: e.clientY, at: { x: e.clientX, y: e.clientY }, on: false,
		timer: touch ? setTimeout(begin, pressFor) : null,
	};
	for (const [name, f] of heard) addEventListener(name, /** @type {any} */ (f), { capture: true, passive: false });
}

/** @type {[string, Function][]} */
const heard = [["pointermove", moved], ["pointerup", released], ["pointercancel", stop], ["touchmove", held], ["contextmenu", held], ["keydown", escaped]];

function begin() {
	if (!gesture) return;
	gesture.on = true;
	document.body.classList.add("dragging");
	if (gesture.touch) navigator.vibrate?.(12);
	draw();
	requestAnimationFrame(scrollAlong);
}

/** @param {PointerEvent} e */
function moved(e) {
	const g = gesture;
	if (!g || e.pointerId !== g.id) return;
	g.at = { x: e.clientX, y: e.clientY };
	const far = Math.hypot(e.clientX - g.x, e.clientY - g.y);
	if (!g.on) {
		if (g.touch && far > farForTouch) stop(); // the page is scrolled
		else if (!g.touch && far > farForMouse) begin();
		return;
	}
	draw();
}

/** A page that is dragged on does not scroll. @param {Event} e */
function held(e) { if (gesture?.on) e.preventDefault(); }

/** @param {KeyboardEvent} e */
function escaped(e) {
	if (e.key !== "Escape" || !gesture?.on) return;
	e.preventDefault();
	e.stopPropagation();
	swallowClick();
	stop();
}

function stop() {
	if (!gesture) return;
	clearTimeout(gesture.timer);
	if (gesture.on) preview.value = null;
	end();
}

function end() {
	gesture = null;
	document.body.classList.remove("dragging");
	for (const [name, f] of heard) removeEventListener(name, /** @type {any} */ (f), { capture: true });
}

/** @param {PointerEvent} e */
function released(e) {
	const g = gesture;
	if (!g || e.pointerId !== g.id) return;
	clearTimeout(g.timer);
	const p = preview.value;
	end();
	if (!g.on) return;
	swallowClick();
	if (!p) return;
	if (g.what === "create") openDraft(g.ground !== "hours");
	else commit(p);
}

/** The click that ends a drag means nothing more. */
function swallowClick() {
	const swallow = (/** @type {Event} */ e) => {
		e.stopPropagation();
		e.preventDefault();
	};
	addEventListener("click", swallow, { capture: true, once: true });
	setTimeout(() => removeEventListener("click", swallow, { capture: true }), 80);
}

/** Shows what a release would do. */
function draw() {
	const g = gesture;
	if (!g) return;
	const ground = groundNow(g), spot = spotAt(ground, g.at.x, g.at.y), o = g.o;
	const times = !o ? created(g, spot) : ground === g.ground ? changed(g, o, spot) : ground === "band" ? allDay(spot.iso, spot.iso) : fromBand(spot);
	const p = preview.value;
	if (p && sameTimes(p.times, times)) return;
	preview.value = o ? { o, times, by: "pointer" } : { o: draftOf(g.ground !== "hours"), times, by: "draft" };
}

/** Where a drag is now: between the band and the hours an event changes its kind, if it takes no more than a day. @param {Gesture} g @returns {Ground} */
function groundNow(g) {
	const head = document.querySelector(".timegrid-head");
	if (!head || g.what !== "move" || (g.ground === "band" && !(g.o?.allDay && g.o.firstDay === g.o.lastDay))) return g.ground;
	return g.at.y < head.getBoundingClientRect().bottom ? "band" : "hours";
}

/** What took a whole day begins where it is let go. @param {Spot} spot */
function fromBand(spot) {
	const axis = /** @type {import("./axis.js").Axis} */ (shownAxis.current);
	const start = snap(axis.days[spot.column], Math.min(spot.y, axis.length - stepMinutes));
	return timed(start, start + settings.value.eventMinutes * 60_000);
}

/** @param {Gesture} g @param {Occurrence} o @param {Spot} spot */
function changed(g, o, spot) {
	const by = daysBetween(g.from.iso, spot.iso);
	if (g.ground !== "hours") {
		if (g.what === "move") return moveDays(o, by);
		const edge = /** @type {"start" | "end"} */ (g.what);
		return o.allDay ? resize(o, edge, by) : resizeTo(o, edge, moveDays({ ...o, start: o[edge], end: o[edge] }, by).start);
	}
	const axis = /** @type {import("./axis.js").Axis} */ (shownAxis.current).days[spot.column];
	if (g.what !== "move") return resizeTo(o, g.what === "start" ? "start" : "end", snap(axis, spot.y));
	const there = moveDays(o, by), minutes = Math.round((spot.y - g.from.y) / stepMinutes) * stepMinutes;
	if (minutes === 0) return there;
	if (there.start < axis.start) return moveMinutes({ ...o, ...there }, minutes);
	const start = snap(axis, axis.top(there.start) + minutes);
	return timed(start, start + o.end - o.start);
}

/** @param {Gesture} g @param {Spot} spot */
function created(g, spot) {
	if (g.ground !== "hours") return spot.iso < g.from.iso ? allDay(spot.iso, g.from.iso) : allDay(g.from.iso, spot.iso);
	const axis = /** @type {import("./axis.js").Axis} */ (shownAxis.current).days[g.from.column];
	const a = Math.floor(g.from.y / stepMinutes) * stepMinutes, b = Math.round(spot.y / stepMinutes) * stepMinutes;
	return timed(axis.at(Math.min(a, b)), axis.at(Math.max(a, b, Math.min(a, b) + stepMinutes)));
}

/** @param {import("./axis.js").DayAxis} axis @param {number} y */
function snap(axis, y) { return axis.at(Math.round(y / stepMinutes) * stepMinutes); }

/** Near the edge of the hours the page goes on. */
function scrollAlong() {
	const g = gesture;
	if (!g?.on) return;
	const el = groundNow(g) === "hours" ? document.querySelector(".timegrid") : null;
	if (el) {
		const box = el.getBoundingClientRect(), top = box.top + (el.querySelector(".timegrid-head")?.clientHeight ?? 0);
		const by = g.at.y < top + 28 ? -8 : g.at.y > box.bottom - 28 ? 8 : 0;
		if (by) {
			el.scrollTop += by;
			draw();
		}
	}
	requestAnimationFrame(scrollAlong);
}

/** Something new, in the calendar that it would go to. @param {boolean} whole days @returns {Occurrence} */
function draftOf(whole) {
	const c = grouped(eventCalendars.value).flatMap(([, l]) => l).find((x) => x.may.add);
	return {
		key: "draft", href: "", etag: "", calendar: c?.href ?? "", uid: crypto.randomUUID(), recurrenceId: "", recurring: false, title: "", allDay: whole, start: 0, end: 0, firstDay: "", lastDay: "",
		place: "", description: "", status: "", free: false, privacy: "", url: "", categories: [], color: "", organizer: null, attendees: [], me: null, mine: true,
	};
}

/** Asks for the rest of what is drawn. @param {boolean} whole @param {Element | null} [anchor] */
async function openDraft(whole, anchor) {
	const p = preview.value;
	if (!p) return;
	await new Promise((resolve) => setTimeout(resolve));
	const { start, end: stop, firstDay, lastDay } = p.times;
	const beside = document.querySelector('.cal-view [data-key="draft"]') ?? document.querySelector(`.cal-view [data-day="${firstDay}"]`) ?? anchor ?? document.querySelector(".cal-view");
	try {
		await (await part("./popover.js"))?.openDraft({ start, end: stop, allDay: whole, firstDay, lastDay }, beside);
	} finally {
		if (preview.value?.o.uid === p.o.uid) preview.value = null;
	}
}

/** A click on a free place. @param {MouseEvent} e */
export function clicked(e) {
	const ground = groundOf(/** @type {Element} */ (e.target));
	if (!ground || closing) return;
	const spot = spotAt(ground, e.clientX, e.clientY);
	if (ground !== "hours") return void draftOnDay(spot.iso);
	const axis = /** @type {import("./axis.js").Axis} */ (shownAxis.current).days[spot.column];
	const start = axis.at(Math.floor(spot.y / 30) * 30);
	preview.value = { o: draftOf(false), times: timed(start, start + settings.value.eventMinutes * 60_000), by: "draft" };
	openDraft(false);
}

/** Something new that takes a day. @param {string} iso */
export function draftOnDay(iso) {
	preview.value = { o: draftOf(true), times: allDay(iso, iso), by: "draft" };
	return openDraft(true);
}

/** Something new on the chosen day: at the next full hour if that is today, else when work begins. @param {Element | null} root */
export function draftNow(root) {
	const d = date.value;
	const start = d.toString() === today.value ? (Math.floor(Date.now() / 3_600_000) + 1) * 3_600_000 : instantOf(d, settings.value.workHours.start);
	preview.value = { o: draftOf(false), times: timed(start, start + settings.value.eventMinutes * 60_000), by: "draft" };
	return openDraft(false, root?.querySelector(".fab, .cal-head .primary"));
}

