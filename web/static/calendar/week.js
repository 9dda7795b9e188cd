// Days side by side with their hours: one day, three, the work week, the week.
import { html, useLayoutEffect, useMemo, useRef } from "../vendor/preact.js";
import { dateFormat, t, tn } from "../lib/i18n.js";
import { settings, zone } from "../lib/settings.js";
import { day, dayText, hours, rangeText, timeText } from "../lib/time.js";
import { Icon } from "../ui/icon.js";
import { axisOf } from "./axis.js";
import { columns } from "./columns.js";
import { inOrder, isBar, lanes, spansIn } from "./layout.js";
import { classes, colors, nameOf, shown, states, titleOf } from "./look.js";
import { Item, more } from "./month.js";
import { days, now, title, today } from "./state.js";

/** @typedef {import("./axis.js").Axis} Axis */
/** @typedef {import("./axis.js").DayAxis} DayAxis */

/** Lanes of the band for whole days. */
const bandLanes = 4;
/** What is shorter is drawn as if it took so many minutes, so that its title can be read. */
const leastMinutes = 26;

/** The axis that is on the page, for drag.js. @type {{current: Axis | null}} */
export const shownAxis = { current: null };

export default function Week() {
	const list = days.value, tz = zone.value;
	const axis = useMemo(() => axisOf(list, tz), [list, tz]);
	shownAxis.current = axis;
	const scroll = useRef(/** @type {HTMLElement | null} */ (null));
	const head = useRef(/** @type {HTMLElement | null} */ (null));
	useScroll(scroll, head, axis);
	const events = shown.value, timed = events.filter((o) => !isBar(o)), second = settings.value.secondTimeZone;
	return html`<div class="timegrid" ref=${scroll} tabindex="-1" style=${{ "--days": list.length, "--minutes": axis.length }} onKeyDown=${between}>
		<div class="timegrid-head" ref=${head}>
			<div class="dayheads"><span class="gutter">${second && html`<small title=${second}>${zoneName(axis.days[0].start, second)}</small><small title=${tz}>${zoneName(axis.days[0].start, tz)}</small>`}</span>
				${list.map((d) => html`<a key=${d.toString()} href=${`/calendar/day/${d}`} aria-current=${d.toString() === today.value ? "date" : undefined}
					aria-label=${dayText(d, { weekday: "long", day: "numeric", month: "long" })}><span data-text=${dayText(d, { weekday: "short" })}></span><b>${d.day}</b></a>`)}</div>
			<${Band} events=${events} />
		</div>
		<div class="hours">
			<div class="gutter" aria-hidden="true">
				${second && html`<div class="second">${axis.hours.map((h) => html`<span key=${h.y} style=${{ "--y": h.y }}>${h.y > 0 && hourText(axis.days[0].at(h.y), second)}</span>`)}</div>`}
				<div>${axis.hours.map((h) => html`<span key=${h.y} class=${h.second ? "again" : ""} style=${{ "--y": h.y }}>${h.y > 0 && clockText(h.clock)}</span>`)}</div>
			</div>
			${axis.days.map((d) => html`<${DayColumn} key=${d.iso} d=${d} events=${timed} />`)}
		</div>
	</div>`;
}

/** Scrolls to the working hours at first, or as far from them as it takes to see what time it is, and keeps what has the focus clear of the head. @param {any} scroll @param {any} head @param {Axis} axis */
function useScroll(scroll, head, axis) {
	useLayoutEffect(() => {
		const el = scroll.current;
		if (!el) return;
		const watch = new ResizeObserver(() => { el.style.scrollPaddingTop = `${head.current.offsetHeight + 8}px`; });
		watch.observe(head.current);
		const minute = el.querySelector(".hours").clientHeight / axis.length;
		const here = axis.days.find((d) => d.iso === today.value);
		const work = minutesOfDay(settings.value.workHours.start) - 60, at = here?.top(now.value) ?? work, seen = (el.clientHeight - head.current.offsetHeight) / minute;
		el.scrollTop = Math.max(0, Math.max(Math.min(work, at - 90) - 20, at + 60 - seen) * minute);
		return () => watch.disconnect();
	}, []);
}

/** Whole days, and what takes more than one. @param {{events: import("./look.js").Shown[]}} props */
function Band({ events }) {
	const list = days.value, iso = list.map(String);
	const spans = spansIn(events.filter(isBar).sort(inOrder), iso);
	const laid = lanes(spans, iso.length, bandLanes);
	return html`<div class="band" style=${{ "--lanes": Math.max(laid.lanes, 1) }}>
		<span class="gutter">${t("calendar.allday.short")}</span>
		${list.map((d, i) => html`<section key=${iso[i]} data-band=${iso[i]} aria-label=${t("calendar.alldayOn", { day: dayText(d, { weekday: "long", day: "numeric", month: "long" }) })}>
			${laid.placed.filter((s) => s.first === i).map((s) => html`<${Item} key=${s.o.key} s=${s} tabindex="0" />`)}
			${laid.more[i] > 0 && html`<button type="button" class="more" style=${{ "--at": bandLanes - 1 }}
				onClick=${(/** @type {MouseEvent} */ e) => more(iso[i], /** @type {Element} */ (e.currentTarget))}>${tn("calendar.more", laid.more[i])}</button>`}
		</section>`)}
	</div>`;
}

