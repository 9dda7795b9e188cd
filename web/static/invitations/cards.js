// The cards of the list.
import { html, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { explain, t, tn } from "../lib/i18n.js";
import { day, dayText, daysText, rangeText } from "../lib/time.js";
import { Icon, IconButton } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { answerItem, occurrenceOf } from "./answer.js";
import { answers } from "./screen.js";

/** @typedef {import("./screen.js").Item} Item */

/** When something is, in words. @param {{start: string, end: string, allDay?: boolean}} i */
export function when(i) {
	const words = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long" });
	if (i.allDay) {
		const from = day(i.start), to = day(i.end).subtract({ days: 1 });
		return Temporal.PlainDate.compare(from, to) < 0 ? daysText(from, to, words) : dayText(from, words);
	}
	return `${dayText(day(Date.parse(i.start)), words)}, ${rangeText(Date.parse(i.start), Date.parse(i.end))}`;
}

/** Does something that may be refused, then reads the list again. @param {() => Promise<any>} f @param {() => Promise<void>} reload */
async function act(f, reload) {
	try {
		await f();
	} catch (err) {
		toast(explain(err), { kind: "error" });
	}
	await reload();
}

/** An invitation with its answers. @param {{item: Item, chosen: boolean, onChoose?: () => void, reload: () => Promise<void>}} props */
export function Invitation({ item, chosen, onChoose, reload }) {
	const [comment, setComment] = useState(/** @type {string | null} */ (null));
	const [busy, setBusy] = useState(false);
	const answer = async (/** @type {"ACCEPTED" | "TENTATIVE" | "DECLINED"} */ status) => {
		setBusy(true);
		await act(() => answerItem(item, status, comment ?? ""), reload);
		setBusy(false);
	};
	const propose = async () => {
		// An attendee who moves a meeting in the editor is asked whether to propose that time.
		const { openEditor } = await import("../calendar/editor.js");
		await act(() => openEditor({ occurrence: occurrenceOf(item) }), reload);
	};
	return html`<article class="invite" aria-label=${item.title || t("search.untitled")}>
		<div class="invite-head">${onChoose && html`<input type="checkbox" checked=${chosen} onChange=${onChoose} aria-label=${t("invitations.choose", { title: item.title })} />`}
			<${Facts} item=${item} /></div>
		<${Conflicts} item=${item} />
		${comment !== null && html`<label class="field"><span>${t("invitations.comment")}</span><textarea rows="2" dir="auto" maxlength="1000" value=${comment} ref=${focusOnce} onInput=${(/** @type {Event} */ e) => setComment(/** @type {HTMLTextAreaElement} */ (e.target).value)}></textarea></label>`}
		<div class="invite-actions">${answers.map((a) => html`<button type="button" key=${a} class=${`button ${a === "ACCEPTED" ? "primary" : ""}`} disabled=${busy} onClick=${() => answer(a)}>${t(`invitations.${a}`)}</button>`)}
			<span class="spring"></span>
			${comment === null && html`<${IconButton} icon="message-square" label=${t("invitations.comment")} onClick=${() => setComment("")} />`}
			<${IconButton} icon="clock" label=${t("invitations.propose")} onClick=${propose} />
			<a class="icon-button" title=${t("invitations.show")} aria-label=${t("invitations.show")} href=${showPath(item)}><${Icon} name="calendar" /></a></div>
	</article>`;
}

/** Puts the focus into a field that has just come. @param {HTMLElement | null} el */
function focusOnce(el) {
	if (el && !el.dataset.seen) {
		el.dataset.seen = "1";
		el.focus();
	}
}

/** @param {Item} item */
function showPath(item) { return `/calendar/day/${item.allDay ? item.start.slice(0, 10) : day(Date.parse(item.start))}?open=${encodeURIComponent(item.href ?? "")}`; }

/** Who sent what is told of: a guest for an answer, the organizer for an invitation. @param {Item} item */
function sender(item) { return item.from ?? item.organizer; }

/** @param {{item: Item}} props */
function Facts({ item }) {
	return html`<div class="invite-facts"><h3 dir="auto">${item.title || t("search.untitled")}</h3>
		<p><${Icon} name="clock" /><span>${item.start ? when(item) : ""}</span>${item.recurring && html` <span class="chip"><${Icon} name="repeat" />${t("invitations.series")}</span>`}</p>
		${item.location && html`<p><${Icon} name="map-pin" /><span dir="auto">${item.location}</span></p>`}
		<p><${Icon} name="user" /><span dir="auto">${item.organizer.name || item.organizer.address}</span>${item.organizer.name && html`<small dir="auto">${item.organizer.address}</small>`}</p></div>`;
}

/** What stands in the calendar at that time. @param {{item: Item}} props */
function Conflicts({ item }) {
	if (!item.conflicts?.length) return item.kind === "invitation" && item.start ? html`<p class="invite-free"><${Icon} name="circle-check" />${t("invitations.free")}</p>` : null;
	return html`<div class="conflict"><${Icon} name="triangle-alert" /><div><strong>${tn("invitations.conflicts", item.conflicts.length)}</strong>
		${item.conflicts.slice(0, 3).map((c) => html`<span key=${c.href + c.start} dir="auto">${c.title || t("search.untitled")} · ${c.allDay ? dayText(day(c.start), { day: "numeric", month: "short" }) : rangeText(Date.parse(c.start), Date.parse(c.end))}</span>`)}</div></div>`;
}

/** Why it is here, or what was said with it. @param {Item} item */
function reason(item) { return item.why ? t(`invitations.why.${item.why}`, { from: item.from?.name || item.from?.address || "" }) : item.reason; }

/** Mail that was not trusted by itself, with why. @param {{item: Item, reload: () => Promise<void>}} props */
export function Review({ item, reload }) {
	const [trust, setTrust] = useState(false);
	const decide = (/** @type {string} */ action) => act(() => api("POST", `review/${item.reviewId}`, action === "accept" ? { action, trustSender: trust } : { action }), reload);
	return html`<article class="invite" aria-label=${item.title}>
		<${Facts} item=${item} />
		${item.reason && html`<p class="note" dir="auto">${reason(item)}</p>`}
		<${Conflicts} item=${item} />
		<label class="switch"><input type="checkbox" checked=${trust} onChange=${() => setTrust(!trust)} /><span>${t("invitations.trust", { who: sender(item).address })}</span></label>
		<div class="invite-actions"><button type="button" class="button primary" onClick=${() => decide("accept")}>${t("invitations.take")}</button>
			<button type="button" class="button" onClick=${() => decide("reject")}>${t("invitations.drop")}</button></div>
	</article>`;
}

/** What others did: an update, a cancellation, an answer, a proposal. @param {{item: Item, reload: () => Promise<void>}} props */
export function News({ item, reload }) {
	const proposal = item.kind === "proposal";
	const review = (/** @type {string} */ action) => act(() => api("POST", `review/${item.reviewId}`, { action }), reload);
	const icon = { update: "pencil", cancelled: "calendar", reply: "message-square", proposal: "clock" }[/** @type {"update"} */ (item.kind)] ?? "info";
	return html`<article class="invite invite-news" aria-label=${item.title}><${Icon} name=${icon} />
		<div class="invite-facts"><h3 dir="auto">${t(`invitations.news.${item.kind}`, { who: sender(item).name || sender(item).address, title: item.title || t("search.untitled") })}</h3>
			<p>${item.start ? when(item) : ""}${item.myStatus ? ` · ${t(`invitations.state.${item.myStatus}`)}` : ""}</p>${item.reason && html`<p dir="auto" class="muted">${reason(item)}</p>`}
			${proposal && item.reviewId && html`<div class="invite-actions"><button type="button" class="button primary" onClick=${() => review("accept")}>${t("invitations.proposal.take")}</button>
				<button type="button" class="button" onClick=${() => review("reject")}>${t("invitations.proposal.drop")}</button></div>`}</div>
		${!proposal && html`<${IconButton} icon="x" label=${t("invitations.dismiss")} onClick=${() => act(() => api("POST", `invitations/${encodeURIComponent(item.id)}/dismiss`), reload)} />`}
	</article>`;
}
