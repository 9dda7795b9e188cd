// One card: all that is in it, in the order in which people ask for it.
import { html, useEffect, useState } from "../vendor/preact.js";
import { explain, t } from "../lib/i18n.js";
import { books } from "../lib/store.js";
import { day, dayText } from "../lib/time.js";
import { Icon, IconButton } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { toast } from "../ui/toast.js";
import { Avatar } from "./avatar.js";
import { bookOf, cardAt } from "./cards.js";
import { mayWrite, propertyName, readCard } from "./change.js";
import { ageOn } from "./dates.js";
import { formOf, kindOfLine, shown } from "./form.js";
import { chooseGroups, groupsOf } from "./groups.js";
import { isDirectory } from "./sidebar.js";
import { goTo, pathOf } from "./state.js";
import { askBook, exportCards, removeWithUndo } from "./selection.js";
import { Card, paramOf, preferred, typesOf, unescape } from "./vcard.js";

/** @typedef {import("./vcard.js").Line} Line */

/** Properties that have a place of their own on the card, or that no person wrote. */
const placed = new Set(["", "BEGIN", "END", "VERSION", "PRODID", "UID", "REV", "FN", "N", "NICKNAME", "ORG", "TITLE", "ROLE", "TEL", "EMAIL", "ADR", "URL", "IMPP",
	"BDAY", "ANNIVERSARY", "X-ANNIVERSARY", "X-ABDATE", "NOTE", "CATEGORIES", "PHOTO", "KIND", "X-ADDRESSBOOKSERVER-KIND", "MEMBER", "X-ADDRESSBOOKSERVER-MEMBER",
	"X-ABLABEL", "X-ABADR", "X-ABSHOWAS", "CALADRURI"]);

/** Reads a card, and again when it has changed. @param {string} href */
export function useCard(href) {
	const [state, setState] = useState(/** @type {{href: string, stored: import("./change.js").Stored | null, error: unknown}} */ ({ href: "", stored: null, error: null }));
	const etag = cardAt(href)?.etag;
	useEffect(() => {
		let on = true;
		if (href && etag === state.stored?.etag && state.href === href) return undefined;
		readCard(href).then((stored) => on && setState({ href, stored, error: null }), (error) => on && setState({ href, stored: null, error }));
		return () => { on = false; };
	}, [href, etag]);
	return state.href === href ? state : { href, stored: null, error: null };
}

