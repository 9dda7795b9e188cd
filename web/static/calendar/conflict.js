// Two people have changed the same thing to something different: both versions, field by field.
import { html, useState } from "../vendor/preact.js";
import { unescapeText } from "../lib/ics.js";
import { t } from "../lib/i18n.js";
import { zone } from "../lib/settings.js";
import { dayText, timeText } from "../lib/time.js";
import { Dialog, confirm, modal } from "../ui/dialog.js";
import { readMoment } from "./object.js";
import { dateText } from "./scope.js";
import { describeRule } from "./ruletext.js";
import { clockIn } from "./zones.js";

/** @typedef {import("./merge.js").Conflict} Conflict */
/** @typedef {import("./lines.js").Line} Line */

const labels = /** @type {Record<string, string>} */ ({
	SUMMARY: "title", DTSTART: "time", RRULE: "repeat", LOCATION: "place", DESCRIPTION: "description", STATUS: "status", TRANSP: "busy", CLASS: "privacy",
	CATEGORIES: "categories", COLOR: "color", URL: "url", ATTENDEE: "guests", CONFERENCE: "conference", VALARM: "reminders", BEGIN: "exception", EXDATE: "exception",
});

/** @param {Conflict} c */
function label(c) {
	const what = labels[c.name] ? t(`event.field.${labels[c.name]}`) : c.name;
	return c.part ? `${what}, ${dateText(readMoment(c.part, "").local)}` : what;
}

/** What one side says, for people. @param {Conflict} c @param {Line[]} lines */
function shown(c, lines) {
	if (c.name === "BEGIN" && lines.length === 0) return t("event.conflict.removed");
	if (lines.length === 0) return c.name === "VALARM" ? t("event.conflict.other") : t("event.conflict.empty");
	if (c.name === "DTSTART") return lines.filter((l) => l.name === "DTSTART" || l.name === "DTEND").map((l) => {
		const m = readMoment(l.value, l.param("TZID"));
		const date = dayText(Temporal.PlainDate.from(m.local.slice(0, 10)), { weekday: "short", day: "numeric", month: "short" });
		return m.local.length === 10 ? date : `${date} ${timeText(clockIn(m.zone, null, zone.value).instant(m.local))}`;
	}).join(" – ");
	if (c.name === "RRULE") return lines.filter((l) => l.name === "RRULE").map((l) => describeRule(l.value, "")).join("; ");
	if (c.name === "ATTENDEE") return lines.map((l) => `${l.param("CN") || unescapeText(l.value)} ${t(`event.state.${l.param("PARTSTAT") || "NEEDS-ACTION"}`)}`).join(", ");
	return lines.map((l) => unescapeText(l.value)).join(", ");
}

/** @param {{conflicts: Conflict[], close: (a: ((c: Conflict) => "mine" | "theirs") | null) => void}} props */
function Conflicts({ conflicts, close }) {
	const [picked, setPicked] = useState(/** @type {("mine" | "theirs")[]} */ (conflicts.map(() => "mine")));
	const keyOf = (/** @type {Conflict} */ c) => `${c.part} ${c.name} ${c.mine.map((l) => l.value)} ${c.theirs.map((l) => l.value)}`;
	const choose = (/** @type {Conflict} */ c) => picked[conflicts.findIndex((x) => keyOf(x) === keyOf(c))] ?? "mine";
	return html`<${Dialog} title=${t("event.conflict.title")} class="conflict-dialog" onClose=${() => close(null)} footer=${html`
			<button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" class="button primary" onClick=${() => close(choose)}>${t("ui.save")}</button>`}>
		<p>${t("event.conflict.text")}</p>
		${conflicts.map((c, i) => html`<fieldset key=${i} class="versions"><legend>${label(c)}</legend>
			${/** @type {("mine" | "theirs")[]} */ (["mine", "theirs"]).map((side) => html`<label class="version"><input type="radio" name=${`version-${i}`} checked=${picked[i] === side}
				onChange=${() => setPicked(picked.map((p, n) => (n === i ? side : p)))} />
				<span><small>${t(`event.conflict.${side}`)}</small><span dir="auto">${shown(c, c[side])}</span></span></label>`)}
		</fieldset>`)}
	<//>`;
}

/** Asks whose values stand. @param {Conflict[]} conflicts @returns {Promise<((c: Conflict) => "mine" | "theirs") | null>} */
export function askConflicts(conflicts) {
	return modal((/** @type {(a: any) => void} */ close) => html`<${Conflicts} conflicts=${conflicts} close=${close} />`);
}

/** Asks whether to delete what somebody has changed meanwhile. */
export function askDelete() {
	return confirm({ title: t("event.conflict.title"), text: t("event.conflict.delete"), yes: t("ui.delete"), danger: true });
}
