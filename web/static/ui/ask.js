// A dialog that asks for one line of text.
import { html, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { Dialog, modal } from "./dialog.js";

/** Gives what was typed, null for nothing. @param {{title: string, label: string, value?: string, yes: string, hint?: string}} what @returns {Promise<string | null>} */
export function askText(what) {
	return modal((/** @type {(a: string | null) => void} */ close) => html`<${TextDialog} ...${what} close=${close} />`);
}

/** @param {{title: string, label: string, value?: string, yes: string, hint?: string, close: (a: string | null) => void}} props */
function TextDialog({ title, label, value = "", yes, hint, close }) {
	const [text, setText] = useState(value);
	const submit = (/** @type {Event} */ e) => {
		e.preventDefault();
		if (text.trim()) close(text.trim());
	};
	return html`<${Dialog} title=${title} onClose=${() => close(null)}>
		<form class="stack" onSubmit=${submit}>
			<label class="field"><span>${label}</span><input autofocus value=${text} maxlength="200" dir="auto" onInput=${(/** @type {any} */ e) => setText(e.target.value)} />${hint && html`<small>${hint}</small>`}</label>
			<div class="buttons"><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button><button class="button primary" disabled=${!text.trim()}>${yes}</button></div>
		</form>
	<//>`;
}
