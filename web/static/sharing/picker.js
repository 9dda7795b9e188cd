// A field that finds people, groups and rooms as somebody types (ARIA combobox with a list).
import { html, useRef, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { Icon } from "../ui/icon.js";
import { useUnique } from "../ui/unique.js";

/** @typedef {{name: string, address: string, kind: string, href?: string, capacity?: number}} Someone */

/** How long typing rests before the server is asked, in milliseconds. */
const pause = 100;

const icons = /** @type {Record<string, string>} */ ({ group: "users", room: "door-open", resource: "monitor" });

/** @param {{label: string, kinds?: string[], onPick: (who: Someone) => void}} props kinds: those to offer; all without */
export function PersonPicker({ label, kinds, onPick }) {
	const id = useUnique();
	const [text, setText] = useState("");
	const [list, setList] = useState(/** @type {Someone[]} */ ([]));
	const [at, setAt] = useState(0);
	const timer = useRef(/** @type {any} */ (0));
	const asked = useRef("");
	const ask = (/** @type {string} */ q) => {
		setText(q);
		asked.current = q;
		clearTimeout(timer.current);
		if (!q.trim()) return setList([]);
		timer.current = setTimeout(async () => {
			const { items } = await api("GET", `people?${new URLSearchParams({ q: q.trim(), limit: "20" })}`).catch(() => ({ items: [] }));
			if (asked.current !== q) return;
			setList(kinds ? items.filter((/** @type {Someone} */ s) => kinds.includes(s.kind)).slice(0, 8) : items.slice(0, 8));
			setAt(0);
		}, pause);
	};
	const pick = (/** @type {Someone | undefined} */ who) => {
		if (!who) return;
		onPick(who);
		asked.current = "";
		setText("");
		setList([]);
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		if (e.key === "Enter") {
			e.preventDefault();
			pick(list[at]);
		} else if (e.key === "Escape" && list.length) {
			e.preventDefault();
			e.stopPropagation();
			setList([]);
		} else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			e.preventDefault();
			setAt((at + (e.key === "ArrowDown" ? 1 : list.length - 1)) % Math.max(list.length, 1));
		}
	};
	return html`<div class="picker"><input role="combobox" aria-label=${label} placeholder=${label} aria-expanded=${list.length > 0} aria-controls=${id} aria-autocomplete="list"
			aria-activedescendant=${list[at] ? `${id}-${at}` : undefined} value=${text} autocomplete="off" dir="auto"
			onInput=${(/** @type {Event} */ e) => ask(/** @type {HTMLInputElement} */ (e.target).value)} onKeyDown=${keys} onBlur=${() => setTimeout(() => setList([]), 150)} />
		<div id=${id} role="listbox" aria-label=${label} class="picker-list" hidden=${list.length === 0}>${list.map((s, i) => html`<div role="option" id=${`${id}-${i}`} key=${s.address} aria-selected=${i === at}
			onMouseDown=${(/** @type {Event} */ e) => { e.preventDefault(); pick(s); }}><${Icon} name=${icons[s.kind] ?? "user"} /><span dir="auto">${s.name}</span><small dir="auto">${s.address}</small></div>`)}</div>
		<span class="visually-hidden" role="status">${text && list.length ? t("sharing.suggestions", { n: list.length }) : ""}</span></div>`;
}
