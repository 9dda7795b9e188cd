import { html } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";

export default function Screen() {
	return html`<header class="head"><h1>${t("app.search")}</h1></header>`;
}
