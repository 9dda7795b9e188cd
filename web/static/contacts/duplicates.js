// Cards that may be of one person: pairs with a reason, a merge that is looked at before it is done, and undo.
import { html, signal, useMemo, useState } from "../vendor/preact.js";
import { dav, ok, put, remove } from "../lib/dav.js";
import { t, tn } from "../lib/i18n.js";
import { recall, remember } from "../lib/settings.js";
import { done } from "../lib/undo.js";
import { Dialog, modal } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { Avatar } from "./avatar.js";
import { bookOf, cardAt, everybody, groupCards, loading, refresh, showNow } from "./cards.js";
import { mayWrite, propertyName, readCard, tell, write } from "./change.js";
import { bareUID, setMember } from "./group.js";
import { pairKey, pairs } from "./match.js";
import { fieldsOf, mergeTwo } from "./merge.js";
import { pathOf } from "./state.js";
import { summaryOf } from "./summary.js";
import { Card, paramOf, parts, unescape } from "./vcard.js";

/** @typedef {import("./summary.js").Summary} Summary @typedef {import("./vcard.js").Line} Line */

/** Pairs that somebody has told apart, on this device. @type {import("../vendor/preact.js").Signal<string[]>} */
const apart = signal(recall("contacts.apart", []));

/** @param {string[]} keys */
function setApart(keys) {
	apart.value = keys.slice(-2000);
	remember("contacts.apart", apart.value);
}

/** How many pairs are shown at first. */
const atOnce = 50;

export default function Duplicates() {
	const [more, setMore] = useState(atOnce);
	const all = everybody.value;
	const found = useMemo(() => pairs(all.map((e) => e.card).filter((c) => mayWrite(c.href)), new Set(apart.value)), [all, apart.value]);
	return html`<header class="head"><a class="icon-button" href=${pathOf({ card: "" })} aria-label=${t("ui.back")}><${Icon} name="arrow-left" /></a><h2>${t("contacts.duplicates")}</h2></header>
		<div class="page">
			${loading.value ? html`<p class="loading" role="status">${t("state.loading")}</p>` : html`
			<p class="muted" role="status">${found.length === 0 ? t("contacts.dup.none") : tn("contacts.dup.found", found.length)}</p>
			<ul class="pairs">${found.slice(0, more).map((p) => html`<${PairRow} key=${pairKey(p.a, p.b)} a=${p.a} b=${p.b} reasons=${p.reasons} />`)}</ul>
			${found.length > more && html`<button type="button" class="button" onClick=${() => setMore(more + atOnce)}>${t("contacts.more", { n: found.length - more })}</button>`}
			${apart.value.length > 0 && html`<p class="muted apart">${tn("contacts.dup.apart", apart.value.length)} <button type="button" class="button quiet" onClick=${() => setApart([])}>${t("contacts.dup.apart.forget")}</button></p>`}`}
		</div>`;
}

/** @param {{a: any, b: any, reasons: {kind: string, value: string}[]}} props */
function PairRow({ a, b, reasons }) {
	const notSame = () => {
		const key = pairKey(a, b);
		setApart([...apart.value, key]);
		done(t("contacts.dup.told", { a: a.name, b: b.name }), async () => setApart(apart.value.filter((k) => k !== key)));
	};
	return html`<li class="twins">
		<div class="two">${[a, b].map((c) => html`<a href=${pathOf({ card: c.href, book: "", group: "" })}><${Avatar} card=${c} /><span class="who"><b dir="auto">${c.name}</b><small dir="auto">${[c.emails[0], c.phones[0]].filter(Boolean).join(" · ")}</small></span></a>`)}</div>
		<p class="why">${reasons.map((r) => html`<span class="chip">${t(`contacts.dup.reason.${r.kind}`)}</span>`)}</p>
		<div class="buttons"><button type="button" class="button quiet" onClick=${notSame}>${t("contacts.dup.different")}</button><button type="button" class="button" onClick=${() => openMerge(a, b)}><${Icon} name="merge" />${t("contacts.dup.merge")}</button></div>
	</li>`;
}

/** Shows both cards side by side, and merges them as is chosen. @param {Summary} a @param {Summary} b */
async function openMerge(a, b) {
	try {
		const one = await readCard(a.href), two = await readCard(b.href);
		const left = new Card(one.text);
		// A card of the other version is taken as the server converts it (RFC 6352 §5.1.1).
		const other = new Card(two.text).version === left.version ? two.text
			: await (await ok(await dav("GET", b.href, { headers: { Accept: `text/vcard; version=${left.version}` } }), b.href)).text();
		const right = new Card(other);
		const text = await modal((/** @type {(x: string | null) => void} */ close) => html`<${Merge} a=${left} b=${right} close=${close} />`);
		if (text) await mergeCards(a, one, b, two, text);
	} catch (err) {
		tell(err);
	}
}

/**
 * Stores the merged card in place of the first, deletes the second, and puts the first where the second was in groups.
 * @param {Summary} a @param {import("./change.js").Stored} one @param {Summary} b @param {import("./change.js").Stored} two @param {string} text
 */
