// The calendar: its sidebar, its head, and one of the views.
import { html, useEffect } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { day, dayText, instantOf, rangeText } from "../lib/time.js";
import { follow, occurrences, show } from "./events.js";

export default function Calendar() {
	useEffect(follow, []);
	const first = day();
	useEffect(() => { show(instantOf(first), instantOf(first.add({ days: 14 }))); }, [first.toString()]);
	return html`<h1>${t("app.calendar")}</h1>
		<ul>${[...occurrences.value].sort((a, b) => a.start - b.start).map((o) => html`<li key=${o.key}>${dayText(day(o.firstDay), { dateStyle: "medium" })} ${!o.allDay && rangeText(o.start, o.end)} ${o.title}</li>`)}</ul>`;
}
