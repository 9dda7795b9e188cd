import { html, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { explain, t, tn } from "../lib/i18n.js";
import { PersonPicker } from "../sharing/picker.js";
import { confirm, Dialog, modal } from "../ui/dialog.js";
import { Icon, IconButton } from "../ui/icon.js";
import { addressesOf } from "./people.js";
import { attempt, plain, useAdmin, Waiting } from "./use.js";

/** @typedef {{name: string, displayName: string, addresses?: string[], members?: string[]}} Group */

/** Groups and who is in them. */
export default function Groups() {
	const list = useAdmin("groups");
	const edit = (/** @type {Group | null} */ g) => modal((close) => html`<${Edit} group=${g} close=${() => { close(null); list.reload(); }} />`);
	const remove = async (/** @type {Group} */ g) => {
		if (await confirm({ title: t("admin.group.remove", { name: g.displayName }), yes: t("ui.delete"), danger: true })) await attempt(() => api("DELETE", `admin/groups/${encodeURIComponent(g.name)}`), list.reload);
	};
	return html`<div class="row settings-head"><h1 class="spring">${t("admin.groups")}</h1><button type="button" class="button primary" onClick=${() => edit(null)}><${Icon} name="plus" />${t("ui.add")}</button></div>
		<${Waiting} of=${list} />${list.value?.items.length === 0 && html`<p class="muted">${t("admin.groups.none")}</p>`}
		<div class="settings-rows">${list.value?.items.map((/** @type {Group} */ g) => html`<div class="thing" key=${g.name}><${Icon} name="users" /><div class="grow"><strong dir="auto">${g.displayName}</strong><small dir="auto">${[(g.addresses ?? []).map(plain).join(", "), tn("admin.members", g.members?.length ?? 0)].filter(Boolean).join(" · ")}</small></div>
			<${IconButton} icon="pencil" label=${`${t("ui.edit")}: ${g.displayName}`} onClick=${() => edit(g)} /><${IconButton} icon="trash-2" label=${`${t("ui.delete")}: ${g.displayName}`} onClick=${() => remove(g)} /></div>`)}</div>`;
}

/** @param {{group: Group | null, close: () => void}} props */
function Edit({ group, close }) {
	const [members, setMembers] = useState(group?.members ?? []);
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
		const body = { displayName: String(form.get("displayName")).trim(), addresses: addressesOf(String(form.get("addresses"))), members };
		try {
			if (group) await api("PATCH", `admin/groups/${encodeURIComponent(group.name)}`, body);
			else await api("POST", "admin/groups", { ...body, name: String(form.get("name")).trim() });
			close();
		} catch (err) {
			setProblem(explain(err));
		}
	};
	const add = (/** @type {import("../sharing/picker.js").Someone} */ who) => {
		const name = decodeURIComponent((who.href ?? "").replace(/\/$/, "").split("/").at(-1) ?? "");
		if (name && !members.includes(name)) setMembers([...members, name]);
	};
	return html`<${Dialog} title=${group?.displayName ?? t("admin.group.new")} onClose=${close}><form class="stack" onSubmit=${submit}>
		${!group && html`<label class="field"><span>${t("settings.name")}</span><input name="name" required autofocus pattern="[a-zA-Z0-9._\\-]+" /><small>${t("admin.person.name.hint")}</small></label>`}
		<label class="field"><span>${t("admin.person.display")}</span><input name="displayName" required defaultValue=${group?.displayName ?? ""} dir="auto" /></label>
		<label class="field"><span>${t("admin.addresses.mail")}</span><input name="addresses" defaultValue=${group?.addresses?.map(plain).join(", ") ?? ""} dir="ltr" /></label>
		<div class="field"><span>${t("admin.group.members")}</span><${PersonPicker} label=${t("admin.group.add")} kinds=${["user", "group", "room", "resource"]} onPick=${add} />
			<div class="row wraps">${members.map((m) => html`<span class="chip" key=${m}>${m}<button type="button" class="admin-x" aria-label=${t("admin.group.drop", { name: m })} onClick=${() => setMembers(members.filter((x) => x !== m))}><${Icon} name="x" /></button></span>`)}</div></div>
		${problem && html`<p class="problem" role="alert" dir="auto">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${close}>${t("ui.cancel")}</button><button class="button primary">${t("ui.save")}</button></div></form><//>`;
}
