// The page of the full form: it reads the event, keeps what is typed until it is saved or given up, and saves.
import { html, render, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { explain, t } from "../lib/i18n.js";
import { zone } from "../lib/settings.js";
import { Icon, IconButton } from "../ui/icon.js";
import { confirm } from "../ui/dialog.js";
import { askMail, MailLine, saveLabel } from "./mail.js";
import { carryOut, create, moveBack, movedTo, moveTo, planDelete, planEdit, planNew, toldByPlan } from "./flow.js";
import { DayPanel } from "./daypanel.js";
import { EventFields } from "./fields.js";
import { CalendarObject } from "./object.js";
import { open } from "./opened.js";
import { offerProposal } from "./propose.js";
import { askScope } from "./scope.js";
import { formOf, ofCalendar, trouble } from "./times.js";
import { changed, timeMembers } from "./write.js";

/** @typedef {import("./object.js").Form} Form */
/** @typedef {import("./opened.js").Opened} Opened */
/** @typedef {import("./events.js").Occurrence} Occurrence */

/** @typedef {{opened: Opened | null, occurrence: Occurrence | null, before: Form, calendar: string, object: CalendarObject, typed: boolean}} Begun what the form begins with */

/** @param {{occurrence: Occurrence} | {draft: import("./popover.js").Draft}} what @returns {Promise<Begun>} */
async function begin(what) {
	if ("draft" in what) {
		const { form, calendar } = formOf(what.draft);
		const object = new CalendarObject("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", zone.value);
		return { opened: null, occurrence: null, before: form, calendar, object, typed: form.title !== "" || form.guests.length > 0 };
	}
	const o = what.occurrence, opened = await open(o.href, o.calendar);
	return { opened, occurrence: o, before: opened.object.form(o.recurrenceId), calendar: o.calendar, object: opened.object, typed: false };
}

/** @param {{occurrence: Occurrence} | {draft: import("./popover.js").Draft}} what @returns {Promise<void>} */
export function showEditor(what) {
	return new Promise((resolve) => {
		const before = document.activeElement, place = document.createElement("div");
		document.body.append(place);
		const close = () => {
			render(null, place);
			place.remove();
			if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
			resolve();
		};
		render(html`<${Page} what=${what} onClose=${close} />`, place);
	});
}

/** @param {{what: any, onClose: () => void}} props */
function Page({ what, onClose }) {
	const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
	const [begun, setBegun] = useState(/** @type {Begun | null} */ (null));
	const [problem, setProblem] = useState("");
	const leave = useRef(/** @type {() => Promise<boolean>} */ (async () => true));
	const read = () => {
		setProblem("");
		begin(what).then(setBegun, (err) => setProblem(explain(err)));
	};
	const gone = useRef(false);
	const close = () => {
		if (gone.current) return;
		gone.current = true;
		if (history.state?.editor) history.back();
		ref.current?.close();
		onClose();
	};
	const tryClose = async () => { if (await leave.current()) close(); };
	useEffect(() => {
		ref.current?.showModal();
		read();
		history.pushState({ editor: true }, ""); // Back closes the form
		const back = async () => {
			if (gone.current || history.state?.editor) return;
			if (await leave.current()) close();
			else history.pushState({ editor: true }, "");
		};
		addEventListener("popstate", back);
		return () => removeEventListener("popstate", back);
	}, []);
	return html`<dialog ref=${ref} class="editor-page" aria-labelledby="editor-title" onCancel=${(/** @type {Event} */ e) => { e.preventDefault(); if (e.target === ref.current) tryClose(); }}>
		${begun ? html`<${Editor} begun=${begun} leave=${leave} close=${close} tryClose=${tryClose} />`
		: html`<header class="editor-head"><${IconButton} icon="x" label=${t("ui.close")} onClick=${tryClose} /><h1 id="editor-title">${t("event.title")}</h1></header>
			${problem ? html`<div class="state"><p class="problem" role="alert">${problem}</p><button type="button" class="button primary" onClick=${read}>${t("state.reload")}</button></div>`
			: html`<p class="loading" role="status">${t("state.loading")}</p>`}`}
	</dialog>`;
}

/**
 * Who would hear of the form as it stands, where no scope is to be asked for. @param {Begun} begun @param {Form} form @param {string} calendar @param {boolean} dirty
 */
function useTold(begun, form, calendar, dirty) {
	const [mails, setMails] = useState(/** @type {import("./mail.js").Mail[]} */ ([]));
	const concerned = form.guests.length > 0 || begun.before.guests.length > 0;
	useEffect(() => {
		if (!concerned || !dirty || begun.object.recurring || begun.opened?.role === "attendee") {
			setMails([]);
			return undefined;
		}
		const asked = new AbortController();
		const timer = setTimeout(async () => {
			try {
				const { opened, occurrence, before } = begun;
				const made = opened ? { opened, plan: await planEdit(opened, occurrence?.recurrenceId ?? "", before, form, opened.object.master ? "all" : "this") } : await planNew(form, calendar);
				const found = await toldByPlan(made.opened, made.plan, asked.signal);
				if (!asked.signal.aborted) setMails(found);
			} catch {
				// it is asked again with the next change, and the server decides
			}
		}, 300);
		return () => {
			clearTimeout(timer);
			asked.abort();
		};
	}, [form, calendar, concerned, dirty]);
	return mails;
}

/** @param {{begun: Begun, leave: {current: () => Promise<boolean>}, close: () => void, tryClose: () => void}} props */
function Editor({ begun, leave, close, tryClose }) {
	const { opened, before } = begun;
	const [form, setForm] = useState(before);
	const [calendar, setCalendar] = useState(begun.calendar);
	const choose = (/** @type {string} */ href) => {
		if (!opened) setForm(ofCalendar(form, calendar, href));
		setCalendar(href);
	};
	const [problem, setProblem] = useState("");
	const [busy, setBusy] = useState(false);
	const dirty = begun.typed || changed(before, form).length > 0 || calendar !== begun.calendar;
	const attendee = opened?.role === "attendee";
	const moved = timeMembers.some((k) => before[/** @type {"start"} */ (k)] !== form[/** @type {"start"} */ (k)]);
	const mails = useTold(begun, form, calendar, dirty);
	useLayoutEffect(() => { // at once: Escape may follow a key immediately
		leave.current = async () => !dirty || confirm({ title: t("event.leave.title"), text: t("event.leave.text"), yes: t("event.leave.yes"), danger: true });
		const guard = (/** @type {BeforeUnloadEvent} */ e) => { if (dirty) e.preventDefault(); };
		addEventListener("beforeunload", guard);
		return () => removeEventListener("beforeunload", guard);
	}, [dirty]);
	const set = (/** @type {Partial<Form>} */ change) => {
		setForm((f) => ({ ...f, ...change }));
		setProblem("");
	};
	const save = async (/** @type {Event | undefined} */ e) => {
		e?.preventDefault();
		if (busy) return;
		if (document.activeElement instanceof HTMLElement && document.activeElement.matches("input")) document.activeElement.blur(); // what is typed in it counts
		await Promise.resolve();
		setBusy(true);
	};
	// After the fields have told what was typed last, the form is what is saved.
	useEffect(() => {
		if (!busy) return;
		(async () => {
			const wrong = trouble(form, begun.object) || (calendar === "" ? "event.wrong.calendar" : "");
			if (wrong) return t(wrong);
			if (document.querySelector(".editor-page .time-field [aria-invalid=true]")) return t("event.wrong.time");
			try {
				if (await store(begun, form, calendar, mails, attendee && moved)) close();
				return "";
			} catch (err) {
				return `${explain(err)} ${t("event.kept")}`;
			}
		})().then((p) => {
			setProblem(p);
			setBusy(false);
		});
	}, [busy]);
	const erase = async () => {
		const o = begun.occurrence;
		if (!o || !opened) return;
		try {
			const scope = opened.object.recurring ? await askScope({ object: opened.object, recurrenceId: o.recurrenceId, verb: "delete", attendee }) : "all";
			if (!scope) return;
			const plan = await planDelete(opened, o.recurrenceId, scope);
			const title = before.title || t("event.untitled");
			if (!(await askMail(t("event.delete.title", { title }), await toldByPlan(opened, plan)))) return;
			if (await carryOut(opened, plan, t("event.deleted", { title }))) close();
		} catch (err) {
			setProblem(explain(err));
		}
	};
	const keys = (/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); save(undefined); } };
	const label = attendee && moved ? t("event.propose.title") : saveLabel(mails);
	return html`<form class="editor" onSubmit=${save} onKeyDown=${keys} noValidate>
		<header class="editor-head"><${IconButton} icon="x" label=${t("ui.close")} onClick=${tryClose} />
			<h1 id="editor-title">${t(opened ? "event.edit" : "event.new")}</h1><span class="spring"></span>
			${opened && html`<${IconButton} icon="trash-2" label=${t("ui.delete")} onClick=${erase} />`}
			<button class="button primary save" disabled=${busy}>${label}</button></header>
		<div class="editor-scroll"><div class="editor-main">
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			${attendee && html`<p class="note"><${Icon} name="info" /><span dir="auto">${t("event.attendee.note", { who: before.organizer?.name ?? "" })}</span></p>`}
			<${EventFields} form=${form} set=${set} calendar=${calendar} setCalendar=${choose} object=${begun.object} uid=${opened?.object.uid ?? ""} attendee=${attendee} isNew=${!opened} />
			${mails.length > 0 && html`<${MailLine} mails=${mails} />`}
		</div><${DayPanel} form=${form} object=${begun.object} uid=${opened?.object.uid ?? ""} own=${opened?.href ?? ""} /></div>
	</form>`;
}

