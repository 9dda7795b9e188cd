// Text that others wrote, as text; what looks like a link becomes one only of a kind that is safe, and says where it leads.
import { html } from "../vendor/preact.js";

const looks = /\b(?:https?:\/\/|mailto:|tel:)[^\s<>"'`]+/gi;

/** A link that may be followed, else null. @param {string} text @returns {URL | null} */
export function safeLink(text) {
	try {
		const url = new URL(text);
		return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url : null;
	} catch {
		return null;
	}
}

/** A link with its host in sight. @param {{url: URL, children?: any}} props */
export function OutLink({ url, children }) {
	return html`<a href=${url.href} target="_blank" rel="noopener noreferrer nofollow">${children ?? url.href}</a>`;
}

/** Where a link leads, in short. @param {URL} url */
export function hostOf(url) {
	try {
		return url.host || decodeURIComponent(url.pathname);
	} catch {
		return url.pathname; // others wrote it, and it need not be well escaped
	}
}

/** Text with its links. @param {{text: string}} props */
export function LinkedText({ text }) {
	const parts = [];
	let at = 0;
	for (const m of text.matchAll(looks)) {
		const found = m[0].replace(/[.,;:!?)\]}]+$/, ""), url = safeLink(found);
		if (!url) continue;
		parts.push(text.slice(at, m.index), html`<${OutLink} url=${url}>${found}<//>`);
		at = m.index + found.length;
	}
	return html`<div class="prose" dir="auto">${parts}${text.slice(at)}</div>`;
}
