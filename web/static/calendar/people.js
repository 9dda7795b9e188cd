// Who is invited: found by name or address, among people, groups, rooms and contacts.
import { html } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { bare } from "../lib/ics.js";
import { Icon, IconButton } from "../ui/icon.js";
import { Suggest } from "../ui/field.js";
import { isMe } from "./times.js";

/** @typedef {import("./object.js").Guest} Guest */
/** @typedef {{name: string, address: string, kind: string, href?: string, capacity?: number, location?: string}} Found */

const kinds = /** @type {Record<string, string>} */ ({ group: "GROUP", room: "ROOM", resource: "RESOURCE" });
const icons = /** @type {Record<string, string>} */ ({ group: "users", room: "door-open", resource: "star", contact: "book-user", recent: "history" });

/** @param {string} typed @param {AbortSignal} [signal] @param {number} [limit] @returns {Promise<Found[]>} */
export async function findPeople(typed, signal, limit = 8) {
	return (await api("GET", `people?${new URLSearchParams({ q: typed, limit: String(limit) })}`, undefined, { signal })).items;
}

/** @param {Found} f @returns {Guest} */
export function guestOf(f) {
	const kind = kinds[f.kind] ?? "INDIVIDUAL";
	return { address: bare(f.address), name: f.name || f.address, kind, role: kind === "ROOM" || kind === "RESOURCE" ? "NON-PARTICIPANT" : "REQ-PARTICIPANT", status: "NEEDS-ACTION" };
}

/** What was typed as an address, "Ben <ben@example.org>" too. @param {string} typed @returns {Guest | null} */
export function typedGuest(typed) {
	const m = /^\s*(?:"?([^"<]*?)"?\s*<)?([^\s<>@,;]+@[^\s<>@,;]+)>?[,;]?\s*$/.exec(typed);
	return m ? { address: m[2].toLowerCase(), name: m[1]?.trim() || m[2], kind: "INDIVIDUAL", role: "REQ-PARTICIPANT", status: "NEEDS-ACTION" } : null;
}

/** One of a list. @param {{f: Found}} props */
export function Person({ f }) {
	return html`<${Icon} name=${icons[f.kind] ?? "user"} /><span class="grow"><span dir="auto">${f.name || f.address}</span>
		<small class="muted">${[f.name ? f.address : "", f.location, f.capacity ? t("event.seats", { n: f.capacity }) : ""].filter(Boolean).join(" · ")}</small></span>`;
}

/**
 * The field that finds people. @param {{guests: Guest[], onChange: (guests: Guest[]) => void, onWrong?: (typed: string) => void, id?: string}} props
 */
export function PeopleField({ guests, onChange, onWrong, id }) {
	const add = (/** @type {Guest} */ g) => { if (!isMe(g.address) && !guests.some((x) => x.address === g.address)) onChange([...guests, g]); };
	return html`<${Suggest} id=${id} label=${t("event.guests.add")} placeholder=${t("event.guests.add")} show=${(/** @type {Found} */ f) => html`<${Person} f=${f} />`}
		search=${async (/** @type {string} */ q, /** @type {AbortSignal} */ signal) => (await findPeople(q, signal)).filter((f) => !isMe(bare(f.address)) && !guests.some((x) => x.address === bare(f.address)))}
		onPick=${(/** @type {Found} */ f) => add(guestOf(f))}
		onText=${(/** @type {string} */ typed) => {
			const all = typed.split(/[,;]\s*(?=[^,;]*@)/).map(typedGuest);
			if (all.some((g) => g === null)) {
				onWrong?.(typed);
				return false;
			}
			const fresh = all.filter((g) => g && !isMe(g.address) && !guests.some((x) => x.address === g.address));
			onChange([...guests, .../** @type {Guest[]} */ (fresh)]);
			return true;
		}} />`;
}

/** Guests as chips, for the small form. @param {{guests: Guest[], onChange: (guests: Guest[]) => void}} props */
export function GuestChips({ guests, onChange }) {
	if (guests.length === 0) return null;
	return html`<ul class="event-chips">${guests.map((g) => html`<li key=${g.address} class="chip"><${Icon} name=${g.kind === "ROOM" ? "door-open" : g.kind === "GROUP" ? "users" : "user"} /><span dir="auto">${g.name}</span>
		<${IconButton} icon="x" label=${t("event.guests.remove", { name: g.name })} onClick=${() => onChange(guests.filter((x) => x !== g))} /></li>`)}</ul>`;
}

const roles = ["REQ-PARTICIPANT", "OPT-PARTICIPANT", "CHAIR", "NON-PARTICIPANT"];

/**
 * Guests with what they are asked for and whether they are free. @param {{guests: Guest[], onChange: (guests: Guest[]) => void, free: (address: string) => "free" | "busy" | "unknown" | "asking", locked?: boolean}} props
 */
export function GuestRows({ guests, onChange, free, locked }) {
	return html`<ul class="guest-rows">${guests.map((g) => {
		const state = free(g.address);
		return html`<li key=${g.address}><span class=${`busy-dot is-${state}`} aria-hidden="true"></span>
			<span class="grow"><span dir="auto">${g.name}</span> <small class="muted">${[t(`event.busy.${state}`), g.status === "NEEDS-ACTION" ? "" : t(`event.state.${g.status}`)].filter(Boolean).join(", ")}</small></span>
			${!locked && g.kind !== "ROOM" && g.kind !== "RESOURCE" && html`<select class="quiet-select" aria-label=${t("event.role.of", { name: g.name })} value=${g.role} onChange=${(/** @type {any} */ e) => onChange(guests.map((x) => (x === g ? { ...g, role: e.target.value } : x)))}>
				${roles.map((r) => html`<option value=${r} selected=${r === g.role}>${t(`event.role.${r}`)}</option>`)}</select>`}
			${!locked && html`<${IconButton} icon="x" label=${t("event.guests.remove", { name: g.name })} onClick=${() => onChange(guests.filter((x) => x !== g))} />`}</li>`;
	})}</ul>`;
}
