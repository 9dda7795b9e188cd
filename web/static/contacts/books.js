// Making, renaming and deleting address books.
import { api } from "../lib/api.js";
import { makeCollection, remove } from "../lib/dav.js";
import { t } from "../lib/i18n.js";
import { session } from "../lib/settings.js";
import { changeCollection, loadHomes } from "../lib/store.js";
import { done } from "../lib/undo.js";
import { esc } from "../lib/xml.js";
import { askText } from "../ui/ask.js";
import { confirm } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";
import { loadBooks } from "./cards.js";
import { tell } from "./change.js";
import { goTo, place } from "./state.js";

/** @typedef {import("../lib/store.js").Collection} Collection */

/** Makes a book. */
export async function newBook() {
	const name = await askText({ title: t("contacts.book.new"), label: t("contacts.book.name"), yes: t("contacts.book.make") });
	if (!name) return;
	const href = `${session.value?.homes.addressBooks}${crypto.randomUUID()}/`;
	try {
		await makeCollection(href, "addressbook", `<D:displayname>${esc(name)}</D:displayname>`);
		await loadHomes();
		await loadBooks();
		goTo({ book: href, group: "", card: "" });
		done(t("contacts.book.made", { name }), async () => {
			await remove(href);
			await again();
		});
	} catch (err) {
		tell(err);
	}
}

/** Reads the books again, and goes where there is one. */
async function again() {
	await loadHomes();
	await loadBooks();
	goTo({ book: "", group: "", card: "" }, { replace: true });
}

/** @param {Collection} b */
export async function renameBook(b) {
	const name = await askText({ title: t("contacts.book.rename"), label: t("contacts.book.name"), value: b.name, yes: t("ui.save") });
	if (!name || name === b.name) return;
	try {
		await changeCollection(b, { name });
		done(t("contacts.book.renamed", { name }), () => changeCollection(b, { name: b.name }));
	} catch (err) {
		tell(err);
	}
}

/** Deletes a book into the trash, leaves one of somebody else, or hides the directory. @param {Collection} b @param {boolean} directory */
export async function deleteBook(b, directory) {
	const name = b.name, kind = directory ? "hide" : b.mine ? "delete" : "leave";
	if (!(await confirm({ title: t(`contacts.book.${kind}.ask`, { name }), text: t(`contacts.book.${kind}.text`), yes: t(`contacts.book.${kind}`), danger: true }))) return;
	try {
		await remove(b.href);
		await loadHomes();
		await loadBooks();
		if (place.value.book === b.href) goTo({ book: "", group: "", card: "" }, { replace: true });
		if (directory) done(t("contacts.book.hidden"), async () => { await makeCollection(b.href, "addressbook", ""); await again(); });
		else if (b.mine) done(t("contacts.book.deleted", { name }), () => restore(b));
		else toast(t("contacts.book.left", { name }));
	} catch (err) {
		tell(err);
	}
}

/** Brings a book back from the trash. @param {Collection} b */
async function restore(b) {
	const { items } = await api("GET", "trash");
	const found = items.filter((/** @type {any} */ i) => i.kind === "addressbook" && (i.href === b.href || i.title === b.name)).sort((/** @type {any} */ x, /** @type {any} */ y) => (x.deletedAt < y.deletedAt ? 1 : -1))[0];
	if (!found) throw new Error(t("contacts.book.gone"));
	await api("POST", `trash/${found.id}/restore`, {});
	await again();
}
