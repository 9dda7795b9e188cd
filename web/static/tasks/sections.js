// How tasks are put in order: by when they are due, with their subtasks below them. Nothing here knows of the page.
import { fold } from "../contacts/match.js";

/** @typedef {import("./todo.js").Task} Task */
/** @typedef {{task: Task, children: Node[]}} Node */
/** @typedef {"overdue" | "today" | "upcoming" | "none" | "done"} Section */

export const sections = /** @type {Section[]} */ (["overdue", "today", "upcoming", "none", "done"]);

/** Where a task belongs by itself. @param {Task} task @param {{day: string, clock: string, inZone: (w: import("./todo.js").When) => {date: string, time: string}}} now @returns {Section} */
export function sectionOf(task, now) {
	if (task.done) return "done";
	if (!task.due) return "none";
	const due = now.inZone(task.due);
	if (due.date < now.day || (due.date === now.day && due.time !== "" && due.time < now.clock)) return "overdue";
	return due.date === now.day ? "today" : "upcoming";
}

/** Before what a task comes: the earlier due, the more important, by name. @param {Task} a @param {Task} b */
function order(a, b) {
	const due = (/** @type {Task} */ x) => (x.due ? `${x.due.date}T${x.due.time || "99"}` : "9999");
	const weight = (/** @type {Task} */ x) => x.priority || 10;
	return due(a) < due(b) ? -1 : due(a) > due(b) ? 1 : weight(a) - weight(b) || a.title.localeCompare(b.title) || (a.href < b.href ? -1 : 1);
}

/**
 * The trees of tasks in their sections. A tree stands where its most urgent open task belongs; a task whose parent is not
 * here, or done while it is open, is a root. @param {Task[]} tasks @param {Parameters<typeof sectionOf>[1]} now
 * @returns {Record<Section, Node[]>}
 */
export function arrange(tasks, now) {
	const byUID = new Map(tasks.map((x) => [`${x.list} ${x.uid}`, x]));
	/** @type {Map<Task, Task[]>} */
	const below = new Map();
	const roots = [];
	for (const x of tasks) {
		const parent = x.parent ? byUID.get(`${x.list} ${x.parent}`) : undefined;
		if (parent && !circular(x, byUID) && (x.done || !parent.done)) below.set(parent, [...(below.get(parent) ?? []), x]);
		else roots.push(x);
	}
	/** @type {(task: Task) => Node} */
	const node = (task) => ({ task, children: (below.get(task) ?? []).sort((a, b) => Number(a.done) - Number(b.done) || order(a, b)).map(node) });
	/** @type {Record<Section, Node[]>} */
	const out = { overdue: [], today: [], upcoming: [], none: [], done: [] };
	for (const root of roots) {
		const n = node(root);
		out[root.done ? "done" : mostUrgent(n, now)].push(n);
	}
	for (const s of sections) out[s].sort((a, b) => (s === "done" ? (a.task.completed < b.task.completed ? 1 : -1) : order(a.task, b.task)));
	return out;
}

/** Whether a task is below itself. @param {Task} task @param {Map<string, Task>} byUID */
function circular(task, byUID) {
	const seen = new Set([task]);
	for (let x = byUID.get(`${task.list} ${task.parent}`); x; x = byUID.get(`${x.list} ${x.parent}`)) {
		if (seen.has(x)) return true;
		seen.add(x);
	}
	return false;
}

/** @param {Node} n @param {Parameters<typeof sectionOf>[1]} now @returns {Section} */
function mostUrgent(n, now) {
	const all = [sectionOf(n.task, now), ...n.children.filter((c) => !c.task.done).map((c) => mostUrgent(c, now))];
	return sections.find((s) => all.includes(s)) ?? "none";
}

/** Whether all words stand in a task. @param {Task} task @param {string[]} words folded */
export function matches(task, words) {
	const hay = fold([task.title, task.note, ...task.categories].join("\n"));
	return words.every((w) => hay.includes(w));
}

/** All tasks below one. @param {Task[]} tasks @param {Task} task @returns {Task[]} */
export function descendants(tasks, task) {
	const found = [], seen = new Set([task.uid]);
	for (let level = [task]; level.length > 0;) {
		const uids = new Set(level.map((x) => x.uid));
		level = tasks.filter((x) => x.list === task.list && x.parent && uids.has(x.parent) && !seen.has(x.uid));
		for (const x of level) seen.add(x.uid);
		found.push(...level);
	}
	return found;
}
