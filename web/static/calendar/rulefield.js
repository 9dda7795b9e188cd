// How an event repeats: what most people choose, all the rest below it, and a sentence that says it.
import { html, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { settings } from "../lib/settings.js";
import { DateField } from "../ui/field.js";
import { addDays, momentValue, readMoment } from "./object.js";
import { nthOf, readRule, weekdayOf, weekdays, writeRule } from "./rule.js";
import { describeRule, nthDay, plain, weekdayName } from "./ruletext.js";

/** @typedef {import("./object.js").Form} Form */
/** @typedef {import("./rule.js").Rule} Rule */

/** What most people choose, for a day. @param {string} start */
function presets(start) {
	const day = weekdayOf(start), last = nthOf(start, true) === -1;
	const nth = nthOf(start) > 4 ? -1 : nthOf(start);
	return ["", "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "FREQ=MONTHLY", `FREQ=MONTHLY;BYDAY=${nth}${day}`, ...(last && nth !== -1 ? [`FREQ=MONTHLY;BYDAY=-1${day}`] : []), "FREQ=YEARLY"];
}

/** The last day of a rule, by the clock of the event. @param {Form} form @param {string} until @param {import("./object.js").CalendarObject} object */
function untilDay(form, until, object) {
	const m = readMoment(until, form.zone);
	return (m.zone === "UTC" && form.zone && m.local.length > 10 ? object.into(m, form.zone) : m).local.slice(0, 10);
}

/** UNTIL at the end of a day (RFC 5545 §3.3.10: UTC for times with a zone). @param {Form} form @param {string} day @param {import("./object.js").CalendarObject} object */
function untilValue(form, day, object) {
	if (form.allDay) return momentValue({ local: day, zone: "" });
	const end = { local: `${day}T23:59:59`, zone: form.zone };
	return momentValue(form.zone ? object.into(end, "UTC") : end);
}

/** The sentence of a rule; the last day by the event's own clock. @param {Form} form @param {import("./object.js").CalendarObject} object */
export function ruleSentence(form, object) {
	const r = readRule(form.rule);
	return describeRule(r.until ? writeRule({ ...r, until: untilDay(form, r.until, object).replace(/-/g, "") }) : form.rule, form.start);
}

/** A rule without what follows from the start of its event. @param {string} rule @param {string} start */
function bareRule(rule, start) {
	const r = readRule(rule);
	if (r.freq === "WEEKLY" && r.byDay.join() === weekdayOf(start)) r.byDay = [];
	if (r.freq === "MONTHLY" && r.byDay.length === 0 && r.byMonthDay.join() === String(Number(start.slice(8, 10)))) r.byMonthDay = [];
	r.more = r.more.filter(([n]) => n !== "WKST");
	return rule === "" ? "" : writeRule(r);
}

/** @param {{form: Form, object: import("./object.js").CalendarObject, onChange: (rule: string) => void, locked?: boolean}} props */
export function RuleField({ form, object, onChange, locked }) {
	const list = presets(form.start), bare = bareRule(form.rule, form.start), known = list.includes(bare);
	const [open, setOpen] = useState(!known && plain(readRule(form.rule)));
	const choose = (/** @type {any} */ e) => {
		const v = e.target.value;
		setOpen(v === "custom");
		if (v === "custom") onChange(form.rule || `FREQ=WEEKLY;BYDAY=${weekdayOf(form.start)}`);
		else if (v !== "keep" && v !== bare) onChange(v);
	};
	return html`<fieldset class="rule" disabled=${locked}><legend class="visually-hidden">${t("event.field.repeat")}</legend>
		<label><span class="visually-hidden">${t("event.field.repeat")}</span><select value=${open ? "custom" : known ? bare : "keep"} onChange=${choose}>
			${list.map((r) => html`<option value=${r} selected=${!open && r === bare}>${r === "" ? t("event.rule.none") : describeRule(r, form.start)}</option>`)}
			${!known && !open && html`<option value="keep" selected>${ruleSentence(form, object)}</option>`}
			<option value="custom" selected=${open}>${t("event.rule.more")}</option></select></label>
		${open && form.rule !== "" && html`<${RuleParts} form=${form} object=${object} onChange=${onChange} />`}
		${form.rule !== "" && open && html`<p class="rule-sentence" aria-live="polite">${ruleSentence(form, object)}</p>`}</fieldset>`;
}

/** @param {{form: Form, object: import("./object.js").CalendarObject, onChange: (rule: string) => void}} props */
function RuleParts({ form, object, onChange }) {
	const r = readRule(form.rule), day = weekdayOf(form.start), date = Number(form.start.slice(8, 10)), month = Number(form.start.slice(5, 7));
	const set = (/** @type {Partial<Rule>} */ change) => onChange(writeRule({ ...r, ...change }));
	const freq = (/** @type {string} */ f) => set({ freq: f, byDay: f === "WEEKLY" ? [day] : [], byMonthDay: [], byMonth: [], bySetPos: [], more: [] });
	const order = weekdays.map((_, i) => weekdays[(i + Number(settings.value.weekStart) + 6) % 7]);
	const days = r.byDay.length > 0 ? r.byDay : [day];
	const toggle = (/** @type {string} */ d) => {
		const next = days.includes(d) ? days.filter((x) => x !== d) : [...days, d];
		if (next.length > 0) set({ byDay: weekdays.filter((x) => next.includes(x)) });
	};
	const nths = [...new Set([nthOf(form.start) > 4 ? -1 : nthOf(form.start), ...(nthOf(form.start, true) === -1 ? [-1] : [])])];
	const yearly = r.freq === "YEARLY" ? { byMonth: [month] } : {};
	const kind = r.byDay.length === 1 && r.freq !== "WEEKLY" ? r.byDay[0] : r.byMonthDay[0] === -1 ? "last" : "date";
	const onDay = (/** @type {any} */ e) => {
		const v = e.target.value;
		if (v === "date") set({ byDay: [], byMonthDay: [], byMonth: [] });
		else if (v === "last") set({ byDay: [], byMonthDay: [-1], ...yearly });
		else set({ byDay: [v], byMonthDay: [], ...yearly });
	};
	const end = r.count > 0 ? "count" : r.until ? "until" : "never";
	const far = addDays(form.start.slice(0, 10), r.freq === "DAILY" ? 30 : r.freq === "WEEKLY" ? 91 : r.freq === "MONTHLY" ? 365 : 1826);
	const ends = (/** @type {any} */ e) => set(e.target.value === "never" ? { count: 0, until: "" } : e.target.value === "count" ? { count: 10, until: "" } : { count: 0, until: untilValue(form, far, object) });
	return html`<div class="rule-parts">
		<div class="rule-line"><label class="field"><span>${t("event.rule.interval")}</span><input type="number" min="1" max="999" value=${r.interval} onInput=${(/** @type {any} */ e) => { const n = Math.trunc(Number(e.target.value)); if (n >= 1 && n <= 999) set({ interval: n }); }} /></label>
			<label class="field grow"><span>${t("event.rule.unit")}</span><select value=${r.freq} onChange=${(/** @type {any} */ e) => freq(e.target.value)}>${["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].map((f) => html`<option value=${f} selected=${f === r.freq}>${t(`event.rule.unit.${f}`)}</option>`)}</select></label></div>
		${r.freq === "WEEKLY" && html`<div class="rule-days" role="group" aria-label=${t("event.rule.days")}>${order.map((d) => html`<button type="button" aria-pressed=${days.includes(d)} aria-label=${weekdayName(d)} onClick=${() => toggle(d)}>${weekdayName(d, "short")}</button>`)}</div>`}
		${(r.freq === "MONTHLY" || r.freq === "YEARLY") && html`<label class="field"><span>${t("event.rule.day")}</span><select value=${kind} onChange=${onDay}>
			<option value="date" selected=${kind === "date"}>${t("event.rule.day.date", { n: date })}</option>
			${nths.map((n) => html`<option value=${`${n}${day}`} selected=${kind === `${n}${day}`}>${nthDay(`${n}${day}`)}</option>`)}
			${!["date", "last", ...nths.map((n) => `${n}${day}`)].includes(kind) && html`<option value=${kind} selected>${nthDay(kind)}</option>`}
			<option value="last" selected=${kind === "last"}>${t("event.rule.day.last")}</option></select></label>`}
		<div class="rule-line"><label class="field grow"><span>${t("event.rule.ends")}</span><select value=${end} onChange=${ends}>${["never", "until", "count"].map((x) => html`<option value=${x} selected=${x === end}>${t(`event.rule.ends.${x}`)}</option>`)}</select></label>
			${end === "count" && html`<label class="field"><span>${t("event.rule.times")}</span><input type="number" min="1" max="9999" value=${r.count} onInput=${(/** @type {any} */ e) => { const n = Math.trunc(Number(e.target.value)); if (n >= 1 && n <= 9999) set({ count: n }); }} /></label>`}
			${end === "until" && html`<${DateField} label=${t("event.rule.last")} hideLabel=${false} value=${untilDay(form, r.until, object)} min=${form.start.slice(0, 10)} onChange=${(/** @type {string} */ d) => set({ until: untilValue(form, d, object) })} />`}</div>
	</div>`;
}
