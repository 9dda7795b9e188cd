// Events as rows of a list: in the agenda, and below the month on a phone.
import { html } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { day, dayText, rangeText, timeText } from "../lib/time.js";
import { Icon } from "../ui/icon.js";
import { isBar, spansIn } from "./layout.js";
import { colors, nameOf, states, titleOf } from "./look.js";
import { daysBetween } from "./shift.js";

/** @typedef {import("./look.js").Shown} Shown */

/** What stands on a day. @param {Shown[]} events in order @param {string} iso */
export function onDay(events, iso) { return spansIn(events, [iso]).map((s) => s.o); }

/** @param {{o: Shown, iso: string}} props */
export function Row({ o, iso }) {
	const marks = states(o);
	if (o.task) {
		return html`<li class="agenda-item"><button type="button" role="checkbox" aria-checked=${o.done} class="agenda-row due" data-key=${o.key} style=${colors(o)} aria-label=${nameOf(o)}>
			<span class="at" data-text=${t("calendar.due")}></span><span class="what"><b dir="auto">${titleOf(o)}</b></span></button></li>`;
	}
	return html`<li class="agenda-item"><button type="button" class=${`agenda-row ${marks.join(" ")} ${o.pending ? "pending" : ""}`} data-key=${o.key} style=${colors(o)} aria-label=${nameOf(o)}>
		<span class="at" data-text=${atText(o, iso)}></span>
		<span class="what"><b dir="auto">${titleOf(o)}</b>${o.place && html`<small data-text=${o.place}></small>`}</span>
		<span class="marks">${marks.includes("private") && html`<${Icon} name="lock" />`}${o.recurring && html`<${Icon} name="repeat" />`}${
			marks.filter((m) => m !== "private" && m !== "free").map((m) => html`<small key=${m} data-text=${t(`calendar.state.${m}`)}></small>`)}</span>
	</button></li>`;
}

/** When it takes place on one of its days. @param {Shown} o @param {string} iso */
function atText(o, iso) {
	if (!isBar(o)) return o.firstDay === o.lastDay ? rangeText(o.start, o.end) : `${timeText(o.start)} – ${timeText(o.end)}`;
	const n = daysBetween(o.firstDay, o.lastDay) + 1;
	if (n === 1) return t("calendar.allday");
	if (!o.allDay && iso === o.firstDay) return t("calendar.from", { time: timeText(o.start) });
	if (!o.allDay && iso === o.lastDay) return t("calendar.until", { time: timeText(o.end) });
	return t("calendar.dayOf", { i: daysBetween(o.firstDay, iso) + 1, n });
}

/** The events of one day, below the month. @param {{day: string, events: Shown[]}} props */
export function DayList({ day: iso, events }) {
	const list = onDay(events, iso);
	return html`<section class="daylist" aria-label=${dayText(day(iso), { weekday: "long", day: "numeric", month: "long" })}>
		<h2>${dayText(day(iso), { weekday: "long", day: "numeric", month: "long" })}</h2>
		${list.length > 0 ? html`<ul>${list.map((o) => html`<${Row} key=${o.key} o=${o} iso=${iso} />`)}</ul>` : html`<p class="muted">${t("calendar.nothing")}</p>`}
	</section>`;
}
