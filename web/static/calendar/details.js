// What an event is, in a small window: when, where, who comes; answering, editing, deleting.
import { html, useEffect, useId, useState } from "../vendor/preact.js";
import { explain, listed, t, tn } from "../lib/i18n.js";
import { colorVars } from "../lib/color.js";
import { shortcuts } from "../lib/keys.js";
import { zone } from "../lib/settings.js";
import { calendars } from "../lib/store.js";
import { Icon, IconButton } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { popup } from "../ui/popup.js";
import { toast } from "../ui/toast.js";
import { answer, duplicateEvent, editable, removeEvent } from "./change.js";
import { colorOf } from "./colors.js";
import { openEditor } from "./editor.js";
import { occurrencesOf } from "./events.js";
import { open } from "./opened.js";
import { describeRule } from "./ruletext.js";
import { daysSpan, reminderText, timesSpan, zoneName } from "./spans.js";
import { LinkedText, OutLink, hostOf, safeLink } from "./text.js";

/** @typedef {import("./events.js").Occurrence} Occurrence */

/** @param {Occurrence} o @param {Element | null} anchor */
export function showDetails(o, anchor) {
	const id = `event-${crypto.randomUUID()}`;
	return popup((close) => html`<${Details} first=${o} id=${id} close=${close} />`, { anchor, labelledby: id, class: "event-popup" });
}

/** @param {{icon: string, children?: any, class?: string}} props */
function Row({ icon, children, class: more = "" }) { return html`<div class=${`event-row ${more}`}><${Icon} name=${icon} /><div>${children}</div></div>`; }

