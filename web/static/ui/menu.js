// A button that opens a menu, by the popover of the platform; arrows move in it.
import { html, useRef, useState } from "../vendor/preact.js";
import { Icon } from "./icon.js";
import { useUnique } from "./unique.js";

/**
 * @typedef {{label: string, icon?: string, run?: () => void, href?: string, checked?: boolean, danger?: boolean, disabled?: boolean} | "line"} Entry
 */

/** @param {{label: string, icon?: string, class?: string, children?: any, items: (Entry | false | null | undefined)[]}} props */
export function Menu({ label, icon = "ellipsis-vertical", class: more = "icon-button", children, items }) {
	const id = useUnique();
	const [used, setUsed] = useState(false); // until then it is empty: a page has many, and most are never opened
	const menu = useRef(/** @type {HTMLElement | null} */ (null));
	const button = useRef(/** @type {HTMLElement | null} */ (null));
	const place = (/** @type {any} */ e) => {
		const m = menu.current, b = button.current;
		if (e.newState !== "open" || !m || !b) return;
		const box = b.getBoundingClientRect();
		requestAnimationFrame(() => {
			const { offsetWidth: w, offsetHeight: h } = m;
			const rtl = document.documentElement.dir === "rtl";
			const left = rtl ? box.left : box.right - w;
			m.style.left = `${Math.max(8, Math.min(left, innerWidth - w - 8))}px`;
			m.style.top = `${box.bottom + h + 8 > innerHeight ? Math.max(8, box.top - h - 4) : box.bottom + 4}px`;
			/** @type {HTMLElement | null} */ (m.querySelector("[role^=menuitem]:not([aria-disabled=true])"))?.focus();
		});
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		const all = [...(menu.current?.querySelectorAll("[role^=menuitem]") ?? [])];
		const at = all.indexOf(/** @type {Element} */ (document.activeElement));
		const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key];
		if (to === undefined) return;
		e.preventDefault();
		/** @type {HTMLElement} */ (all[(to + all.length) % all.length])?.focus();
	};
	const close = () => {
		/** @type {any} */ (menu.current)?.hidePopover();
		button.current?.focus();
	};
	return html`<button type="button" ref=${button} class=${more} aria-haspopup="menu" aria-label=${children ? undefined : label} title=${label} popovertarget=${id}>
			${children ?? html`<${Icon} name=${icon} />`}</button>
		<div ref=${menu} id=${id} popover class="menu" role="menu" aria-label=${label} onBeforeToggle=${() => setUsed(true)} onToggle=${place} onKeyDown=${keys}>
			${used && items.filter(Boolean).map((raw) => {
				const it = /** @type {Entry} */ (raw);
				if (it === "line") return html`<hr />`;
				const inner = html`${it.icon && html`<${Icon} name=${it.icon} />`}<span dir="auto">${it.label}</span>${it.checked !== undefined && html`<${Icon} name=${it.checked ? "check" : "square"} class=${it.checked ? "" : "blank"} />`}`;
				const role = it.checked === undefined ? "menuitem" : "menuitemcheckbox";
				if (it.href) return html`<a role="menuitem" tabindex="-1" href=${it.href} onClick=${close}>${inner}</a>`;
				return html`<button type="button" role=${role} tabindex="-1" aria-checked=${it.checked} aria-disabled=${it.disabled} class=${it.danger ? "danger" : ""}
					onClick=${() => { if (!it.disabled) { close(); it.run?.(); } }}>${inner}</button>`;
			})}
		</div>`;
}
