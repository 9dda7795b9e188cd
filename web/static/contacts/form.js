// What people see and edit of a card, and how that goes back into its lines. Nothing here knows of the page.
import { readDate, writeDate } from "./dates.js";
import { categoriesOf, setCategories } from "./group.js";
import { escape, parts, typesOf, unescape, withParts } from "./vcard.js";

/**
 * @typedef {import("./vcard.js").Card} Card
 * @typedef {import("./vcard.js").Line} Line
 * @typedef {{at: number, value: string, kind: string, label: string}} Item at: its line in the card, -1 of a new one
 * @typedef {{at: number, parts: string[], kind: string, label: string}} Place parts: those of ADR
 * @typedef {{at: number, date: import("./dates.js").CardDate | null, text: string, kind: string, label: string}} Day text: as it stands where it is no date
 * @typedef {object} Form
 * @property {string} prefix @property {string} given @property {string} middle @property {string} family @property {string} suffix
 * @property {string} fn @property {string} nickname @property {string} org @property {string} unit @property {string} title @property {string} role
 * @property {Item[]} phones @property {Item[]} emails @property {Item[]} urls @property {Item[]} chats @property {Place[]} places @property {Day[]} days
 * @property {string} note @property {string[]} labels @property {{kind: string, base64: string} | null | undefined} photo null: none; undefined: as it is
 */

/** Kinds to choose from; "custom" has a label of its own. */
export const kinds = {
	phones: ["mobile", "home", "work", "main", "homefax", "workfax", "pager", "other", "custom"],
	emails: ["home", "work", "other", "custom"], urls: ["home", "work", "other", "custom"], chats: ["home", "work", "other", "custom"],
	places: ["home", "work", "other", "custom"], days: ["birthday", "anniversary", "custom"],
};

const names = { phones: "TEL", emails: "EMAIL", urls: "URL", chats: "IMPP" };

/** TYPE values that tell a kind; all others of a line stay. */
const telling = ["home", "work", "cell", "iphone", "main", "fax", "pager"];
/** @type {Record<string, string[]>} */
const types = { mobile: ["cell"], home: ["home"], work: ["work"], main: ["main"], homefax: ["home", "fax"], workfax: ["work", "fax"], pager: ["pager"], other: [], custom: [] };

/** @param {Card} card @param {Line} line */
export function kindOfLine(card, line) {
	const label = card.label(line), t = typesOf(line);
	const own = /^(home|work|mobile|main|pager|other)$/i.exec(label);
	if (own) return own[1].toLowerCase();
	if (label) return "custom";
	if (t.includes("fax")) return t.includes("home") ? "homefax" : "workfax";
	if (t.includes("cell") || t.includes("iphone")) return "mobile";
	return ["pager", "main", "home", "work"].find((k) => t.includes(k)) ?? "other";
}

/** What a line says for people: a tel: or mailto: URI without its scheme. @param {Line} line */
export function shown(line) { return unescape(line.value).replace(/^(tel|mailto):/i, "").trim(); }

/** The name that N makes. @param {{prefix: string, given: string, middle: string, family: string, suffix: string}} n */
export function joined(n) { return [n.prefix, n.given, n.middle, n.family, n.suffix].map((x) => x.trim()).filter(Boolean).join(" "); }

