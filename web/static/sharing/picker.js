// A field that finds people, groups and rooms of the server as somebody types.
import { html } from "../vendor/preact.js";
import { findPeople, Person } from "../calendar/people.js";
import { Suggest } from "../ui/field.js";

/** @typedef {import("../calendar/people.js").Found} Someone */

/** @param {{label: string, kinds: string[], onPick: (who: Someone) => void}} props kinds: those to offer */
export function PersonPicker({ label, kinds, onPick }) {
	return html`<${Suggest} label=${label} placeholder=${label} onPick=${onPick} show=${(/** @type {Someone} */ f) => html`<${Person} f=${f} />`}
		search=${async (/** @type {string} */ typed, /** @type {AbortSignal} */ signal) => (await findPeople(typed, signal, 20)).filter((f) => kinds.includes(f.kind)).slice(0, 8)} />`;
}
