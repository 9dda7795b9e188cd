// Native modal dialogs: focus goes in, stays in and comes back; Escape closes.
import { html, render, useEffect, useRef, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { IconButton } from "./icon.js";

let dialogs = 0;

/**
 * A modal dialog while it is drawn.
 * @param {{title: string, onClose: () => void, class?: string, children?: any, footer?: any}} props onClose: by Escape or ×
 */
export function Dialog({ title, onClose, class: more = "", children, footer }) {
	const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
	const [id] = useState(() => `dialog-title-${++dialogs}`); // one may stand over another
	const before = useRef(/** @type {Element | null} */ (null));
	useEffect(() => {
		before.current = document.activeElement;
		const dialog = ref.current;
		dialog?.showModal();
		/** @type {HTMLElement | null | undefined} */ (dialog?.querySelector("[autofocus], input, textarea, select"))?.focus();
		return () => {
			dialog?.close();
			if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
		};
	}, []);
	const cancel = (/** @type {Event} */ e) => {
		e.preventDefault();
		onClose();
	};
	return html`<dialog ref=${ref} class=${`dialog ${more}`} aria-labelledby=${id} onCancel=${cancel}
			onClick=${(/** @type {MouseEvent} */ e) => e.target === ref.current && onClose()}>
		<div class="dialog-body">
			<header><h2 id=${id}>${title}</h2><${IconButton} icon="x" label=${t("ui.close")} onClick=${onClose} /></header>
			<div class="dialog-content">${children}</div>
			${footer && html`<footer>${footer}</footer>`}
		</div>
	</dialog>`;
}

/**
 * Shows a dialog outside of any view, until it calls `close` with an answer.
 * @template T @param {(close: (answer: T | null) => void) => any} content gives a <Dialog>
 * @returns {Promise<T | null>} null where it was closed without an answer
 */
export function modal(content) {
	return new Promise((resolve) => {
		const place = document.createElement("div");
		document.body.append(place);
		const close = (/** @type {T | null} */ answer) => {
			render(null, place);
			place.remove();
			resolve(answer);
		};
		render(content(close), place);
	});
}

/**
 * Asks to choose one of several things.
 * @template T
 * @param {{title: string, text?: any, choices: {label: string, value: T, hint?: string, kind?: "primary" | "danger"}[]}} what
 * @returns {Promise<T | null>}
 */
export function choose({ title, text, choices }) {
	return modal((close) => html`<${Dialog} title=${title} class="choose" onClose=${() => close(null)}>
		${text && html`<p dir="auto">${text}</p>`}
		<div class="choices">${choices.map((c, i) => html`<button type="button" autofocus=${i === 0} class=${`choice ${c.kind ?? ""}`} onClick=${() => close(c.value)}>
			<span>${c.label}</span>${c.hint && html`<small dir="auto">${c.hint}</small>`}</button>`)}</div>
	<//>`);
}

/** Asks whether to go on. @param {{title: string, text?: any, yes: string, danger?: boolean}} what @returns {Promise<boolean>} */
export async function confirm({ title, text, yes, danger }) {
	const answer = await modal((/** @type {(a: boolean | null) => void} */ close) => html`<${Dialog} title=${title} onClose=${() => close(null)} footer=${html`
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" autofocus class=${`button ${danger ? "danger" : "primary"}`} onClick=${() => close(true)}>${yes}</button>`}>
		${text && html`<p dir="auto">${text}</p>`}
	<//>`);
	return answer === true;
}
