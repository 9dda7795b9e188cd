// What can be done with one card or many.
import { t, tn } from "../lib/i18n.js";
import { choose } from "../ui/dialog.js";
import { IconButton } from "../ui/icon.js";
import { html } from "../vendor/preact.js";
import { cardAt, textsOf } from "./cards.js";
import { copyCards, mayWrite, moveCards, removeCards, tell } from "./change.js";
import { addTo, chooseGroups } from "./groups.js";
import { goTo, group, place, select, selected, selecting, writable } from "./state.js";
import { Menu } from "../ui/menu.js";

/** Deletes, with undo. @param {string[]} hrefs */
export async function removeWithUndo(hrefs) {
	const may = hrefs.filter(mayWrite);
	if (may.length === 0) return;
	const label = may.length === 1 ? t("contacts.deleted.one", { name: cardAt(may[0])?.name }) : tn("contacts.deleted", may.length);
	if (may.includes(place.value.card)) goTo({ card: "" }, { replace: true });
	await removeCards(may, label);
	select([]);
}

/** Asks for a book, and moves or copies there. @param {string[]} hrefs @param {"move" | "copy"} how */
export async function askBook(hrefs, how) {
	const from = new Set(hrefs.map((h) => cardAt(h)?.book));
	const to = await choose({
		title: tn(`contacts.${how}.to`, hrefs.length),
		choices: writable.value.filter((b) => from.size > 1 || !from.has(b.href)).map((b) => ({ label: b.name, value: b.href })),
		text: writable.value.some((b) => from.size > 1 || !from.has(b.href)) ? undefined : t("contacts.nobook"),
	});
	if (!to) return;
	try {
		const made = how === "move" ? await moveCards(hrefs.filter(mayWrite), to) : await copyCards(hrefs, to);
		if (how === "move" && hrefs.includes(place.value.card) && made[0]) goTo({ book: place.value.book ? to : "", group: "", card: made[0] }, { replace: true });
		select([]);
	} catch (err) {
		tell(err);
	}
}

/** Saves cards as one file. @param {string[]} hrefs */
export async function exportCards(hrefs) {
	try {
		const texts = [...(await textsOf(hrefs)).values()].map((s) => s.text.replace(/\s*$/, "\r\n"));
		const a = document.createElement("a");
		const name = hrefs.length === 1 ? cardAt(hrefs[0])?.name.replace(/[/\\:*?"<>|\p{Cc}]+/gu, " ").trim() : "";
		a.href = URL.createObjectURL(new Blob(texts, { type: "text/vcard" }));
		a.download = `${name || t("contacts.file")}.vcf`;
		document.body.append(a);
		a.click();
		a.remove();
		setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
	} catch (err) {
		tell(err);
	}
}

/** The bar over the list while something is selected. */
export function SelectionBar() {
	const hrefs = [...selected.value], may = hrefs.some(mayWrite), g = group.value;
	if (hrefs.length === 0 && !selecting.value) return null;
	const none = hrefs.length === 0;
	return html`<div class="selection" role="toolbar" aria-label=${t("contacts.selection")}>
		<${IconButton} icon="x" label=${t("contacts.select.none")} onClick=${() => { selecting.value = false; select([]); }} />
		<b>${tn("contacts.selected", hrefs.length)}</b><span class="spring"></span>
		<${IconButton} icon="users" label=${t("contacts.group.choose")} disabled=${none || !may} onClick=${() => chooseGroups(hrefs)} />
		<${IconButton} icon="trash-2" label=${t("ui.delete")} disabled=${none || !may} onClick=${() => removeWithUndo(hrefs)} />
		<${Menu} label=${t("contacts.selection")} items=${[
			g && { label: t("contacts.group.remove", { group: g.name }), icon: "x", disabled: none, run: () => addTo(g, hrefs, false) },
			{ label: t("contacts.move"), icon: "arrow-right", disabled: none || !may, run: () => askBook(hrefs, "move") },
			{ label: t("contacts.copy"), icon: "copy", disabled: none, run: () => askBook(hrefs, "copy") },
			{ label: t("contacts.export.some"), icon: "download", disabled: none, run: () => exportCards(hrefs) },
		]} />
	</div>`;
}
