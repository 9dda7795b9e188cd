// The small form for a new event: what, when, in which calendar, with whom; "More options" opens the same in full.
import { html, useEffect, useState } from "../vendor/preact.js";
import { explain, t } from "../lib/i18n.js";
import { colorVars } from "../lib/color.js";
import { calendars, eventCalendars } from "../lib/store.js";
import { Icon, IconButton } from "../ui/icon.js";
import { popup } from "../ui/popup.js";
import { CalendarChoice } from "./calendarchoice.js";
import { openEditor } from "./editor.js";
import { create, planNew, toldByPlan } from "./flow.js";
import { askMail, MailLine, saveLabel } from "./mail.js";
import { CalendarObject } from "./object.js";
import { GuestChips, PeopleField } from "./people.js";
import { preview } from "./preview.js";
import { allDay, timed } from "./shift.js";
import { formOf, ofCalendar, trouble } from "./times.js";
import { WhenFields } from "./whenfields.js";
import { zone } from "../lib/settings.js";

/** @param {import("./popover.js").Draft} draft @param {Element | null} anchor */
export function showDraft(draft, anchor) {
	const id = `draft-${crypto.randomUUID()}`;
	return popup((close, held) => html`<${DraftForm} draft=${draft} id=${id} close=${close} held=${held} />`, { anchor, labelledby: id, class: "draft-popup" });
}

/** For the clocks of zones of the tz database. */
const clocks = () => new CalendarObject("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", zone.value);

/** The mails that a new event would cause; asked when guests have stood still for a moment. @param {import("./object.js").Form} form @param {string} calendar */
function useTold(form, calendar) {
	const [mails, setMails] = useState(/** @type {import("./mail.js").Mail[]} */ ([]));
	const guests = form.guests.map((g) => g.address).join();
	useEffect(() => {
		if (guests === "") {
			setMails([]);
			return undefined;
		}
		const asked = new AbortController();
		const timer = setTimeout(async () => {
			try {
				const made = await planNew(form, calendar);
				const found = await toldByPlan(made.opened, made.plan, asked.signal);
				if (!asked.signal.aborted) setMails(found);
			} catch {
				// the server says again when it is saved
			}
		}, 250);
		return () => {
			clearTimeout(timer);
			asked.abort();
		};
	}, [guests, calendar, form.start]);
	return mails;
}

/** What is drawn in the view goes along with the form. @param {import("./object.js").Form} form @param {string} calendar */
function usePreview(form, calendar) {
	useEffect(() => {
		const p = preview.value, object = clocks();
		if (p?.by !== "draft") return;
		const times = trouble(form, object) ? p.times : form.allDay ? allDay(form.start, form.end)
			: timed(object.instant({ local: form.start, zone: form.zone }), object.instant({ local: form.end, zone: form.endZone }));
		preview.value = { ...p, times, o: { ...p.o, title: form.title, allDay: form.allDay, calendar } };
	}, [form, calendar]);
}

/** @param {{draft: import("./popover.js").Draft, id: string, close: () => void, held: {stays: boolean}}} props */
function DraftForm({ draft, id, close, held }) {
	const [{ form, calendar }, setBoth] = useState(() => formOf(draft));
	const [problem, setProblem] = useState("");
	const [busy, setBusy] = useState(false);
	const set = (/** @type {Partial<import("./object.js").Form>} */ change) => {
		setBoth({ form: { ...form, ...change }, calendar });
		setProblem("");
	};
	held.stays = form.title !== (draft.title ?? "") || form.guests.length > 0;
	const mails = useTold(form, calendar);
	usePreview(form, calendar);
	const color = calendars.value.find((c) => c.href === calendar)?.color ?? "";
	const save = async (/** @type {Event} */ e) => {
		e.preventDefault();
		const unread = /** @type {Element} */ (e.target).querySelector(".time-field [aria-invalid=true]") ? "event.wrong.time" : "";
		const wrong = unread || trouble(form, clocks()) || (calendar === "" ? "event.wrong.calendar" : "");
		if (wrong) {
			setProblem(t(wrong));
			return;
		}
		setBusy(true);
		try {
			const made = await planNew(form, calendar);
			if (form.guests.length > 0 && !(await askMail(t("event.new"), await toldByPlan(made.opened, made.plan), mails))) {
				setBusy(false);
				return;
			}
			await create(made, form, t("event.created", { title: form.title || t("event.untitled") }));
			close();
		} catch (err) {
			setProblem(explain(err));
			setBusy(false);
		}
	};
	const more = () => {
		close();
		openEditor({ draft: { form, calendar } });
	};
	return html`<form class="draft" onSubmit=${save}>
		<header class="event-tools"><h2 id=${id}>${t("event.new")}</h2><span class="spring"></span><${IconButton} icon="x" label=${t("ui.close")} onClick=${close} /></header>
		<div class="draft-body"><input type="text" autofocus class="title-input" dir="auto" autocomplete="off" aria-label=${t("event.field.title")} placeholder=${t("event.field.title")} value=${form.title} onInput=${(/** @type {any} */ e) => set({ title: e.target.value })} />
		<div class="event-row"><${Icon} name="clock" /><${WhenFields} form=${form} onChange=${set} small=${true} /></div>
		<div class="event-row"><span class="dot" style=${colorVars(color)}></span><div class="grow stack-s"><${CalendarChoice} calendar=${calendar} among=${eventCalendars.value.filter((c) => c.may.add)} onChange=${(/** @type {string} */ href) => setBoth({ form: ofCalendar(form, calendar, href), calendar: href })} /></div></div>
		<div class="event-row"><${Icon} name="users" /><div class="grow stack-s"><${GuestChips} guests=${form.guests} onChange=${(/** @type {any} */ guests) => set({ guests })} />
			<${PeopleField} guests=${form.guests} onChange=${(/** @type {any} */ guests) => set({ guests })} onWrong=${() => setProblem(t("event.wrong.guest"))} /></div></div>
		${mails.length > 0 && html`<${MailLine} mails=${mails} />`}
		${problem && html`<p class="problem" role="alert">${problem}</p>`}</div>
		<footer class="buttons"><button type="button" class="button quiet" onClick=${more}>${t("event.more")}</button>
			<button class="button primary" disabled=${busy}>${saveLabel(mails)}</button></footer>
	</form>`;
}
