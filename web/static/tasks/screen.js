// Tasks: lists, what is due by sections, one task. On a phone one of them at a time.
import { html, useEffect, useState } from "../vendor/preact.js";
import { t, tn } from "../lib/i18n.js";
import { taskLists } from "../lib/store.js";
import { Icon } from "../ui/icon.js";
import { QuickAdd } from "./add.js";
import { Lists } from "./lists.js";
import { rowKeys, Rows } from "./rows.js";
import { arranged, folded, minute, pathOf, place, query, sections, toggleFold, writable } from "./state.js";
import { follow, loading, loadLists } from "./tasks.js";

/** How many done tasks are shown at first. */
const atOnce = 50;

export default function Tasks() {
	useEffect(follow, []);
	const all = taskLists.value.map((l) => l.href).join(" ");
	useEffect(() => { loadLists(); }, [all]);
	useEffect(() => {
		const timer = setInterval(() => { minute.value++; }, 60_000);
		return () => { clearInterval(timer); query.value = ""; };
	}, []);
	const { list, href, pane } = place.value, found = taskLists.value.find((l) => l.href === list);
	return html`<div class="tasks" data-pane=${href ? "task" : pane === "lists" ? "lists" : "list"}><h1 class="visually-hidden">${t("tasks.title")}</h1>
		<section class="tasks-side" aria-label=${t("tasks.lists")}><header><h2>${t("tasks.title")}</h2><a class="icon-button narrow" href=${pathOf({ pane: "" })} aria-label=${t("ui.close")}><${Icon} name="x" /></a></header><${Lists} /></section>
		<section class="tasks-main" aria-label=${t("tasks.list")}>
			<header class="tasks-head"><a class="icon-button narrow" href=${pathOf({ pane: "lists", href: "" })} aria-label=${t("tasks.lists")}><${Icon} name="menu" /></a><h2 dir="auto">${found?.name ?? t("tasks.all")}</h2><span class="spring"></span>
				<div class="tasks-search"><${Icon} name="search" /><input type="search" aria-label=${t("tasks.search")} placeholder=${t("tasks.search")} value=${query.value} onInput=${(/** @type {any} */ e) => { query.value = e.target.value; }} /></div></header>
			<${QuickAdd} />
			<${Sections} />
		</section>
		${href && html`<section class="tasks-one" aria-label=${t("tasks.one")}><${Opened} href=${href} /></section>`}
	</div>`;
}

function Sections() {
	const [more, setMore] = useState(atOnce);
	const all = arranged.value, shown = sections.filter((s) => all[s].length > 0);
	if (loading.value) return html`<p class="loading" role="status">${t("state.loading")}</p>`;
	if (shown.length === 0) {
		if (query.value) return html`<div class="state"><${Icon} name="search" /><p>${t("tasks.nothing", { what: query.value })}</p></div>`;
		return html`<div class="state"><${Icon} name="circle-check" /><h2>${t("tasks.empty")}</h2><p>${writable.value.length > 0 ? t("tasks.empty.text") : t("state.readonly")}</p></div>`;
	}
	const isFolded = (/** @type {string} */ s) => !query.value && folded.value.includes(s);
	const first = shown.filter((s) => !isFolded(s)).map((s) => all[s][0].task.href)[0] ?? "";
	return html`<div class="sections" onKeyDown=${rowKeys}>${shown.map((s) => html`<section key=${s} class=${`section-${s}`} aria-label=${t(`tasks.section.${s}`)}>
		<h3><button type="button" aria-expanded=${!isFolded(s)} onClick=${() => toggleFold(s)}><${Icon} name=${isFolded(s) ? "chevron-right" : "chevron-down"} />${t(`tasks.section.${s}`)}<small>${all[s].length}</small></button></h3>
		${!isFolded(s) && html`<${Rows} nodes=${s === "done" ? all[s].slice(0, more) : all[s]} first=${first} />
			${s === "done" && all[s].length > more && html`<button type="button" class="button quiet" onClick=${() => setMore(more + atOnce)}>${tn("tasks.more", all[s].length - more)}</button>`}`}
	</section>`)}</div>`;
}

/** One task: what edits it is loaded when the first is opened. @param {{href: string}} props */
function Opened({ href }) {
	const [Detail, setDetail] = useState(/** @type {any} */ (null));
	useEffect(() => { import("./detail.js").then((m) => setDetail(() => m.default)); }, []);
	return Detail && !loading.value ? html`<${Detail} key=${href} href=${href} />` : html`<p class="loading" role="status">${t("state.loading")}</p>`;
}
