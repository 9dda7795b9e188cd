// Changes of tasks: shown at once, sent with If-Match, done anew on what somebody else made of the task meanwhile, taken back
// by undo. The calendar ticks its due tasks by `toggle`.
import { readLines } from "../calendar/lines.js";
import { reach } from "../lib/api.js";
import { DavError, get, move, newName, put, remove } from "../lib/dav.js";
import { explain, t } from "../lib/i18n.js";
import { taskLists } from "../lib/store.js";
import { done } from "../lib/undo.js";
import { toast } from "../ui/toast.js";
import { descendants } from "./sections.js";
import { everything, listOf, parse, refresh, rules, showNow, taskAt } from "./tasks.js";
import { complete, masterOf, newTask, reopen, revert, touch } from "./todo.js";

/** @typedef {import("../calendar/lines.js").Part} Part */
/** @typedef {{text: string, etag: string}} Stored */

/** Tells that something was refused. @param {unknown} err */
export function tell(err) { toast(explain(err), { kind: "error" }); }

/** @param {string} href */
export function mayWrite(href) { return !!taskLists.value.find((l) => l.href === listOf(href))?.may.write; }

/** @param {string} href @param {string} text @param {string} etag */
async function show(href, text, etag) { showNow(href, await parse(text, { href, list: listOf(href), etag })); }

/** An object as it is sent: with the zones that it names. @param {Part} cal */
async function finished(cal) {
	if (/;TZID=/.test(cal.toString())) {
		const { addZones, fetchZone, missingZones } = await import("../calendar/zones.js");
		const missing = missingZones(cal);
		if (missing.length > 0) addZones(cal, await Promise.all(missing.map((id) => fetchZone(id, reach))));
	}
	return cal.toString();
}

/**
 * Reads a task, changes it and puts it; where somebody else was first, the change is done again on theirs, so that other
 * properties stay as they made them. @param {string} href @param {(cal: Part) => void} edit @returns {Promise<{before: Stored, after: Stored}>}
 */
export async function write(href, edit) {
	const was = taskAt(href);
	try {
		for (let tries = 0; ; tries++) {
			const found = await get(href), before = { text: found.data, etag: found.etag }, cal = readLines(found.data);
			edit(cal);
			const text = await finished(cal);
			if (text === before.text) return { before, after: before };
			await show(href, text, before.etag);
			try {
				const { etag } = await put(href, text, { etag: before.etag });
				await show(href, text, etag);
				return { before, after: { text, etag } };
			} catch (err) {
				if (!(err instanceof DavError) || err.status !== 412 || tries > 3) throw err;
			}
		}
	} catch (err) {
		if (was) showNow(href, was);
		refresh(listOf(href), [href]).catch(() => {});
		throw err;
	}
}

/** Puts a task back as it was; what else was changed since stays. @param {string} href @param {Stored} before @param {Stored} after */
async function putBack(href, before, after) {
	try {
		const { etag } = await put(href, before.text, { etag: after.etag });
		await show(href, before.text, etag);
	} catch (err) {
		if (!(err instanceof DavError) || err.status !== 412) throw err;
		await write(href, (cal) => {
			revert(cal, readLines(before.text), readLines(after.text));
			touch(masterOf(cal), Date.now());
		});
	}
}

/** Changes a task, with undo. @param {string} href @param {(todo: Part, cal: Part) => void} change @param {string} label what was done */
export async function editTask(href, change, label) {
	try {
		const { before, after } = await write(href, (cal) => {
			const todo = masterOf(cal), was = cal.toString();
			change(todo, cal);
			if (cal.toString() !== was) touch(todo, Date.now());
		});
		if (after !== before) done(label, () => putBack(href, before, after));
	} catch (err) {
		tell(err);
	}
}

/**
 * Completes a task with what is below it, or opens it again; with undo. Of a series one occurrence is completed (todo.js).
 * @param {string} href
 */
