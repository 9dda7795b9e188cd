// The head of the calendar: the period, ways to others, the field for one line of text, the views, and New.
import { html, useEffect, useState } from "../vendor/preact.js";
import { calm } from "../lib/calm.js";
import { t } from "../lib/i18n.js";
import { Icon, IconButton } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { loading } from "./events.js";
import { drawer, goToday, goTo, narrow, step, title, view, views } from "./state.js";
import { part } from "./parts.js";

/** @param {{onSidebar: () => void, sidebar: boolean, onNew: () => void, onDate: () => void}} props sidebar: whether it is there */
export function Head({ onSidebar, sidebar, onNew, onDate }) {
	const small = narrow.value;
	const named = small ? ["day", "3day", "month", "agenda"] : ["day", "week", "month", "agenda"];
	const others = views.filter((v) => !named.includes(v) || small);
	const quick = async () => { (await part("./quickadd.js"))?.openQuickAdd(); };
	return html`<header class="cal-head">
		<${IconButton} icon="menu" label=${t("calendar.sidebar")} aria-expanded=${sidebar} onClick=${onSidebar} />
		${!small && html`<button type="button" class="button" onClick=${goToday}>${t("calendar.today")}</button>`}
		<div class="arrows"><${IconButton} icon="chevron-left" label=${t("calendar.previous")} onClick=${() => step(-1)} />
			<${IconButton} icon="chevron-right" label=${t("calendar.next")} onClick=${() => step(1)} /></div>
		<h1><button type="button" class="period" aria-haspopup="dialog" onClick=${onDate}><span aria-live="polite">${title.value}</span></button></h1>
		${loading.value && html`<span class="busy" role="status"><span class="visually-hidden">${t("state.loading")}</span></span>`}
		<span class="spring"></span>
		${!small && html`<${QuickAddSlot} />`}
		${!drawer.value && html`<div class="segments" role="group" aria-label=${t("calendar.view")}>${named.map((v) => html`<button key=${v} type="button" aria-pressed=${view.value === v}
			onClick=${() => goTo({ view: /** @type {any} */ (v) })}>${t(`calendar.view.${v}`)}</button>`)}</div>`}
		${small && html`<${IconButton} icon="calendar-check" label=${t("calendar.today")} onClick=${goToday} />`}
		<${Menu} label=${t("calendar.view")} icon=${drawer.value ? "calendar-range" : "ellipsis-vertical"} items=${[
			...(drawer.value ? views : others).map((v) => ({ label: t(`calendar.view.${v}`), checked: view.value === v, run: () => goTo({ view: v }) })),
			"line",
			small && { label: t("event.quick"), icon: "keyboard", run: quick },
			{ label: t("calendar.goto"), icon: "calendar", run: onDate },
			{ label: t("calendar.print"), icon: "printer", run: () => print() },
		]} />
		${!small && html`<button type="button" class="button primary" aria-label=${t("calendar.new")} onClick=${onNew}><${Icon} name="plus" />${t("calendar.new.short")}</button>`}
	</header>`;
}

/** The field for one line of text, as soon as its module is there. */
function QuickAddSlot() {
	const [Field, setField] = useState(/** @type {any} */ (null));
	useEffect(() => { calm.then(() => part("./quickadd.js", true)).then((m) => setField(() => m?.default ?? null)); }, []);
	return html`<div class="quickadd-slot">${Field && html`<${Field} />`}</div>`;
}
