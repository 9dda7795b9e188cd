// The day of the event beside its form: what else is there, and when the guests are busy; it follows what is typed.
import { html, useEffect, useMemo } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { colorVars } from "../lib/color.js";
import { settings, zone } from "../lib/settings.js";
import { calendars } from "../lib/store.js";
import { day, dayText, instantOf, minutesOf, rangeText } from "../lib/time.js";
import { clockText } from "../ui/field.js";
import { useBusy } from "./busy.js";
import { colorOf } from "./colors.js";
import { occurrences, show } from "./events.js";
import { instants } from "./fields.js";
import { columns } from "./columns.js";

/** @typedef {{from: number, to: number}} Span */

/** What is shorter is drawn as if it took so long, so that it can be read. */
const least = 24 * 60_000;

/** @param {{form: import("./object.js").Form, object: import("./object.js").CalendarObject, uid: string, own: string}} props own: href of the event itself */
export function DayPanel({ form, object, uid, own }) {
	const d = form.allDay ? day(form.start) : day(instants(form, object).from);
	const from = instantOf(d), to = instantOf(d.add({ days: 1 }));
	useEffect(() => { show(from, to); }, [from]);
	const span = instants(form, object);
	const guests = form.guests.slice(0, 5);
	const busy = useBusy(guests.map((g) => g.address), from, to, uid);
	const mine = occurrences.value.filter((o) => o.href !== own && o.start < to && o.end > from && o.status !== "CANCELLED");
	const timed = useMemo(() => columns(mine.filter((o) => !o.allDay).map((o) => ({ from: Math.max(o.start, from), to: Math.max(Math.min(o.end, to), Math.max(o.start, from) + least), o }))), [mine.map((o) => `${o.key}${o.start}${o.end}`).join(), from]);
	const early = Math.min(Number(settings.value.workHours.start.slice(0, 2)), ...[...mine.filter((o) => !o.allDay).map((o) => Math.max(o.start, from)), ...(form.allDay ? [] : [Math.max(span.from, from)])].map((ms) => Math.floor(minutesOf(ms) / 60)));
	const first = Math.max(0, early - 1), last = 24;
	const at = (/** @type {number} */ ms) => ((ms - from) / 3_600_000 - first);
	const box = (/** @type {Span} */ s) => ({ "--at": Math.max(0, at(Math.max(s.from, from))).toFixed(3), "--long": Math.max(0.4, at(Math.min(s.to, to)) - Math.max(0, at(Math.max(s.from, from)))).toFixed(3) });
	const whole = mine.filter((o) => o.allDay);
	return html`<aside class="day-panel" tabindex="0" aria-label=${t("event.day", { day: dayText(d, { weekday: "long", day: "numeric", month: "long" }) })}>
		<h2>${dayText(d, { weekday: "long", day: "numeric", month: "long" })}</h2>
		${whole.length > 0 && html`<ul class="day-whole">${whole.map((o) => html`<li key=${o.key} class="tinted" dir="auto" style=${colorVars(tint(o))}>${o.title || t("event.untitled")}</li>`)}</ul>`}
		${guests.length > 0 && html`<div class="day-names" aria-hidden="true"><span></span><span>${t("event.you")}</span>${guests.map((g) => html`<span dir="auto" title=${g.name}>${initials(g.name)}</span>`)}</div>`}
		<div class="day-grid" style=${{ "--hours": last - first }}>
			<div class="day-hours" aria-hidden="true">${Array.from({ length: last - first }, (_, i) => html`<span style=${{ "--at": i }}>${i === 0 ? "" : clockText(`${String(first + i).padStart(2, "0")}:00`)}</span>`)}</div>
			<ul class="day-mine">${timed.map(({ o, column, columns: n, ...s }) => html`<li key=${o.key} class="tinted" style=${{ ...box(s), ...colorVars(tint(o)), "--column": column, "--columns": n }}><span dir="auto">${o.title || t("event.untitled")}</span> <small>${rangeText(o.start, o.end)}</small></li>`)}
				${!form.allDay && span.from < to && span.to > from && html`<li class="day-own" style=${box(span)}><span class="visually-hidden">${t("event.this")}: ${rangeText(span.from, span.to)}</span></li>`}</ul>
			${guests.map((g) => html`<ul key=${g.address} class="day-guest" aria-label=${g.name}>${busy?.get(g.address)?.known === false && html`<li class="unknown" title=${t("event.busy.unknown")}><span class="visually-hidden">${t("event.busy.unknown")}</span></li>`}
				${busy?.get(g.address)?.blocks.filter((b) => b.from < to && b.to > from).map((b) => html`<li class=${`busy-block ${b.type}`} style=${box(b)}><span class="visually-hidden">${t("event.busy.busy")} ${rangeText(Math.max(b.from, from), Math.min(b.to, to))}</span></li>`)}</ul>`)}
		</div></aside>`;
}

/** @param {import("./events.js").Occurrence} o */
function tint(o) { return colorOf(o.color) || (calendars.value.find((c) => c.href === o.calendar)?.color ?? ""); }

/** @param {string} name */
function initials(name) {
	const words = name.split(/[\s@]+/).filter(Boolean);
	return ((words[0]?.[0] ?? "?") + (words[1]?.[0] ?? "")).toUpperCase();
}
