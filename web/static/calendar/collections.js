// What the menus of the sidebar do with a calendar.
import { html, useState } from "../vendor/preact.js";
import { colorVars, palette } from "../lib/color.js";
import { makeCollection, remove as deleteHref } from "../lib/dav.js";
import { explain, t } from "../lib/i18n.js";
import { session } from "../lib/settings.js";
import { changeCollection } from "../lib/collection.js";
import { eventCalendars, loadHomes } from "../lib/store.js";
import { done } from "../lib/undo.js";
import { esc } from "../lib/xml.js";
import { end } from "../sharing/end.js";
import { confirm, Dialog, modal } from "../ui/dialog.js";
import { announce, toast } from "../ui/toast.js";

/** @typedef {import("../lib/store.js").Collection} Collection */

/** Does something, and says what the server has against it. @param {() => Promise<void>} f */
async function attempt(f) {
	try {
		await f();
	} catch (err) {
		toast(explain(err), { kind: "error" });
	}
}

/** Changes a calendar so that it can be taken back. @param {Collection} c @param {{name?: string, color?: string}} change @param {string} label */
function change(c, change, label) {
	const before = { name: c.name, color: c.color };
	return attempt(async () => {
		await changeCollection(c, change);
		done(label, () => changeCollection({ ...c, ...change }, change.name !== undefined ? { name: before.name } : { color: before.color }));
	});
}

/** Colours to choose from, and any other. @param {{value: string, onChange: (color: string) => void}} props value: "" where none was chosen */
export function Palette({ value, onChange }) {
	const now = (value || palette[0]).toLowerCase();
	return html`<div class="palette" role="radiogroup" aria-label=${t("calendar.color")}>
		${palette.map((color, i) => html`<label key=${color} style=${colorVars(color)}><input type="radio" name="color" value=${color} checked=${color === now}
			onChange=${() => onChange(color)} aria-label=${t(`calendar.color.${i}`)} /><span></span></label>`)}
		<label class="own"><input type="color" value=${now} aria-label=${t("calendar.colorOwn")} onChange=${(/** @type {any} */ e) => onChange(e.target.value)} /></label>
	</div>`;
}

/** A dialog with a name and a colour. @param {{title: string, name: string, color: string, close: (answer: {name: string, color: string} | null) => void}} props */
function Form({ title, name: first, color: firstColor, close }) {
	const [name, setName] = useState(first);
	const [color, setColor] = useState(firstColor);
	const submit = (/** @type {Event} */ e) => {
		e.preventDefault();
		if (name.trim()) close({ name: name.trim(), color });
	};
	return html`<${Dialog} title=${title} onClose=${() => close(null)}>
		<form class="stack" onSubmit=${submit}>
			<label class="field"><span>${t("calendar.name")}</span><input autofocus required maxlength="200" dir="auto" value=${name} onInput=${(/** @type {any} */ e) => setName(e.target.value)} /></label>
			<div class="field"><span>${t("calendar.color")}</span><${Palette} value=${color} onChange=${setColor} /></div>
			<div class="buttons"><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button><button class="button primary">${t("ui.save")}</button></div>
		</form>
	<//>`;
}

/** A colour that no calendar has yet. */
function freeColor() {
	const used = eventCalendars.value.map((c) => c.color.toLowerCase());
	return palette.find((c) => !used.includes(c)) ?? palette[0];
}

/** Makes a calendar. */
export async function create() {
	const answer = await modal((/** @type {(a: {name: string, color: string} | null) => void} */ close) => html`<${Form} title=${t("calendar.add.new")} name="" color=${freeColor()} close=${close} />`);
	if (!answer) return;
	await attempt(async () => {
		const href = `${session.value?.homes.calendars}${crypto.randomUUID()}/`;
		await makeCollection(href, "calendar", `<D:displayname>${esc(answer.name)}</D:displayname><I:calendar-color>${esc(answer.color)}</I:calendar-color>` +
			`<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>`);
		await loadHomes();
		done(t("calendar.created", { name: answer.name }), async () => {
			await deleteHref(href);
			await loadHomes();
		});
	});
}

/** @param {Collection} c */
export async function rename(c) {
	const answer = await modal((/** @type {(a: {name: string, color: string} | null) => void} */ close) => html`<${Form} title=${t("calendar.rename.title")} name=${c.name} color=${c.color} close=${close} />`);
	if (!answer) return;
	if (answer.color !== c.color) await change(c, { color: answer.color }, t("calendar.recolored", { name: c.name }));
	if (answer.name !== c.name) await change({ ...c, color: answer.color }, { name: answer.name }, t("calendar.renamed", { name: answer.name }));
}

/** @param {{c: Collection, close: (answer: string | null) => void}} props */
function Recolor({ c, close }) {
	const [color, setColor] = useState(c.color);
	return html`<${Dialog} title=${t("calendar.colorOf", { name: c.name })} onClose=${() => close(null)} footer=${html`
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" class="button primary" onClick=${() => close(color)}>${t("ui.save")}</button>`}>
		<${Palette} value=${color} onChange=${setColor} /><//>`;
}

/** @param {Collection} c */
export async function recolor(c) {
	const color = await modal((/** @type {(a: string | null) => void} */ close) => html`<${Recolor} c=${c} close=${close} />`);
	if (color && color !== c.color) await change(c, { color }, t("calendar.recolored", { name: c.name }));
}

/** Moves a calendar within its group. @param {Collection[]} list the group @param {number} from @param {number} to */
export function reorder(list, from, to) {
	const next = [...list], [c] = next.splice(from, 1);
	next.splice(to, 0, c);
	announce(t("calendar.moved.to", { name: c.name, n: to + 1, of: next.length }));
	const moved = next.map((x, i) => ({ x, order: (i + 1) * 10 })).filter(({ x, order }) => x.order !== order);
	return attempt(async () => { await Promise.all(moved.map(({ x, order }) => changeCollection(x, { order }))); }); // all at once on the page
}

/** Hands out the calendar as a file. @param {Collection} c */
export function download(c) {
	const a = document.createElement("a");
	a.href = `/api/export?href=${encodeURIComponent(c.href)}`;
	a.download = "";
	a.click();
}

/** Deletes a calendar or list, or leaves one of somebody else. @param {Collection} c */
export async function remove(c) {
	const { mine, name } = c;
	if (!await confirm({ title: t(mine ? "calendar.delete.title" : "contacts.book.leave.ask", { name }), text: t(mine ? "calendar.delete.text" : "contacts.book.leave.text"), yes: t(mine ? "ui.delete" : "settings.leave"), danger: true })) return;
	await attempt(async () => {
		const back = await end(c);
		done(t(mine ? "calendar.deleted" : "settings.left", { name }), back);
	});
}
