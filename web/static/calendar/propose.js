// What somebody who is invited can do: answer, and propose another time to whoever organizes (COUNTER, RFC 5546 §3.2.7).
import { html, useState } from "../vendor/preact.js";
import { post } from "../lib/dav.js";
import { bare, escapeText, stampOf } from "../lib/ics.js";
import { t } from "../lib/i18n.js";
import { session } from "../lib/settings.js";
import { children, parseXML, text } from "../lib/xml.js";
import { Dialog, modal } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";
import { Line, Part } from "./lines.js";
import { copyOf, finished, groundOf } from "./opened.js";
import { overrideOf } from "./scopes.js";
import { spanText } from "./spans.js";
import { writeForm } from "./write.js";

/** @typedef {import("./opened.js").Opened} Opened */
/** @typedef {import("./object.js").Form} Form */

/** @param {Part} part @param {Opened} opened */
function myLine(part, opened) {
	return part.all("ATTENDEE").find((l) => opened.owner.addresses.includes(bare(l.value))) ?? null;
}

/**
 * What an answer would write. @param {Opened} opened @param {string} recurrenceId @param {string} status @param {string} comment
 * @param {import("./scope.js").Scope} scope @param {(part: Part, g: import("./object.js").Ground, again: boolean) => void} touch
 * @returns {Promise<import("./flow.js").Plan>}
 */
export async function answered(opened, recurrenceId, status, comment, scope, touch) {
	const object = copyOf(opened), g = groundOf(opened.owner);
	const parts = scope === "this" ? [overrideOf(object, recurrenceId)] : object.events;
	for (const part of parts) {
		const line = myLine(part, opened);
		if (!line) continue;
		line.setParam("PARTSTAT", status);
		line.setParam("RSVP", "");
		if (comment) part.put("COMMENT", [Line.of("COMMENT", {}, escapeText(comment))]);
		touch(part, g, false);
	}
	return { object, data: await finished(object), lost: [] };
}

/** @param {{opened: Opened, before: Form, after: Form, close: (comment: string | null) => void}} props */
function Proposal({ opened, before, after, close }) {
	const [comment, setComment] = useState("");
	const organizer = before.organizer?.name ?? "";
	return html`<${Dialog} title=${t("event.propose.title")} onClose=${() => close(null)} footer=${html`
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" class="button primary" onClick=${() => close(comment)}>${t("event.propose.send")}</button>`}>
		<div class="stack"><p dir="auto">${t("event.propose.text", { who: organizer })}</p>
			<dl class="times"><div><dt>${t("event.propose.now")}</dt><dd>${spanText(opened.object, before)}</dd></div>
				<div><dt>${t("event.propose.new")}</dt><dd><strong>${spanText(opened.object, after)}</strong></dd></div></dl>
			<label class="field"><span>${t("event.comment")}</span><textarea rows="2" dir="auto" value=${comment} onInput=${(/** @type {any} */ e) => setComment(e.target.value)}></textarea></label></div>
	<//>`;
}

/**
 * Offers to propose a time instead of changing what somebody else organizes.
 * @param {Opened} opened @param {string} recurrenceId @param {Form} before @param {Form} after @returns {Promise<boolean>}
 */
export async function offerProposal(opened, recurrenceId, before, after) {
	const comment = await modal((/** @type {(c: string | null) => void} */ close) => html`<${Proposal} opened=${opened} before=${before} after=${after} close=${close} />`);
	if (comment === null) return false;
	await propose(opened, recurrenceId, before, after, comment);
	toast(t("event.propose.sent", { who: before.organizer?.name ?? "" }));
	return true;
}

/** @param {Opened} opened @param {string} recurrenceId @param {Form} before @param {Form} after @param {string} comment */
async function propose(opened, recurrenceId, before, after, comment) {
	const object = copyOf(opened), g = groundOf(opened.owner);
	const part = object.recurring ? overrideOf(object, recurrenceId) : /** @type {Part} */ (object.master ?? object.events[0]);
	const sequence = part.value("SEQUENCE");
	writeForm(part, before, after, g);
	const mine = myLine(part, opened);
	if (mine) part.put("ATTENDEE", [mine]);
	for (const alarm of part.parts("VALARM")) part.drop(alarm);
	part.set("SEQUENCE", sequence);
	part.set("DTSTAMP", stampOf(g.now));
	part.put("COMMENT", comment ? [Line.of("COMMENT", {}, escapeText(comment))] : []);
	for (const e of object.events) if (e !== part) object.calendar.drop(e);
	object.calendar.set("METHOD", "COUNTER", {});
	const outbox = session.value?.homes.outbox ?? "";
	const answer = await post(outbox, await finished(object), "text/calendar; charset=utf-8; method=COUNTER; component=VEVENT");
	for (const r of children(parseXML(await answer.text()).documentElement, "C:response")) {
		const status = text(r, "C:request-status");
		if (!/^[12]\./.test(status)) throw new Error(status.split(";")[1] ?? status);
	}
}
