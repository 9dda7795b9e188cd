// Making, renaming and deleting address books.
import { makeCollection, remove } from "../lib/dav.js";
import { t } from "../lib/i18n.js";
import { session } from "../lib/settings.js";
import { changeCollection } from "../lib/collection.js";
import { loadHomes } from "../lib/store.js";
import { done } from "../lib/undo.js";
import { esc } from "../lib/xml.js";
import { end } from "../sharing/end.js";
import { askText } from "../ui/ask.js";
import { confirm } from "../ui/dialog.js";
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
		const back = await end(b);
		await loadBooks();
		if (place.value.book === b.href) goTo({ book: "", group: "", card: "" }, { replace: true });
		done(t(directory ? "contacts.book.hidden" : b.mine ? "contacts.book.deleted" : "contacts.book.left", { name }), async () => {
			await (directory ? makeCollection(b.href, "addressbook", "") : back());
			await again();
		});
	} catch (err) {
		tell(err);
	}
}
