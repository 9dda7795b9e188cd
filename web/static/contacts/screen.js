// Contacts: address books and groups, the list, one card. On a phone one of them at a time.
import { effect, html, untracked, useEffect, useLayoutEffect } from "../vendor/preact.js";
import { t, tn } from "../lib/i18n.js";
import { shortcuts } from "../lib/keys.js";
import { route } from "../lib/router.js";
import { books } from "../lib/store.js";
import { Icon, IconButton } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { loadBooks, follow, loading, setSortBy, sortBy } from "./cards.js";
import { mayWrite } from "./change.js";
import { Detail } from "./detail.js";
import Duplicates from "./duplicates.js";
import { Editor } from "./edit.js";
import { People } from "./list.js";
import { removeWithUndo, SelectionBar } from "./selection.js";
import { isDirectory, Sidebar } from "./sidebar.js";
import { bookForNew, goTo, group, pathOf, place, query, selected, selecting, visible } from "./state.js";

// As soon as the books are known, while the page is drawn.
effect(() => { if (books.value.length > 0) untracked(loadBooks); });

export default function Contacts() {
	useEffect(follow, []);
	const all = books.value.map((b) => b.href).join(" ");
	useEffect(() => { loadBooks(); }, [all]);
	const duplicates = route.value.parts[0] === "duplicates";
	useLayoutEffect(() => (duplicates ? undefined : shortcuts(keys())), [duplicates]);
	useEffect(() => () => { query.value = ""; }, []);
	const { card, edit, pane } = place.value;
	const shown = duplicates || card ? "card" : pane === "books" ? "books" : "list";
	return html`<div class="contacts" data-pane=${shown}><h1 class="visually-hidden">${t("contacts.title")}</h1>
		<section class="contacts-side" aria-label=${t("contacts.books")}>
			<header><h2>${t("contacts.title")}</h2><a class="icon-button narrow" href=${pathOf({ pane: "" })} aria-label=${t("ui.close")}><${Icon} name="x" /></a></header>
			<${Sidebar} />
		</section>
		${duplicates ? html`<section class="contacts-duplicates" aria-label=${t("contacts.duplicates")}><${Duplicates} /></section>` : html`
		<section class="contacts-list" aria-label=${t("contacts.list")}><${Listing} /></section>
		<section class="contacts-card" aria-label=${t("contacts.card")}>${
			card === "new" ? html`<${Editor} key="new" href="" />` : card && edit && mayWrite(card) ? html`<${Editor} key=${card} href=${card} />`
			: card ? html`<${Detail} key=${card} href=${card} />`
			: html`<div class="state"><${Icon} name="user" /><p>${t("contacts.choose")}</p></div>`}</section>`}
	</div>`;
}

function Listing() {
	const { book, card } = place.value, g = group.value;
	const found = books.value.find((b) => b.href === book);
	const title = g ? g.name : found ? (isDirectory(found) ? t("contacts.directory") : found.name) : t("contacts.all");
	const open = (/** @type {string} */ href) => goTo({ card: href });
	const removeOne = () => {
		const hrefs = selected.value.size > 0 ? [...selected.value] : [document.activeElement?.getAttribute("data-href") ?? ""];
		removeWithUndo(hrefs.filter(Boolean));
	};
	const none = visible.value.length === 0;
	return html`<header class="list-head">
			<a class="icon-button narrow" href=${pathOf({ pane: "books", card: "" })} aria-label=${t("contacts.books")}><${Icon} name="menu" /></a>
			<h2 dir="auto">${title}</h2><span class="spring"></span>
			<${Menu} label=${t("contacts.list.menu")} items=${[
				{ label: t("contacts.select"), icon: "check-square", run: () => { selecting.value = true; } },
				"line",
				{ label: t("contacts.sort.given"), checked: sortBy.value === "given", run: () => setSortBy("given") },
				{ label: t("contacts.sort.family"), checked: sortBy.value === "family", run: () => setSortBy("family") },
			]} />
			<${IconButton} icon="user-plus" class="primary" label=${t("contacts.new")} disabled=${!bookForNew.value} onClick=${() => goTo({ card: "new" })} />
		</header>
		<div class="list-search"><${Icon} name="search" /><input type="search" id="contacts-search" aria-label=${t("contacts.search")} placeholder=${t("contacts.search")} value=${query.value}
			onInput=${(/** @type {any} */ e) => { query.value = e.target.value; }} onKeyDown=${(/** @type {KeyboardEvent} */ e) => {
				if (e.key === "ArrowDown" || e.key === "Enter") {
					e.preventDefault();
					/** @type {HTMLElement | null} */ (document.querySelector('.person[tabindex="0"]'))?.focus();
				} else if (e.key === "Escape") query.value = "";
			}} /></div>
		<${SelectionBar} />
		<p class="visually-hidden" role="status">${query.value ? tn("contacts.found", visible.value.length) : ""}</p>
		${none ? html`<${Nobody} />` : html`<${People} entries=${visible.value} current=${card} label=${title} onOpen=${open} onDelete=${removeOne} />`}`;
}

/** A list without anybody in it says why, and what can be done. */
function Nobody() {
	if (loading.value) return html`<p class="loading" role="status">${t("state.loading")}</p>`;
	if (query.value) return html`<div class="state"><${Icon} name="search" /><p>${t("contacts.nothing", { what: query.value })}</p><button type="button" class="button" onClick=${() => { query.value = ""; }}>${t("contacts.search.clear")}</button></div>`;
	const into = bookForNew.value;
	return html`<div class="state"><${Icon} name="users" /><h2>${t("contacts.empty")}</h2><p>${into ? t("contacts.empty.text") : t("state.readonly")}</p>
		${into && html`<button type="button" class="button primary" onClick=${() => goTo({ card: "new" })}>${t("contacts.new")}</button>
		<a class="button" href=${`/import?into=${encodeURIComponent(into.href)}`}>${t("contacts.import")}</a>`}</div>`;
}

const keys = () => [
	{ key: "c", label: t("contacts.new"), run: () => { if (bookForNew.value) goTo({ card: "new" }); } },
	{ key: "e", label: t("contacts.keys.edit"), run: () => goTo({ edit: true }), when: () => !!place.value.card && place.value.card !== "new" },
	{ key: "/", label: t("contacts.search"), run: () => document.getElementById("contacts-search")?.focus() },
	{ key: "Delete", label: t("contacts.keys.delete"), run: () => { removeWithUndo(selected.value.size > 0 ? [...selected.value] : [place.value.card]); }, when: () => selected.value.size > 0 || !!place.value.card },
];
