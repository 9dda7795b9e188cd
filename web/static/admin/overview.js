import { html, useEffect } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, language, t, tn } from "../lib/i18n.js";
import { Icon } from "../ui/icon.js";
import { Group } from "../settings/general.js";
import { attempt, bytes, moment, useAdmin, Waiting } from "./use.js";

/** Whether all is well, at one look. */
export default function Overview() {
	const o = useAdmin("overview"), checks = useAdmin("checks"), backups = useAdmin("backups");
	const v = o.value;
	useEffect(() => {
		if (!backups.value?.running) return;
		const timer = setInterval(async () => { await backups.reload(); await o.reload(); }, 700);
		return () => clearInterval(timer);
	}, [backups.value?.running]);
	if (!v) return html`<h1>${t("admin.overview")}</h1><${Waiting} of=${o} />`;
	const tiles = [
		["user", tn("admin.count.people", v.people), "/admin/people"], ["users", tn("admin.count.groups", v.groups), "/admin/groups"], ["door-open", tn("admin.count.rooms", v.rooms), "/admin/rooms"],
		["mail", tn("admin.count.queue", (v.queue?.due ?? 0) + (v.queue?.waiting ?? 0)), "/admin/mail"], ["shield", tn("admin.count.review", v.waitingForReview), "/admin/mail/review"], ["database", bytes(v.storeBytes), "/admin/config"],
	];
	return html`<h1>${t("admin.overview")}</h1>
		<p class=${v.ready === "" ? "wellness good" : "wellness bad"}><${Icon} name=${v.ready === "" ? "circle-check" : "circle-alert"} />${v.ready === "" ? t("admin.ready") : v.ready}</p>
		<div class="tiles">${tiles.map(([icon, text, href]) => html`<a key=${icon} href=${href}><${Icon} name=${icon} /><span>${text}</span></a>`)}</div>
		<${Group} title=${t("admin.server")}>
			<${Fact} name=${t("admin.version")} value=${v.version} /><${Fact} name=${t("admin.started")} value=${dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(new Date(v.started))} />
			<${Fact} name=${t("admin.addresses")} value=${(v.urls ?? []).join(", ")} /><${Fact} name=${t("admin.stored")} value=${t("admin.stored.text", { objects: new Intl.NumberFormat(language.value).format(v.objects), collections: v.collections })} />
			<${Fact} name=${t("admin.way.out")} value=${v.mail.out ? t("admin.way.out.by", { host: v.mail.out }) : t("admin.way.out.none")} /><${Fact} name=${t("admin.way.in")} value=${waysIn(v.mail)} /><//>
		${v.notices?.length > 0 && html`<${Group} title=${t("admin.notices")}>${v.notices.map((/** @type {any} */ n) => html`<div class="thing" key=${n.at + n.message}><${Icon} name="triangle-alert" /><div class="grow"><strong dir="auto">${n.message}</strong><small dir="auto">${moment(n.at)} · ${n.detail}</small></div></div>`)}<//>`}
		<${Group} title=${t("admin.checks")}><${Waiting} of=${checks} />${checks.value?.items.map((/** @type {any} */ c) => html`<div class="thing" key=${c.rule}><${Icon} name=${{ passed: "circle-check", failed: "circle-x" }[/** @type {"failed"} */ (c.result)] ?? "circle"} class=${c.result} /><div class="grow"><strong>${c.rule}</strong><small dir="auto">${c.text}</small></div></div>`)}<//>
		<${Group} title=${t("admin.backups")}><div class="pad row"><p class="hint spring">${v.lastBackup?.at ? t("admin.backup.last", { date: moment(v.lastBackup.at) }) : t("admin.backup.none")} ${backups.value?.folder && html`<code dir="ltr">${backups.value.folder}</code>`}</p>
			<button type="button" class="button" disabled=${backups.value?.running} onClick=${() => attempt(() => api("POST", "admin/backups"), async () => { await backups.reload(); await o.reload(); })}>${t("admin.backup.now")}</button></div>
			${backups.value?.failed && html`<p class="problem">${backups.value.failed}</p>`}
			${backups.value?.items.map((/** @type {any} */ b) => html`<div class="thing" key=${b.file}><${Icon} name="database" /><div class="grow"><strong>${b.file.split("/").at(-1)}</strong><small>${moment(b.at)} · ${bytes(b.bytes)}</small></div></div>`)}<//>`;
}

/** How answers of people outside come. @param {{lmtp: string, imap: string[], deliver: boolean}} mail */
function waysIn({ lmtp, imap, deliver }) {
	const ways = [lmtp && t("admin.way.lmtp", { at: lmtp }), ...imap.map((host) => t("admin.way.imap", { host })), deliver && t("admin.way.deliver")].filter(Boolean);
	return ways.join("; ") || t("admin.way.in.none");
}

/** @param {{name: string, value: any}} props */
export function Fact({ name, value }) { return html`<div class="setting admin-fact"><span>${name}</span><span dir="auto">${value}</span></div>`; }
