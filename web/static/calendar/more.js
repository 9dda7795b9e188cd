// All of a day, where the grid has no room for it.
import { html, render, useLayoutEffect, useRef } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { day, dayText } from "../lib/time.js";
import { IconButton } from "../ui/icon.js";
import { inOrder } from "./layout.js";
import { shown } from "./look.js";
import { onDay, Row } from "./rows.js";

/** @type {HTMLElement | null} */
let place = null;

/** Shows all of a day beside an element. @param {string} iso @param {Element} anchor */
export function showMore(iso, anchor) {
	close();
	place = document.createElement("div");
	(anchor.closest(".cal-view") ?? document.body).append(place);
	render(html`<${More} iso=${iso} anchor=${anchor} />`, place);
}

function close() {
	if (!place) return;
	render(null, place);
	place.remove();
	place = null;
}

/** @param {{iso: string, anchor: Element}} props */
function More({ iso, anchor }) {
	const ref = useRef(/** @type {any} */ (null));
	useLayoutEffect(() => {
		const el = ref.current, cell = (anchor.closest("[data-day], [data-band]") ?? anchor).getBoundingClientRect();
		el.showPopover();
		const left = Math.min(Math.max(8, cell.left + cell.width / 2 - el.offsetWidth / 2), innerWidth - el.offsetWidth - 8);
		el.style.left = `${left}px`;
		el.style.top = `${Math.min(Math.max(8, cell.top - 8), innerHeight - el.offsetHeight - 8)}px`;
		(el.querySelector("[data-key]") ?? el.querySelector("button"))?.focus();
	}, []);
	const toggled = (/** @type {any} */ e) => {
		if (e.newState !== "closed") return;
		if (anchor instanceof HTMLElement && (!document.activeElement || document.activeElement === document.body || ref.current.contains(document.activeElement))) anchor.focus();
		close();
	};
	const list = onDay([...shown.value].sort(inOrder), iso), d = day(iso);
	return html`<div ref=${ref} popover class="more-popover" role="dialog" aria-label=${dayText(d, { weekday: "long", day: "numeric", month: "long" })} onToggle=${toggled}>
		<header><h2><span>${dayText(d, { weekday: "long" })}</span> <b>${dayText(d, { day: "numeric", month: "long" })}</b></h2>
			<${IconButton} icon="x" label=${t("ui.close")} onClick=${() => ref.current.hidePopover()} /></header>
		<ul>${list.map((o) => html`<${Row} key=${o.key} o=${o} iso=${iso} />`)}</ul>
	</div>`;
}
