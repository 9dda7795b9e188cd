// What was deleted in the last thirty days, and what happened to one thing.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, t } from "../lib/i18n.js";
import { onChange } from "../lib/live.js";
import { route } from "../lib/router.js";
import { loadHomes } from "../lib/store.js";
import { day, dayText } from "../lib/time.js";
import { confirm } from "../ui/dialog.js";
import { Icon, IconButton } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import History from "./history.js";

/** @typedef {{id: string | number, kind: string, title: string, collection: string, deletedAt: string, by: string, start?: string}} Deleted */

const icons = /** @type {Record<string, string>} */ ({ event: "calendar", task: "circle-check", contact: "user", calendar: "calendar-days", addressbook: "book-user", tasks: "list-checks" });

export default function Trash() {
	return route.value.parts[0] === "history" ? html`<${History} href=${route.value.query.get("href") ?? ""} />` : html`<${Bin} />`;
}

function Bin() {
	const [items, setItems] = useState(/** @type {Deleted[] | null} */ (null));
	const [next, setNext] = useState(/** @type {string | null} */ (null));
	const [text, setText] = useState("");
	const [problem, setProblem] = useState("");
	const load = async (/** @type {string} */ after = "") => {
		try {
			const got = await api("GET", `trash${after ? `?before=${encodeURIComponent(after)}` : ""}`);
			setItems((old) => (after && old ? [...old, ...got.items] : got.items));
			setNext(got.next ?? null);
			setProblem("");
		} catch (err) {
			setProblem(explain(err));
		}
	};
	useEffect(() => {
		load();
		return onChange((kind) => { if (kind !== "invitations") load(); });
	}, []);
	const restore = async (/** @type {Deleted} */ d) => {
		try {
			await api("POST", `trash/${d.id}/restore`);
			toast(t("trash.restored", { title: d.title || t("search.untitled") }));
			await loadHomes();
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
		await load();
	};
	const drop = async (/** @type {Deleted} */ d) => {
		if (!(await confirm({ title: t("trash.forever"), text: t("trash.forever.text", { title: d.title || t("search.untitled") }), yes: t("trash.forever"), danger: true }))) return;
		try {
			await api("DELETE", `trash/${d.id}`);
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
		await load();
	};
	const words = text.toLowerCase();
	const shown = (items ?? []).filter((d) => d.title.toLowerCase().includes(words));
	const days = Map.groupBy(shown, (d) => day(Date.parse(d.deletedAt)).toString());
	return html`<header class="head trash-head"><h1 class="spring">${t("app.trash")}</h1>
			<input type="search" placeholder=${t("trash.filter")} aria-label=${t("trash.filter")} value=${text} onInput=${(/** @type {Event} */ e) => setText(/** @type {HTMLInputElement} */ (e.target).value)} /></header>
		<div class="page">
			<p class="hint">${t("trash.kept")}</p>
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			${items === null && !problem && html`<p class="loading" role="status">${t("state.loading")}</p>`}
			${items?.length === 0 && html`<div class="state"><${Icon} name="trash-2" /><h2>${t("trash.empty")}</h2><p>${t("trash.empty.text")}</p></div>`}
			${[...days].map(([d, list]) => html`<section key=${d} class="trash-day"><h2>${dayText(day(d), { weekday: "long", day: "numeric", month: "long" })}</h2><ul>
				${list.map((x) => html`<li class="thing" key=${x.id}><${Icon} name=${icons[x.kind] ?? "circle"} />
					<div class="grow"><strong dir="auto">${x.title || t("search.untitled")}</strong><small>${t(`trash.kind.${x.kind}`)} · ${dateFormat({ timeStyle: "short" }).format(new Date(x.deletedAt))}${x.by && html` · <span dir="auto">${x.by}</span>`}</small></div>
					<button type="button" class="button" onClick=${() => restore(x)}><${Icon} name="undo-2" />${t("trash.restore")}</button>
					<${IconButton} icon="x" label=${t("trash.forever")} onClick=${() => drop(x)} /></li>`)}</ul></section>`)}
			${next && html`<button type="button" class="button" onClick=${() => load(next)}>${t("ui.more")}</button>`}
		</div>`;
}
