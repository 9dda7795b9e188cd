import { html, useState } from "../vendor/preact.js";
import { explain, t, tn } from "../lib/i18n.js";
import { session } from "../lib/settings.js";
import { confirmed } from "../settings/confirmed.js";
import { confirm, Dialog, modal } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { attempt, moment, plain, useAdmin, Waiting } from "./use.js";

/** @typedef {{name: string, displayName: string, addresses: string[], admin: boolean, appPasswords: number, seen?: string | null}} Someone */

const pageSize = 50;

/** The people of the server. */
export default function People() {
	const [q, setQ] = useState(""), [offset, setOffset] = useState(0);
	const list = useAdmin(`people?${new URLSearchParams({ q, offset: String(offset), limit: String(pageSize) })}`);
	const { reload } = list;
	const edit = (/** @type {Someone | null} */ who) => modal((close) => html`<${Edit} who=${who} close=${() => { close(null); reload(); }} />`);
	const remove = async (/** @type {Someone} */ p) => {
		if (await confirm({ title: t("admin.person.remove", { name: p.displayName }), text: t("admin.person.remove.text"), yes: t("ui.delete"), danger: true })) await attempt(() => confirmed("DELETE", `admin/people/${encodeURIComponent(p.name)}`), reload);
	};
	const password = (/** @type {Someone} */ p) => modal((close) => html`<${Password} who=${p} close=${() => close(null)} />`);
	return html`<div class="row settings-head"><h1 class="spring">${t("admin.people")}</h1><input type="search" aria-label=${t("admin.find")} placeholder=${t("admin.find")} value=${q} onInput=${(/** @type {Event} */ e) => { setQ(/** @type {HTMLInputElement} */ (e.target).value); setOffset(0); }} />
			<button type="button" class="button primary" onClick=${() => edit(null)}><${Icon} name="user-plus" />${t("ui.add")}</button></div>
		<${Waiting} of=${list} />
		<div class="settings-rows">${list.value?.items.map((/** @type {Someone} */ p) => html`<div class="thing" key=${p.name}><${Icon} name="user" />
			<div class="grow"><strong dir="auto">${p.displayName} ${p.admin && html`<span class="chip">${t("admin.is")}</span>`}</strong><small dir="auto">${p.name} · ${(p.addresses ?? []).map(plain).join(", ")}${p.seen ? ` · ${t("admin.seen", { date: moment(p.seen) })}` : ""}${p.appPasswords > 0 ? ` · ${tn("admin.apps", p.appPasswords)}` : ""}</small></div>
			<${Menu} label=${t("admin.actions", { name: p.displayName })} items=${[
				{ label: t("ui.edit"), icon: "pencil", run: () => edit(p) }, { label: t("admin.password.set"), icon: "key-round", run: () => password(p) },
				p.name !== session.value?.principal.name && { label: t("ui.delete"), icon: "trash-2", danger: true, run: () => remove(p) }]} /></div>`)}</div>
		${list.value?.total > pageSize && html`<div class="row pager"><button type="button" class="button" disabled=${offset === 0} onClick=${() => setOffset(Math.max(0, offset - pageSize))}>${t("ui.back")}</button>
			<span class="muted spring">${t("admin.page", { from: offset + 1, to: Math.min(offset + pageSize, list.value.total), total: list.value.total })}</span>
			<button type="button" class="button" disabled=${offset + pageSize >= list.value.total} onClick=${() => setOffset(offset + pageSize)}>${t("ui.more")}</button></div>`}`;
}

/** Lines of addresses as the API wants them. @param {string} text */
export function addressesOf(text) { return text.split(/[\s,;]+/).filter(Boolean); }

/** A new person, or one that is changed. @param {{who: Someone | null, close: () => void}} props */
function Edit({ who, close }) {
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
		const body = { displayName: String(form.get("displayName")).trim(), addresses: addressesOf(String(form.get("addresses"))), admin: form.get("admin") === "on" };
		try {
			const did = who ? await confirmed("PATCH", `admin/people/${encodeURIComponent(who.name)}`, body)
				: await confirmed("POST", "admin/people", { ...body, name: String(form.get("name")).trim(), password: String(form.get("password")) });
			if (did !== undefined) close();
		} catch (err) {
			setProblem(explain(err));
		}
	};
	return html`<${Dialog} title=${who ? who.displayName : t("admin.person.new")} onClose=${close}><form class="stack" onSubmit=${submit}>
		${!who && html`<label class="field"><span>${t("settings.user")}</span><input name="name" required autofocus autocomplete="off" pattern="[a-zA-Z0-9._\\-]+" /><small>${t("admin.person.name.hint")}</small></label>`}
		<label class="field"><span>${t("admin.person.display")}</span><input name="displayName" required defaultValue=${who?.displayName ?? ""} dir="auto" /></label>
		<label class="field"><span>${t("admin.addresses.mail")}</span><textarea name="addresses" rows="2" required dir="ltr">${who?.addresses?.map(plain).join("\n") ?? ""}</textarea><small>${t("admin.addresses.hint")}</small></label>
		${!who && html`<label class="field"><span>${t("signin.password")}</span><input name="password" type="password" required minlength="8" autocomplete="new-password" /></label>`}
		<label class="switch"><input type="checkbox" name="admin" defaultChecked=${who?.admin} /><span>${t("admin.person.admin")}</span></label>
		${problem && html`<p class="problem" role="alert" dir="auto">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${close}>${t("ui.cancel")}</button><button class="button primary">${t("ui.save")}</button></div></form><//>`;
}

/** @param {{who: Someone, close: () => void}} props */
function Password({ who, close }) {
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		try {
			const did = await confirmed("PUT", `admin/people/${encodeURIComponent(who.name)}/password`, { password: String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("password")) });
			if (did !== undefined) close();
		} catch (err) {
			setProblem(explain(err));
		}
	};
	return html`<${Dialog} title=${t("admin.password.of", { name: who.displayName })} onClose=${close}><form class="stack" onSubmit=${submit}><p class="hint">${t("admin.password.hint")}</p>
		<label class="field"><span>${t("settings.password.new")}</span><input name="password" type="password" required minlength="8" autofocus autocomplete="new-password" /></label>
		${problem && html`<p class="problem" role="alert" dir="auto">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${close}>${t("ui.cancel")}</button><button class="button primary">${t("ui.save")}</button></div></form><//>`;
}
