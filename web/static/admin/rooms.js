import { html, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { explain, t, tn } from "../lib/i18n.js";
import { confirm, Dialog, modal } from "../ui/dialog.js";
import { Icon, IconButton } from "../ui/icon.js";
import { addressesOf } from "./people.js";
import { attempt, plain, useAdmin, Waiting } from "./use.js";

/** @typedef {{name: string, kind: "room" | "resource", displayName: string, addresses: string[], booking?: {autoAccept: string, capacity: number, windowDays: number, location: string, delegates: string[]}}} Room */

/** How a room answers by itself, as `convoke resource --auto-accept` has it. */
const policies = ["automatic", "accept-always", "decline-always", "accept-if-free", "decline-if-busy", "none"];

/** Rooms and resources. */
export default function Rooms() {
	const list = useAdmin("rooms");
	const edit = (/** @type {Room | null} */ r) => modal((close) => html`<${Edit} room=${r} close=${() => { close(null); list.reload(); }} />`);
	const remove = async (/** @type {Room} */ r) => {
		if (await confirm({ title: t("admin.room.remove", { name: r.displayName }), text: t("admin.room.remove.text"), yes: t("ui.delete"), danger: true })) await attempt(() => api("DELETE", `admin/rooms/${encodeURIComponent(r.name)}`), list.reload);
	};
	return html`<div class="row settings-head"><h1 class="spring">${t("admin.rooms")}</h1><button type="button" class="button primary" onClick=${() => edit(null)}><${Icon} name="plus" />${t("ui.add")}</button></div>
		<${Waiting} of=${list} />${list.value?.items.length === 0 && html`<p class="muted">${t("admin.rooms.none")}</p>`}
		<div class="settings-rows">${list.value?.items.map((/** @type {Room} */ r) => html`<div class="thing" key=${r.name}><${Icon} name=${r.kind === "room" ? "door-open" : "monitor"} /><div class="grow"><strong dir="auto">${r.displayName}</strong>
			<small dir="auto">${[r.booking?.location, r.booking?.capacity ? tn("admin.seats", r.booking.capacity) : "", (r.addresses ?? []).map(plain).join(", "), r.booking && policy(r.booking.autoAccept)].filter(Boolean).join(" · ")}</small></div>
			<${IconButton} icon="pencil" label=${`${t("ui.edit")}: ${r.displayName}`} onClick=${() => edit(r)} /><${IconButton} icon="trash-2" label=${`${t("ui.delete")}: ${r.displayName}`} onClick=${() => remove(r)} /></div>`)}</div>`;
}

/** @param {string} p */
function policy(p) {
	const found = t(`admin.policy.${p}`);
	return found.startsWith("admin.") ? p : found;
}

/** @param {{room: Room | null, close: () => void}} props */
function Edit({ room, close }) {
	const [problem, setProblem] = useState("");
	const b = room?.booking;
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
		const body = {
			displayName: String(form.get("displayName")).trim(), addresses: addressesOf(String(form.get("addresses"))),
			booking: { autoAccept: String(form.get("policy")), capacity: Number(form.get("capacity") || 0), windowDays: Number(form.get("window") || 0), location: String(form.get("location")).trim(), delegates: b?.delegates ?? [] },
		};
		try {
			if (room) await api("PATCH", `admin/rooms/${encodeURIComponent(room.name)}`, body);
			else await api("POST", "admin/rooms", { ...body, name: String(form.get("name")).trim(), kind: String(form.get("kind")) });
			close();
		} catch (err) {
			setProblem(explain(err));
		}
	};
	return html`<${Dialog} title=${room?.displayName ?? t("admin.room.new")} onClose=${close}><form class="stack" onSubmit=${submit}>
		${!room && html`<label class="field"><span>${t("settings.name")}</span><input name="name" required autofocus pattern="[a-zA-Z0-9._\\-]+" /><small>${t("admin.person.name.hint")}</small></label>
			<label class="field"><span>${t("settings.kind")}</span><select name="kind"><option value="room">${t("admin.kind.room")}</option><option value="resource">${t("admin.kind.resource")}</option></select></label>`}
		<label class="field"><span>${t("admin.person.display")}</span><input name="displayName" required defaultValue=${room?.displayName ?? ""} dir="auto" /></label>
		<label class="field"><span>${t("admin.addresses.mail")}</span><input name="addresses" required defaultValue=${room?.addresses?.map(plain).join(", ") ?? ""} dir="ltr" /></label>
		<div class="row admin-pair"><label class="field"><span>${t("admin.room.place")}</span><input name="location" defaultValue=${b?.location ?? ""} dir="auto" /></label>
			<label class="field"><span>${t("admin.room.capacity")}</span><input name="capacity" type="number" min="0" max="100000" defaultValue=${b?.capacity || ""} /></label></div>
		<div class="row admin-pair"><label class="field"><span>${t("admin.room.policy")}</span><select name="policy">${[...new Set([b?.autoAccept ?? "automatic", ...policies])].map((p) => html`<option key=${p} value=${p} selected=${p === (b?.autoAccept ?? "automatic")}>${policy(p)}</option>`)}</select></label>
			<label class="field"><span>${t("admin.room.window")}</span><input name="window" type="number" min="0" max="3650" defaultValue=${b?.windowDays || ""} placeholder=${t("admin.room.window.any")} /></label></div>
		${problem && html`<p class="problem" role="alert" dir="auto">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${close}>${t("ui.cancel")}</button><button class="button primary">${t("ui.save")}</button></div></form><//>`;
}
