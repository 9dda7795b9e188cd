// Address books and groups: where to look, and where to drop.
import { html, useState } from "../vendor/preact.js";
import { explain, t, tn } from "../lib/i18n.js";
import { route } from "../lib/router.js";
import { books } from "../lib/store.js";
import { announce } from "../ui/toast.js";
import { Icon, IconButton } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { deleteBook, newBook, renameBook } from "./books.js";
import { countOf, everybody, troubles } from "./cards.js";
import { copyCards, mayWrite, moveCards } from "./change.js";
import { addTo, chooseMembers, deleteGroup, newGroup, renameGroup } from "./groups.js";
import { dragged } from "./list.js";
import { groups, pathOf, place, select } from "./state.js";

/** A book that the server makes and nobody can write. @param {import("../lib/store.js").Collection} b */
export function isDirectory(b) { return /\/directory\/$/.test(b.href) && !b.may.write; }

export function Sidebar() {
	const { book, group } = place.value, elsewhere = route.value.parts.length > 0;
	const people = everybody.value.reduce((n, e) => n + (e.card.kind === "group" ? 0 : 1), 0);
	const mine = books.value.filter((b) => b.mine), others = books.value.filter((b) => !b.mine);
	return html`<nav class="books" aria-label=${t("contacts.books")}>
		<ul>
			<${Row} href=${pathOf({ book: "", group: "", card: "" })} icon="users" name=${t("contacts.all")} n=${people} on=${!elsewhere && !book && !group} />
			${mine.map((b) => html`<${Book} key=${b.href} b=${b} on=${book === b.href && !group} />`)}
		</ul>
		${others.length > 0 && html`<h2>${t("contacts.shared")}</h2><ul>${others.map((b) => html`<${Book} key=${b.href} b=${b} on=${book === b.href && !group} />`)}</ul>`}
		<div class="books-head"><h2>${t("contacts.groups")}</h2><${IconButton} icon="plus" label=${t("contacts.group.new")} onClick=${() => newGroup([])} /></div>
		<ul>${groups.value.map((g) => html`<${GroupRow} key=${g.key} g=${g} on=${group === g.key} />`)}
			${groups.value.length === 0 && html`<li class="hint">${t("contacts.groups.none")}</li>`}</ul>
		<hr />
		<ul>
			<li><button type="button" class="book-add" onClick=${newBook}><${Icon} name="plus" /><span>${t("contacts.book.new")}</span></button></li>
			<li><a class="book-add" href="/contacts/duplicates" aria-current=${elsewhere ? "page" : undefined}><${Icon} name="merge" /><span>${t("contacts.duplicates")}</span></a></li>
		</ul>
	</nav>`;
}

/**
 * @param {{href: string, icon: string, name: string, n: number, on: boolean, locked?: boolean, problem?: string, menu?: any, onDrop?: (hrefs: string[], copy: boolean) => void}} props
 */
function Row({ href, icon, name, n, on, locked, problem, menu, onDrop }) {
	const [over, setOver] = useState(false);
	const accepts = (/** @type {DragEvent} */ e) => !!onDrop && !!e.dataTransfer?.types.includes(dragged);
	return html`<li class=${`book ${over ? "over" : ""}`}
			onDragOver=${(/** @type {DragEvent} */ e) => { if (accepts(e)) { e.preventDefault(); setOver(true); } }} onDragLeave=${() => setOver(false)}
			onDrop=${(/** @type {DragEvent} */ e) => {
				if (!accepts(e)) return;
				e.preventDefault();
				setOver(false);
				onDrop?.(JSON.parse(e.dataTransfer?.getData(dragged) || "[]"), e.ctrlKey || e.altKey);
			}}>
		<a href=${href} aria-current=${on ? "true" : undefined} onClick=${() => select([])}>
			<${Icon} name=${icon} /><span class="name" dir="auto">${name}</span>
			${locked && html`<span class="lock" title=${t("contacts.readonly")}><${Icon} name="lock" /><span class="visually-hidden">${t("contacts.readonly")}</span></span>`}
			<small>${n}</small></a>
		${menu}
		${problem && html`<p class="problem">${problem}</p>`}
	</li>`;
}

/** @param {{b: import("../lib/store.js").Collection, on: boolean}} props */
function Book({ b, on }) {
	const fixed = isDirectory(b), error = troubles.value.get(b.href);
	const menu = html`<${Menu} label=${t("contacts.book.menu", { name: b.name })} items=${[
		b.may.properties && !fixed && { label: t("contacts.book.rename"), icon: "pencil", run: () => renameBook(b) },
		b.may.manage && !fixed && { label: t("contacts.book.share"), icon: "share-2", href: `/settings/calendars?href=${encodeURIComponent(b.href)}` },
		b.may.add && { label: t("contacts.import"), icon: "upload", href: `/import?into=${encodeURIComponent(b.href)}` },
		{ label: t("contacts.export.vcf"), icon: "download", run: () => download(`/api/export?href=${encodeURIComponent(b.href)}`) },
		{ label: t("contacts.export.csv"), icon: "download", run: () => download(`/api/export?href=${encodeURIComponent(b.href)}&as=csv`) },
		"line",
		{ label: fixed ? t("contacts.book.hide") : b.mine ? t("contacts.book.delete") : t("contacts.book.leave"), icon: fixed ? "eye-off" : "trash-2", danger: true, run: () => deleteBook(b, fixed) },
	]} />`;
	const drop = b.may.add ? (/** @type {string[]} */ hrefs, /** @type {boolean} */ copy) => {
		const from = hrefs.filter((h) => mayWrite(h));
		if (copy || from.length < hrefs.length) copyCards(hrefs, b.href);
		else moveCards(hrefs, b.href);
	} : undefined;
	return html`<${Row} href=${pathOf({ book: b.href, group: "", card: "" })} icon=${fixed ? "building-2" : "book-user"} name=${fixed ? t("contacts.directory") : b.name} n=${countOf(b.href)} on=${on}
		locked=${!b.may.write} problem=${error ? explain(error) : ""} menu=${menu} onDrop=${drop} />`;
}

/** @param {{g: import("./state.js").Group, on: boolean}} props */
function GroupRow({ g, on }) {
	const may = g.kind === "label" || mayWrite(g.href);
	const menu = may && html`<${Menu} label=${t("contacts.group.menu", { name: g.name })} items=${[
		{ label: t("contacts.group.members"), icon: "user-plus", run: () => chooseMembers(g) },
		{ label: t("contacts.group.rename"), icon: "pencil", run: () => renameGroup(g) },
		"line",
		{ label: t("contacts.group.delete"), icon: "trash-2", danger: true, run: () => deleteGroup(g) },
	]} />`;
	const drop = may ? (/** @type {string[]} */ hrefs) => {
		addTo(g, hrefs);
		announce(tn("contacts.group.added", hrefs.length, { group: g.name }));
	} : undefined;
	const here = g.kind === "label" ? g.uids.size : [...g.uids].length;
	return html`<${Row} href=${pathOf({ group: g.key, card: "" })} icon=${g.kind === "label" ? "tag" : "users"} name=${g.name} n=${here} on=${on} locked=${!may} menu=${menu} onDrop=${drop} />`;
}

/** Saves what a path of the server gives. @param {string} href */
export function download(href) {
	const a = document.createElement("a");
	a.href = href;
	a.download = "";
	document.body.append(a);
	a.click();
	a.remove();
}
