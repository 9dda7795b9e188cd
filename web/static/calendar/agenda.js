// The agenda: what comes, day by day.
import { html, useEffect, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { day, dayText, instantOf } from "../lib/time.js";
import { Icon } from "../ui/icon.js";
import { loading, show } from "./events.js";
import { inOrder } from "./layout.js";
import { shown } from "./look.js";
import { onDay, Row } from "./rows.js";
import { agendaDays, days, title, today } from "./state.js";

export default function Agenda() {
	const first = days.value[0];
	const [length, setLength] = useState(agendaDays);
	useEffect(() => { setLength(agendaDays); }, [first.toString()]);
	useEffect(() => {
		if (length > agendaDays) show(instantOf(first), instantOf(first.add({ days: length })));
	}, [length, first.toString()]);
	const events = [...shown.value].sort(inOrder);
	const list = Array.from({ length }, (_, i) => first.add({ days: i })).map((d) => ({ d, iso: d.toString(), events: onDay(events, d.toString()) }));
	const filled = list.filter((x) => x.events.length > 0 || x.iso === today.value);
	return html`<div class="agenda" aria-label=${title.value} role="region" tabindex="-1">
		${filled.map(({ d, iso, events: there }, i) => html`
			${(i === 0 || filled[i - 1].d.month !== d.month) && html`<h2 key=${`m${iso}`}>${dayText(d, { month: "long", year: "numeric" })}</h2>`}
			<section key=${iso} class="agenda-day" data-agenda=${iso} aria-current=${iso === today.value ? "date" : undefined}>
				<h3><a href=${`/calendar/day/${iso}`} aria-label=${dayText(d, { weekday: "long", day: "numeric", month: "long" })}><b>${d.day}</b><span data-text=${dayText(d, { weekday: "short" })}></span></a></h3>
				${there.length > 0 ? html`<ul>${there.map((o) => html`<${Row} key=${o.key} o=${o} iso=${iso} />`)}</ul>` : html`<p class="muted">${t("calendar.nothing")}</p>`}
			</section>`)}
		${filled.length === 0 && !loading.value && html`<div class="state"><${Icon} name="calendar-check" /><h2>${t("calendar.empty")}</h2><p>${t("calendar.empty.text")}</p></div>`}
		<p class="later"><button type="button" class="button quiet" onClick=${() => setLength(length + agendaDays)}>${t("calendar.later")}</button></p>
	</div>`;
}
