import { html, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { go, route } from "../lib/router.js";
import { Icon, IconButton } from "../ui/icon.js";
import { attempt, moment, plain, useAdmin, Waiting } from "./use.js";

const views = ["queue", "in", "out", "review"];

/** The gateway: what goes out, what came in and what was decided about it. */
export default function Mail() {
	const view = views.includes(route.value.parts[1]) ? route.value.parts[1] : "queue";
	const View = { queue: Queue, in: Incoming, out: Outgoing, review: Review }[/** @type {"in"} */ (view)];
	return html`<h1>${t("admin.mail")}</h1><div class="segments" role="group" aria-label=${t("admin.mail")}>${views.map((v) => html`<button type="button" key=${v} aria-pressed=${v === view} onClick=${() => go(`/admin/mail/${v}`)}>${t(`admin.mail.${v}`)}</button>`)}</div>
		<p class="hint spaced">${t(`admin.mail.${view}.hint`)}</p><${View} />`;
}

function Queue() {
	const list = useAdmin("queue");
	return html`<${Waiting} of=${list} />${list.value?.items.length === 0 && html`<p class="muted">${t("admin.queue.none")}</p>`}
		<div class="settings-rows">${list.value?.items.map((/** @type {any} */ m) => html`<div class="thing" key=${m.id}><${Icon} name="send" /><div class="grow"><strong dir="auto">${m.method} → ${plain(m.to)}</strong><small dir="auto">${t(`admin.state.${m.state}`)} · ${moment(m.created)}${m.status ? ` · ${m.status}` : ""}</small></div>
			<button type="button" class="button" onClick=${() => attempt(() => api("POST", `admin/queue/${m.id}/retry`), list.reload)}>${t("admin.retry")}</button>
			<${IconButton} icon="trash-2" label=${t("admin.drop")} onClick=${() => attempt(() => api("DELETE", `admin/queue/${m.id}`), list.reload)} /></div>`)}</div>`;
}

/** A log that goes on further back. @param {{path: string, line: (m: any) => any, none: string}} props */
export function Log({ path, line, none }) {
	const [older, setOlder] = useState(/** @type {{items: any[], next: any} | null} */ (null));
	const first = useAdmin(path);
	const items = [...(first.value?.items ?? []), ...(older?.items ?? [])], next = older ? older.next : first.value?.next;
	const more = async () => {
		const got = await api("GET", `admin/${path}${path.includes("?") ? "&" : "?"}before=${encodeURIComponent(next)}`);
		setOlder({ items: [...(older?.items ?? []), ...got.items], next: got.next });
	};
	return html`<${Waiting} of=${first} />${first.value && items.length === 0 && html`<p class="muted">${none}</p>`}
		<div class="settings-rows">${items.map(line)}</div>${next && html`<button type="button" class="button spaced" onClick=${() => attempt(more, async () => {})}>${t("ui.more")}</button>`}`;
}

function Incoming() {
	return html`<${Log} path="mail/in" none=${t("admin.mail.in.none")} line=${(/** @type {any} */ m) => html`<div class="thing" key=${m.id}><${Icon} name=${{ apply: "circle-check", hold: "shield", ignore: "circle", failed: "circle-x" }[/** @type {"hold"} */ (m.action)] ?? "mail"} />
		<div class="grow"><strong dir="auto">${t(`admin.action.${m.action}`)}: ${m.method} ${t("admin.from", { who: plain(m.from) })}</strong><small dir="auto">${moment(m.at)} · ${t("admin.for", { who: m.user })}${m.reason ? ` · ${m.reason}` : ""}</small></div></div>`} />`;
}

function Outgoing() {
	return html`<${Log} path="mail/out" none=${t("admin.mail.out.none")} line=${(/** @type {any} */ m) => html`<div class="thing" key=${m.id}><${Icon} name=${m.state === "sent" ? "mail-check" : "send"} /><div class="grow"><strong dir="auto">${m.method} → ${plain(m.to)}</strong><small dir="auto">${t(`admin.state.${m.state}`)} · ${moment(m.created)} · ${t("admin.from", { who: plain(m.from) })}${m.status ? ` · ${m.status}` : ""}</small></div></div>`} />`;
}

function Review() {
	const list = useAdmin("review");
	return html`<${Waiting} of=${list} />${list.value?.items.length === 0 && html`<p class="muted">${t("admin.review.none")}</p>`}
		<div class="settings-rows">${list.value?.items.map((/** @type {any} */ m) => html`<div class="thing" key=${m.id}><${Icon} name="shield" /><div class="grow"><strong dir="auto">${m.summary || m.method} · ${plain(m.from)}</strong><small dir="auto">${moment(m.at)} · ${t("admin.for", { who: m.user })} · ${m.reason}</small></div>
			<button type="button" class="button" onClick=${() => attempt(() => api("POST", `admin/review/${m.id}/accept`, {}), list.reload)}>${t("admin.accept")}</button>
			<button type="button" class="button" onClick=${() => attempt(() => api("POST", `admin/review/${m.id}/reject`), list.reload)}>${t("admin.drop")}</button></div>`)}</div>`;
}
