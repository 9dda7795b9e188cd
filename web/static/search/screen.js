// Search over everything, on a page of its own: the question stands in the address, so that Back and links keep it.
import { html, useEffect, useMemo, useState } from "../vendor/preact.js";
import { t, tn } from "../lib/i18n.js";
import { go, route } from "../lib/router.js";
import { day, dayText } from "../lib/time.js";
import { Icon } from "../ui/icon.js";
import { finder, open, readDate } from "./find.js";
import { line, Mark } from "./palette.js";

const kinds = ["event", "task", "contact"];

export default function Search() {
	const asked = route.value.query.get("q") ?? "", kind = route.value.query.get("kind") ?? "";
	const [text, setText] = useState(asked);
	const search = useMemo(finder, []);
	useEffect(() => { search.ask(text, { kinds: kind, limit: 100 }); }, [text, kind]);
	const keep = (/** @type {string} */ q, /** @type {string} */ k) => {
		const query = new URLSearchParams();
		if (q) query.set("q", q);
		if (k) query.set("kind", k);
		go(`/search${query.size ? `?${query}` : ""}`, { replace: true });
	};
	const found = search.found.value;
	const now = new Date().toISOString();
	const groups = kinds.flatMap((k) => {
		const of = found.filter((f) => f.kind === k);
		if (k !== "event") return of.length ? [{ id: k, name: t(`search.kind.${k}`), of }] : [];
		const later = of.filter((f) => f.end >= now), before = of.filter((f) => !(f.end >= now));
		return [{ id: "later", name: t("search.later"), of: later }, { id: "before", name: t("search.before"), of: before }].filter((g) => g.of.length);
	});
	const date = readDate(text);
	return html`<header class="head search-head">
			<h1 class="visually-hidden">${t("app.search")}</h1>
			<div class="palette-box"><${Icon} name="search" />
				<input type="search" aria-label=${t("app.search")} placeholder=${t("search.placeholder")} value=${text} autofocus dir="auto" autocomplete="off"
					ref=${(/** @type {HTMLInputElement | null} */ el) => { if (el && !el.dataset.seen) { el.dataset.seen = "1"; el.focus(); } }}
					onInput=${(/** @type {InputEvent} */ e) => { const q = /** @type {HTMLInputElement} */ (e.target).value; setText(q); keep(q, kind); }} /></div>
			<div class="segments" role="group" aria-label=${t("search.kinds")}>
				${["", ...kinds].map((k) => html`<button type="button" aria-pressed=${k === kind} onClick=${() => keep(text, k)}>${t(k ? `search.kind.${k}` : "search.all")}</button>`)}</div>
		</header>
		<div class="page search-page">
			${date && html`<button type="button" class="found" onClick=${() => go(`/calendar/day/${date}`)}><span class="found-mark"><${Icon} name="calendar-days" /></span>
				<span class="found-label">${dayText(day(date), { dateStyle: "full" })}</span><small>${t("search.jump")}</small></button>`}
			<p class="hint" role="status">${text.trim().length < 2 ? "" : search.state.value === "done" ? tn("search.count", found.length) : search.state.value === "failed" ? t("search.failed") : t("search.asking")}</p>
			${groups.map((g) => html`<section key=${g.id} aria-labelledby=${`g-${g.id}`}><h2 id=${`g-${g.id}`}>${g.name}</h2>
				<ul>${g.of.map((f) => { const c = line(f); return html`<li key=${c.id}><button type="button" class="found" onClick=${() => open(f)}>
					<${Mark} choice=${c} /><span class="found-label" dir="auto">${c.label}</span><small dir="auto">${c.detail}</small></button></li>`; })}</ul></section>`)}
			${text.trim().length < 2 && !date && html`<div class="state"><${Icon} name="search" /><h2>${t("search.start")}</h2><p>${t("search.start.text")}</p></div>`}
			${search.state.value === "done" && found.length === 0 && html`<div class="state"><${Icon} name="search" /><h2>${t("search.none", { text: text.trim() })}</h2><p>${t("search.none.text")}</p></div>`}
		</div>`;
}
