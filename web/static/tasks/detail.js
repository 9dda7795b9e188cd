// One task in full. Each field is saved when it is left, and can be taken back.
import { html, useEffect, useState } from "../vendor/preact.js";
import { RuleField } from "../calendar/rulefield.js";
import { dateFormat, explain, t } from "../lib/i18n.js";
import { escapeText } from "../lib/ics.js";
import { zone } from "../lib/settings.js";
import { taskLists } from "../lib/store.js";
import { TimeField } from "../ui/field.js";
import { Icon, IconButton } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { addStyle } from "../ui/style.js";
import { create, editTask, mayWrite, moveTask, removeTask, tell, toggle } from "./change.js";
import { goTo, pathOf, writable } from "./state.js";
import { everything, inZone, taskAt } from "./tasks.js";
import { importance } from "./text.js";
import { setDue, setPercent, setRule, setStart } from "./todo.js";

/** @typedef {import("./todo.js").Task} Task */

/** The zones of UNTIL, for the field of rules. */
const clocks = { into: (/** @type {{local: string, zone: string}} */ m, /** @type {string} */ to) => ({ local: Temporal.PlainDateTime.from(m.local).toZonedDateTime(m.zone || zone.value).withTimeZone(to).toPlainDateTime().toString({ smallestUnit: "second" }), zone: to }) };

/** @param {{href: string}} props */
export default function Detail({ href }) {
	useEffect(() => { addStyle("editor").catch(() => {}); }, []);
	const task = taskAt(href);
	if (!task) return html`<div class="state"><${Icon} name="list-checks" /><h2>${t("tasks.gone")}</h2><p>${t("tasks.gone.text")}</p><a class="button" href=${pathOf({ href: "" })}>${t("ui.back")}</a></div>`;
	const may = mayWrite(href), list = taskLists.value.find((l) => l.href === task.list), due = task.due ? inZone(task.due) : null;
	const label = t("tasks.saved", { title: task.title || t("tasks.untitled") });
	const edit = (/** @type {(todo: import("../calendar/lines.js").Part) => void} */ f) => editTask(href, f, label);
	const putDue = (/** @type {string} */ date, /** @type {string} */ time) => edit((todo) => setDue(todo, date ? { date, time: time ? `${time}:00` : "", zone: time ? zone.value : "" } : null));
	const putStart = (/** @type {string} */ date) => edit((todo) => setStart(todo, date)); // the field may show another when that is done
	const move = async (/** @type {string} */ to) => {
		const now = await moveTask(href, to);
		if (now) goTo({ href: now, list: "" }, { replace: true });
	};
	// All of it is what the box says: of a series this one is done, and the next is set.
	const progress = (/** @type {number} */ percent) => (percent === 100 && !task.done ? toggle(href) : edit((todo) => setPercent(todo, percent, Date.now())));
	const start = task.start ?? task.due;
	const ruleForm = start && /** @type {any} */ ({ rule: task.rule, start: start.time ? `${start.date}T${start.time}` : start.date, zone: start.zone, allDay: !start.time });
	return html`<article class="task-detail" aria-label=${task.title || t("tasks.untitled")}>
		<header><a class="icon-button" href=${pathOf({ href: "" })} aria-label=${t("ui.close")}><${Icon} name="x" /></a><span class="spring"></span>
			${!may && html`<span class="chip"><${Icon} name="lock" />${t("tasks.readonly")}</span>`}
			${may && html`<${Menu} label=${t("tasks.menu", { title: task.title })} items=${[
				...writable.value.filter((l) => l.href !== task.list).map((l) => ({ label: t("tasks.move", { list: l.name }), icon: "arrow-right", run: () => move(l.href) })),
				"line", { label: t("ui.delete"), icon: "trash-2", danger: true, run: () => { goTo({ href: "" }, { replace: true }); removeTask(href); } }]} />`}</header>
		<div class="task-title"><label class="tick-box"><input type="checkbox" class=${`tick-${importance(task.priority) || "none"}`} checked=${task.done} disabled=${!may} aria-label=${t("tasks.complete", { title: task.title })} onChange=${() => toggle(href)} /></label>
			<${Text} label=${t("tasks.title.field")} value=${task.title} may=${may} onSave=${(/** @type {string} */ v) => v.trim() && edit((todo) => todo.set("SUMMARY", escapeText(v.trim())))} /></div>
		${task.parent && html`<${Parent} task=${task} />`}
		<fieldset class="task-fields" disabled=${!may}><legend class="visually-hidden">${t("tasks.details")}</legend>
			<div class="pair"><label class="field"><span>${t("tasks.due")}</span><input type="date" max="9998-12-31" value=${due?.date ?? ""} onChange=${(/** @type {any} */ e) => putDue(e.target.value, e.target.value ? due?.time ?? "" : "")} /></label>
				${due && html`<div class="field"><span>${t("tasks.time")}</span>${due.time ? html`<div class="row"><${TimeField} label=${t("tasks.time")} value=${due.time} onChange=${(/** @type {string} */ v) => putDue(due.date, v)} /><${IconButton} icon="x" label=${t("tasks.time.none")} onClick=${() => putDue(due.date, "")} /></div>`
					: html`<button type="button" class="button" onClick=${() => putDue(due.date, "09:00")}><${Icon} name="clock" />${t("tasks.time.add")}</button>`}</div>`}</div>
			<label class="field"><span>${t("tasks.start")}</span><input type="date" max="9998-12-31" value=${task.start ? inZone(task.start).date : ""} disabled=${!!task.rule} onChange=${(/** @type {any} */ e) => putStart(e.target.value)} /></label>
			${ruleForm && html`<div class="field"><span>${t("tasks.repeat")}</span><${RuleField} form=${ruleForm} object=${/** @type {any} */ (clocks)} locked=${!may} onChange=${(/** @type {string} */ rule) => edit((todo) => setRule(todo, rule))} /></div>`}
			<div class="field"><span id="task-priority">${t("tasks.priority")}</span><div class="segments" role="group" aria-labelledby="task-priority">${[0, 9, 5, 1].map((p) => html`<button type="button" aria-pressed=${importance(task.priority) === importance(p)} onClick=${() => edit((todo) => todo.set("PRIORITY", p ? String(p) : ""))}>${p ? t(`tasks.priority.${importance(p)}`) : t("tasks.priority.none")}</button>`)}</div></div>
			<label class="field"><span>${t("tasks.percent")}</span><span class="row"><input type="range" min="0" max="100" step="10" value=${task.percent} aria-valuetext=${`${task.percent} %`} onChange=${(/** @type {any} */ e) => progress(Number(e.target.value))} /><output>${task.percent} %</output></span></label>
			<div class="field"><span>${t("tasks.note")}</span><${Text} label=${t("tasks.note")} value=${task.note} may=${may} area onSave=${(/** @type {string} */ v) => edit((todo) => todo.set("DESCRIPTION", escapeText(v)))} /></div>
		</fieldset>
		<${Subtasks} task=${task} may=${may} />
		<footer class="muted"><p><${Icon} name="list" /><span dir="auto">${list?.name}</span></p>${task.done && task.completed && html`<p><${Icon} name="circle-check" />${t("tasks.completed.at", { when: completedText(task.completed) })}</p>`}</footer>
	</article>`;
}

