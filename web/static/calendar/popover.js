// The small windows of an event: what it is, and making one. Their contents are loaded with the first of them.
import { explain } from "../lib/i18n.js";
import { addStyle } from "../ui/style.js";
import { toast } from "../ui/toast.js";

/** @param {() => Promise<any>} part @param {(m: any) => void} use */
function loaded(part, use) {
	return Promise.all([part(), addStyle("editor")]).then(([m]) => use(m), (err) => toast(explain(err), { kind: "error" }));
}

/** Shows an occurrence beside where it stands; on a phone from the foot of the page. @param {import("./events.js").Occurrence} occurrence @param {Element | null} anchor */
export function openPopover(occurrence, anchor) { return loaded(() => import("./details.js"), (m) => m.showDetails(occurrence, anchor)); }

/**
 * @typedef {object} Draft an event that is not there yet
 * @property {number} [start] @property {number} [end] instants @property {boolean} [allDay] @property {string} [firstDay] @property {string} [lastDay]
 * @property {string} [title] @property {string} [calendar] href @property {import("./object.js").Form} [form] all of it, instead
 */

/** Shows a small form to make an event. @param {Draft} draft @param {Element | null} anchor @returns {Promise<void>} when it is closed */
export function openDraft(draft, anchor) { return loaded(() => import("./draft.js"), (m) => m.showDraft(draft, anchor)); }
