// Quick add: one line of text makes an event. What was understood is shown as chips before it is saved; each can be taken
// back into the title, or corrected.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { explain, language, t } from "../lib/i18n.js";
import { shortcuts } from "../lib/keys.js";
import { settings } from "../lib/settings.js";
import { calendars, eventCalendars } from "../lib/store.js";
import { day, dayText, daysText, timeText, instantOf } from "../lib/time.js";
import { lengthText } from "../lib/typed.js";
import { Dialog, modal } from "../ui/dialog.js";
import { Icon, IconButton } from "../ui/icon.js";
import { addStyle } from "../ui/style.js";
import { warm } from "./change.js";
import { openEditor } from "./editor.js";

/** @typedef {import("./quick.js").Quick} Quick */
/** @typedef {import("./object.js").Form} Form */

/** What reads a line: loaded when somebody begins to type. @type {Map<string, Promise<any>>} */
const readers = new Map();

/** @param {string} lang */
function reader(lang) {
	let p = readers.get(lang);
	if (!p) {
		const chrono = lang === "de" ? import("../vendor/chrono-de.js") : import("../vendor/chrono-en.js");
		p = Promise.all([import("./quick.js"), import("./quickform.js"), chrono, addStyle("editor")]).then(([quick, form, c]) => ({ ...quick, ...form, chrono: c.casual }));
		p.catch(() => readers.delete(lang));
		readers.set(lang, p);
	}
	return p;
}

const icons = /** @type {Record<string, string>} */ ({ date: "calendar", time: "clock", length: "clock", repeat: "repeat", place: "map-pin", guest: "user", calendar: "calendar-days" });

/** The field in a dialog of its own, for phones, whose head has no room for it. */
export async function openQuickAdd() {
	await addStyle("editor");
	return modal((close) => html`<${Dialog} title=${t("event.quick")} class="quick-dialog" onClose=${() => close(null)}><${QuickAdd} onDone=${() => close(null)} /><//>`);
}

/** The field, for the head of the calendar. `q` goes to it. @param {{onDone?: () => void}} props onDone: the line has become an event, or a form */
export default function QuickAdd({ onDone }) {
	const input = useRef(/** @type {HTMLInputElement | null} */ (null));
	const box = useRef(/** @type {HTMLElement | null} */ (null));
	const [line, setLine] = useState("");
	const [plain, setPlain] = useState(/** @type {string[]} */ ([]));
	const [tools, setTools] = useState(/** @type {any} */ (null));
	const [people, setPeople] = useState(/** @type {Record<string, import("./object.js").Guest | null>} */ ({}));
	const [open, setOpen] = useState(false);
	const [problem, setProblem] = useState("");
	const [busy, setBusy] = useState(false);
	useEffect(() => {
		warm();
		return shortcuts([{ key: "q", label: t("event.quick"), run: () => input.current?.focus() }]);
	}, []);
	useEffect(() => {
		const away = (/** @type {PointerEvent} */ e) => { if (!box.current?.contains(/** @type {Node} */ (e.target)) && !document.querySelector("dialog[open]")) setOpen(false); };
		document.addEventListener("pointerdown", away);
		return () => document.removeEventListener("pointerdown", away);
	}, []);
	/** @type {Quick | null} */
	const q = tools && line.trim() ? tools.readQuick(line, tools.groundOf(language.value, tools.chrono, plain)) : null;
	const names = q?.names.join("\n") ?? "";
	useEffect(() => {
		const ask = names.split("\n").filter((n) => n && !(n in people));
		if (ask.length === 0) return undefined;
		const timer = setTimeout(async () => {
			const found = await tools.findGuests(ask).catch(() => ({}));
			setPeople((p) => ({ ...p, ...found }));
		}, 200);
		return () => clearTimeout(timer);
	}, [names]);
	const type = (/** @type {any} */ e) => {
		setLine(e.target.value);
		setProblem("");
		setOpen(true);
		if (!tools) reader(language.value).then(setTools, (err) => setProblem(explain(err)));
	};
	const reset = () => {
		setLine("");
		setPlain([]);
		setOpen(false);
		setProblem("");
	};
	const draft = async () => {
		const use = tools ?? (await reader(language.value));
		const read = q ?? use.readQuick(line, use.groundOf(language.value, use.chrono, plain));
		const asked = read.names.filter((/** @type {string} */ n) => !(n in people));
		const found = asked.length > 0 ? { ...people, ...(await use.findGuests(asked).catch(() => ({}))) } : people;
		return use.formOfQuick(read, found);
	};
	const save = async (/** @type {Event} */ e) => {
		e.preventDefault();
		if (line.trim() === "" || busy) return;
		setBusy(true);
		try {
			const { form, calendar } = await draft();
			const use = tools ?? (await reader(language.value));
			if (await use.saveQuick(form, calendar)) {
				reset();
				onDone?.();
			}
		} catch (err) {
			setProblem(`${explain(err)} ${t("event.kept")}`);
			setOpen(true);
		}
		setBusy(false);
	};
	const more = async () => {
		try {
			const made = await draft();
			reset();
			onDone?.();
			openEditor({ draft: made });
		} catch (err) {
			setProblem(explain(err));
		}
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		if (e.key !== "Escape" || !open) return;
		e.preventDefault();
		e.stopPropagation();
		setOpen(false);
	};
	return html`<form class="quick" ref=${box} role="search" aria-label=${t("event.quick")} onSubmit=${save} onKeyDown=${keys}>
		<${Icon} name="keyboard" /><input ref=${input} type="text" title=${t("event.quick")} dir="auto" autocomplete="off" enterkeyhint="done" aria-label=${t("event.quick")} placeholder=${t("event.quick.hint")} value=${line} onInput=${type} onFocus=${() => { if (line) setOpen(true); addStyle("editor").catch(() => {}); }} />
		${open && line.trim() !== "" && html`<div class="quick-panel"><p class="quick-title" dir="auto">${q ? q.title || t("event.untitled") : "…"}</p>
			${q && html`<ul class="event-chips" aria-label=${t("event.quick.read")}>${chips(q, people).map((c) => html`<li class=${`chip ${c.sure ? "" : "unsure"}`} key=${c.key}><${Icon} name=${icons[c.kind]} /><span dir="auto">${c.label}</span>
				${c.pieces.length > 0 && html`<${IconButton} icon="x" label=${t("event.quick.drop", { what: c.label })} onClick=${() => { setPlain([...plain, ...c.pieces]); input.current?.focus(); }} />`}</li>`)}</ul>`}
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
			<div class="buttons"><button type="button" class="button quiet" onClick=${more}>${t("event.more")}</button><button class="button primary" disabled=${busy}>${t("ui.save")}</button></div></div>`}
	</form>`;
}

