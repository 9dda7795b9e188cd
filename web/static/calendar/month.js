// The month: a grid of days. Bars run over the days of a week; a day that has more than fits says how many.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { t, tn } from "../lib/i18n.js";
import { settings } from "../lib/settings.js";
import { day, dayText } from "../lib/time.js";
import { classes, colors, nameOf, shortTime, shown, titleOf } from "./look.js";
import { inOrder, isBar, lanes, spansIn } from "./layout.js";
import { part } from "./parts.js";
import { choose, date, days, goTo, narrow, title, today } from "./state.js";

/** @typedef {import("../lib/time.js").Day} Day */

/** More lanes than this are not drawn, however tall the window is. */
const mostLanes = 7;

/** How many it was at last, by weeks: so the month is laid once when somebody comes back to it. @type {Map<number, number>} */
const room = new Map();

/** How many lanes a week has room for, measured on the page. @param {import("../vendor/preact.js").RefObject<HTMLElement | null>} ref @param {number} weeks */
function useRoom(ref, weeks) {
	const [fits, setFits] = useState(room.get(weeks) ?? 4);
	useLayoutEffect(() => {
		const grid = ref.current;
		if (!grid) return;
		const measure = () => {
			const row = grid.querySelector(".week");
			if (!row) return;
			const style = getComputedStyle(grid);
			const head = parseFloat(style.getPropertyValue("--day-head")), lane = parseFloat(style.getPropertyValue("--lane"));
			const n = Math.max(1, Math.min(mostLanes, Math.floor((row.clientHeight - head - 3) / lane)));
			room.set(weeks, n);
			setFits(n);
		};
		const watch = new ResizeObserver(measure);
		watch.observe(grid);
		addEventListener("beforeprint", measure);
		addEventListener("afterprint", measure);
		measure();
		return () => {
			watch.disconnect();
			removeEventListener("beforeprint", measure);
			removeEventListener("afterprint", measure);
		};
	}, [weeks]);
	return fits;
}

export default function Month() {
	const grid = useRef(/** @type {HTMLElement | null} */ (null));
	const list = days.value, month = date.value.month;
	const weeks = [];
	for (let i = 0; i < list.length; i += 7) weeks.push(list.slice(i, i + 7));
	const fits = useRoom(grid, weeks.length);
	const events = [...shown.value].sort(inOrder);
	const chosen = date.value.toString();
	const hadFocus = useRef(false);
	useEffect(() => {
		if (hadFocus.current) /** @type {HTMLElement | null} */ (grid.current?.querySelector(`[data-day="${chosen}"]`))?.focus();
		hadFocus.current = false;
	}, [chosen]);
	const keys = (/** @type {KeyboardEvent} */ e) => moveCursor(e, () => { hadFocus.current = true; });
	const compact = narrow.value;
	const [DayList, setDayList] = useState(/** @type {any} */ (null));
	useEffect(() => { if (compact) import("./rows.js").then((m) => setDayList(() => m.DayList)); }, [compact]);
	return html`<div class=${`month ${compact ? "compact" : ""} ${settings.value.weekNumbers && !compact ? "numbered" : ""}`}>
		<div class="month-grid" ref=${grid} role="grid" aria-label=${title.value} onKeyDown=${keys}>
			<div class="weekday-row" role="row">${settings.value.weekNumbers && !compact && html`<span class="number" role="columnheader" aria-label=${t("calendar.week")}></span>`}
				${list.slice(0, 7).map((d) => html`<span key=${d.dayOfWeek} role="columnheader" aria-label=${dayText(d, { weekday: "long" })}>${dayText(d, { weekday: compact ? "narrow" : "short" })}</span>`)}</div>
			${weeks.map((row) => html`<${Week} key=${row[0].toString()} row=${row} month=${month} chosen=${chosen} events=${events} fits=${compact ? 3 : fits} compact=${compact} />`)}
		</div>
		${compact && DayList && html`<${DayList} day=${chosen} events=${events} />`}
	</div>`;
}