/** @param {string} stamp */
function completedText(stamp) {
	const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?$/.exec(stamp);
	return m ? dateFormat({ dateStyle: "medium", timeStyle: "short", timeZone: zone.value }).format(Date.UTC(+m[1], +m[2] - 1, +m[3], +m[4], +m[5], +m[6])) : stamp;
}

/** Text that is saved when it is left; what comes from elsewhere shows unless somebody is typing. @param {{label: string, value: string, may: boolean, area?: boolean, onSave: (v: string) => void}} props */
function Text({ label, value, may, area, onSave }) {
	const [typed, setTyped] = useState(/** @type {string | null} */ (null));
	const save = () => {
		if (typed !== null && typed !== value) onSave(typed);
		setTyped(null);
	};
	const more = { "aria-label": label, dir: "auto", value: typed ?? value, readOnly: !may, onInput: (/** @type {any} */ e) => setTyped(e.target.value), onBlur: save };
	const keys = (/** @type {KeyboardEvent} */ e) => {
		if (e.key === "Escape" && typed !== null) {
			e.stopPropagation();
			setTyped(null);
		} else if (e.key === "Enter" && (e.ctrlKey || e.metaKey || !area)) {
			e.preventDefault();
			save();
		}
	};
	return html`<textarea ...${more} class=${area ? "" : "one"} rows=${area ? 5 : 1} onKeyDown=${keys}></textarea>`;
}

/** @param {{task: Task}} props */
function Parent({ task }) {
	const parent = everything.value.find((x) => x.list === task.list && x.uid === task.parent);
	return parent ? html`<p class="task-parent"><${Icon} name="list-checks" /><span>${t("tasks.partof")} <a href=${pathOf({ href: parent.href })} dir="auto">${parent.title || t("tasks.untitled")}</a></span></p>` : null;
}

/** @param {{task: Task, may: boolean}} props */
function Subtasks({ task, may }) {
	const [line, setLine] = useState(""), [problem, setProblem] = useState("");
	const all = everything.value.filter((x) => x.list === task.list && x.parent === task.uid).sort((a, b) => Number(a.done) - Number(b.done) || a.title.localeCompare(b.title));
	const add = async (/** @type {Event} */ e) => {
		e.preventDefault();
		if (!line.trim()) return;
		const title = line.trim();
		setLine("");
		try {
			await create(task.list, { title, due: null, parent: task.uid });
		} catch (err) {
			setLine(title);
			setProblem(explain(err));
			tell(err);
		}
	};
	return html`<section class="subtasks" aria-label=${t("tasks.subtasks")}><h2>${t("tasks.subtasks")}</h2>
		<ul>${all.map((x) => html`<li key=${x.href} class=${x.done ? "done" : ""}><label class="tick-box"><input type="checkbox" class="tick-none" checked=${x.done} disabled=${!may} aria-label=${t("tasks.complete", { title: x.title })} onChange=${() => toggle(x.href)} /></label><a href=${pathOf({ href: x.href })} dir="auto">${x.title || t("tasks.untitled")}</a></li>`)}</ul>
		${may && html`<form onSubmit=${add}><input dir="auto" aria-label=${t("tasks.subtasks.add")} placeholder=${t("tasks.subtasks.add")} value=${line} onInput=${(/** @type {any} */ e) => { setLine(e.target.value); setProblem(""); }} />${line.trim() && html`<button class="button">${t("ui.add")}</button>`}</form>`}
		${problem && html`<p class="problem" role="alert">${problem}</p>`}</section>`;
}
