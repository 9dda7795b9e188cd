// Groups of people: making, naming, and who is in them. By dialog, by drag, and from the menu of a selection.
import { html, useState } from "../vendor/preact.js";
import { t, tn } from "../lib/i18n.js";
import { askText } from "../ui/ask.js";
import { Dialog, modal } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";
import { Avatar } from "./avatar.js";
import { bookOf, cardAt, everybody } from "./cards.js";
import { create, editCards, mayWrite, readCard, removeCards, save, tell } from "./change.js";
import { categoriesOf, makeGroup, setCategories, setMember } from "./group.js";
import { bookForNew, goTo, groups, isIn, place, writable } from "./state.js";
import { matches, searchWords } from "./summary.js";
import { blank, Card, escape } from "./vcard.js";

/** @typedef {import("./state.js").Group} Group */

/** Puts cards into a group, or takes them out. @param {Group} g @param {string[]} hrefs @param {boolean} [on] */
export async function addTo(g, hrefs, on = true) {
	const label = tn(on ? "contacts.group.added" : "contacts.group.removed", hrefs.length, { group: g.name });
	try {
		if (g.kind === "label") {
			const may = hrefs.filter(mayWrite);
			if (may.length < hrefs.length) toast(t("contacts.group.readonly"), { kind: "error" });
			await editCards(may, (card) => {
				const has = categoriesOf(card);
				setCategories(card, on ? [...new Set([...has, g.name])] : has.filter((c) => c !== g.name));
			}, label);
			return;
		}
		const here = hrefs.filter((h) => bookOf(h) === g.book);
		if (here.length < hrefs.length) toast(t("contacts.group.otherbook"), { kind: "error" });
		if (here.length === 0) return;
		const before = await readCard(g.href), card = new Card(before.text);
		for (const h of here) setMember(card, cardAt(h)?.uid ?? "", on);
		await save(g.href, before, card.toString(), label);
	} catch (err) {
		tell(err);
	}
}

/** @param {{hrefs: string[], close: (answer: {name: string, kind: string, book: string} | null) => void}} props */
function NewGroup({ hrefs, close }) {
	const [name, setName] = useState(""), [kind, setKind] = useState("card");
	const [book, setBook] = useState((hrefs[0] && mayWrite(hrefs[0]) ? bookOf(hrefs[0]) : bookForNew.value?.href) ?? "");
	const submit = (/** @type {Event} */ e) => {
		e.preventDefault();
		if (name.trim()) close({ name: name.trim(), kind, book });
	};
	const option = (/** @type {string} */ value) => html`<label class="card-choice"><input type="radio" name="kind" checked=${kind === value} onChange=${() => setKind(value)} />
		<span><b>${t(`contacts.group.kind.${value}`)}</b><small>${t(`contacts.group.kind.${value}.hint`)}</small></span></label>`;
	return html`<${Dialog} title=${t("contacts.group.new")} onClose=${() => close(null)}>
		<form class="stack" onSubmit=${submit}>
			<label class="field"><span>${t("contacts.group.name")}</span><input autofocus value=${name} maxlength="200" dir="auto" onInput=${(/** @type {any} */ e) => setName(e.target.value)} /></label>
			<div role="radiogroup" aria-label=${t("contacts.group.kind")} class="card-choices">${option("card")}${option("label")}</div>
			${kind === "card" && writable.value.length > 1 && html`<label class="field"><span>${t("contacts.book")}</span><select value=${book} onChange=${(/** @type {any} */ e) => setBook(e.target.value)}>
				${writable.value.map((b) => html`<option value=${b.href}>${b.name}</option>`)}</select></label>`}
			<div class="buttons"><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button><button class="button primary" disabled=${!name.trim() || (kind === "card" && !book)}>${t("contacts.group.make")}</button></div>
		</form>
	<//>`;
}

/** Makes a group of cards; asks who is in it where nobody is given. @param {string[]} hrefs */
export async function newGroup(hrefs) {
	const answer = await modal((/** @type {(a: {name: string, kind: string, book: string} | null) => void} */ close) => html`<${NewGroup} hrefs=${hrefs} close=${close} />`);
	if (!answer) return;
	const { name, kind, book } = answer;
	if (kind === "label") {
		/** @type {Group} */
		const g = { key: `label:${name}`, name, kind: "label", href: "", book: "", uids: new Set() };
		if (hrefs.length > 0) await addTo(g, hrefs);
		else await chooseMembers(g);
		return;
	}
	const card = blank(crypto.randomUUID(), name);
	const n = card.first("N");
	if (n) card.change(n, `${escape(name)};;;;`); // as Apple's clients write it
	makeGroup(card);
	for (const h of hrefs) if (bookOf(h) === book) setMember(card, cardAt(h)?.uid ?? "", true);
	try {
		const href = await create(book, card.toString(), t("contacts.group.made", { name }));
		if (hrefs.length === 0) goTo({ book: place.value.book && place.value.book !== book ? book : place.value.book, group: `card:${href}`, card: "" });
	} catch (err) {
		tell(err);
	}
}

/** @param {Group} g */
export async function renameGroup(g) {
	const name = await askText({ title: t("contacts.group.rename"), label: t("contacts.group.name"), value: g.name, yes: t("ui.save") });
	if (!name || name === g.name) return;
	const label = t("contacts.group.renamed", { name });
	try {
		if (g.kind === "label") {
			await editCards([...g.uids].filter(mayWrite), (card) => setCategories(card, categoriesOf(card).map((c) => (c === g.name ? name : c))), label);
			if (place.value.group === g.key) goTo({ group: `label:${name}` }, { replace: true });
			return;
		}
		const before = await readCard(g.href), card = new Card(before.text), fn = card.first("FN"), n = card.first("N");
		if (fn) card.change(fn, escape(name));
		if (n) card.change(n, `${escape(name)};;;;`);
		await save(g.href, before, card.toString(), label);
	} catch (err) {
		tell(err);
	}
}

