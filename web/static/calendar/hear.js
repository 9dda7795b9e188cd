// What is done in the calendar by pointer and by keys, in whatever view.
import { effect } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { shortcuts } from "../lib/keys.js";
import { go } from "../lib/router.js";
import * as drag from "./drag.js";
import { followTasks, hooks } from "./duetasks.js";
import { moveByKey } from "./keymove.js";
import { occurrenceAt, shown } from "./look.js";
import { edit, open, part } from "./parts.js";
import { preview } from "./preview.js";
import { choose, days, goToday, goTo, narrow, step } from "./state.js";

/** Listens until the returned function is called. @param {HTMLElement | null} root null: it went while this was loaded, and who asked hears of that only after the next paint @returns {() => void} */
export function listen(root) {
	if (!root) return () => {};
	const place = /** @type {HTMLElement} */ (root.querySelector(".cal-view"));
	const stops = [shortcuts(keys(root)), followTasks(), keepFocus(root)];
	/** @type {[string, (e: any) => void][]} */
	const heard = [["click", clicked], ["keydown", pressedKey], ["pointerdown", drag.pressed], ["pointermove", hover], ["newevent", (e) => drag.draftOnDay(e.target.dataset.day)], ...swipe()];
	for (const [name, f] of heard) place.addEventListener(name, f, { passive: name.startsWith("touch") });
	root.dataset.heard = "";
	return () => {
		for (const stop of stops) stop();
		for (const [name, f] of heard) place.removeEventListener(name, f);
	};
}

/** @param {PointerEvent} e */
function hover(e) { if (e.pointerType === "mouse") drag.hover(e); }

/** The event that an element belongs to. @param {EventTarget | null} target */
function eventAt(target) {
	const el = /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest("[data-key]") : null), o = el && occurrenceAt(el.dataset.key ?? "");
	return el && o && !o.ghost ? { el, o } : null;
}

/** @param {MouseEvent} e */
function clicked(e) {
	const found = eventAt(e.target), target = /** @type {HTMLElement} */ (e.target);
	if (found?.o.task) return void (hooks.toggle ? hooks.toggle(found.o) : go(`/tasks?href=${encodeURIComponent(found.o.href)}`));
	if (found) return void open(found.o, found.el);
	if (target.closest("a, button")) return;
	const cell = /** @type {HTMLElement | null} */ (target.closest("[role=gridcell][data-day]"));
	if (cell && narrow.value) choose(Temporal.PlainDate.from(cell.dataset.day ?? ""));
	else drag.clicked(e);
}

/** @param {KeyboardEvent} e */
function pressedKey(e) {
	const found = eventAt(e.target);
	if (!found || found.o.task) return;
	if ((e.altKey && e.key.startsWith("Arrow")) || (preview.value?.by === "keys" && (e.key === "Enter" || e.key === "Escape"))) {
		e.preventDefault();
		e.stopPropagation();
		moveByKey(e, found.o);
	}
}

/** A new event. @param {HTMLElement | null} root */
export function startNew(root) { drag.draftNow(root); }

/** Asks for a day. */
export async function askDate() { (await part("./gotodate.js"))?.askDate(); }

/** The event that has the focus. */
function focused() {
	const o = eventAt(document.activeElement)?.o;
	return o?.task ? undefined : o;
}

/** The shortcuts of the calendar. @param {HTMLElement} root */
function keys(root) {
	const to = (/** @type {import("./state.js").View} */ v) => ({ label: t(`calendar.view.${v}`), run: () => goTo({ view: v }) });
	const next = { label: t("calendar.next"), run: () => step(1) }, previous = { label: t("calendar.previous"), run: () => step(-1) };
	return [
		{ key: "c", label: t("calendar.new"), run: () => startNew(root) }, { key: "t", label: t("calendar.today"), run: goToday },
		{ key: "d", ...to("day") }, { key: "3", ...to("3day") }, { key: "5", ...to("workweek") }, { key: "w", ...to("week") }, { key: "m", ...to("month") }, { key: "a", ...to("agenda") },
		{ key: "j", ...next }, { key: "n", ...next }, { key: "k", ...previous }, { key: "p", ...previous },
		{ key: "g", label: t("calendar.goto"), run: askDate },
		{ key: "e", label: t("calendar.edit"), when: () => !!focused(), run: () => { const o = focused(); if (o) edit({ occurrence: o }); } },
		{ key: "Delete", label: t("calendar.deleteEvent"), when: () => !!focused(), run: async () => { const o = focused(); if (o) (await part("./change.js"))?.removeEvent(o); } },
	];
}

/**
 * An event that is drawn anew, because it was moved or the server told of it, keeps the focus; where it is gone its day
 * gets it. @param {HTMLElement} root
 */
function keepFocus(root) {
	/** @type {{key: string, day: string} | null} */
	let held = null;
	const came = (/** @type {FocusEvent} */ e) => {
		const el = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest?.(".cal-view [data-key]"));
		const on = /** @type {HTMLElement | null} */ (el?.closest("[data-day]") ?? null);
		held = el ? { key: el.dataset.key ?? "", day: on?.dataset.day ?? "" } : null;
	};
	const pressed = (/** @type {Event} */ e) => { if (!(/** @type {Element} */ (e.target).closest?.("[data-key]"))) held = null; };
	document.addEventListener("focusin", came);
	document.addEventListener("pointerdown", pressed, true);
	const stop = effect(() => {
		shown.value;
		days.value;
		setTimeout(() => {
			if (!held || (document.activeElement && document.activeElement !== document.body)) return;
			const again = root.querySelector(`[data-key="${CSS.escape(held.key)}"]`) ?? root.querySelector(`[role=gridcell][data-day="${held.day}"]`) ?? root.querySelector(".timegrid, .agenda");
			/** @type {HTMLElement | null} */ (again)?.focus();
		});
	});
	return () => {
		stop();
		document.removeEventListener("focusin", came);
		document.removeEventListener("pointerdown", pressed, true);
	};
}

/** A swipe to the side goes to the next period or the one before. @returns {[string, (e: any) => void][]} */
function swipe() {
	/** @type {{x: number, y: number, at: number} | null} */
	let from = null;
	return [
		["touchstart", (e) => { from = e.touches.length === 1 ? { x: e.touches[0].clientX, y: e.touches[0].clientY, at: e.timeStamp } : null; }],
		["touchend", (e) => {
			const f = from, x = e.changedTouches[0];
			from = null;
			if (!f || !x || preview.value || e.timeStamp - f.at > 700) return;
			const dx = x.clientX - f.x, dy = x.clientY - f.y;
			if (Math.abs(dx) < 60 || Math.abs(dx) < 2 * Math.abs(dy)) return;
			step((dx < 0) === (document.documentElement.dir !== "rtl") ? 1 : -1);
		}],
	];
}
