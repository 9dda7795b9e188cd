// The list of people: only the rows in view are in the page, so that ten thousand are as quick as ten.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { currentShortcuts } from "../lib/keys.js";
import { settings } from "../lib/settings.js";
import { t } from "../lib/i18n.js";
import { Icon } from "../ui/icon.js";
import { Avatar } from "./avatar.js";
import { fold } from "./match.js";
import { select, selected, selecting } from "./state.js";

/** @typedef {{card: import("./summary.js").Summary, letter: string}} Entry */

const rowHeight = 56, headHeight = 32, over = 10;

/** The kind of what is dragged from the list. */
export const dragged = "application/x-convoke-cards";

/** Where each row and letter stands. @param {Entry[]} entries */
function layout(entries) {
	const tops = new Float64Array(entries.length + 1);
	/** @type {{letter: string, top: number, before: number}[]} */
	const heads = [];
	let top = 0, letter = "";
	for (const [i, e] of entries.entries()) {
		if (e.letter !== letter) {
			letter = e.letter;
			heads.push({ letter, top, before: i });
			top += headHeight;
		}
		tops[i] = top;
		top += rowHeight;
	}
	tops[entries.length] = top;
	return { tops, heads, height: top };
}

/** The first row that ends below a point. @param {Float64Array} tops @param {number} y */
function rowAt(tops, y) {
	let low = 0, high = tops.length - 1;
	while (low < high) {
		const mid = (low + high) >> 1;
		if (tops[mid] + rowHeight < y) low = mid + 1;
		else high = mid;
	}
	return low;
}

