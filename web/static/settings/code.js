// Codes that a camera reads: the server makes the pattern, the page draws it.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { t } from "../lib/i18n.js";

/** @typedef {{size: number, rows: string[]}} Pattern rows of 0 and 1, which is dark */

/** A pattern, with the margin that it needs. @param {{code: Pattern, label: string}} props */
export function Drawn({ code, label }) {
	const path = code.rows.flatMap((row, y) => [...row].map((c, x) => (c === "1" ? `M${x} ${y}h1v1h-1z` : ""))).join("");
	return html`<svg class="qr" viewBox=${`-4 -4 ${code.size + 8} ${code.size + 8}`} role="img" aria-label=${label} shape-rendering="crispEdges"><path d=${path} fill="#000" /></svg>`;
}

/** The code that sets up DAVx5; nothing where the server is not reached by https. */
export function Code() {
	const [code, setCode] = useState(/** @type {Pattern | null} */ (null));
	useEffect(() => { api("GET", "qr").then(setCode, () => {}); }, []);
	return code && html`<figure><${Drawn} code=${code} label=${t("settings.code")} /><figcaption class="hint">${t("settings.code.hint")}</figcaption></figure>`;
}