/**
 * Saves. @param {Begun} begun @param {Form} form @param {string} calendar @param {import("./mail.js").Mail[]} told what the button said @param {boolean} proposes
 * @returns {Promise<boolean>} false where somebody decided against it
 */
async function store(begun, form, calendar, told, proposes) {
	const { opened, occurrence, before } = begun;
	const title = form.title || t("event.untitled");
	if (!opened || !occurrence) {
		const made = await planNew(form, calendar);
		if (form.guests.length > 0 && !(await askMail(t("event.new"), await toldByPlan(made.opened, made.plan), told))) return false;
		return create(made, form, t("event.created", { title }));
	}
	if (proposes) return offerProposal(opened, occurrence.recurrenceId, before, form);
	const what = changed(before, form);
	const rid = occurrence.recurrenceId;
	/** @type {import("./scope.js").Scope | null} */
	let scope = opened.object.master || !rid ? "all" : "this";
	if (opened.object.recurring && what.length > 0) scope = await askScope({ object: opened.object, recurrenceId: rid, verb: "edit", before, after: form, attendee: opened.role === "attendee" });
	if (!scope) return false;
	if (what.length === 0 && calendar === opened.calendar) return true;
	const label = t("event.changed", { title }), concerned = form.guests.length > 0 || before.guests.length > 0;
	if (what.length > 0 && concerned && !(await askMail(title, await toldByPlan(opened, await planEdit(opened, rid, before, form, scope)), told))) return false;
	const moves = calendar !== opened.calendar, there = moves ? await moveTo(opened, calendar) : opened;
	begun.opened = there; // from where it is tried again
	if (what.length === 0) movedTo(there, opened.calendar, label);
	return what.length === 0 || carryOut(there, await planEdit(there, rid, before, form, scope), label, { form, back: moves ? () => moveBack(there, opened.calendar) : undefined });
}
