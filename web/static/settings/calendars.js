import { html } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";

export default function Part() { return html`<h2>${t("settings.calendars")}</h2>`; }
