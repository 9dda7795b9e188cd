// The lists of a card's form: numbers, addresses, days, labels. Each line can be added, changed and taken away.
import { html, useRef, useState } from "../vendor/preact.js";
import { language, t } from "../lib/i18n.js";
import { Icon, IconButton } from "../ui/icon.js";
import { useUnique } from "../ui/unique.js";
import { valid } from "./dates.js";
import { kinds } from "./form.js";
import { groups } from "./state.js";

/** @typedef {(change: any) => void} Set */

/** Lists, with what their rows share. @param {{list: keyof typeof kinds, items: any[], set: Set, blank: any, row: (item: any, change: (c: any) => void, i: number) => any}} props */
function Rows({ list, items, set, blank, row }) {
	const box = useRef(/** @type {HTMLElement | null} */ (null)), name = t(`contacts.list.${list}`);
	const change = (/** @type {number} */ i, /** @type {any} */ c) => set({ [list]: items.map((x, n) => (n === i ? { ...x, ...c } : x)) });
	const add = () => {
		set({ [list]: [...items, structuredClone(blank)] });
		setTimeout(() => /** @type {HTMLElement | null} */ (box.current?.querySelector(".rows > li:last-child :is(input, textarea)"))?.focus());
	};
	return html`<fieldset class="list" ref=${box}><legend>${name}</legend>
		<ul class="rows">${items.map((item, i) => html`<li key=${i}>
			<${Kind} list=${list} item=${item} name=${`${name} ${i + 1}`} change=${(/** @type {any} */ c) => change(i, c)} />
			${row(item, (c) => change(i, c), i)}
			<${IconButton} icon="x" label=${t("contacts.remove.row", { what: `${name} ${i + 1}` })} onClick=${() => set({ [list]: items.filter((_, n) => n !== i) })} />
		</li>`)}</ul>
		<button type="button" class="button quiet" onClick=${add}><${Icon} name="plus" />${t(`contacts.add.${list}`)}</button>
	</fieldset>`;
}

/** @param {{list: keyof typeof kinds, item: any, name: string, change: Set}} props */
function Kind({ list, item, name, change }) {
	return html`<span class="kind"><select aria-label=${t("contacts.kind", { what: name })} value=${item.kind} onChange=${(/** @type {any} */ e) => change({ kind: e.target.value })}>
			${kinds[list].map((k) => html`<option value=${k}>${t(`contacts.kind.${k}`)}</option>`)}</select>
		${item.kind === "custom" && html`<input class="own" dir="auto" aria-label=${t("contacts.kind.own", { what: name })} placeholder=${t("contacts.kind.own.short")} value=${item.label} onInput=${(/** @type {any} */ e) => change({ label: e.target.value })} />`}</span>`;
}

/** @param {{list: "phones" | "emails" | "urls" | "chats", type: string, items: any[], set: Set}} props */
export function Values({ list, type, items, set }) {
	return html`<${Rows} list=${list} items=${items} set=${set} blank=${{ at: -1, value: "", kind: list === "phones" ? "mobile" : "home", label: "" }}
		row=${(/** @type {any} */ item, /** @type {Set} */ change, /** @type {number} */ i) => html`<input class="value" type="text" inputmode=${type} autocomplete="off" spellcheck=${false} dir="auto" aria-label=${`${t(`contacts.list.${list}`)} ${i + 1}`} value=${item.value}
			onInput=${(/** @type {any} */ e) => change({ value: e.target.value })} />`} />`;
}

/** The parts of ADR in the order in which they are asked for. */
const asked = [2, 5, 3, 4, 6];

