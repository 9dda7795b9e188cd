// Short messages at the foot of the page, read out politely; and the region in which moves by keyboard are announced.
import { html, signal } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { IconButton } from "./icon.js";

/** @typedef {{label: string, run: () => void}} Action */
/** @typedef {{id: number, text: string, kind: "info" | "error", action?: Action, also?: Action}} Toast */

/** @type {import("../vendor/preact.js").Signal<Toast[]>} */
const shown = signal([]);
const spoken = signal("");
let last = 0;

/** How long a toast stays; the one under the pointer or with the focus stays longer. */
const showFor = 10_000;

/**
 * Shows a message. @param {string} text
 * @param {{kind?: "info" | "error", action?: Action, also?: Action, stays?: boolean}} [options] also: before the action, which it leaves; stays: until it is closed
 */
export function toast(text, { kind = "info", action, also, stays = false } = {}) {
	const id = ++last;
	shown.value = [...shown.value.slice(-2), { id, text, kind, action, also }];
	if (!stays) hideLater(id);
}

/** @param {number} id */
function hideLater(id) {
	setTimeout(() => {
		const held = document.querySelector(`.toast[data-id="${id}"]`);
		if (held?.matches(":hover, :focus-within")) hideLater(id);
		else hide(id);
	}, showFor);
}

/** @param {number} id */
function hide(id) { shown.value = shown.value.filter((x) => x.id !== id); }

/** Says something to a screen reader alone. @param {string} text */
export function announce(text) { spoken.value = text; }

/** The place for both; once in the page. A modal dialog makes the rest inert: toasts stand in the top layer by popover. */
export function Toasts() {
	return html`<div class="toasts" role="status" aria-live="polite">
			${shown.value.map((x) => html`<div key=${x.id} class=${`toast ${x.kind}`} data-id=${x.id}>
				<span dir="auto">${x.text}</span>
				${x.also && html`<button type="button" class="toast-action" onClick=${x.also.run}>${x.also.label}</button>`}
				${x.action && html`<button type="button" class="toast-action" onClick=${() => { hide(x.id); x.action?.run(); }}>${x.action.label}</button>`}
				<${IconButton} icon="x" label=${t("ui.close")} onClick=${() => hide(x.id)} />
			</div>`)}
		</div>
		<div class="visually-hidden" aria-live="polite">${spoken.value}</div>`;
}
