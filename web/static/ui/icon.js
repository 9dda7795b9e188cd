import { html } from "../vendor/preact.js";

const sprite = new URL("../vendor/icons.svg", import.meta.url).href;

/** An icon of the sprite; it says nothing to a screen reader. @param {{name: string, class?: string}} props */
export function Icon({ name, class: more = "" }) {
	return html`<svg class=${`icon ${more}`} aria-hidden="true" focusable="false"><use href=${`${sprite}#${name}`} /></svg>`;
}

/**
 * A button that is an icon, with its name for everybody else.
 * @param {{icon: string, label: string, class?: string, [more: string]: any}} props
 */
export function IconButton({ icon, label, class: more = "", ...rest }) {
	return html`<button type="button" class=${`icon-button ${more}`} aria-label=${label} title=${label} ...${rest}><${Icon} name=${icon} /></button>`;
}