/** @param {{items: any[], set: Set}} props */
export function Places({ items, set }) {
	const names = ["box", "extended", "street", "city", "region", "code", "country"];
	return html`<${Rows} list="places" items=${items} set=${set} blank=${{ at: -1, parts: ["", "", "", "", "", "", ""], kind: "home", label: "" }}
		row=${(/** @type {any} */ item, /** @type {Set} */ change, /** @type {number} */ i) => html`<span class="place">${[...[0, 1].filter((n) => item.parts[n]), ...asked].map((n) => {
			const input = (/** @type {any} */ e) => change({ parts: item.parts.map((/** @type {string} */ p, /** @type {number} */ x) => (x === n ? e.target.value : p)) });
			const label = `${t(`contacts.place.${names[n]}`)} (${t("contacts.list.places")} ${i + 1})`;
			return n === 2 ? html`<textarea class="street" rows=${Math.max(1, item.parts[2].split("\n").length)} dir="auto" aria-label=${label} placeholder=${t("contacts.place.street")} value=${item.parts[2]} onInput=${input}></textarea>`
				: html`<input class=${names[n]} dir="auto" aria-label=${label} placeholder=${t(`contacts.place.${names[n]}`)} value=${item.parts[n]} onInput=${input} />`;
		})}</span>`} />`;
}

/** @param {{items: any[], set: Set}} props */
export function Days({ items, set }) {
	const months = Array.from({ length: 12 }, (_, i) => new Intl.DateTimeFormat(language.value, { month: "long", timeZone: "UTC" }).format(Date.UTC(2000, i, 1)));
	const order = new Intl.DateTimeFormat(language.value).formatToParts(0).map((p) => p.type).filter((p) => ["day", "month", "year"].includes(p));
	return html`<${Rows} list="days" items=${items} set=${set} blank=${{ at: -1, date: { y: null, m: 1, d: 1 }, text: "", kind: items.some((d) => d.kind === "birthday") ? "anniversary" : "birthday", label: "" }}
		row=${(/** @type {any} */ item, /** @type {Set} */ change, /** @type {number} */ i) => {
			if (!item.date) return html`<input class="value" dir="auto" readonly aria-label=${`${t("contacts.list.days")} ${i + 1}`} value=${item.text} />`;
			const put = (/** @type {any} */ c) => change({ date: { ...item.date, ...c } }), bad = !valid(item.date);
			const label = (/** @type {string} */ part) => `${t(`contacts.date.${part}`)} (${t("contacts.list.days")} ${i + 1})`;
			/** @type {Record<string, any>} */
			const inputs = {
				day: html`<input class="d" inputmode="numeric" maxlength="2" aria-label=${label("day")} aria-invalid=${bad} value=${item.date.d || ""} onInput=${(/** @type {any} */ e) => put({ d: Number(e.target.value) || 0 })} />`,
				month: html`<select aria-label=${label("month")} value=${item.date.m} onChange=${(/** @type {any} */ e) => put({ m: Number(e.target.value) })}>${months.map((m, n) => html`<option value=${n + 1}>${m}</option>`)}</select>`,
				year: html`<input class="y" inputmode="numeric" maxlength="4" aria-label=${label("year")} placeholder=${t("contacts.date.noyear")} value=${item.date.y ?? ""} onInput=${(/** @type {any} */ e) => put({ y: e.target.value.trim() === "" ? null : Number(e.target.value) || 0 })} />`,
			};
			return html`<span class="date">${order.map((p) => inputs[p])}</span>`;
		}} />`;
}

/** @param {{items: string[], set: Set}} props */
export function Labels({ items, set }) {
	const [typed, setTyped] = useState(""), id = useUnique();
	const add = () => {
		const name = typed.trim();
		if (name && !items.includes(name)) set({ labels: [...items, name] });
		setTyped("");
	};
	return html`<fieldset class="list"><legend>${t("contacts.labels")}</legend>
		<div class="chips">${items.map((name) => html`<span class="chip" dir="auto" key=${name}>${name}<button type="button" class="chip-x" aria-label=${t("contacts.remove.row", { what: name })} onClick=${() => set({ labels: items.filter((x) => x !== name) })}><${Icon} name="x" /></button></span>`)}
			<input class="label-new" list=${id} dir="auto" aria-label=${t("contacts.labels.add")} placeholder=${t("contacts.labels.add")} value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value)} onBlur=${add}
				onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" || e.key === ",") { e.preventDefault(); add(); } }} />
			<datalist id=${id}>${groups.value.filter((g) => g.kind === "label" && !items.includes(g.name)).map((g) => html`<option value=${g.name} />`)}</datalist></div>
	</fieldset>`;
}
