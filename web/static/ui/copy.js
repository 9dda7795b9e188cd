// A value to be used elsewhere, with a button that copies it.
import { html, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { Icon } from "./icon.js";
import { announce } from "./toast.js";

/** @param {{label: string, value: string}} props */
export function Copy({ label, value }) {
	const [copied, setCopied] = useState(false);
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(value);
		} catch {
			return; // the browser does not allow it: the value can still be selected
		}
		setCopied(true);
		announce(t("ui.copied"));
		setTimeout(() => setCopied(false), 2000);
	};
	return html`<div class="copy-field"><small>${label}</small><div class="copyable"><code tabindex="0">${value}</code>
		<button type="button" class="button" aria-label=${`${t("ui.copy")}: ${label}`} onClick=${copy}><${Icon} name=${copied ? "check" : "copy"} />${copied ? t("ui.copied") : t("ui.copy")}</button></div></div>`;
}
