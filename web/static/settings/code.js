// The code that DAVx5 reads with the camera: the server makes the pattern, the page draws it.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { t } from "../lib/i18n.js";

/** @param {{kind?: string}} props kind: "davx5", or "totp" while that is set up */
export function Code({ kind = "davx5" }) {
	const [code, setCode] = useState(/** @type {{size: number, rows: string[], text?: string} | null} */ (null));
	useEffect(() => { api("GET", `qr?kind=${kind}`).then(setCode, () => {}); }, []);
	if (!code) return null;
	const path = code.rows.flatMap((row, y) => [...row].map((c, x) => (c === "1" ? `M${x} ${y}h1v1h-1z` : ""))).join("");
	return html`<figure><svg class="qr" viewBox=${`-2 -2 ${code.size + 4} ${code.size + 4}`} role="img" aria-label=${t(kind === "davx5" ? "settings.code" : "settings.totp.on")} shape-rendering="crispEdges"><path d=${path} fill="#000" /></svg><figcaption class="hint">${kind === "davx5" ? t("settings.code.hint") : ""}</figcaption></figure>`;
}
