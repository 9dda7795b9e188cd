// The icons that the pages use, of Lucide, as one sprite of symbols.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const names = [
	"alarm-clock", "arrow-left", "arrow-right", "bell", "book-user", "building-2", "calendar", "calendar-check", "calendar-days",
	"calendar-plus", "calendar-range", "check", "check-check", "check-square", "chevron-down", "chevron-left", "chevron-right",
	"chevron-up", "circle", "circle-alert", "circle-check", "circle-help", "circle-x", "clock", "cloud-off", "copy", "download",
	"ellipsis", "ellipsis-vertical", "external-link", "eye", "eye-off", "file-up", "globe", "grip-vertical", "history", "inbox",
	"info", "key-round", "keyboard", "link", "list", "list-checks", "loader", "lock", "log-out", "mail", "mail-check", "map-pin",
	"menu", "merge", "message-square", "monitor", "moon", "palette", "pencil", "phone", "plus", "printer", "qr-code", "refresh-cw",
	"repeat", "rss", "search", "send", "server", "settings", "share-2", "shield", "smartphone", "star", "sun", "tag", "trash-2",
	"triangle-alert", "undo-2", "upload", "user", "user-plus", "users", "video", "x", "cake", "door-open", "paperclip", "image",
	"square", "flag", "circle-dot", "arrow-up-down", "activity", "database", "layout-grid", "sliders-horizontal",
];

/** Gives the sprite; each icon is drawn in the colour of the text around it. */
export async function sprite(folder) {
	const symbols = [];
	for (const name of [...new Set(names)].sort()) {
		const svg = await readFile(join(folder, `${name}.svg`), "utf8");
		const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "");
		symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`);
	}
	return `<!-- Lucide icons, ISC License, Copyright (c) Lucide Icons and Contributors; parts: MIT, Copyright (c) Cole Bemis -->\n` +
		`<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" ` +
		`stroke-linejoin="round">${symbols.join("\n")}</svg>\n`;
}