/** @param {Card} card @returns {Form} */
export function formOf(card) {
	const n = parts(card.first("N")?.value ?? "", ";").map(unescape);
	const org = parts(card.first("ORG")?.value ?? "", ";").map(unescape);
	const at = (/** @type {Line} */ l) => card.lines.indexOf(l);
	const items = (/** @type {string} */ name) => card.all(name).map((l) => ({ at: at(l), value: shown(l), kind: kindOfLine(card, l), label: card.label(l) }));
	return {
		family: n[0] ?? "", given: n[1] ?? "", middle: n[2] ?? "", prefix: n[3] ?? "", suffix: n[4] ?? "",
		fn: card.text("FN").trim(), nickname: card.text("NICKNAME"), org: org[0] ?? "", unit: org[1] ?? "",
		title: card.text("TITLE"), role: card.text("ROLE"),
		phones: items("TEL"), emails: items("EMAIL"), urls: items("URL"), chats: items("IMPP"),
		places: card.all("ADR").map((l) => ({ at: at(l), parts: pad(parts(l.value, ";").map(unescape)), kind: kindOfLine(card, l), label: card.label(l) })),
		days: card.all("BDAY", "ANNIVERSARY", "X-ANNIVERSARY", "X-ABDATE").map((l) => {
			const date = readDate(l), label = card.label(l);
			const kind = l.name === "BDAY" ? "birthday" : l.name !== "X-ABDATE" || /^anniversary$/i.test(label) ? "anniversary" : "custom";
			return { at: at(l), date, text: date ? "" : unescape(l.value), kind, label };
		}),
		note: card.text("NOTE"), labels: categoriesOf(card), photo: undefined,
	};
}

/** @param {string[]} list */
function pad(list) { return [...list, "", "", "", "", "", "", ""].slice(0, 7); }

/**
 * Writes a form into its card; what is as it was stays byte for byte. @param {Card} card the card the form was made of @param {Form} form
 */
export function applyForm(card, form) {
	const before = formOf(card), lines = [...card.lines];
	applyName(card, before, form);
	for (const name of /** @type {const} */ (["phones", "emails", "urls", "chats"])) {
		applyList(card, lines, before[name], form[name].filter((i) => i.value.trim()), (old, item, was) => {
			const line = old ?? card.add(names[name], "");
			if (was?.value !== item.value) changeText(card, line, item.value.trim());
			setKind(card, line, item, was);
		});
	}
	applyList(card, lines, before.places, form.places.filter((p) => p.parts.some((x) => x.trim())), (old, place, was) => {
		const line = old ?? card.add("ADR", ";;;;;;");
		card.change(line, withParts(line.value, place.parts));
		setKind(card, line, place, was);
	});
	applyDays(card, lines, before, form);
	applyText(card, "NOTE", before.note, form.note);
	if (form.labels.join("\n") !== before.labels.join("\n")) setCategories(card, form.labels);
	if (form.photo !== undefined) setPhoto(card, form.photo);
}

/** @param {Card} card @param {Form} before @param {Form} form */
function applyName(card, before, form) {
	const names = [form.family, form.given, form.middle, form.prefix, form.suffix], had = [before.family, before.given, before.middle, before.prefix, before.suffix];
	if (names.join("\n") !== had.join("\n")) {
		const n = card.first("N") ?? card.add("N", ";;;;");
		card.change(n, withParts(n.value, names));
	}
	// FN follows N as long as nobody has written another one.
	const follows = form.fn === before.fn && (before.fn === joined(before) || before.fn === "" || (joined(before) === "" && before.fn === before.org));
	const fn = (follows ? joined(form) || form.org : form.fn).trim() || joined(form) || form.org || form.nickname || form.emails[0]?.value || form.phones[0]?.value || "?";
	applyText(card, "FN", before.fn, fn);
	applyText(card, "NICKNAME", before.nickname, form.nickname);
	if (form.org !== before.org || form.unit !== before.unit) {
		const line = card.first("ORG");
		if (!form.org && !form.unit) { if (line) card.drop(line); } else if (line) card.change(line, withParts(line.value, form.unit || before.unit ? [form.org, form.unit] : [form.org]));
		else card.add("ORG", [form.org, ...(form.unit ? [form.unit] : [])].map(escape).join(";"));
	}
	applyText(card, "TITLE", before.title, form.title);
	applyText(card, "ROLE", before.role, form.role);
}

