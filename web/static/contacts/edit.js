// Editing a card where it stands. Only what is changed is written (form.js); what was typed and not saved can be got back.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { explain, t } from "../lib/i18n.js";
import { Icon, IconButton } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { Avatar } from "./avatar.js";
import { cardAt, groupCards } from "./cards.js";
import { create, mayWrite, readCard, save } from "./change.js";
import { valid } from "./dates.js";
import { useCard } from "./detail.js";
import { Days, Labels, Places, Values } from "./fields.js";
import { applyForm, formOf, joined } from "./form.js";
import { setMember } from "./group.js";
import { choosePhoto } from "./photo.js";
import { bookForNew, goTo, group, writable } from "./state.js";
import { blank, Card } from "./vcard.js";

/** @typedef {import("./form.js").Form} Form */

/** What was typed and neither saved nor thrown away, by card. @type {Map<string, {form: Form, base: import("./change.js").Stored}>} */
const drafts = new Map();

/** @param {{href: string}} props href: "" for a new card */
export function Editor({ href }) {
	const { stored, error } = useCard(href);
	const [fresh] = useState(() => ({ text: blank(crypto.randomUUID(), "").toString(), etag: "" }));
	if (error) return html`<p class="problem" role="alert">${explain(error)}</p>`;
	const base = href ? stored : fresh;
	if (!base) return html`<p class="loading" role="status">${t("state.loading")}</p>`;
	return html`<${Fields} key=${href || "new"} href=${href} stored=${base} />`;
}

/** @param {{href: string, stored: import("./change.js").Stored}} props */
function Fields({ href, stored }) {
	const draft = drafts.get(href);
	const base = useRef(draft?.base ?? stored), over = useRef(false), here = useRef(true);
	const [form, setForm] = useState(() => draft?.form ?? opened(base.current.text, !href));
	const [book, setBook] = useState(bookForNew.value?.href ?? "");
	const [problem, setProblem] = useState(""), [busy, setBusy] = useState(false);
	const now = useRef(form);
	now.current = form;
	const set = (/** @type {Partial<Form>} */ change) => setForm((f) => ({ ...f, ...change }));
	const dirty = () => JSON.stringify(now.current) !== JSON.stringify(opened(base.current.text, !href));
	useEffect(() => {
		drafts.delete(href);
		return () => {
			here.current = false;
			if (!over.current && dirty()) keepDraft(href, now.current, base.current);
		};
	}, []);
	const leave = () => goTo({ card: href }, { replace: true });
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		if (busy) return;
		if (form.days.some((d) => d.date && !valid(d.date))) return setProblem(t("contacts.date.invalid"));
		setBusy(true);
		setProblem("");
		try {
			const card = new Card(base.current.text);
			applyForm(card, form);
			const name = card.text("FN");
			if (href) {
				over.current = true;
				await save(href, base.current, card.toString(), t("contacts.saved", { name }));
				if (here.current) leave(); // whoever has gone on meanwhile is not brought back
				return;
			}
			const made = await create(book, card.toString(), t("contacts.made", { name }));
			over.current = true;
			await joinGroup(made, card);
			if (here.current) goTo({ card: made }, { replace: true });
		} catch (err) {
			over.current = false;
			setBusy(false);
			setProblem(explain(err));
		}
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		if (e.key === "Escape" && !e.defaultPrevented) leave();
		if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) submit(e);
	};
	const text = (/** @type {keyof Form & string} */ key, more = {}) => html`<label class="field"><span>${t(`contacts.field.${key}`)}</span><input name=${key} dir="auto" value=${form[key]} ...${more} onInput=${(/** @type {any} */ e) => set({ [key]: e.target.value })} /></label>`;
	const rare = !!(form.prefix || form.middle || form.suffix || form.nickname || form.unit || form.role || form.fn !== joined(form) && form.fn !== form.org);
	return html`<form class="card edit" onSubmit=${submit} onKeyDown=${keys} aria-label=${href ? t("contacts.edit") : t("contacts.new")}>
		<div class="card-tools sticky"><h2>${href ? t("contacts.edit") : t("contacts.new")}</h2><span class="spring"></span>
			<button type="button" class="button" onClick=${leave}>${t("ui.cancel")}</button><button class="button primary" disabled=${busy || (!href && !book)}>${t("ui.save")}</button></div>
		${problem && html`<p class="problem" role="alert">${problem}</p>`}
		<${Photo} href=${href} form=${form} set=${set} />
		<div class="pair">${text("given", { autofocus: true, autocomplete: "off" })}${text("family", { autocomplete: "off" })}</div>
		<div class="pair">${text("org")}${text("title")}</div>
		<details class="rare" open=${rare}><summary>${t("contacts.rare")}</summary>
			<div class="pair three">${text("prefix")}${text("middle")}${text("suffix")}</div>
			<div class="pair">${text("fn", { placeholder: joined(form) || form.org })}${text("nickname")}</div>
			<div class="pair">${text("unit")}${text("role")}</div>
		</details>
		<${Values} list="phones" type="tel" items=${form.phones} set=${set} />
		<${Values} list="emails" type="email" items=${form.emails} set=${set} />
		<${Places} items=${form.places} set=${set} />
		<${Values} list="urls" type="url" items=${form.urls} set=${set} />
		<${Values} list="chats" type="text" items=${form.chats} set=${set} />
		<${Days} items=${form.days} set=${set} />
		<${Labels} items=${form.labels} set=${set} />
		<label class="field"><span>${t("contacts.note")}</span><textarea name="note" rows="4" dir="auto" value=${form.note} onInput=${(/** @type {any} */ e) => set({ note: e.target.value })}></textarea></label>
		${!href && writable.value.length > 1 && html`<label class="field"><span>${t("contacts.book")}</span><select value=${book} onChange=${(/** @type {any} */ e) => setBook(e.target.value)}>${writable.value.map((b) => html`<option value=${b.href}>${b.name}</option>`)}</select></label>`}
	</form>`;
}

