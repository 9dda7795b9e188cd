// The list of shortcuts.
import { html } from "../vendor/preact.js";
import { currentShortcuts } from "../lib/keys.js";
import { t } from "../lib/i18n.js";
import { settings } from "../lib/settings.js";
import { Dialog, modal } from "./dialog.js";

/** Shows them. */
export function showShortcuts() {
	const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
	const name = (/** @type {string} */ key) => key.replace("mod+k", mac ? "⌘ K" : "Ctrl K");
	return modal((close) => html`<${Dialog} title=${t("keys.title")} onClose=${() => close(null)}>
		${!settings.value.shortcuts && html`<p>${t("keys.off")}</p>`}
		<dl class="shortcuts">${currentShortcuts().filter((s, i, all) => all.findIndex((x) => x.key === s.key) === i).map((s) => html`<div><dt><kbd>${name(s.key)}</kbd></dt><dd>${s.label}</dd></div>`)}</dl>
	<//>`);
}
