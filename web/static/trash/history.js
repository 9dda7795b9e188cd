// Who changed one event, task or contact, when, by which program, and what; each version can be brought back.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, t } from "../lib/i18n.js";
import { Icon, IconButton } from "../ui/icon.js";
import { toast } from "../ui/toast.js";

/** @typedef {{id: string | number, at: string, who: string, onBehalf?: string, door: string, agent: string, what: string, summary?: string[], restorable?: boolean}} Step */

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
			<ol class="steps">${items?.map((s, i) => html`<li key=${s.id}><div class="thing"><${Icon} name=${{ delete: "trash-2", create: "plus", move: "arrow-right" }[/** @type {"move"} */ (s.what)] ?? "pencil"} />
				<div class="grow"><strong>${words(s)}</strong><small>${dateFormat({ dateStyle: "full", timeStyle: "short" }).format(new Date(s.at))} · ${t(`trash.door.${s.door}`)}${s.agent && html` · <span dir="auto">${s.agent}</span>`}</small>
					${(s.summary ?? []).length > 0 && html`<ul class="changes">${s.summary?.map((x) => html`<li key=${x} dir="auto">${x}</li>`)}</ul>`}</div>
				${i > 0 && s.restorable !== false && html`<button type="button" class="button" onClick=${() => restore(s)}>${t("trash.version.restore")}</button>`}</div></li>`)}</ol>
		</div>`;
}

/** @param {Step} s */
function words(s) {
	const who = s.who || t("trash.somebody");
	const text = t(`trash.what.${s.what}`, { who }) === `trash.what.${s.what}` ? t("trash.what.change", { who }) : t(`trash.what.${s.what}`, { who });
	return s.onBehalf ? `${text} ${t("trash.behalf", { name: s.onBehalf })}` : text;
}
