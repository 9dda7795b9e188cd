// A small window beside what it belongs to; on a phone it comes from the foot of the page.
import { html, render, useEffect, useRef } from "../vendor/preact.js";

/** @param {HTMLElement} box @param {Element | null} anchor */
function placeBeside(box, anchor) {
	if (innerWidth < 720) {
		box.style.left = box.style.top = "";
		return;
	}
	const a = anchor?.isConnected ? anchor.getBoundingClientRect() : null;
	const w = box.offsetWidth, h = box.offsetHeight, gap = 8;
	if (!a || a.width === 0) { // what it was beside may be gone meanwhile: it stays, as far as the window has room
		const was = box.style.left ? box.getBoundingClientRect() : { left: (innerWidth - w) / 2, top: (innerHeight - h) / 3 };
		box.style.left = `${Math.max(gap, Math.min(was.left, innerWidth - w - gap))}px`;
		box.style.top = `${Math.max(gap, Math.min(was.top, innerHeight - h - gap))}px`;
		return;
	}
	const rtl = document.documentElement.dir === "rtl";
	const right = a.right + gap, left = a.left - w - gap;
	const fits = { right: right + w <= innerWidth - gap, left: left >= gap };
	const x = rtl ? (fits.left ? left : fits.right ? right : -1) : fits.right ? right : fits.left ? left : -1;
	box.style.left = `${x >= 0 ? x : Math.max(gap, Math.min(a.left, innerWidth - w - gap))}px`;
	const y = x >= 0 ? a.top - 12 : a.bottom + gap + h <= innerHeight ? a.bottom + gap : a.top - h - gap;
	box.style.top = `${Math.max(gap, Math.min(y, innerHeight - h - gap))}px`;
}

/**
 * @typedef {object} Popup
 * @property {Element | null} anchor @property {string} labelledby id of its heading @property {string} [class]
 *
 * @typedef {{stays: boolean}} Held whether a click elsewhere leaves it open, as where something was typed
 */

/** @param {Popup & {held: Held, close: () => void, children: any}} props */
function Frame({ anchor, labelledby, class: more = "", held, close, children }) {
	const ref = useRef(/** @type {HTMLElement | null} */ (null));
	useEffect(() => {
		const box = /** @type {HTMLElement} */ (ref.current);
		box.showPopover();
		placeBeside(box, anchor);
		const sized = new ResizeObserver(() => placeBeside(box, anchor));
		sized.observe(box);
		(/** @type {HTMLElement | null} */ (box.querySelector("[autofocus]")) ?? box).focus({ preventScroll: true });
		const outside = (/** @type {PointerEvent} */ e) => {
			if (document.querySelector("dialog[open]") || box.contains(/** @type {Node} */ (e.target))) return;
			if (/** @type {Element} */ (e.target).closest?.(".toasts, .menu")) return;
			if (!held.stays) close();
		};
		const key = (/** @type {KeyboardEvent} */ e) => {
			if (e.key !== "Escape" || e.defaultPrevented || document.querySelector("dialog[open]")) return;
			e.preventDefault();
			close();
		};
		const moved = () => placeBeside(box, anchor);
		document.addEventListener("pointerdown", outside);
		document.addEventListener("keydown", key);
		addEventListener("resize", moved);
		addEventListener("popstate", close);
		return () => {
			sized.disconnect();
			document.removeEventListener("pointerdown", outside);
			document.removeEventListener("keydown", key);
			removeEventListener("resize", moved);
			removeEventListener("popstate", close);
		};
	}, []);
	return html`<div ref=${ref} popover="manual" tabindex="-1" class=${`popup ${more}`} role="dialog" aria-labelledby=${labelledby}>${children}</div>`;
}

/** @type {(() => void) | null} the one that is open */
let current = null;

/**
 * Shows a popup until it is closed; then the focus goes back. There is one at a time.
 * @param {(close: () => void, held: Held) => any} content @param {Popup} options @returns {Promise<void>}
 */
export function popup(content, options) {
	current?.();
	return new Promise((resolve) => {
		const before = document.activeElement, place = document.createElement("div"), held = { stays: false };
		let open = true;
		document.body.append(place);
		const close = () => {
			if (!open) return;
			open = false;
			if (current === close) current = null;
			const inside = place.contains(document.activeElement);
			render(null, place);
			place.remove();
			const back = options.anchor instanceof HTMLElement && options.anchor.isConnected ? options.anchor : before;
			if (inside && back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
			resolve();
		};
		current = close;
		render(html`<${Frame} ...${options} held=${held} close=${close}>${content(close, held)}<//>`, place);
	});
}