/** The form of a card; a new one begins with lines for what most people have. @param {string} text @param {boolean} fresh @returns {Form} */
function opened(text, fresh) {
	const form = formOf(new Card(text));
	if (!fresh) return form;
	return { ...form, phones: [{ at: -1, value: "", kind: "mobile", label: "" }], emails: [{ at: -1, value: "", kind: "home", label: "" }] };
}

/** @param {string} href @param {Form} form @param {import("./change.js").Stored} base */
function keepDraft(href, form, base) {
	drafts.set(href, { form, base });
	toast(t("contacts.draft"), { action: { label: t("contacts.draft.back"), run: () => goTo(href ? { card: href, edit: true } : { card: "new" }) } });
}

/** Puts a new card into the group that is looked at. @param {string} href @param {Card} card */
async function joinGroup(href, card) {
	const g = group.value;
	if (g?.kind !== "card" || !href.startsWith(g.book) || !mayWrite(g.href) || !groupCards.value.some((c) => c.href === g.href)) return;
	const before = await readCard(g.href), list = new Card(before.text);
	setMember(list, card.uid, true);
	await save(g.href, before, list.toString(), t("contacts.group.changed", { name: g.name }));
}

/** @param {{href: string, form: Form, set: (c: Partial<Form>) => void}} props */
function Photo({ href, form, set }) {
	const summary = cardAt(href) ?? { href, book: "", etag: "", uid: "", name: joined(form) || "?", given: "", family: "", org: "", emails: [], phones: [], categories: [], kind: "individual", members: [], photo: false };
	const has = form.photo === undefined ? summary.photo : form.photo !== null;
	const choose = async () => {
		const photo = await choosePhoto();
		if (photo) set({ photo });
	};
	return html`<div class="photo-edit">
		${form.photo ? html`<span class="face large"><img src=${`data:image/${form.photo.kind};base64,${form.photo.base64}`} alt="" /></span>` : html`<${Avatar} card=${{ ...summary, photo: has && summary.photo }} large />`}
		<button type="button" class="button" onClick=${choose}><${Icon} name="image" />${has ? t("contacts.photo.change") : t("contacts.photo.add")}</button>
		${has && html`<${IconButton} icon="trash-2" label=${t("contacts.photo.remove")} onClick=${() => set({ photo: null })} />`}
	</div>`;
}

