// Colours of calendars: any colour that somebody chose is brought to a lightness that reads well in both themes (OKLCH).

/** Colours to choose from, as CSS colours. */
export const palette = ["#2f6fed", "#0b8a8f", "#2e8b57", "#7a9a01", "#c98a00", "#d9622b", "#c8374a", "#c2459a", "#8a56d8", "#5f6b7a"];

/** @param {string} hex #RRGGBB or #RRGGBBAA @returns {{l: number, c: number, h: number}} */
export function oklch(hex) {
	const m = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(hex) ?? ["", "2f", "6f", "ed"];
	const [r, g, b] = m.slice(1, 4).map((x) => {
		const v = parseInt(x, 16) / 255;
		return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	});
	const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
	const m1 = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
	const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
	const A = 1.9779984951 * l - 2.428592205 * m1 + 0.4505937099 * s;
	const B = 0.0259040371 * l + 0.7827717662 * m1 - 0.808675766 * s;
	return {
		l: 0.2104542553 * l + 0.793617785 * m1 - 0.0040720468 * s,
		c: Math.min(Math.hypot(A, B), 0.17), h: ((Math.atan2(B, A) * 180) / Math.PI + 360) % 360,
	};
}

/**
 * The custom properties that an element of this colour needs: --hue and --chroma. The style sheet makes tint, edge and
 * text of them with its own lightness for each theme, so that text always has contrast.
 * @param {string} hex @returns {Record<string, string>}
 */
export function colorVars(hex) {
	const { c, h } = oklch(hex || palette[0]);
	return { "--hue": h.toFixed(1), "--chroma": c.toFixed(3) };
}
