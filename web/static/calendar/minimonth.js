// A small month to go to a day.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { dayText } from "../lib/time.js";
import { IconButton } from "../ui/icon.js";
import { daysOf, today } from "./state.js";

/** @typedef {import("../lib/time.js").Day} Day */

/** @param {{chosen: Day, marked?: Day[], onChoose: (d: Day) => void}} props marked: days that are shown elsewhere */
export function MiniMonth({ chosen, marked = [], onChoose }) {
	const [at, setAt] = useState(chosen);
	const grid = useRef(/** @type {HTMLElement | null} */ (null));
	const focus = useRef(false);
	useEffect(() => { setAt(chosen); }, [chosen.toString()]);
	useEffect(() => {
		if (focus.current) /** @type {HTMLElement | null} */ (grid.current?.querySelector("[tabindex='0']"))?.focus();
		focus.current = false;
	}, [at.toString()]);
	const list = daysOf("month", at), in_ = new Set(marked.map(String)), weeks = [];
	for (let i = 0; i < list.length; i += 7) weeks.push(list.slice(i, i + 7));
	const keys = (/** @type {KeyboardEvent} */ e) => {
		const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
		/** @type {Record<string, any>} */
		const by = { ArrowRight: { days: rtl }, ArrowLeft: { days: -rtl }, ArrowDown: { days: 7 }, ArrowUp: { days: -7 }, PageDown: { months: 1 }, PageUp: { months: -1 } };
		if (!by[e.key] || e.altKey || e.ctrlKey || e.metaKey) return;
		e.preventDefault();
		focus.current = true;
		setAt(at.add(by[e.key]));
	};
	return html`<div class="minimonth">
		<header><b aria-live="polite">${dayText(at, { month: "long", year: "numeric" })}</b>
			<${IconButton} icon="chevron-left" label=${t("calendar.previousMonth")} onClick=${() => setAt(at.subtract({ months: 1 }))} />
			<${IconButton} icon="chevron-right" label=${t("calendar.nextMonth")} onClick=${() => setAt(at.add({ months: 1 }))} /></header>
		<div ref=${grid} class="minimonth-grid" role="grid" aria-label=${dayText(at, { month: "long", year: "numeric" })} onKeyDown=${keys}>
			<div role="row">${list.slice(0, 7).map((d) => html`<span key=${d.dayOfWeek} role="columnheader" aria-label=${dayText(d, { weekday: "long" })}>${dayText(d, { weekday: "narrow" })}</span>`)}</div>
			${weeks.map((row) => html`<div key=${row[0].toString()} role="row">${row.map((d) => html`<span role="gridcell" key=${d.toString()}><button type="button" data-day=${d.toString()}
				tabindex=${d.equals(at) ? 0 : -1} aria-current=${d.toString() === today.value ? "date" : undefined} aria-pressed=${d.equals(chosen)}
				class=${`${d.month === at.month ? "" : "other"} ${in_.has(d.toString()) ? "shown" : ""}`}
				aria-label=${dayText(d, { weekday: "long", day: "numeric", month: "long" })} onClick=${() => onChoose(d)}>${d.day}</button></span>`)}</div>`)}
		</div>
	</div>`;
}
