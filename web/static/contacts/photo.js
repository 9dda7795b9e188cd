// Cutting a photo to a square: drag or arrow keys to move, a slider to zoom; what is stored has at most 512 pixels a side.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { Dialog, modal } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

/** Pixels a side of what is stored, and of what is shown. */
const most = 512, shownSide = 288;

/** Kinds of images that are taken: none that can hold script. */
const taken = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"];

/** Asks for an image file; null for none. @returns {Promise<File | null>} */
function askFile() {
	return new Promise((resolve) => {
		const input = document.createElement("input");
		input.type = "file";
		input.accept = taken.join(",");
		input.onchange = () => resolve(input.files?.[0] ?? null);
		input.oncancel = () => resolve(null);
		input.click();
	});
}

/** Asks for a photo and how to cut it. @returns {Promise<{kind: string, base64: string} | null>} */
export async function choosePhoto() {
	const file = await askFile();
	if (!file) return null;
	try {
		if (!taken.includes(file.type)) throw new Error("no image that is taken");
		const image = await createImageBitmap(file);
		return await modal((/** @type {(a: any) => void} */ close) => html`<${Crop} image=${image} clear=${file.type !== "image/jpeg"} close=${close} />`);
	} catch {
		toast(t("contacts.photo.unreadable"), { kind: "error" });
		return null;
	}
}

/** The square of the image that is shown: its middle and its side, in pixels of the image. @typedef {{x: number, y: number, zoom: number}} View */

/** @param {ImageBitmap} image @param {View} v */
function square(image, v) {
	const side = Math.min(image.width, image.height) / v.zoom;
	return { side, left: v.x - side / 2, top: v.y - side / 2 };
}

/** Keeps the square within the image. @param {ImageBitmap} image @param {View} v @returns {View} */
function within(image, v) {
	const half = Math.min(image.width, image.height) / v.zoom / 2;
	return { zoom: v.zoom, x: Math.max(half, Math.min(v.x, image.width - half)), y: Math.max(half, Math.min(v.y, image.height - half)) };
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} image @param {View} v */
function draw(canvas, image, v) {
	const c = canvas.getContext("2d"), { side, left, top } = square(image, v);
	if (!c) return;
	c.imageSmoothingQuality = "high";
	c.clearRect(0, 0, canvas.width, canvas.height);
	c.drawImage(image, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

/** What is stored: JPEG, or PNG where one can see through it. @param {ImageBitmap} image @param {View} v @param {boolean} clear whether its kind can be seen through */
function cutOut(image, v, clear) {
	const canvas = document.createElement("canvas");
	canvas.width = canvas.height = Math.max(1, Math.min(most, Math.round(square(image, v).side)));
	draw(canvas, image, v);
	const pixels = clear ? canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data : null;
	const kind = pixels?.some((a, i) => i % 4 === 3 && a < 250) ? "png" : "jpeg";
	return { kind, base64: canvas.toDataURL(`image/${kind}`, 0.86).split(",")[1] };
}

/** @param {{image: ImageBitmap, clear: boolean, close: (a: {kind: string, base64: string} | null) => void}} props */
function Crop({ image, clear, close }) {
	const [view, setView] = useState(/** @type {View} */ ({ x: image.width / 2, y: image.height / 2, zoom: 1 }));
	const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null)), held = useRef(/** @type {{x: number, y: number} | null} */ (null));
	useEffect(() => { if (canvas.current) draw(canvas.current, image, view); }, [view]);
	const by = (/** @type {number} */ dx, /** @type {number} */ dy) => setView((v) => {
		const scale = square(image, v).side / shownSide;
		return within(image, { ...v, x: v.x + dx * scale, y: v.y + dy * scale });
	});
	const zoom = (/** @type {number} */ z) => setView((v) => within(image, { ...v, zoom: Math.max(1, Math.min(5, z)) }));
	const keys = (/** @type {KeyboardEvent} */ e) => {
		const step = e.shiftKey ? 32 : 8;
		/** @type {Record<string, () => void>} */
		const does = { ArrowLeft: () => by(-step, 0), ArrowRight: () => by(step, 0), ArrowUp: () => by(0, -step), ArrowDown: () => by(0, step), "+": () => zoom(view.zoom * 1.1), "-": () => zoom(view.zoom / 1.1) };
		if (!does[e.key]) return;
		e.preventDefault();
		does[e.key]();
	};
	return html`<${Dialog} title=${t("contacts.photo.crop")} class="crop" onClose=${() => close(null)} footer=${html`
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" class="button primary" onClick=${() => close(cutOut(image, view, clear))}>${t("contacts.photo.use")}</button>`}>
		<canvas ref=${canvas} width=${shownSide * 2} height=${shownSide * 2} tabindex="0" role="img" aria-label=${t("contacts.photo.move")} onKeyDown=${keys}
			onPointerDown=${(/** @type {PointerEvent} */ e) => { held.current = { x: e.clientX, y: e.clientY }; canvas.current?.setPointerCapture(e.pointerId); }}
			onPointerMove=${(/** @type {PointerEvent} */ e) => {
				if (!held.current) return;
				by(held.current.x - e.clientX, held.current.y - e.clientY);
				held.current = { x: e.clientX, y: e.clientY };
			}} onPointerUp=${() => { held.current = null; }} onPointerCancel=${() => { held.current = null; }}></canvas>
		<label class="zoom"><span>${t("contacts.photo.zoom")}</span><input type="range" min="1" max="5" step="0.05" value=${view.zoom} onInput=${(/** @type {any} */ e) => zoom(Number(e.target.value))} /></label>
		<p class="hint">${t("contacts.photo.move")}</p>
	<//>`;
}
