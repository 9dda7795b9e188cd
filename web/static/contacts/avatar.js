import { html, useState } from "../vendor/preact.js";
import { Icon } from "../ui/icon.js";
import { hueOf, initials } from "./summary.js";

/** A photo, if there is one that can be shown; else two letters. @param {{card: import("./summary.js").Summary, large?: boolean}} props */
export function Avatar({ card, large = false }) {
	const [broken, setBroken] = useState("");
	const src = `/api/photo?href=${encodeURIComponent(card.href)}&v=${encodeURIComponent(card.etag)}`;
	const vars = { "--hue": String(hueOf(card.uid || card.name)) };
	return html`<span class=${`face ${large ? "large" : ""}`} style=${vars} aria-hidden="true">${
		card.photo && broken !== src ? html`<img src=${src} alt="" loading="lazy" decoding="async" draggable=${false} onError=${() => setBroken(src)} />`
		: card.kind === "group" ? html`<${Icon} name="users" />` : card.kind === "location" ? html`<${Icon} name="door-open" />`
		: card.kind === "org" || card.kind === "x-resource" ? html`<${Icon} name="building-2" />` : initials(card.given || card.family ? `${card.given} ${card.family}` : card.name)}</span>`;
}