/** @param {{href: string}} props */
export function Detail({ href }) {
	const { stored, error } = useCard(href), summary = cardAt(href);
	if (error) {
		const gone = /** @type {{status?: number}} */ (error).status === 404;
		return html`<div class="state"><${Icon} name=${gone ? "user" : "cloud-off"} /><h2>${gone ? t("contacts.gone") : t("state.broken")}</h2><p>${gone ? t("contacts.gone.text") : explain(error)}</p></div>`;
	}
	if (!stored || !summary) return html`<p class="loading" role="status">${t("state.loading")}</p>`;
	const card = new Card(stored.text), form = formOf(card), may = mayWrite(href);
	const book = books.value.find((b) => b.href === bookOf(href));
	const work = [[form.title, form.role].filter(Boolean).join(" · "), [form.org !== summary.name && form.org, form.unit].filter(Boolean).join(", ")].filter(Boolean);
	const mail = form.emails[0]?.value, phone = form.phones[0]?.value;
	return html`<article class="card" aria-labelledby="card-name">
		<div class="card-tools">
			<a class="icon-button narrow" href=${pathOf({ card: "" })} aria-label=${t("ui.back")}><${Icon} name="arrow-left" /></a><span class="spring"></span>
			${may && html`<button type="button" class="button" onClick=${() => goTo({ edit: true })}><${Icon} name="pencil" />${t("ui.edit")}</button>`}
			<${CardMenu} href=${href} may=${may} name=${summary.name} />
		</div>
		<header class="card-head"><${Avatar} card=${summary} large />
			<div><h2 id="card-name" dir="auto">${summary.name}</h2>
				${form.nickname && html`<p class="muted" dir="auto">“${form.nickname}”</p>`}
				${work.map((w) => html`<p class="muted" dir="auto">${w}</p>`)}</div></header>
		${(mail || phone) && html`<div class="card-actions">
			${mail && html`<a class="button" href=${mailto(mail)}><${Icon} name="mail" />${t("contacts.mail")}</a>`}
			${phone && tel(phone) && html`<a class="button" href=${tel(phone)}><${Icon} name="phone" />${t("contacts.call")}</a>`}
		</div>`}
		<dl class="facts">
			${card.all("TEL").map((l) => html`<${Fact} label=${kindText(card, l)} text=${shown(l)} href=${tel(shown(l))} star=${preferred(l)} />`)}
			${card.all("EMAIL").map((l) => html`<${Fact} label=${kindText(card, l)} text=${shown(l)} href=${mailto(shown(l))} star=${preferred(l)} />`)}
			${card.all("IMPP").map((l) => html`<${Fact} label=${kindText(card, l)} text=${unescape(l.value)} href=${safe(unescape(l.value), chats)} />`)}
			${form.places.filter((p) => p.parts.some(Boolean)).map((p) => html`<${Fact} label=${kindText(card, card.lines[p.at])} text=${addressLines(p.parts).join("\n")} />`)}
			${card.all("URL").map((l) => html`<${Fact} label=${kindText(card, l)} text=${unescape(l.value)} href=${safe(unescape(l.value), web)} />`)}
			${form.days.map((d) => html`<${Fact} label=${d.kind === "custom" ? d.label || t("contacts.kind.day") : t(`contacts.kind.${d.kind}`)} text=${d.date ? dateText(d.date) : d.text} more=${d.kind === "birthday" && d.date ? ageText(d.date) : ""} icon=${d.kind === "birthday" ? "cake" : ""} />`)}
			${card.all("NOTE").map((l) => html`<${Fact} label=${t("contacts.note")} text=${unescape(l.value)} />`)}
		</dl>
		<${Other} card=${card} />
		<footer class="card-foot">
			<p><${Icon} name=${book && isDirectory(book) ? "building-2" : "book-user"} /><span dir="auto">${book && isDirectory(book) ? t("contacts.directory") : book?.name}</span>${!may && html`<span class="chip"><${Icon} name="lock" />${t("contacts.readonly")}</span>`}</p>
			<p><${Icon} name="users" /><span class="chips">${groupsOf(summary).map((g) => html`<a class="chip" href=${pathOf({ group: g.key })} dir="auto">${g.name}</a>`)}
				${may && html`<button type="button" class="chip add" onClick=${() => chooseGroups([href])}><${Icon} name="plus" />${t("contacts.group.add")}</button>`}</span></p>
		</footer>
	</article>`;
}

/** @param {{href: string, may: boolean, name: string}} props */
function CardMenu({ href, may, name }) {
	return html`<${Menu} label=${t("contacts.menu", { name })} items=${[
		{ label: t("contacts.group.choose"), icon: "users", run: () => chooseGroups([href]), disabled: !may },
		may && { label: t("contacts.move"), icon: "arrow-right", run: () => askBook([href], "move") },
		{ label: t("contacts.copy"), icon: "copy", run: () => askBook([href], "copy") },
		{ label: t("contacts.export.one"), icon: "download", run: () => exportCards([href]) },
		may && "line",
		may && { label: t("ui.delete"), icon: "trash-2", danger: true, run: () => removeWithUndo([href]) },
	]} />`;
}

