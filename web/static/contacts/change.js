// Changes of cards: shown at once, sent with If-Match, merged by property where somebody else was first, taken back by undo.
import { dav, DavError, get, move, newName, ok, put, remove } from "../lib/dav.js";
import { explain, listed, t, tn } from "../lib/i18n.js";
import { books } from "../lib/store.js";
import { done } from "../lib/undo.js";
import { choose } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";
import { bookOf, cardAt, groupCards, refresh, showNow } from "./cards.js";
import { bareUID, setMember } from "./group.js";
import { merge3 } from "./merge.js";
import { summaryOf } from "./summary.js";
import { Card } from "./vcard.js";

const type = "text/vcard; charset=utf-8";

/** @typedef {{text: string, etag: string}} Stored */

/** Tells that something was refused. @param {unknown} err */
export function tell(err) { toast(explain(err), { kind: "error" }); }

/** A card as it is stored. @param {string} href @returns {Promise<Stored>} */
export async function readCard(href) {
	const { data, etag } = await get(href);
	return { text: data, etag };
}

/** Marks when a card was changed, if it says so at all. @param {string} text */
function stamped(text) {
	const card = new Card(text), rev = card.first("REV");
	if (!rev) return text;
	const now = new Date().toISOString().replace(/\.\d+/, "");
	card.change(rev, card.version === "4.0" ? now.replace(/[-:]/g, "") : now);
	return card.toString();
}

/** @param {string} href @param {string} text @param {string} etag */
function show(href, text, etag) { showNow([{ href, book: bookOf(href), card: summaryOf(text, { href, book: bookOf(href), etag }) }]); }

/**
 * Puts a change of a card; merges it into what somebody else made of the card meanwhile, and asks where both changed the
 * same. Gives what is stored then; null where the person chose to leave it as the others have it.
 * @param {string} href @param {Stored} before @param {string} text @returns {Promise<Stored | null>}
 */
export async function write(href, before, text) {
	const was = cardAt(href);
	text = stamped(text);
	show(href, text, before.etag);
	try {
		let etag = before.etag;
		for (let tries = 0; ; tries++) {
			try {
				const answer = await put(href, text, { etag, type });
				show(href, text, answer.etag);
				return { text, etag: answer.etag };
			} catch (err) {
				if (!(err instanceof DavError) || err.status !== 412 || tries > 3) throw err;
				const theirs = await readCard(href);
				const merged = await merge(before.text, text, theirs.text);
				if (merged === null) {
					show(href, theirs.text, theirs.etag);
					return null;
				}
				[text, etag, before] = [merged, theirs.etag, theirs];
			}
		}
	} catch (err) {
		if (was) showNow([{ href, book: bookOf(href), card: was }]);
		refresh(bookOf(href), [href]).catch(() => {});
		throw err;
	}
}

/** @param {string} base @param {string} mine @param {string} theirs @returns {Promise<string | null>} */
async function merge(base, mine, theirs) {
	const merged = merge3(base, mine, theirs);
	if (merged.conflicts.length === 0) {
		toast(t("contacts.merged"));
		return merged.text;
	}
	const what = listed(merged.conflicts.map(propertyName));
	const answer = await choose({
		title: t("contacts.conflict"), text: t("contacts.conflict.text", { what }),
		choices: [
			{ label: t("contacts.conflict.mine"), hint: t("contacts.conflict.mine.hint", { what }), value: "mine", kind: "primary" },
			{ label: t("contacts.conflict.theirs"), hint: t("contacts.conflict.theirs.hint", { what }), value: "theirs" },
			{ label: t("contacts.conflict.drop"), value: "drop", kind: "danger" },
		],
	});
	if (answer === "mine") return merge3(base, mine, theirs, true).text;
	return answer === "theirs" ? merged.text : null;
}

/** What people call a property. @param {string} name of a vCard */
export function propertyName(name) {
	const key = `contacts.prop.${name}`, found = t(key);
	return found === key ? name : found;
}

/** Saves an edit, with undo. @param {string} href @param {Stored} before @param {string} text @param {string} label what was done */
export async function save(href, before, text, label) {
	if (text === before.text) return before;
	const after = await write(href, before, text);
	if (after) done(label, async () => { await write(href, after, before.text); });
	return after;
}

/** Makes a card; gives its href. @param {string} book @param {string} text @param {string} label */
export async function create(book, text, label) {
	const href = book + newName(".vcf");
	const { etag } = await put(href, text, { create: true, type });
	show(href, text, etag);
	done(label, async () => {
		await remove(href);
		showNow([{ href, book, card: null }]);
	});
	return href;
}