/** @param {Card} card @param {string} name @param {string} was @param {string} now */
function applyText(card, name, was, now) {
	if (was === now) return;
	const line = card.first(name);
	if (!now.trim()) { if (line) card.drop(line); } else if (line) card.change(line, escape(now));
	else card.add(name, escape(now));
}

/**
 * @template {{at: number}} T @param {Card} card @param {Line[]} lines as they were numbered @param {T[]} before @param {T[]} now
 * @param {(line: Line | null, item: T, was: T | undefined) => void} write
 */
function applyList(card, lines, before, now, write) {
	for (const b of before) if (!now.some((n) => n.at === b.at)) card.drop(lines[b.at]);
	for (const item of now) write(item.at < 0 ? null : lines[item.at], item, before.find((b) => b.at === item.at && b.at >= 0));
}

/** Sets the value of a line that may be a URI (RFC 6350 §6.4.1). @param {Card} card @param {Line} line @param {string} text */
function changeText(card, line, text) {
	const scheme = /^(tel|mailto):/i.exec(line.value)?.[0];
	if (!scheme) return card.change(line, line.name === "URL" || line.name === "IMPP" ? text.replace(/\s/g, "%20") : escape(text));
	if (/^\+?[\d\s()./-]+$/.test(text) || scheme.toLowerCase() === "mailto:") return card.change(line, scheme + text.trim().replace(/[\s()/]+/g, "-"));
	card.setParam(line, "VALUE", []);
	card.change(line, escape(text));
}

/**
 * @param {Card} card @param {Line} line @param {{kind: string, label: string}} item @param {{kind: string, label: string} | undefined} was
 */
function setKind(card, line, item, was) {
	if (was && was.kind === item.kind && was.label === item.label) return;
	if (!was || was.kind !== item.kind) {
		const rest = typesOf(line).filter((t) => !telling.includes(t));
		const upper = card.version !== "4.0" && (line.params.length === 0 || line.params.some((p) => p.name === "TYPE" && p.values.some((v) => v === v.toUpperCase())));
		const all = [...(types[item.kind] ?? []), ...rest];
		card.setParam(line, "TYPE", all.map((t) => (upper ? t.toUpperCase() : t)));
	}
	card.setLabel(line, item.kind === "custom" ? item.label.trim() : "");
}

/** @param {Card} card @param {Line[]} lines @param {Form} before @param {Form} form */
function applyDays(card, lines, before, form) {
	applyList(card, lines, before.days, form.days.filter((d) => d.date || d.text.trim()), (old, day, was) => {
		const unchanged = was && JSON.stringify(was) === JSON.stringify(day);
		if (unchanged || !day.date) return;
		let line = old;
		if (line && was && was.kind !== day.kind) { // another kind of day is another property
			card.drop(line);
			line = null;
		}
		line ??= card.add(day.kind === "birthday" ? "BDAY" : day.kind === "anniversary" && card.version === "4.0" ? "ANNIVERSARY" : "X-ABDATE", "");
		const { value, omit } = writeDate(day.date, card.version);
		card.change(line, value);
		card.setParam(line, "X-APPLE-OMIT-YEAR", omit);
		const kind = line.params.find((p) => p.name === "VALUE")?.values[0]?.toLowerCase();
		if (kind && kind !== "date") card.setParam(line, "VALUE", []);
		if (line.name === "X-ABDATE") card.setLabel(line, day.kind === "anniversary" ? "_$!<Anniversary>!$_" : day.label.trim());
	});
}

/** @param {Card} card @param {{kind: string, base64: string} | null} photo kind: "jpeg" or "png" */
export function setPhoto(card, photo) {
	for (const l of card.all("PHOTO")) card.drop(l);
	if (!photo) return;
	if (card.version === "4.0") card.add("PHOTO", `data:image/${photo.kind};base64,${photo.base64}`); // RFC 6350 §6.2.4
	else card.add("PHOTO", photo.base64, { ENCODING: ["b"], TYPE: [photo.kind.toUpperCase()] }); // RFC 2426 §3.1.4
}