/** @param {{first: Occurrence, id: string, close: () => void}} props */
function Details({ first, id, close }) {
	const [whole, setWhole] = useState(/** @type {import("./opened.js").Opened | null} */ (null));
	const [problem, setProblem] = useState("");
	const o = occurrencesOf(first.href).find((x) => x.key === first.key) ?? first;
	useEffect(() => { if (!o.pending) open(o.href, o.calendar).then(setWhole, (err) => setProblem(explain(err))); }, [o.etag, o.pending]);
	const form = whole?.object.form(o.recurrenceId) ?? null;
	const calendar = calendars.value.find((c) => c.href === o.calendar);
	const years = Number(o.firstDay.slice(0, 4)) - Number(whole?.object.master?.value("X-CONVOKE-YEAR") || NaN);
	const attendee = whole ? whole.role === "attendee" : !o.mine;
	const may = editable(o);
	const then = (/** @type {() => unknown} */ f) => () => { close(); f(); };
	const edit = then(() => openEditor({ occurrence: o })), remove = then(() => removeEvent(o));
	const inside = () => document.activeElement?.closest(".event-popup") != null;
	useEffect(() => shortcuts([
		...(may ? [{ key: "e", when: inside, label: t("calendar.edit"), run: edit }] : []),
		...(calendar?.may.remove ? [{ key: "Delete", when: inside, label: t("calendar.deleteEvent"), run: remove }] : []),
	]), [o, may, calendar?.may.remove]);
	return html`<header class="event-tools">
			${may && html`<${IconButton} icon="pencil" label=${t("ui.edit")} onClick=${edit} />`}
			${calendar?.may.remove && html`<${IconButton} icon="trash-2" label=${t("ui.delete")} onClick=${remove} />`}
			<${Menu} label=${t("ui.more")} items=${[
				{ label: t("event.duplicate"), icon: "copy", run: then(() => duplicateEvent(o)) },
				{ label: t("event.copylink"), icon: "link", run: () => copyLink(o) },
			]} />
			<span class="spring"></span><${IconButton} icon="x" label=${t("ui.close")} onClick=${close} />
		</header>
		<div class="event-body" style=${colorVars(colorOf(o.color) || calendar?.color || "")}>
			<div class="event-title"><span class="dot"></span><div><h2 id=${id} dir="auto">${o.title || t("event.untitled")}</h2><p>${when(o)}</p>${form && otherZone(whole, form)}</div></div>
			${stateLine(o)}
			${(form?.rule || (!form && o.recurring)) && html`<${Row} icon="repeat">${form ? describeRule(form.rule, form.start) : t("event.repeats")}<//>`}
			${years > 0 && html`<${Row} icon="cake">${tn("event.years", years)}<//>`}
			${o.place && html`<${Place} place=${o.place} />`}
			${form && html`<${Call} uri=${form.conference} />`}
			${(o.attendees.length > 0 || (form && form.guests.length > 0)) && html`<${Guests} o=${o} unreached=${whole?.object.unreached(o.recurrenceId) ?? nobody} />`}
			${o.description && html`<${Row} icon="list"><${LinkedText} text=${o.description} /><//>`}
			${form?.url && safeLink(form.url) && html`<${Row} icon="link"><${OutLink} url=${safeLink(form.url)} /><//>`}
			${form?.attachments.map((a) => { const url = safeLink(a.uri); return url && html`<${Row} icon="paperclip"><${OutLink} url=${url}>${a.name || url.href}<//> <small class="muted">${hostOf(url)}</small><//>`; })}
			${form && form.reminders.length > 0 && html`<${Row} icon="bell">${listed(form.reminders.map((r) => (r.action === "EMAIL" ? t("event.reminder.mailed", { when: reminderText(r) }) : reminderText(r))))}<//>`}
			${o.categories.length > 0 && html`<${Row} icon="tag"><span dir="auto">${o.categories.join(", ")}</span><//>`}
			${(o.privacy === "PRIVATE" || o.privacy === "CONFIDENTIAL") && html`<${Row} icon="lock">${t(`event.privacy.${o.privacy}`)}<//>`}
			${calendar && html`<${Row} icon="calendar"><span dir="auto">${calendar.name}</span>${whole && !whole.owner.me && html` <span class="muted">${t(attendee ? "event.of" : "event.behalf", { who: whole.owner.name })}</span>`}<//>`}
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			${attendee && o.me && may && o.status !== "CANCELLED" && html`<${Answer} o=${o} />`}
		</div>`;
}

/** @param {Occurrence} o */
function when(o) { return o.allDay ? `${daysSpan(o.firstDay, o.lastDay)}, ${t("event.allday.short")}` : timesSpan(o.start, o.end); }

/** The time in the event's own zone, where that is another. @param {import("./opened.js").Opened | null} whole @param {import("./object.js").Form} form */
function otherZone(whole, form) {
	if (!whole || form.allDay || form.zone === "" || form.zone === "UTC" || form.zone === zone.value) return null;
	const [from, to] = [whole.object.instant({ local: form.start, zone: form.zone }), whole.object.instant({ local: form.end, zone: form.endZone })];
	if (whole.object.clock(zone.value).local(from) === form.start && whole.object.clock(zone.value).local(to) === form.end) return null;
	const clock = (/** @type {string} */ local) => local.slice(11, 16);
	return html`<p class="muted">${t("event.inzone", { from: clock(form.start), to: clock(form.end), zone: zoneName(form.zone, from) })}</p>`;
}

/** @param {Occurrence} o */
function stateLine(o) {
	const state = o.status === "CANCELLED" ? "cancelled" : o.me?.status === "DECLINED" && !o.mine ? "declined" : o.status === "TENTATIVE" ? "tentative" : "";
	return state ? html`<p class=${`event-state ${state}`}>${t(`event.is.${state}`)}</p>` : null;
}

/** @param {{place: string}} props */
function Place({ place }) {
	const url = safeLink(place.trim());
	return html`<${Row} icon="map-pin" class="with-button"><span class="grow">${url ? html`<${OutLink} url=${url} />` : html`<span dir="auto">${place}</span>`}</span>
		<${IconButton} icon="copy" label=${t("event.copyplace")} onClick=${() => copy(place)} /><//>`;
}

