// Moving and resizing by keys: Alt and arrows move, with Shift they resize; Enter keeps it, Escape takes it back. Nothing
// is written, and so nobody is asked or mailed, before that.
import { t } from "../lib/i18n.js";
import { day } from "../lib/time.js";
import { announce } from "../ui/toast.js";
import { commit } from "./commit.js";
import { movable, titleOf, whenText } from "./look.js";
import { preview } from "./preview.js";
import { moveDays, moveMinutes, resize } from "./shift.js";
import { choose, days, view } from "./state.js";

/** While the page is drawn anew the focus is nowhere; that is no leaving. */
let drawing = false;

/** @param {KeyboardEvent} e @param {import("./look.js").Shown} shown as it is shown now */
export function moveByKey(e, shown) {
	const staged = preview.value?.by === "keys" ? preview.value : null;
	if (e.key === "Enter") return void keep();
	if (e.key === "Escape") {
		preview.value = null;
		announce(t("calendar.moving.cancelled"));
		return void refocus(shown.key);
	}
	if (!movable(shown)) return announce(t("calendar.readonly", { title: titleOf(shown) }));
	const o = staged?.o ?? { ...shown }, now = staged ? { ...o, ...staged.times } : o;
	const times = target(e, now);
	if (!times) return;
	if (!staged) document.addEventListener("focusout", left);
	preview.value = { o, times, by: "keys" };
	if (!days.value.some((d) => d.toString() === times.firstDay) && days.value.length > 1) choose(day(times.firstDay));
	else if (view.value === "day" && days.value[0].toString() !== times.firstDay) choose(day(times.firstDay));
	announce(t("calendar.moving", { title: titleOf(o), when: whenText({ ...o, ...times }) }));
	refocus(shown.key);
}

/** What an arrow makes of it. @param {KeyboardEvent} e @param {import("./events.js").Occurrence} o */
function target(e, o) {
	const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
	const across = e.key === "ArrowRight" ? rtl : e.key === "ArrowLeft" ? -rtl : 0, down = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
	if (e.shiftKey) {
		if (o.allDay) return across ? resize(o, "end", across) : resize(o, "start", down);
		return down ? resize(o, "end", 15 * down) : resize(o, "start", 15 * across);
	}
	if (across) return moveDays(o, across);
	if (view.value === "month") return moveDays(o, 7 * down);
	return o.allDay ? null : moveMinutes(o, 15 * down);
}

/** @param {string} key */
async function refocus(key) {
	drawing = true;
	await new Promise((resolve) => setTimeout(resolve));
	/** @type {HTMLElement | null} */ (document.querySelector(`.cal-view [data-key="${CSS.escape(key)}"]`))?.focus();
	drawing = false;
}

/** Whoever goes elsewhere has moved it. */
function left() {
	if (drawing) return;
	setTimeout(() => {
		if (drawing || document.activeElement?.closest(`[data-key="${CSS.escape(preview.value?.o.key ?? "")}"]`)) return;
		keep();
	}, 50);
}

async function keep() {
	document.removeEventListener("focusout", left);
	const p = preview.value;
	if (p?.by === "keys") await commit(p);
}
