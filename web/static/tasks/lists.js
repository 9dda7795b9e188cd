// Lists of tasks: where to look, and where to drop.
import { html, useState } from "../vendor/preact.js";
import { recolor, remove as removeList, rename } from "../calendar/collections.js";
import { colorVars, palette } from "../lib/color.js";
import { makeCollection, remove } from "../lib/dav.js";
import { explain, t } from "../lib/i18n.js";
import { session } from "../lib/settings.js";
import { loadHomes, taskLists } from "../lib/store.js";
import { done } from "../lib/undo.js";
import { esc } from "../lib/xml.js";
import { askText } from "../ui/ask.js";
import { Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { moveTask, tell } from "./change.js";
import { dragged } from "./rows.js";
import { goTo, openIn, pathOf, place } from "./state.js";
import { loadLists, troubles } from "./tasks.js";

export function Lists() {
	const mine = taskLists.value.filter((l) => l.mine), others = taskLists.value.filter((l) => !l.mine);
	return html`<nav class="lists" aria-label=${t("tasks.lists")}>
		<ul><li class="list-row"><a href=${pathOf({ list: "", href: "" })} aria-current=${!place.value.list ? "true" : undefined}><${Icon} name="list-checks" /><span class="name">${t("tasks.all")}</span><small>${openIn("")}</small></a></li>
			${mine.map((l) => html`<${ListRow} key=${l.href} l=${l} />`)}</ul>
		${others.length > 0 && html`<h3>${t("tasks.shared")}</h3><ul>${others.map((l) => html`<${ListRow} key=${l.href} l=${l} />`)}</ul>`}
		<ul><li><button type="button" class="list-add" onClick=${newList}><${Icon} name="plus" /><span>${t("tasks.list.new")}</span></button></li></ul>
	</nav>`;
}

/** @param {{l: import("../lib/store.js").Collection}} props */
function ListRow({ l }) {
	const [over, setOver] = useState(false), error = troubles.value.get(l.href);
	const accepts = (/** @type {DragEvent} */ e) => l.may.add && !!e.dataTransfer?.types.includes(dragged);
	const gone = async () => {
		await removeList(l);
		if (!taskLists.value.some((x) => x.href === l.href) && place.value.list === l.href) goTo({ list: "", href: "" }, { replace: true });
	};
	return html`<li class=${`list-row ${over ? "over" : ""}`} onDragOver=${(/** @type {DragEvent} */ e) => { if (accepts(e)) { e.preventDefault(); setOver(true); } }} onDragLeave=${() => setOver(false)}
			onDrop=${(/** @type {DragEvent} */ e) => {
				if (!accepts(e)) return;
				e.preventDefault();
				setOver(false);
				moveTask(e.dataTransfer?.getData(dragged) ?? "", l.href);
			}}>
		<a href=${pathOf({ list: l.href, href: "" })} aria-current=${place.value.list === l.href ? "true" : undefined}><span class="dot" style=${colorVars(l.color)}></span><span class="name" dir="auto">${l.name}</span>
			${!l.may.write && html`<span class="lock" title=${t("tasks.readonly")}><${Icon} name="lock" /><span class="visually-hidden">${t("tasks.readonly")}</span></span>`}<small>${openIn(l.href)}</small></a>
		<${Menu} label=${t("tasks.list.menu", { name: l.name })} items=${[
			l.may.properties && { label: t("tasks.list.rename"), icon: "pencil", run: () => rename(l) },
			l.may.properties && { label: t("tasks.list.color"), icon: "palette", run: () => recolor(l) },
			l.may.manage && { label: t("tasks.list.share"), icon: "share-2", href: `/settings/calendars?href=${encodeURIComponent(l.href)}` },
			"line",
			{ label: l.mine ? t("tasks.list.delete") : t("tasks.list.leave"), icon: "trash-2", danger: true, run: gone },
		]} />
		${error && html`<p class="problem">${explain(error)}</p>`}
	</li>`;
}

async function newList() {
	const name = await askText({ title: t("tasks.list.new"), label: t("tasks.list.name"), yes: t("tasks.list.make") });
	if (!name) return;
	const used = taskLists.value.map((l) => l.color.toLowerCase()), color = palette.find((c) => !used.includes(c)) ?? palette[0];
	const href = `${session.value?.homes.calendars}${crypto.randomUUID()}/`;
	try {
		await makeCollection(href, "calendar", `<D:displayname>${esc(name)}</D:displayname><I:calendar-color>${color}</I:calendar-color><C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>`);
		await loadHomes();
		await loadLists();
		goTo({ list: href, href: "" });
		done(t("tasks.list.made", { name }), async () => {
			await remove(href);
			await loadHomes();
			goTo({ list: "", href: "" }, { replace: true });
		});
	} catch (err) {
		tell(err);
	}
}
