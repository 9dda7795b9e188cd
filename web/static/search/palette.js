// The palette: Ctrl or ⌘ K, from anywhere.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { colorVars } from "../lib/color.js";
import { go } from "../lib/router.js";
import { collectionOf } from "../lib/collection.js";
import { dayText } from "../lib/time.js";
import { Dialog, modal } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { addStyle } from "../ui/style.js";
import { commands, finder, icons, open, readDate, when } from "./find.js";

/** @typedef {import("./find.js").Choice} Choice */

/** Opens the palette, once. */
export async function openPalette() {
	if (document.querySelector(".finder")) return;
	await addStyle("search");
	modal((close) => html`<${Palette} close=${() => close(null)} />`);
}

/** @param {{close: () => void}} props */
function Palette({ close }) {
	const [text, setText] = useState("");
	const [at, setAt] = useState(0);
	const search = useMemo(finder, []);
	const list = useRef(/** @type {HTMLElement | null} */ (null));
	useEffect(() => search.ask(text, { limit: 12 }), [text]);
	const groups = [...dates(text), { name: t("search.found"), items: search.found.value.map(line) }, { name: t("search.go"), items: commands(text) }].filter((g) => g.items.length > 0);
	const all = groups.flatMap((g) => g.items);
	const current = Math.min(at, all.length - 1);
	useEffect(() => { list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }); }, [current, text]);
	const run = (/** @type {Choice | undefined} */ c) => {
		if (!c) return;
		close();
		c.run();
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		const to = { ArrowDown: current + 1, ArrowUp: current - 1 }[e.key];
		if (to !== undefined) {
			e.preventDefault();
			setAt((to + all.length) % Math.max(all.length, 1));
		} else if (e.key === "Enter" && !e.isComposing) {
			e.preventDefault();
			run(all[current]);
		}
	};
	return html`<${Dialog} title=${t("search.palette")} class="finder" onClose=${close}>
		<div class="palette-box"><${Icon} name="search" />
			<input type="search" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${all[current] ? `p-${all[current].id}` : undefined}
				aria-label=${t("search.palette")} placeholder=${t("search.placeholder")} value=${text} autofocus dir="auto" autocomplete="off" spellcheck=${false}
				onInput=${(/** @type {InputEvent} */ e) => { setText(/** @type {HTMLInputElement} */ (e.target).value); setAt(0); }} onKeyDown=${keys} /></div>
		<div id="palette-list" role="listbox" aria-label=${t("search.results")} ref=${list} tabindex="-1">
			${groups.map((g) => html`<div role="group" aria-label=${g.name} key=${g.name}><h3 aria-hidden="true">${g.name}</h3>
				${g.items.map((c) => html`<div key=${c.id} id=${`p-${c.id}`} role="option" aria-selected=${c === all[current]} class="found" onClick=${() => run(c)} onMouseMove=${() => setAt(all.indexOf(c))}>
					<${Mark} choice=${c} /><span class="found-label" dir="auto">${c.label}</span><small dir="auto">${c.detail}</small></div>`)}</div>`)}
		</div>
		<p class="hint" role="status">${all.length > 0 ? "" : search.state.value === "asking" ? t("search.asking") : search.state.value === "failed" ? t("search.failed") : t("search.none", { text })}</p>
	<//>`;
}

/** The icon of a line, in the colour of its calendar. @param {{choice: Choice}} props */
export function Mark({ choice }) {
	const color = choice.collection ? collectionOf(`${choice.collection}x`)?.color : undefined;
	return html`<span class="found-mark" style=${color ? colorVars(color) : {}} data-coloured=${!!color}><${Icon} name=${choice.icon} /></span>`;
}

/** @param {import("./find.js").Found} f @returns {Choice} */
export function line(f) {
	return {
		id: f.href.replace(/\W/g, "_"), icon: icons[f.kind], label: f.title || t("search.untitled"), collection: f.collection,
		detail: [when(f), f.subtitle].filter(Boolean).join(" · "), run: () => open(f),
	};
}

/** @param {string} text @returns {{name: string, items: Choice[]}[]} */
function dates(text) {
	const d = readDate(text);
	if (!d) return [];
	return [{ name: t("search.jump"), items: [{ id: "date", icon: "calendar-days", label: dayText(d, { dateStyle: "full" }), run: () => go(`/calendar/day/${d}`) }] }];
}