/** Deletes a group; the people in it stay. @param {Group} g */
export async function deleteGroup(g) {
	if (place.value.group === g.key) goTo({ group: "" }, { replace: true });
	const label = t("contacts.group.deleted", { name: g.name });
	if (g.kind === "card") await removeCards([g.href], label);
	else await editCards([...g.uids].filter(mayWrite), (card) => setCategories(card, categoriesOf(card).filter((c) => c !== g.name)), label);
}

/** @param {{g: Group, close: (hrefs: Set<string> | null) => void}} props */
function Members({ g, close }) {
	const people = everybody.value.map((e) => e.card).filter((c) => c.kind !== "group" && (g.kind === "label" ? mayWrite(c.href) : c.book === g.book));
	const [on, setOn] = useState(() => new Set(people.filter((c) => isIn(g, c)).map((c) => c.href)));
	const [typed, setTyped] = useState("");
	const words = searchWords(typed), found = people.filter((c) => matches(c, words));
	const shown = [...found.filter((c) => on.has(c.href)), ...found.filter((c) => !on.has(c.href))].slice(0, 200);
	const toggle = (/** @type {string} */ href) => {
		const next = new Set(on);
		if (!next.delete(href)) next.add(href);
		setOn(next);
	};
	return html`<${Dialog} title=${t("contacts.group.members.of", { name: g.name })} class="members" onClose=${() => close(null)} footer=${html`
			<span class="muted spring">${tn("contacts.people", on.size)}</span>
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" class="button primary" onClick=${() => close(on)}>${t("ui.save")}</button>`}>
		<input type="search" autofocus class="wide" aria-label=${t("contacts.search")} placeholder=${t("contacts.search")} value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value)} />
		<ul class="ticks">${shown.map((c) => html`<li key=${c.href}><label><input type="checkbox" checked=${on.has(c.href)} onChange=${() => toggle(c.href)} /><${Avatar} card=${c} /><span dir="auto">${c.name}</span></label></li>`)}</ul>
		${found.length > shown.length && html`<p class="hint">${t("contacts.more", { n: found.length - shown.length })}</p>`}
	<//>`;
}

/** Asks who is in a group. @param {Group} g */
export async function chooseMembers(g) {
	const on = await modal((/** @type {(a: Set<string> | null) => void} */ close) => html`<${Members} g=${g} close=${close} />`);
	if (!on) return;
	const people = everybody.value.map((e) => e.card).filter((c) => c.kind !== "group" && (g.kind === "label" || c.book === g.book));
	const add = people.filter((c) => on.has(c.href) && !isIn(g, c)), leave = people.filter((c) => !on.has(c.href) && isIn(g, c));
	if (add.length + leave.length === 0) return;
	const label = t("contacts.group.changed", { name: g.name });
	try {
		if (g.kind === "label") {
			await editCards([...add, ...leave].map((c) => c.href), (card, href) => {
				const has = categoriesOf(card).filter((c) => c !== g.name);
				setCategories(card, on.has(href) ? [...has, g.name] : has);
			}, label);
			return;
		}
		const before = await readCard(g.href), card = new Card(before.text);
		for (const c of add) setMember(card, c.uid, true);
		for (const c of leave) setMember(card, c.uid, false);
		await save(g.href, before, card.toString(), label);
	} catch (err) {
		tell(err);
	}
}

/** @param {{hrefs: string[], close: (answer: {g: Group, on: boolean} | "new" | null) => void}} props */
function GroupsOf({ hrefs, close }) {
	const cards = hrefs.map(cardAt).filter((c) => c !== undefined);
	const inBook = new Set(cards.map((c) => c.book));
	const offered = groups.value.filter((g) => (g.kind === "label" ? true : inBook.has(g.book) && mayWrite(g.href)));
	return html`<${Dialog} title=${t("contacts.group.choose")} onClose=${() => close(null)}>
		<ul class="ticks">${offered.map((g) => {
			const n = cards.filter((c) => isIn(g, c)).length;
			return html`<li key=${g.key}><label><input type="checkbox" ref=${(/** @type {HTMLInputElement | null} */ el) => { if (el) el.indeterminate = n > 0 && n < cards.length; }} checked=${n === cards.length}
				onChange=${() => addTo(g, hrefs, n < cards.length)} /><span dir="auto">${g.name}</span></label></li>`;
		})}</ul>
		${offered.length === 0 && html`<p class="hint">${t("contacts.groups.none")}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${() => close("new")}>${t("contacts.group.new")}</button><button type="button" class="button primary" onClick=${() => close(null)}>${t("ui.done")}</button></div>
	<//>`;
}

/** Shows which groups cards are in, to change it. @param {string[]} hrefs */
export async function chooseGroups(hrefs) {
	const answer = await modal((/** @type {(a: any) => void} */ close) => html`<${GroupsOf} hrefs=${hrefs} close=${close} />`);
	if (answer === "new") await newGroup(hrefs);
}

/** The groups of a card. @param {import("./summary.js").Summary} c */
export function groupsOf(c) { return groups.value.filter((g) => isIn(g, c)); }

