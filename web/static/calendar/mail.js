// Who hears of a change, said before it is made (POST /api/preview is a dry run of the write).
import { html } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { listed, t, tn } from "../lib/i18n.js";
import { Dialog, modal } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";

/**
 * @typedef {object} Mail
 * @property {string} address @property {string} [name] @property {boolean} local on this server @property {string} why
 * @property {boolean} [reached] @property {string} [code] why not
 */

/**
 * Whom a write would tell. @param {{href: string, ifMatch?: string, data: string | null, newName?: string, newData?: string}} write
 * @param {AbortSignal} [signal] @returns {Promise<Mail[]>}
 */
export async function toldBy(write, signal) {
	return (await api("POST", "preview", write, { signal })).mails;
}

/** @param {Mail} m */
const reached = (m) => m.reached !== false;

/** People in few words: names, or how many. @param {Mail[]} list */
function who(list) {
	return list.length <= 2 ? listed(list.map((m) => m.name || m.address)) : tn("event.mail.people", list.length);
}

/** Sentences that say who is told what. @param {Mail[]} mails @returns {string[]} */
export function mailLines(mails) {
	const lines = [];
	for (const why of ["invited", "time changed", "changed", "removed", "cancelled", "reply"]) {
		const list = mails.filter((m) => m.why === why && reached(m));
		if (list.length === 0) continue;
		const outside = list.filter((m) => !m.local).length;
		const how = outside === 0 ? "told" : outside === list.length ? "mailed" : "both";
		lines.push(t(`event.mail.${why === "invited" ? `invite.${how}` : how}`, { who: who(list), why: t(`event.mail.why.${why.replace(" ", "-")}`), n: outside }));
	}
	for (const code of ["nobody", "refused", "no-mail", "over", "failed"]) {
		const lost = mails.filter((m) => !reached(m) && m.code === code);
		if (lost.length > 0) lines.push(t(`event.mail.lost.${code}`, { who: listed(lost.map((m) => m.address)) }));
	}
	return lines;
}

/** What the button that saves says. @param {Mail[]} mails */
export function saveLabel(mails) {
	const invited = mails.filter((m) => m.why === "invited" && reached(m)).length;
	const told = mails.filter((m) => m.why !== "invited" && reached(m)).length;
	if (invited > 0 && told > 0) return t("event.save.both", { invited, told });
	if (invited > 0) return t("event.save.invite", { n: invited });
	return told > 0 ? t("event.save.notify", { n: told }) : t("ui.save");
}

/** The line beside the button. @param {{mails: Mail[]}} props */
export function MailLine({ mails }) {
	const lines = mailLines(mails);
	return html`<p class="mail-line" role="status">${lines.length > 0 && html`<${Icon} name="send" /><span>${lines.map((l) => html`<span dir="auto">${l}</span> `)}</span>`}</p>`;
}

/**
 * Asks before people are told of what nothing has said yet: of a change without a form, or because the form has changed since
 * its line was made. That somebody cannot be reached is worth asking where they are invited.
 * @param {string} title what is changed @param {Mail[]} mails @param {Mail[]} [said] what a form said @returns {Promise<boolean>}
 */
export async function askMail(title, mails, said = []) {
	const known = new Set(said.map((m) => `${m.address} ${m.why}`));
	if (!mails.some((m) => !known.has(`${m.address} ${m.why}`) && (reached(m) || m.why === "invited"))) return true;
	const answer = await modal((/** @type {(a: boolean | null) => void} */ close) => html`<${Dialog} title=${title} class="mail-dialog" onClose=${() => close(null)} footer=${html`
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" autofocus class="button primary" onClick=${() => close(true)}>${saveLabel(mails)}</button>`}>
		<${MailLine} mails=${mails} />
	<//>`);
	return answer === true;
}