export async function toggle(href) {
	/** @type {(() => Promise<void>)[]} */
	const undo = [];
	const task = taskAt(href);
	try {
		const starts = await rules();
		const isDone = task ? task.done : (await parse((await get(href)).data, { href, list: listOf(href), etag: "" }))?.done;
		if (task) showNow(href, { ...task, done: !isDone });
		const below = task && !isDone && !task.rule ? descendants(everything.value, task).filter((x) => !x.done && !x.rule) : [];
		for (const one of [href, ...below.map((x) => x.href)]) await tick(one, !isDone, starts, undo);
		const title = taskAt(href)?.title || t("tasks.one");
		done(t(isDone ? "tasks.reopened" : taskAt(href)?.done === false ? "tasks.completed.next" : "tasks.completed", { title }), async () => { for (const step of [...undo].reverse()) await step(); });
	} catch (err) {
		if (task && undo.length === 0) showNow(href, task); // nothing of it is stored
		for (const step of [...undo].reverse()) await step().catch(() => {});
		tell(err);
	}
}

/** @param {string} href @param {boolean} on @param {import("./todo.js").Starts} starts @param {(() => Promise<void>)[]} undo */
async function tick(href, on, starts, undo) {
	/** @type {Part | null} */
	let once = null;
	const uid = crypto.randomUUID();
	const { before, after } = await write(href, (cal) => {
		if (on) once = complete(cal, Date.now(), starts, uid);
		else reopen(cal, Date.now());
	});
	undo.push(() => putBack(href, before, after));
	if (once) undo.push(await store(listOf(href), once));
}

/** Stores a new object; gives how to take that back. @param {string} list @param {Part} cal @param {string} [name] */
async function store(list, cal, name = newName(".ics")) {
	const href = list + name, text = await finished(cal);
	const { etag } = await put(href, text, { create: true });
	await show(href, text, etag);
	return async () => {
		await remove(href);
		showNow(href, null);
	};
}

/** Makes a task, with undo; gives its href, null where it was refused. @param {string} list @param {Omit<Parameters<typeof newTask>[0], "uid">} task */
export async function create(list, task) {
	const name = newName(".ics");
	const undo = await store(list, newTask({ uid: crypto.randomUUID(), ...task }, Date.now()), name);
	done(t("tasks.made", { title: task.title }), undo);
	return list + name;
}

/** Deletes a task with what is below it, with undo. @param {string} href */
export async function removeTask(href) {
	const task = taskAt(href);
	if (!task) return;
	const all = [task, ...descendants(everything.value, task)];
	/** @type {{href: string, text: string}[]} */
	const gone = [];
	for (const x of all) showNow(x.href, null);
	try {
		for (const x of all) {
			const { data, etag } = await get(x.href);
			await remove(x.href, { etag });
			gone.push({ href: x.href, text: data });
		}
	} catch (err) {
		refresh(task.list, all.map((x) => x.href)).catch(() => {});
		tell(err);
	}
	if (gone.length === 0) return;
	done(t("tasks.deleted", { title: task.title || t("tasks.one") }), async () => {
		for (const { href: h, text } of gone) {
			const { etag } = await put(h, text, { create: true });
			await show(h, text, etag);
		}
	});
}

/** Moves a task with what is below it to another list, with undo; gives where it is then. @param {string} href @param {string} list */
export async function moveTask(href, list) {
	const task = taskAt(href);
	if (!task || task.list === list) return null;
	const all = [task, ...descendants(everything.value, task)];
	/** @type {[string, string][]} */
	const moved = [];
	const go = async (/** @type {string} */ from, /** @type {string} */ to) => {
		await move(from, to);
		const x = taskAt(from);
		showNow(from, null);
		if (x) showNow(to, { ...x, href: to, list: listOf(to) });
	};
	try {
		for (const x of all) {
			const to = list + x.href.slice(x.href.lastIndexOf("/") + 1);
			await go(x.href, to);
			moved.push([x.href, to]);
		}
	} catch (err) {
		tell(err);
	}
	if (moved.length === 0) return null;
	const name = taskLists.value.find((l) => l.href === list)?.name ?? "";
	done(t("tasks.moved", { title: task.title, list: name }), async () => { for (const [from, to] of moved) await go(to, from); });
	return moved[0][1];
}