/** @param {{uri: string}} props */
function Call({ uri }) {
	const url = safeLink(uri);
	return url && html`<${Row} icon=${url.protocol === "tel:" ? "phone" : "video"}><${OutLink} url=${url}>${t("event.join")}<//> <small class="muted">${hostOf(url)}</small><//>`;
}

const stateIcons = /** @type {Record<string, string>} */ ({ ACCEPTED: "circle-check", DECLINED: "circle-x", TENTATIVE: "circle-help", "NEEDS-ACTION": "circle", DELEGATED: "user" });

/** @type {Set<string>} */
const nobody = new Set();

/** @param {{o: Occurrence, unreached: Set<string>}} props */
function Guests({ o, unreached }) {
	const [open, setOpen] = useState(o.attendees.length <= 6);
	const people = [...o.attendees];
	if (o.organizer && !people.some((p) => p.address === o.organizer?.address)) people.unshift({ ...o.organizer, status: "ACCEPTED" });
	const lost = (/** @type {{address: string, status: string}} */ p) => p.status === "NEEDS-ACTION" && unreached.has(p.address);
	const counts = /** @type {[string, number][]} */ (["ACCEPTED", "TENTATIVE", "DECLINED", "NEEDS-ACTION"].map((s) => [s, people.filter((p) => p.status === s).length]));
	const sum = counts.filter(([, n]) => n > 0).map(([s, n]) => tn(`event.count.${s}`, n)).join(", ");
	return html`<${Row} icon="users"><p class="guest-sum">${sum}</p>
		<ul class="guest-list" hidden=${!open}>${people.map((p) => html`<li key=${p.address}><${Icon} name=${lost(p) ? "triangle-alert" : p.kind === "ROOM" ? "door-open" : stateIcons[p.status] ?? "circle"} class=${`answer-${p.status}`} />
			<span><span dir="auto">${p.name}</span> <small class="muted">${[p.address === o.organizer?.address ? t("event.organizer") : "", p.role === "OPT-PARTICIPANT" ? t("event.role.OPT-PARTICIPANT") : "", t(`event.state.${lost(p) ? "unreached" : p.status}`)].filter(Boolean).join(", ")}</small></span></li>`)}</ul>
		${people.length > 6 && html`<button type="button" class="button quiet small" aria-expanded=${open} onClick=${() => setOpen(!open)}>${t(open ? "event.guests.less" : "event.guests.all")}</button>`}<//>`;
}

/** @param {{o: Occurrence}} props */
function Answer({ o }) {
	const [writing, setWriting] = useState(false);
	const [comment, setComment] = useState("");
	const [busy, setBusy] = useState(false);
	const give = async (/** @type {"ACCEPTED" | "TENTATIVE" | "DECLINED"} */ status) => {
		setBusy(true);
		if (await answer(o, status, comment.trim())) {
			setWriting(false);
			setComment("");
		}
		setBusy(false);
	};
	return html`<div class="event-answer" role="group" aria-label=${t("event.answer")}>
		${writing && html`<label class="field"><span>${t("event.comment")}</span><textarea rows="2" dir="auto" autofocus value=${comment} onInput=${(/** @type {any} */ e) => setComment(e.target.value)}></textarea></label>`}
		<div class="row"><span class="answers">${/** @type {const} */ (["ACCEPTED", "TENTATIVE", "DECLINED"]).map((s) => html`<button type="button" class="button" disabled=${busy} aria-pressed=${o.me?.status === s} onClick=${() => give(s)}>
			<${Icon} name=${stateIcons[s]} />${t(`invitations.${s}`)}</button>`)}</span>
		${!writing && html`<${IconButton} icon="message-square" label=${t("event.comment.add")} onClick=${() => setWriting(true)} />`}</div></div>`;
}

/** @param {string} text */
async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
		toast(t("ui.copied"));
	} catch {
		toast(text);
	}
}

/** @param {Occurrence} o */
function copyLink(o) {
	const query = new URLSearchParams({ open: o.href, ...(o.recurrenceId && { at: o.recurrenceId }) });
	return copy(`${location.origin}/calendar/day/${o.firstDay}?${query}`);
}