/** @param {{label: string, text: string, href?: string, star?: boolean, more?: string, icon?: string}} props */
function Fact({ label, text, href, star, more, icon }) {
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(text);
			toast(t("ui.copied"));
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
	};
	const out = href && /^https?:/.test(href) ? { target: "_blank", rel: "noopener noreferrer" } : {};
	return html`<div class="fact"><dt dir="auto">${label}${star && html`<span title=${t("contacts.preferred")}><${Icon} name="star" /><span class="visually-hidden">${t("contacts.preferred")}</span></span>`}</dt>
		<dd><span dir="auto" class="value">${href ? html`<a href=${href} ...${out}>${text}</a>` : text}${more && html`<small> ${icon && html`<${Icon} name=${icon} />`}${more}</small>`}</span>
			<${IconButton} icon="copy" class="copy" label=${t("contacts.copy.value", { what: text.length > 60 ? label : text })} onClick=${copy} /></dd></div>`;
}

/** What has no place of its own, so that nothing of a card is hidden. @param {{card: Card}} props */
function Other({ card }) {
	const lines = card.lines.filter((l) => !placed.has(l.name));
	if (lines.length === 0) return null;
	return html`<section class="other"><h3>${t("contacts.other")}</h3><dl class="facts">${lines.map((l) => html`<${Fact} label=${[propertyName(l.name), card.label(l) || typesOf(l).filter((x) => x !== "pref").join(", ")].filter(Boolean).join(" · ")} text=${otherText(l)} href=${safe(unescape(l.value), web)} />`)}</dl></section>`;
}

/** @param {Line} line */
function otherText(line) {
	const binary = /^b(ase64)?$/i.test(paramOf(line, "ENCODING")[0] ?? "") || /^data:/i.test(line.value);
	if (binary) return t("contacts.data", { size: Math.ceil((line.value.length * 3) / 4 / 1024) });
	return unescape(line.value).replace(/;+/g, "; ").replace(/^[; ]+|[; ]+$/g, "").slice(0, 2000);
}

/** @param {Card} card @param {Line} line */
function kindText(card, line) {
	const kind = kindOfLine(card, line), list = { TEL: "phone", EMAIL: "email", ADR: "place", URL: "url", IMPP: "chat" }[line.name];
	if (kind === "custom") return card.label(line);
	return kind === "other" ? t(`contacts.kind.${list}`) : t("contacts.kind.of", { what: t(`contacts.kind.${list}`), kind: t(`contacts.kind.${kind}`) });
}

/** The lines of an address as they stand on a letter; an order of its own is in no card. @param {string[]} parts of ADR (RFC 6350 §6.3.1) */
export function addressLines([box, extended, street, city, region, code, country]) {
	return [box, extended, ...street.split("\n"), [code, city].filter(Boolean).join(" "), region, country].map((l) => l?.trim()).filter(Boolean);
}

/** @param {import("./dates.js").CardDate} d */
function dateText({ y, m, d }) {
	const on = Temporal.PlainDate.from({ year: y ?? 2000, month: m, day: d });
	return dayText(on, y === null ? { day: "numeric", month: "long" } : { day: "numeric", month: "long", year: "numeric" });
}

/** @param {import("./dates.js").CardDate} date */
function ageText(date) {
	const age = ageOn(date, day());
	return age === null ? "" : t("contacts.age", { n: age });
}

const web = ["http:", "https:"], chats = ["xmpp:", "sip:", "sips:", "http:", "https:", "matrix:", "tel:", "mailto:"];

/** A link that does no harm; "" for what is none. @param {string} text @param {string[]} schemes */
function safe(text, schemes) {
	if (/\s/.test(text)) return "";
	try {
		const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : /^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(text) ? `https://${text}` : "");
		return schemes.includes(url.protocol) ? url.href : "";
	} catch {
		return "";
	}
}

/** @param {string} address */
export function mailto(address) { return `mailto:${encodeURIComponent(address).replace(/%40/g, "@")}`; }

/** @param {string} number */
function tel(number) {
	const digits = number.replace(/;.*$/, "").replace(/[^\d+*#]/g, "");
	return digits ? `tel:${digits.replace(/#/g, "%23")}` : "";
}