async function mergeCards(a, one, b, two, text) {
	const after = await write(a.href, one, text);
	if (!after) return;
	const undo = [async () => { await write(a.href, after, one.text); }];
	try {
		await remove(b.href, { etag: two.etag });
	} catch (err) {
		await undo[0](); // half a merge is none
		throw err;
	}
	showNow([{ href: b.href, book: bookOf(b.href), card: null }]);
	undo.push(async () => {
		const { etag } = await put(b.href, two.text, { create: true, type: "text/vcard; charset=utf-8" });
		showNow([{ href: b.href, book: bookOf(b.href), card: summaryOf(two.text, { href: b.href, book: bookOf(b.href), etag }) }]);
	});
	const uid = bareUID(b.uid);
	for (const g of groupCards.value.filter((c) => mayWrite(c.href) && c.members.includes(uid))) {
		const before = await readCard(g.href), list = new Card(before.text);
		if (g.book === bookOf(a.href)) setMember(list, a.uid, true);
		setMember(list, b.uid, false);
		const now = await write(g.href, before, list.toString());
		if (now) undo.push(async () => { await write(g.href, now, before.text); });
	}
	done(t("contacts.dup.merged", { name: cardAt(a.href)?.name ?? a.name }), async () => {
		for (const step of [...undo].reverse()) await step();
		await refresh(bookOf(a.href), [a.href]);
	});
}

/** @param {{a: Card, b: Card, close: (text: string | null) => void}} props */
function Merge({ a, b, close }) {
	const fields = useMemo(() => fieldsOf(a, b), []);
	// Of a choice the left stays, unless it has nothing; of lists everything stays.
	const [leave, setLeave] = useState(() => /** @type {Set<Line>} */ (new Set()));
	const [bring, setBring] = useState(() => new Set(fields.flatMap((f) => (!f.one || f.left.length === 0 ? f.right : []))));
	const differing = fields.filter((f) => f.right.length > 0), same = fields.filter((f) => f.right.length === 0);
	const pick = (/** @type {import("./merge.js").Field} */ f, /** @type {boolean} */ right) => {
		const l = new Set(leave), br = new Set(bring);
		for (const x of f.left) if (right) l.add(x); else l.delete(x);
		for (const x of f.right) if (right) br.add(x); else br.delete(x);
		setLeave(l);
		setBring(br);
	};
	const toggle = (/** @type {Line} */ line, /** @type {boolean} */ right) => {
		const next = new Set(right ? bring : leave);
		if (!next.delete(line)) next.add(line);
		(right ? setBring : setLeave)(next);
	};
	const text = mergeTwo(a, b, leave, bring), outcome = new Card(text);
	return html`<${Dialog} title=${t("contacts.dup.merge.title")} class="merge" onClose=${() => close(null)} footer=${html`
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" class="button primary" onClick=${() => close(text)}>${t("contacts.dup.merge")}</button>`}>
		<p class="muted">${t("contacts.dup.merge.text")}</p>
		${differing.map((f) => html`<fieldset key=${f.name} class="merge-field"><legend>${propertyName(f.name)}</legend>
			${f.one && f.left.length > 0 ? html`<div class="two">
				<label class="card-choice"><input type="radio" name=${`m-${f.name}`} checked=${!bring.has(f.right[0])} onChange=${() => pick(f, false)} /><span dir="auto">${f.left.map(lineText).join("\n")}</span></label>
				<label class="card-choice"><input type="radio" name=${`m-${f.name}`} checked=${bring.has(f.right[0])} onChange=${() => pick(f, true)} /><span dir="auto">${f.right.map(lineText).join("\n")}</span></label></div>`
			: html`<div class="two"><div>${f.left.map((l) => html`<label class="card-choice"><input type="checkbox" checked=${!leave.has(l)} onChange=${() => toggle(l, false)} /><span dir="auto">${lineText(l)}</span></label>`)}</div>
				<div>${f.right.map((l) => html`<label class="card-choice"><input type="checkbox" checked=${bring.has(l)} onChange=${() => toggle(l, true)} /><span dir="auto">${lineText(l)}</span></label>`)}</div></div>`}
		</fieldset>`)}
		<section class="merge-result" aria-label=${t("contacts.dup.result")}><h3>${t("contacts.dup.result")}</h3>
			<p><b dir="auto">${outcome.text("FN")}</b></p>
			<dl>${fieldsOf(outcome, outcome).filter((f) => f.name !== "FN" && f.name !== "N").map((f) => html`<div><dt>${propertyName(f.name)}</dt><dd dir="auto">${f.left.map(lineText).join(" · ")}</dd></div>`)}</dl>
			${same.length > 0 && html`<p class="hint">${t("contacts.dup.same")}</p>`}</section>
	<//>`;
}

/** @param {Line} line */
function lineText(line) {
	if (/^b(ase64)?$/i.test(paramOf(line, "ENCODING")[0] ?? "") || /^data:/i.test(line.value)) return t("contacts.data", { size: Math.ceil((line.value.length * 3) / 4 / 1024) });
	if (line.name === "N") return parts(line.value, ";").map(unescape).filter(Boolean).join(", ");
	return unescape(line.value).replace(/^(tel|mailto):/i, "").replace(/;+/g, "; ").replace(/^[; ]+|[; ]+$/g, "");
}