/** @param {{row: Day[], month: number, chosen: string, events: import("./look.js").Shown[], fits: number, compact: boolean}} props */
function Week({ row, month, chosen, events, fits, compact }) {
	const iso = row.map(String);
	const spans = spansIn(events, iso), laid = lanes(spans, row.length, fits);
	return html`<div class="week" role="row">
		${settings.value.weekNumbers && !compact && html`<a class="number" role="rowheader" tabindex="-1" href=${`/calendar/week/${iso[0]}`} aria-label=${t("calendar.weekn", { n: row[0].weekOfYear ?? 0 })}>${row[0].weekOfYear}</a>`}
		${row.map((d, i) => {
			const n = spans.filter((s) => s.first <= i && i <= s.last).length, isChosen = iso[i] === chosen;
			const label = `${dayText(d, { weekday: "long", day: "numeric", month: "long" })}, ${tn("calendar.count", n)}`;
			return html`<div key=${iso[i]} role="gridcell" data-day=${iso[i]} tabindex=${isChosen ? 0 : -1} aria-label=${compact ? label : undefined} aria-selected=${isChosen}
					aria-current=${iso[i] === today.value ? "date" : undefined} class=${d.month === month ? "" : "other"}>
				${compact ? html`<span class="num">${d.day}</span>` : html`<a class="num" tabindex="-1" href=${`/calendar/day/${iso[i]}`} aria-label=${label} data-text=${d.day === 1 ? dayText(d, { day: "numeric", month: "short" }) : undefined}>${d.day === 1 ? "" : d.day}</a>`}
				${compact ? html`<span class="dots">${laid.placed.filter((s) => s.first <= i && i <= s.last).map((s) => html`<i key=${s.o.key} class="mark" style=${colors(s.o)}></i>`)}</span>`
				: laid.placed.filter((s) => s.first === i).map((s) => html`<${Item} key=${s.o.key} s=${s} tabindex=${isChosen ? 0 : -1} />`)}
				${!compact && laid.more[i] > 0 && html`<button type="button" class="more" tabindex=${isChosen ? 0 : -1} style=${{ "--at": fits - 1 }}
					onClick=${(/** @type {MouseEvent} */ e) => more(iso[i], /** @type {Element} */ (e.currentTarget))}>${tn("calendar.more", laid.more[i])}</button>`}
			</div>`;
		})}
	</div>`;
}

/** Shows all of a day. @param {string} iso @param {Element} anchor */
export async function more(iso, anchor) { (await part("./more.js"))?.showMore(iso, anchor); }

/** One thing in the month. @param {{s: any, tabindex: number}} props */
export function Item({ s, tabindex }) {
	const { o } = s, bar = isBar(o);
	const style = { ...colors(o), "--at": s.lane, "--span": s.last - s.first + 1 };
	if (o.task) {
		return html`<button type="button" role="checkbox" aria-checked=${o.done} class="due" data-key=${o.key} tabindex=${tabindex} style=${style} aria-label=${nameOf(o)}><span dir="auto">${titleOf(o)}</span></button>`;
	}
	return html`<button type="button" class=${classes(o, `${bar ? "bar" : "line"} ${s.before ? "before" : ""} ${s.after ? "after" : ""}`)} data-key=${o.key} tabindex=${tabindex} style=${style} aria-label=${nameOf(o)} data-text=${bar ? undefined : shortTime(o.start)}>
		<span dir="auto">${titleOf(o)}</span></button>`;
}

/** Arrows and their kin: between days, and between what stands in a day. @param {KeyboardEvent} e @param {() => void} moving */
function moveCursor(e, moving) {
	if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || e.defaultPrevented) return;
	const target = /** @type {HTMLElement} */ (e.target);
	const cell = /** @type {HTMLElement | null} */ (target.closest("[role=gridcell]"));
	if (!cell) return;
	const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
	const inside = /** @type {HTMLElement[]} */ ([...cell.querySelectorAll("button")]), at = inside.indexOf(target);
	const d = day(cell.dataset.day);
	const start = Number(settings.value.weekStart), intoWeek = (d.dayOfWeek - start + 7) % 7;
	if (at >= 0 && (e.key === "ArrowUp" || e.key === "ArrowDown" || e.key === "Escape")) {
		e.preventDefault();
		(e.key === "Escape" || (e.key === "ArrowUp" && at === 0) ? cell : inside[Math.min(inside.length - 1, at + (e.key === "ArrowDown" ? 1 : -1))]).focus();
		return;
	}
	if (target === cell && e.key === "Enter") {
		e.preventDefault();
		if (inside.length > 0) inside[0].focus();
		else cell.dispatchEvent(new CustomEvent("newevent", { bubbles: true }));
		return;
	}
	/** @type {Record<string, () => Day>} */
	const to = {
		ArrowRight: () => d.add({ days: rtl }), ArrowLeft: () => d.subtract({ days: rtl }),
		ArrowDown: () => d.add({ days: 7 }), ArrowUp: () => d.subtract({ days: 7 }),
		Home: () => d.subtract({ days: intoWeek }), End: () => d.add({ days: 6 - intoWeek }),
		PageDown: () => d.add({ months: 1 }), PageUp: () => d.subtract({ months: 1 }),
	};
	const go = to[e.key];
	if (!go) return;
	e.preventDefault();
	moving();
	const next = go();
	if (e.key.startsWith("Page")) goTo({ date: next }, { replace: true });
	else choose(next);
}
