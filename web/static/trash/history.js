// Who changed one event, task or contact, when, by which program, and what; each version can be brought back.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, t } from "../lib/i18n.js";
import { Icon, IconButton } from "../ui/icon.js";
import { toast } from "../ui/toast.js";

/** @typedef {{id: string | number, at: string, who: string, onBehalf?: string, door: string, agent: string, what: string, summary?: {field: string, who?: string, from?: string, to?: string}[]}} Step what: created, changed or deleted */

/** @param {{href: string}} props */
export default function History({ href }) {
	const [items, setItems] = useState(/** @type {Step[] | null} */ (null));
	const [problem, setProblem] = useState("");
	const load = async () => {
		try {
			setItems((await api("GET", `history?href=${encodeURIComponent(href)}`)).items);
		} catch (err) {
			setProblem(explain(err));
		}
	};
	useEffect(() => { load(); }, [href]);
	const restore = async (/** @type {Step} */ s) => {
		try {
			await api("POST", `history/${s.id}/restore`);
			toast(t("trash.version.restored"));
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
		await load();
	};
	return html`<header class="head"><${IconButton} icon="arrow-left" label=${t("ui.back")} onClick=${() => history.back()} /><h1>${t("trash.history")}</h1></header>
		<div class="page">
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			${items === null && !problem && html`<p class="loading" role="status">${t("state.loading")}</p>`}
			${items?.length === 0 && html`<div class="state"><${Icon} name="history" /><h2>${t("trash.history.none")}</h2><p>${t("trash.history.none.text")}</p></div>`}
			<ol class="steps">${items?.map((s) => html`<li key=${s.id}><div class="thing"><${Icon} name=${{ deleted: "trash-2", created: "plus" }[/** @type {"created"} */ (s.what)] ?? "pencil"} />
				<div class="grow"><strong>${words(s)}</strong><small>${dateFormat({ dateStyle: "full", timeStyle: "short" }).format(new Date(s.at))} · ${t(`trash.door.${s.door}`)}${s.agent && html` · <span dir="auto">${s.agent}</span>`}</small>
					${(s.summary ?? []).length > 0 && html`<ul class="changes">${s.summary?.map((x, n) => html`<li key=${n} dir="auto">${change(x)}</li>`)}</ul>`}</div>
				${s.what !== "created" && html`<button type="button" class="button" onClick=${() => restore(s)}>${t("trash.version.restore")}</button>`}</div></li>`)}</ol>
		</div>`;
}

/** @param {Step} s */
function words(s) {
	const text = t(`trash.what.${s.what}`, { who: s.who || t("trash.somebody") });
	return s.onBehalf ? `${text} ${t("trash.behalf", { name: s.onBehalf })}` : text;
}

/** One difference in words: "Title: Lunch → Dinner". @param {{field: string, who?: string, from?: string, to?: string}} c */
function change({ field, who, from, to }) {
	const name = t(`trash.field.${field}`);
	return `${name.startsWith("trash.") ? field : name}${who ? ` (${who})` : ""}: ${[from, to].map((x) => (x ? moment(x) : "–")).join(" → ")}`;
}

/** A value; an instant as a person reads it. @param {string} value */
function moment(value) {
	return /^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(value) ? dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(new Date(value)) : value;
}