/** The hours of one day. @param {{d: DayAxis, events: import("./look.js").Shown[]}} props */
function DayColumn({ d, events }) {
	const { days: workDays, start, end: stop } = settings.value.workHours, plain = day(d.iso), works = workDays.includes(plain.dayOfWeek);
	const begin = works ? d.top(clock(d, minutesOfDay(start))) : 0, end = works ? Math.max(begin, d.bottom(clock(d, minutesOfDay(stop)))) : 0;
	const here = events.filter((o) => o.start < d.end && (o.end > d.start || (o.end === o.start && o.start >= d.start))).map((o) => {
		const from = d.top(o.start), to = d.bottom(o.end);
		return { o, from, to: Math.max(to, from + leastMinutes), before: o.start < d.start, after: o.end > d.end };
	});
	// What is dragged lies above the others, which stay where they are.
	const list = [...columns(here.filter((p) => !p.o.ghost)), ...here.filter((p) => p.o.ghost).map((p) => ({ ...p, column: 0, columns: 1, span: 1 }))];
	return html`<section class="daycolumn" data-day=${d.iso} style=${{ "--work": begin, "--rest": end }}
			aria-label=${dayText(plain, { weekday: "long", day: "numeric", month: "long" })}>
		${d.blank && html`<div class="blank" style=${{ "--y": d.blank[0], "--h": d.blank[1] - d.blank[0] }}></div>`}
		${list.map((p) => html`<${Block} key=${p.o.key} p=${p} />`)}
		<${Now} d=${d} />
	</section>`;
}

/** Minutes of "09:30". @param {string} time */
function minutesOfDay(time) { return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)); }

/** The instant of a clock of a day. @param {DayAxis} d @param {number} minutes */
function clock(d, minutes) {
	return minutes >= 1440 ? d.end : Temporal.PlainDate.from(d.iso).toZonedDateTime({ timeZone: zone.value, plainTime: { hour: Math.floor(minutes / 60), minute: minutes % 60 } }).epochMilliseconds;
}

/** One event among the hours. @param {{p: any}} props */
function Block({ p }) {
	const { o } = p, length = p.to - p.from, marks = states(o);
	const style = {
		...colors(o), "--y": p.from, "--h": length, "--x": p.column / p.columns, "--w": p.span / p.columns,
		"--lines": Math.max(1, Math.floor((length * 50 / 60 - 7) / 16)),
	};
	const size = `${length < 40 ? "short" : length < 56 ? "middle" : ""} ${p.span / p.columns <= 0.5 && days.value.length > 3 ? "slim" : ""}`;
	const title = html`<b dir="auto">${titleOf(o)}</b>`, secret = marks.includes("private"), again = o.recurring && length >= 40;
	// A week has hundreds of these, and each element of one costs time: the hours are no element, and a title without a mark has none around it.
	return html`<button type="button" class=${classes(o, `block ${size} ${p.before ? "before" : ""} ${p.after ? "after" : ""}`)} data-key=${o.key} style=${style} aria-label=${nameOf(o)}
			data-text=${o.firstDay === o.lastDay ? rangeText(o.start, o.end) : `${timeText(o.start)} – ${timeText(o.end)}`}>
		${secret || again ? html`<span class="what">${title}${secret && html`<${Icon} name="lock" />`}${again && html`<${Icon} name="repeat" />`}</span>` : title}
		${o.place && length >= 70 && html`<small class="where" data-text=${o.place}></small>`}
	</button>`;
}

/** Where it is now. @param {{d: DayAxis}} props */
function Now({ d }) {
	if (d.iso !== today.value) return null;
	return html`<div class="now" style=${{ "--y": d.top(now.value) }} aria-hidden="true"></div>`;
}

/** "9:00" of a clock in minutes. @param {number} minutes */
function clockText(minutes) { return hourText(Date.UTC(2001, 0, 1, 0, minutes), "UTC"); }

/** @param {number} ms @param {string} tz */
function hourText(ms, tz) {
	const half = /** @type {any} */ (dateFormat({ hour: "numeric", ...hours() }).resolvedOptions()).hour12;
	const whole = ms % 3_600_000 === 0 || !half;
	return dateFormat({ hour: "numeric", ...(half && whole ? {} : { minute: "2-digit" }), timeZone: tz, ...hours() }).format(ms);
}

/** "CET" of a zone at an instant. @param {number} ms @param {string} tz */
function zoneName(ms, tz) {
	return dateFormat({ timeZone: tz, timeZoneName: "short" }).formatToParts(ms).find((p) => p.type === "timeZoneName")?.value ?? tz;
}

/** Arrows go from event to event: up and down within a day, left and right to the nearest of the next day that has one. @param {KeyboardEvent} e */
function between(e) {
	if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || !e.key.startsWith("Arrow")) return;
	const from = /** @type {HTMLElement} */ (e.target).closest?.("[data-key]");
	const column = from?.closest("section");
	if (!from || !column) return;
	e.preventDefault();
	const all = (/** @type {Element | undefined} */ c) => /** @type {HTMLElement[]} */ ([...(c?.querySelectorAll("[data-key]") ?? [])]);
	if (e.key === "ArrowUp" || e.key === "ArrowDown") {
		const list = all(column), at = list.indexOf(/** @type {HTMLElement} */ (from)) + (e.key === "ArrowDown" ? 1 : -1);
		list[at]?.focus();
		return;
	}
	const rtl = document.documentElement.dir === "rtl", by = (e.key === "ArrowRight") !== rtl ? 1 : -1;
	const kind = column.matches(".daycolumn") ? ".daycolumn" : ".band section";
	const columnsThere = [...document.querySelectorAll(kind)], y = from.getBoundingClientRect().top;
	for (let i = columnsThere.indexOf(column) + by; i >= 0 && i < columnsThere.length; i += by) {
		const list = all(columnsThere[i]).sort((a, b) => Math.abs(a.getBoundingClientRect().top - y) - Math.abs(b.getBoundingClientRect().top - y));
		if (list.length > 0) return list[0].focus();
	}
}