/** @param {{entries: Entry[], current: string, label: string, onOpen: (href: string) => void, onDelete: () => void}} props */
export function People({ entries, current, label, onOpen, onDelete }) {
	const box = useRef(/** @type {HTMLElement | null} */ (null));
	const [view, setView] = useState({ top: 0, height: 800 });
	const [active, setActive] = useState("");
	const wantFocus = useRef(false), anchor = useRef(""), typed = useRef({ text: "", at: 0 });
	const { tops, heads, height } = useMemo(() => layout(entries), [entries]);
	const indexOf = useMemo(() => new Map(entries.map((e, i) => [e.card.href, i])), [entries]);
	const at = indexOf.get(active) ?? indexOf.get(current) ?? 0;

	useEffect(() => {
		const el = box.current;
		if (!el) return undefined;
		const measure = () => setView({ top: el.scrollTop, height: el.clientHeight });
		const watch = new ResizeObserver(measure);
		watch.observe(el);
		el.addEventListener("scroll", measure, { passive: true });
		return () => { watch.disconnect(); el.removeEventListener("scroll", measure); };
	}, []);
	useLayoutEffect(() => {
		if (!wantFocus.current) return;
		wantFocus.current = false;
		/** @type {HTMLElement | null | undefined} */ (box.current?.querySelector('[tabindex="0"]'))?.focus({ preventScroll: true });
	});
	// What is opened from elsewhere comes into view.
	useEffect(() => { if (current && indexOf.has(current)) reveal(indexOf.get(current) ?? 0); }, [current, indexOf.has(current)]);

	/** @param {number} i */
	const reveal = (i) => {
		const el = box.current;
		if (!el) return;
		const top = heads.some((h) => h.before === i) ? tops[i] - headHeight : tops[i] - headHeight * 0.9;
		if (top < el.scrollTop) el.scrollTop = top;
		else if (tops[i] + rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = tops[i] + rowHeight - el.clientHeight;
	};
	/** @param {number} i @param {boolean} [extend] */
	const moveTo = (i, extend = false) => {
		const to = Math.max(0, Math.min(i, entries.length - 1));
		if (!entries[to]) return;
		if (extend) range(at, to);
		else anchor.current = "";
		wantFocus.current = true;
		setActive(entries[to].card.href);
		reveal(to);
	};
	/** Selects from where the selection began. @param {number} from @param {number} to */
	const range = (from, to) => {
		if (!anchor.current || !indexOf.has(anchor.current)) anchor.current = entries[from]?.card.href ?? "";
		const start = indexOf.get(anchor.current) ?? from;
		select(entries.slice(Math.min(start, to), Math.max(start, to) + 1).map((e) => e.card.href));
	};
	/** @param {string} href */
	const toggle = (href) => {
		const next = new Set(selected.value);
		if (!next.delete(href)) next.add(href);
		anchor.current = href;
		select(next);
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		const page = Math.max(1, Math.floor(view.height / rowHeight) - 1), here = entries[at]?.card.href;
		const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1, PageDown: at + page, PageUp: at - page }[e.key];
		if (to !== undefined || e.key === "Enter") typed.current.text = ""; // what is typed next is another name
		if (to !== undefined) moveTo(to, e.shiftKey);
		else if (e.key === "Enter" && here) onOpen(here);
		else if (e.key === " " && !typed.current.text && here) toggle(here);
		else if (e.key === "a" && (e.ctrlKey || e.metaKey)) select(entries.map((x) => x.card.href));
		else if (e.key === "Escape" && selected.value.size > 0) select([]);
		else if (e.key === "Delete" && here) onDelete();
		else if (!typeAhead(e)) return;
		e.preventDefault();
	};
	/** Goes to the next name that begins with what is typed. @param {KeyboardEvent} e */
	const typeAhead = (e) => {
		if (e.key.length !== 1 || e.ctrlKey || e.metaKey || e.altKey) return false;
		const fresh = Date.now() - typed.current.at > 900;
		// Keys that do something everywhere do it here too, unless a name is being typed.
		if (fresh && (!/[\p{L}\p{N}]/u.test(e.key) || (settings.value.shortcuts && e.key === "z" && currentShortcuts().some((s) => s.key === "z")))) return false;
		const text = fold((fresh ? "" : typed.current.text) + e.key);
		typed.current = { text, at: Date.now() };
		setTimeout(() => { if (Date.now() - typed.current.at > 850) typed.current.text = ""; }, 900);
		const begins = (/** @type {Entry} */ x) => [x.card.name, x.card.family, x.card.given, x.card.org].some((n) => fold(n).startsWith(text));
		const found = entries.findIndex((x, i) => i >= (text.length > 1 ? at : at + 1) && begins(x));
		moveTo(found >= 0 ? found : Math.max(0, entries.findIndex(begins)));
		return true;
	};
	const click = (/** @type {MouseEvent} */ e, /** @type {string} */ href) => {
		setActive(href);
		if (e.shiftKey) range(at, indexOf.get(href) ?? at);
		else if (e.ctrlKey || e.metaKey || selecting.value || /** @type {Element} */ (e.target).closest(".face, .tick")) toggle(href);
		else onOpen(href);
	};
	const drag = (/** @type {DragEvent} */ e, /** @type {string} */ href) => {
		const hrefs = selected.value.has(href) ? [...selected.value] : [href];
		e.dataTransfer?.setData(dragged, JSON.stringify(hrefs));
		if (e.dataTransfer) e.dataTransfer.effectAllowed = "copyMove";
	};

	const first = Math.max(0, rowAt(tops, view.top) - over), last = Math.min(entries.length, rowAt(tops, view.top + view.height) + 1 + over);
	const shown = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
	if (entries.length > 0 && (at < first || at >= last)) shown.push(at); // the row with the focus stays in the page
	const marking = selecting.value || selected.value.size > 0;
	return html`<div class="people" ref=${box} onKeyDown=${keys}>
		<div class=${`people-all ${marking ? "marking" : ""}`} role="listbox" aria-label=${label} aria-multiselectable="true" style=${{ height: `${height}px` }}>
			${heads.filter((h) => h.top < view.top + view.height + 600 && h.top > view.top - 600).map((h) => html`<div key=${`#${h.letter}`} class="letter" role="presentation" aria-hidden="true" style=${{ transform: `translateY(${h.top}px)` }}>${h.letter}</div>`)}
			${shown.map((i) => {
				const { card } = entries[i], on = selected.value.has(card.href);
				return html`<div key=${card.href} role="option" class="person" data-href=${card.href} tabindex=${i === at ? 0 : -1} aria-selected=${on} aria-current=${card.href === current ? "true" : undefined}
						aria-setsize=${entries.length} aria-posinset=${i + 1} draggable=${true} style=${{ transform: `translateY(${tops[i]}px)` }}
						onClick=${(/** @type {MouseEvent} */ e) => click(e, card.href)} onFocus=${() => setActive(card.href)} onDragStart=${(/** @type {DragEvent} */ e) => drag(e, card.href)}>
					<span class="mark" title=${t("contacts.select.one")}><${Avatar} card=${card} /><span class="tick">${on && html`<${Icon} name="check" />`}</span></span>
					<span class="who"><b><bdi>${card.name}</bdi></b>${subtitle(card) && html`<small><bdi>${subtitle(card)}</bdi></small>`}</span>
				</div>`;
			})}
		</div></div>`;
}

/** @param {import("./summary.js").Summary} c */
function subtitle(c) { return [c.org !== c.name && c.org, c.emails[0] ?? c.phones[0]].filter(Boolean).join(" · "); }
