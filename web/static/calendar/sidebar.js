// The sidebar: a small month, and the calendars in their groups.
import { html, useEffect, useState } from "../vendor/preact.js";
import { explain, t } from "../lib/i18n.js";
import { calm } from "../lib/calm.js";
import { colorVars } from "../lib/color.js";
import { settings } from "../lib/settings.js";
import { eventCalendars, hidden, setHidden } from "../lib/store.js";
import { Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { troubles } from "./events.js";
import { birthdays, grouped, owners } from "./groups.js";
import { MiniMonth } from "./minimonth.js";
import { part } from "./parts.js";
import { date, days, goTo, narrow, view } from "./state.js";

/** @typedef {import("../lib/store.js").Collection} Collection */

/** @param {(m: any) => any} f with collections.js */
async function manage(f) {
	const m = await part("./collections.js");
	if (m) f(m);
}

/** @param {boolean} on */
async function showBirthdays(on) { (await part("../sharing/birthdays.js"))?.showBirthdays(on); }

/** @param {{onDone?: () => void}} props onDone: a day was chosen */
export function Sidebar({ onDone }) {
	const all = eventCalendars.value;
	useEffect(() => { calm.then(() => part("./owners.js", true)).then((m) => m?.readOwners(all)); }, [all]);
	return html`<div class="sidebar">
		<${MiniMonth} chosen=${date.value} marked=${view.value === "month" || view.value === "agenda" ? [] : days.value}
			onChoose=${(/** @type {any} */ d) => { goTo({ date: d, view: narrow.value && view.value === "month" ? "day" : view.value }); onDone?.(); }} />
		${grouped(all).map(([group, list]) => html`<section key=${group} class="calendars" aria-labelledby=${`calendars-${group}`}>
			<h2 id=${`calendars-${group}`}>${t(`calendar.group.${group}`)}${group === "mine" && html`<${Menu} label=${t("calendar.add")} icon="plus" items=${[
				{ label: t("calendar.add.new"), icon: "calendar-plus", run: () => manage((m) => m.create()) },
				{ label: t("calendar.add.subscribe"), icon: "rss", run: async () => { (await part("../sharing/subscribe.js"))?.subscribe(); } },
				birthdays.value === "" && { label: t("calendar.add.birthdays"), icon: "cake", run: () => showBirthdays(true) },
				{ label: t("calendar.add.import"), icon: "file-up", href: "/import" },
			]} />`}</h2>
			<ul>${list.map((c, i) => html`<${Line} key=${c.href} c=${c} group=${group} list=${list} i=${i} />`)}</ul>
		</section>`)}
	</div>`;
}

/** One calendar. @param {{c: Collection, group: string, list: Collection[], i: number}} props */
function Line({ c, group, list, i }) {
	const off = hidden.value, isOff = off.includes(c.href), trouble = troubles.value.get(c.href);
	const [over, setOver] = useState(false);
	const toggle = () => setHidden(isOff ? off.filter((h) => h !== c.href) : [...off, c.href]);
	const owner = c.mine ? "" : owners.value.get(c.owner)?.name ?? "";
	const move = (/** @type {number} */ to) => manage((m) => m.reorder(list, i, to));
	const drop = (/** @type {DragEvent} */ e) => {
		e.preventDefault();
		setOver(false);
		const from = list.findIndex((x) => x.href === e.dataTransfer?.getData("text/x-calendar"));
		if (from >= 0 && from !== i) manage((m) => m.reorder(list, from, i));
	};
	return html`<li class=${`calendar-line ${over ? "over" : ""}`} style=${colorVars(c.color)} draggable="true"
			onDragStart=${(/** @type {DragEvent} */ e) => e.dataTransfer?.setData("text/x-calendar", c.href)}
			onDragOver=${(/** @type {DragEvent} */ e) => { if (e.dataTransfer?.types.includes("text/x-calendar")) { e.preventDefault(); setOver(true); } }}
			onDragLeave=${() => setOver(false)} onDrop=${drop}>
		<label><input type="checkbox" checked=${!isOff} onChange=${toggle} /><span class="name" dir="auto">${c.name}${owner && html`<small dir="auto">${owner}</small>`}</span></label>
		${c.href === settings.value.defaultCalendar && html`<${Icon} name="star" class="default" />`}
		${trouble && html`<button type="button" class="icon-button trouble" aria-label=${t("calendar.trouble", { name: c.name, why: explain(trouble) })} title=${explain(trouble)} onClick=${async () => (await part("./sync.js"))?.reload(c.href)}><${Icon} name="triangle-alert" /></button>`}
		<${Menu} label=${t("calendar.menu", { name: c.name })} items=${[
			{ label: t("calendar.only"), icon: "eye", run: () => setHidden(eventCalendars.value.map((x) => x.href).filter((h) => h !== c.href)) },
			hidden.value.length > 0 && { label: t("calendar.all"), icon: "layout-grid", run: () => setHidden([]) },
			"line",
			c.may.properties && { label: t("calendar.rename"), icon: "pencil", run: () => manage((m) => m.rename(c)) },
			c.may.properties && { label: t("calendar.color"), icon: "palette", run: () => manage((m) => m.recolor(c)) },
			i > 0 && { label: t("calendar.up"), icon: "chevron-up", run: () => move(i - 1) },
			i < list.length - 1 && { label: t("calendar.down"), icon: "chevron-down", run: () => move(i + 1) },
			"line",
			{ label: t("calendar.settings"), icon: "share-2", href: `/settings/calendars?href=${encodeURIComponent(c.href)}` },
			{ label: t("calendar.export"), icon: "download", run: () => manage((m) => m.download(c)) },
			c.href === birthdays.value ? { label: t("calendar.birthdays.off"), icon: "cake", run: () => showBirthdays(false) } : group === "mine" && { label: t("calendar.delete"), icon: "trash-2", danger: true, run: () => manage((m) => m.remove(c)) },
		]} />
	</li>`;
}

