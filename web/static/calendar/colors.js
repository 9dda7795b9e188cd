// Colours of single events: COLOR holds a name of CSS (RFC 7986 §5.9).

/** Names to choose from, with what they are. @type {Record<string, string>} */
export const eventColors = {
	royalblue: "#4169e1", teal: "#008080", seagreen: "#2e8b57", olivedrab: "#6b8e23", goldenrod: "#daa520", coral: "#ff7f50", crimson: "#dc143c",
	mediumvioletred: "#c71585", mediumpurple: "#9370db", slategray: "#708090",
};

/** A colour as #RRGGBB, "" where it is none. @param {string} color a name, or #RRGGBB */
export function colorOf(color) {
	if (/^#[0-9a-f]{6}/i.test(color)) return color.slice(0, 7);
	if (color === "" || !/^[a-z]{3,30}$/i.test(color)) return "";
	const name = color.toLowerCase();
	let found = eventColors[name] ?? others.get(name);
	if (found === undefined) others.set(name, found = ofBrowser(name));
	return found;
}

/** Names of CSS beside those. @type {Map<string, string>} */
const others = new Map();

/** @param {string} name */
function ofBrowser(name) {
	const probe = typeof document === "undefined" ? null : document.createElement("canvas").getContext("2d");
	if (!probe) return "";
	probe.fillStyle = "#010203";
	probe.fillStyle = name;
	const found = String(probe.fillStyle);
	return found === "#010203" ? "" : found;
}
