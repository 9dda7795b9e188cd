// The fields of the full form, all on one page.
import { html, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { colorVars } from "../lib/color.js";
import { calendars, eventCalendars } from "../lib/store.js";
import { Icon, IconButton } from "../ui/icon.js";
import { useBusy, stateOf } from "./busy.js";
import { CalendarChoice } from "./calendarchoice.js";
import { eventColors } from "./colors.js";
import { GuestRows, PeopleField } from "./people.js";
import { ReminderField } from "./reminderfield.js";
import { RuleField } from "./rulefield.js";
import { safeLink } from "./text.js";
import { WhenFields } from "./whenfields.js";
import { addDays } from "./object.js";

/** @typedef {import("./object.js").Form} Form */

/** When a form is, as instants. @param {Form} form @param {import("./object.js").CalendarObject} object */
export function instants(form, object) {
	return { from: object.instant({ local: form.start, zone: form.zone }), to: object.instant({ local: form.allDay ? addDays(form.end, 1) : form.end, zone: form.endZone }) };
}

/** @param {{icon?: string, color?: string, label?: string, for?: string, children?: any, class?: string}} props */
function Part({ icon, color, children, class: more = "" }) {
	return html`<div class=${`part ${more}`}>${color !== undefined ? html`<span class="dot" style=${colorVars(color)}></span>` : html`<${Icon} name=${icon} />`}<div class="part-body">${children}</div></div>`;
}

/**
 * @param {{form: Form, set: (change: Partial<Form>) => void, calendar: string, setCalendar: (href: string) => void, object: import("./object.js").CalendarObject, uid: string, attendee: boolean | undefined, isNew: boolean}} props
 */
export function EventFields({ form, set, calendar, setCalendar, object, uid, attendee, isNew }) {
	const here = calendars.value.find((c) => c.href === calendar);
	const takes = eventCalendars.value.filter((c) => c.href === calendar || (c.may.add && (isNew || here?.may.remove)));
	return html`<input type="text" class="title-input" dir="auto" autocomplete="off" autofocus=${isNew} readonly=${attendee} aria-label=${t("event.field.title")} placeholder=${t("event.field.title")} value=${form.title} onInput=${(/** @type {any} */ e) => set({ title: e.target.value })} />
		<${Part} color=${here?.color ?? ""} class="calendar-part"><${CalendarChoice} calendar=${calendar} among=${takes} onChange=${setCalendar} /><//>
		<${Part} icon="clock"><${WhenFields} form=${form} onChange=${set} /><//>
		<${Part} icon="repeat"><${RuleField} form=${form} object=${object} locked=${attendee} onChange=${(/** @type {string} */ rule) => set({ rule })} /><//>
		<${Part} icon="users"><${Guests} form=${form} set=${set} object=${object} uid=${uid} locked=${attendee} /><//>
		<${Part} icon="map-pin"><input type="text" dir="auto" autocomplete="off" readonly=${attendee} aria-label=${t("event.field.place")} placeholder=${t("event.field.place")} value=${form.place} onInput=${(/** @type {any} */ e) => set({ place: e.target.value })} /><//>
		<${Part} icon="video"><${LinkInput} label=${t("event.field.conference")} value=${form.conference} readonly=${attendee} onChange=${(/** @type {string} */ conference) => set({ conference })} /><//>
		<${Part} icon="list"><textarea rows="4" dir="auto" readonly=${attendee} aria-label=${t("event.field.description")} placeholder=${t("event.field.description")} value=${form.description} onInput=${(/** @type {any} */ e) => set({ description: e.target.value })}></textarea><//>
		<${Part} icon="bell"><${ReminderField} reminders=${form.reminders} allDay=${form.allDay} onChange=${(/** @type {any} */ reminders) => set({ reminders })} /><//>
		<${Part} icon="eye"><div class="trio"><label class="field"><span>${t("event.field.busy")}</span><select value=${form.free ? "free" : "busy"} onChange=${(/** @type {any} */ e) => set({ free: e.target.value === "free" })}>
				<option value="busy" selected=${!form.free}>${t("event.show.busy")}</option><option value="free" selected=${form.free}>${t("event.show.free")}</option></select></label>
			<label class="field"><span>${t("event.field.privacy")}</span><select value=${form.privacy} disabled=${attendee} onChange=${(/** @type {any} */ e) => set({ privacy: e.target.value })}>
				${[...new Set(["", "PRIVATE", "CONFIDENTIAL", form.privacy === "PUBLIC" ? "PUBLIC" : ""])].map((p) => html`<option value=${p} selected=${p === form.privacy}>${t(`event.privacy.${p || "default"}`)}</option>`)}</select></label>
			<label class="field"><span>${t("event.field.status")}</span><select value=${form.status} disabled=${attendee} onChange=${(/** @type {any} */ e) => set({ status: e.target.value })}>
				${[...new Set([form.status === "CONFIRMED" ? "CONFIRMED" : "", "TENTATIVE", "CANCELLED"])].map((s) => html`<option value=${s} selected=${s === form.status}>${t(`event.status.${s || "CONFIRMED"}`)}</option>`)}</select></label></div><//>
		<${Part} icon="palette"><${Colors} value=${form.color} onChange=${(/** @type {string} */ color) => set({ color })} /><//>
		<${Part} icon="tag"><${Categories} list=${form.categories} onChange=${(/** @type {string[]} */ categories) => set({ categories })} /><//>
		<${Part} icon="link"><${LinkInput} label=${t("event.field.url")} value=${form.url} readonly=${attendee} onChange=${(/** @type {string} */ url) => set({ url })} /><//>
		<${Part} icon="paperclip"><${Attachments} form=${form} set=${set} locked=${attendee} /><//>`;
}

/** @param {{form: Form, set: (change: Partial<Form>) => void, object: import("./object.js").CalendarObject, uid: string, locked: boolean | undefined}} props */
function Guests({ form, set, object, uid, locked }) {
	const [wrong, setWrong] = useState("");
	const { from, to } = instants(form, object);
	const day = 86_400_000, first = Math.floor(from / day) * day - day, last = Math.ceil(to / day) * day + day;
	const busy = useBusy(form.guests.map((g) => g.address), first, last, uid);
	const onChange = (/** @type {import("./object.js").Guest[]} */ guests) => {
		setWrong("");
		const room = guests.find((g) => g.kind === "ROOM" && !form.guests.some((x) => x.address === g.address));
		set(room && form.place === "" ? { guests, place: room.name } : { guests });
	};
	const assistant = async () => {
		const { findTime } = await import("./assistant.js");
		const found = await findTime({ form, object, uid });
		if (found) set(found);
	};
	return html`<div class="stack-s"><div class="row">${!locked && html`<div class="grow"><${PeopleField} guests=${form.guests} onChange=${onChange} onWrong=${(/** @type {string} */ typed) => setWrong(t("event.wrong.guest", { typed }))} /></div>`}
			${!locked && !form.allDay && html`<button type="button" class="button" onClick=${assistant}><${Icon} name="calendar-check" />${t("event.assistant")}</button>`}</div>
		${wrong && html`<p class="problem" role="alert">${wrong}</p>`}
		${form.guests.length > 0 && html`<${GuestRows} guests=${form.guests} onChange=${onChange} locked=${locked} free=${(/** @type {string} */ a) => stateOf(busy, a, from, to)} />`}</div>`;
}

/** @param {{label: string, value: string, readonly?: boolean, onChange: (v: string) => void}} props */
function LinkInput({ label, value, readonly, onChange }) {
	const [left, setLeft] = useState(false);
	const bad = left && value !== "" && !safeLink(value);
	return html`<div><input type="url" dir="ltr" autocomplete="off" spellcheck=${false} readonly=${readonly} aria-label=${label} placeholder=${label} aria-invalid=${bad || undefined} value=${value}
		onInput=${(/** @type {any} */ e) => { setLeft(false); onChange(e.target.value.trim()); }}
		onBlur=${() => { if (/^[\w-]+(\.[\w-]+)+(\/|$)/.test(value)) onChange(`https://${value}`); setLeft(true); }} />${bad && html`<small class="wrong">${t("event.wrong.link")}</small>`}</div>`;
}

/** @param {{value: string, onChange: (v: string) => void}} props */
function Colors({ value, onChange }) {
	const list = ["", ...Object.keys(eventColors), ...(value && !eventColors[value.toLowerCase()] ? [value] : [])];
	const name = (/** @type {string} */ c) => (c === "" ? t("event.color.calendar") : eventColors[c] ? t(`event.color.${c}`) : c);
	return html`<div class="swatches" role="radiogroup" aria-label=${t("event.field.color")}>${list.map((c) => html`<label class=${`swatch ${c === "" ? "none" : ""}`} title=${name(c)} style=${c ? colorVars(eventColors[c.toLowerCase()] ?? c) : undefined}>
		<input type="radio" name="event-color" class="visually-hidden" checked=${value.toLowerCase() === c} onChange=${() => onChange(c)} /><span class="visually-hidden">${name(c)}</span></label>`)}</div>`;
}

/** @param {{list: string[], onChange: (list: string[]) => void}} props */
function Categories({ list, onChange }) {
	const [typed, setTyped] = useState("");
	const take = () => {
		const fresh = typed.split(",").map((c) => c.trim()).filter((c) => c !== "" && !list.includes(c));
		setTyped("");
		if (fresh.length > 0) onChange([...list, ...fresh]);
	};
	return html`<div class="row wrap">${list.map((c) => html`<span class="chip" key=${c}><span dir="auto">${c}</span><${IconButton} icon="x" label=${t("event.category.remove", { name: c })} onClick=${() => onChange(list.filter((x) => x !== c))} /></span>`)}
		<input type="text" class="grow" dir="auto" autocomplete="off" aria-label=${t("event.field.categories")} placeholder=${t("event.field.categories")} value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value)}
			onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if ((e.key === "Enter" || e.key === ",") && typed.trim() && !e.ctrlKey && !e.metaKey) { e.preventDefault(); take(); } }} onBlur=${take} /></div>`;
}

/** @param {{form: Form, set: (change: Partial<Form>) => void, locked: boolean | undefined}} props */
function Attachments({ form, set, locked }) {
	const [typed, setTyped] = useState("");
	const url = safeLink(typed.trim());
	const take = () => {
		if (!url || !/^https?:$/.test(url.protocol)) return;
		set({ attachments: [...form.attachments, { uri: url.href, name: "" }] });
		setTyped("");
	};
	return html`<div class="stack-s">${form.attachments.map((a) => html`<div class="row" key=${a.uri}><span class="grow prose" dir="auto">${a.name || a.uri}</span>
			${!locked && html`<${IconButton} icon="x" label=${t("event.attachment.remove")} onClick=${() => set({ attachments: form.attachments.filter((x) => x !== a) })} />`}</div>`)}
		${!locked && html`<div class="row"><input type="url" class="grow" dir="ltr" autocomplete="off" aria-label=${t("event.field.attachment")} placeholder=${t("event.field.attachment")} value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value)}
			onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && typed.trim()) { e.preventDefault(); take(); } }} onBlur=${take} /></div>`}</div>`;
}
