// Tasks as rows: a box to tick, a title, and what one needs to know at a glance.
import { html, signal } from "../vendor/preact.js";
import { colorVars } from "../lib/color.js";
import { t } from "../lib/i18n.js";
import { taskLists } from "../lib/store.js";
import { Icon } from "../ui/icon.js";
import { mayWrite, removeTask, toggle } from "./change.js";
import { sectionOf } from "./sections.js";
import { goTo, place } from "./state.js";
import { nowHere } from "./tasks.js";
import { dueText, importance, importanceText } from "./text.js";

/** The kind of what is dragged. */
export const dragged = "application/x-convoke-task";

/** The task that Tab goes to. */
const active = signal("");

/** @param {{nodes: import("./sections.js").Node[], first: string, below?: boolean}} props first: the task that Tab goes to at the beginning; below: subtasks */
export function Rows({ nodes, first, below = false }) {
	return html`<ul class="task-list">${nodes.map((n) => html`<${Row} key=${n.task.href} node=${n} first=${first} below=${below} />`)}</ul>`;
}

/** @param {{node: import("./sections.js").Node, first: string, below: boolean}} props */
function Row({ node: { task, children }, first, below }) {
	const may = mayWrite(task.href), tab = (active.value || first) === task.href ? 0 : -1;
	const drag = (/** @type {DragEvent} */ e) => {
		e.stopPropagation();
		e.dataTransfer?.setData(dragged, task.href);
	};
	return html`<li class=${`task ${task.done ? "done" : ""}`} draggable=${may} onDragStart=${drag} data-href=${task.href}>
		<div class=${`task-row ${place.value.href === task.href ? "open" : ""}`}>
			<label class="tick-box"><input type="checkbox" class=${`tick-${importance(task.priority) || "none"}`} checked=${task.done} disabled=${!may} tabindex=${tab} aria-label=${t("tasks.complete", { title: task.title || t("tasks.untitled") })} onChange=${() => toggle(task.href)} /></label>
			<button type="button" class="task-open" tabindex=${tab} aria-current=${place.value.href === task.href ? "true" : undefined} onFocus=${() => { active.value = task.href; }} onClick=${() => goTo({ href: task.href })}>
				<span class="title"><bdi>${task.title || t("tasks.untitled")}</bdi></span><${Facts} task=${task} subtasks=${children} below=${below} /></button>
		</div>
		${children.length > 0 && html`<${Rows} nodes=${children} first=${first} below />`}
	</li>`;
}

/** @param {{task: import("./todo.js").Task, subtasks: import("./sections.js").Node[], below: boolean}} props */
function Facts({ task, subtasks, below }) {
	const list = taskLists.value.find((l) => l.href === task.list), late = sectionOf(task, nowHere()) === "overdue";
	return html`<span class="facts-line">
		${task.due && html`<span class=${late ? "late" : ""}><${Icon} name="calendar" />${dueText(task.due)}${late && html`<span class="visually-hidden"> ${t("tasks.section.overdue")}</span>`}</span>`}
		${task.rule && html`<span title=${t("tasks.repeats")}><${Icon} name="repeat" /><span class="visually-hidden">${t("tasks.repeats")}</span></span>`}
		${importance(task.priority) && html`<span class=${`flag-${importance(task.priority)}`}><${Icon} name="flag" />${importanceText(task.priority)}</span>`}
		${!task.done && task.percent > 0 && html`<span>${task.percent} %</span>`}
		${subtasks.length > 0 && html`<span><${Icon} name="list-checks" />${t("tasks.subtasks.n", { done: subtasks.filter((c) => c.task.done).length, all: subtasks.length })}</span>`}
		${task.note && html`<span title=${t("tasks.note")}><${Icon} name="message-square" /><span class="visually-hidden">${t("tasks.note")}</span></span>`}
		${!place.value.list && list && !below && taskLists.value.length > 1 && html`<span class="in-list" style=${colorVars(list.color)}><span class="dot"></span><span dir="auto">${list.name}</span></span>`}
	</span>`;
}

/** Arrows go from task to task; x ticks, Delete deletes. @param {KeyboardEvent} e */
export function rowKeys(e) {
	const all = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (e.currentTarget).querySelectorAll(".task-open")]);
	const row = /** @type {Element} */ (e.target).closest?.(".task"), here = all.findIndex((x) => x.closest(".task") === row);
	if (here < 0 || e.ctrlKey || e.metaKey || e.altKey) return;
	const href = row?.getAttribute("data-href") ?? "";
	const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[e.key];
	if (to !== undefined) all[Math.max(0, Math.min(to, all.length - 1))]?.focus();
	else if (e.key === "x" && mayWrite(href)) toggle(href);
	else if (e.key === "Delete" && mayWrite(href)) removeTask(href);
	else return;
	e.preventDefault();
}