/**
 * What was understood, as chips; pieces: what they take back into the title. @param {Quick} q @param {Record<string, import("./object.js").Guest | null>} people
 * @returns {{key: string, kind: string, label: string, pieces: string[], sure: boolean}[]}
 */
function chips(q, people) {
	const of = (/** @type {string} */ kind) => q.pieces.filter((p) => p.kind === kind).map((p) => `${p.kind} ${p.text}`);
	const list = [];
	const date = { weekday: /** @type {const} */ ("short"), day: /** @type {const} */ ("numeric"), month: /** @type {const} */ ("short") };
	const first = q.date ? day(q.date) : day();
	const label = q.lastDate ? daysText(first, day(q.lastDate), date) : dayText(first, date);
	list.push({ key: "date", kind: "date", label, pieces: of("date"), sure: q.date !== "" });
	if (q.time) {
		const text = (/** @type {string} */ c) => timeText(instantOf(day("2026-01-01"), c));
		list.push({ key: "time", kind: "time", label: q.endTime ? `${text(q.time)} – ${text(q.endTime)}` : text(q.time), pieces: of("time"), sure: true });
	}
	if (q.minutes || q.days) list.push({ key: "length", kind: "length", label: lengthText(q.minutes * 60_000 || q.days * 86_400_000), pieces: of("length"), sure: true });
	if (!q.time && !q.minutes) list.push({ key: "allday", kind: "time", label: t("event.allday.short"), pieces: [], sure: false });
	if (q.rule) list.push({ key: "rule", kind: "repeat", label: q.pieces.filter((p) => p.kind === "repeat").map((p) => p.text).join(" "), pieces: of("repeat"), sure: true });
	if (q.place) list.push({ key: "place", kind: "place", label: q.place, pieces: of("place"), sure: true });
	for (const n of q.names) list.push({ key: `guest ${n}`, kind: "guest", label: people[n]?.name ?? n, pieces: of("guest"), sure: !!people[n] });
	const calendar = q.calendar || eventCalendars.value.find((c) => c.href === settings.value.defaultCalendar)?.name;
	if (calendar && calendars.value.length > 1) list.push({ key: "calendar", kind: "calendar", label: calendar, pieces: of("calendar"), sure: q.calendar !== "" });
	return list;
}