/** Does something for each, a few at a time; gives those that it was refused for. @template T @param {T[]} list @param {(x: T) => Promise<void>} f */
async function each(list, f) {
	/** @type {unknown[]} */
	const errors = [];
	const rest = [...list];
	await Promise.all(Array.from({ length: 6 }, async () => {
		for (let x = rest.shift(); x !== undefined; x = rest.shift()) {
			try {
				await f(x);
			} catch (err) {
				errors.push(err);
			}
		}
	}));
	if (errors.length > 0) tell(errors[0]);
	return errors.length;
}

/** Deletes cards and their places in groups, with undo. @param {string[]} hrefs @param {string} label */
export async function removeCards(hrefs, label) {
	/** @type {{href: string, text: string}[]} */
	const gone = [];
	const shown = hrefs.map((href) => ({ href, book: bookOf(href), card: cardAt(href) ?? null }));
	showNow(shown.map((s) => ({ ...s, card: null })));
	const failed = await each(shown, async ({ href, book, card }) => {
		try {
			const { text, etag } = await readCard(href);
			await remove(href, { etag });
			gone.push({ href, text });
		} catch (err) {
			showNow([{ href, book, card }]);
			throw err;
		}
	});
	if (gone.length === 0) return failed;
	const groups = await leaveGroups(shown.map((s) => s.card?.uid ?? ""));
	done(label, async () => {
		await each(gone, async ({ href, text }) => {
			const { etag } = await put(href, text, { create: true, type });
			show(href, text, etag);
		});
		for (const undo of groups) await undo();
	});
	return failed;
}

/** Takes cards out of the groups that list them; gives how to take that back. @param {string[]} uids */
async function leaveGroups(uids) {
	const bare = new Set(uids.map(bareUID).filter(Boolean));
	/** @type {(() => Promise<void>)[]} */
	const undo = [];
	for (const g of groupCards.value.filter((c) => mayWrite(c.href) && c.members.some((m) => bare.has(m)))) {
		try {
			const before = await readCard(g.href), card = new Card(before.text);
			for (const uid of bare) setMember(card, uid, false);
			const after = await write(g.href, before, card.toString());
			if (after) undo.push(async () => { await write(g.href, after, before.text); });
		} catch (err) {
			tell(err);
		}
	}
	return undo;
}

/** Edits several cards in one step that undo takes back. @param {string[]} hrefs @param {(card: Card, href: string) => void} edit @param {string} label */
export async function editCards(hrefs, edit, label) {
	/** @type {{href: string, before: Stored, after: Stored}[]} */
	const changed = [];
	await each(hrefs, async (href) => {
		const before = await readCard(href), card = new Card(before.text);
		edit(card, href);
		if (card.toString() === before.text) return;
		const after = await write(href, before, card.toString());
		if (after) changed.push({ href, before, after });
	});
	if (changed.length > 0) done(label, async () => { await each(changed, async ({ href, before, after }) => { await write(href, after, before.text); }); });
}

/** @param {string} href */
export function mayWrite(href) { return !!books.value.find((b) => b.href === bookOf(href))?.may.write; }

/** Moves cards to another book, with undo. @param {string[]} hrefs @param {string} book */
export async function moveCards(hrefs, book) {
	/** @type {{from: string, to: string}[]} */
	const moved = [];
	await each(hrefs.filter((h) => bookOf(h) !== book), async (from) => {
		const to = book + from.slice(from.lastIndexOf("/") + 1);
		await move(from, to);
		const card = cardAt(from);
		showNow([{ href: from, book: bookOf(from), card: null }, { href: to, book, card: card ? { ...card, href: to, book } : null }]);
		moved.push({ from, to });
	});
	if (moved.length === 0) return [];
	const name = books.value.find((b) => b.href === book)?.name ?? "";
	done(tn("contacts.moved", moved.length, { book: name }), async () => {
		await each(moved, async ({ from, to }) => {
			await move(to, from);
			const card = cardAt(to);
			showNow([{ href: to, book, card: null }, { href: from, book: bookOf(from), card: card ? { ...card, href: from, book: bookOf(from) } : null }]);
		});
	});
	return moved.map((m) => m.to);
}

/** Copies cards to another book, with undo. @param {string[]} hrefs @param {string} book */
export async function copyCards(hrefs, book) {
	/** @type {string[]} */
	const made = [];
	await each(hrefs, async (from) => {
		const to = book + newName(".vcf");
		await ok(await dav("COPY", from, { headers: { Destination: to, Overwrite: "F" } }), from);
		made.push(to);
	});
	if (made.length === 0) return [];
	await refresh(book, made);
	const name = books.value.find((b) => b.href === book)?.name ?? "";
	done(tn("contacts.copied", made.length, { book: name }), async () => {
		await each(made, (href) => remove(href));
		showNow(made.map((href) => ({ href, book, card: null })));
	});
	return made;
}
