// Quick add: one line of text makes a task. What was understood stands below as chips before it is saved; each can be taken
// back into the title.
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { explain, language, t } from "../lib/i18n.js";
import { shortcuts } from "../lib/keys.js";
import { zone } from "../lib/settings.js";
import { clockOf, day } from "../lib/time.js";
import { Icon, IconButton } from "../ui/icon.js";
import { create } from "./change.js";
import { listForNew, writable } from "./state.js";
import { dueText, importanceText } from "./text.js";

/** @type {Map<string, Promise<{readQuick: Function, describeRule: Function, chrono: any}>>} */
const readers = new Map();

/** What reads a line: loaded when somebody begins to type. @param {string} lang */
function reader(lang) {
	let p = readers.get(lang);
	if (!p) {
		const chrono = lang === "de" ? import("../vendor/chrono-de.js") : import("../vendor/chrono-en.js");
		p = Promise.all([import("../calendar/quick.js"), import("../calendar/ruletext.js"), chrono]).then(([quick, rule, c]) => ({ readQuick: quick.readQuick, describeRule: rule.describeRule, chrono: c.casual }));
		p.catch(() => readers.delete(lang));
		readers.set(lang, p);
	}
	return p;
}

/** Pieces of a line that say nothing of a task: they are its title. */
const ours = ["date", "time", "repeat", "calendar"];

/**
 * @typedef {{title: string, due: import("./todo.js").When | null, rule: string, priority: number, list: string, chips: {icon: string, text: string, plain: string}[]}} Read
 * @param {string} line @param {any} tools @param {string[]} plain pieces that somebody took back @returns {Read}
 */
export function readTaskLine(line, tools, plain) {
	const mark = plain.includes("priority") ? null : /(?:^|\s)(!{1,3})(?=\s|$)/.exec(line);
	const priority = mark ? [0, 9, 5, 1][mark[1].length] : 0, rest = mark ? line.replace(mark[1], " ") : line;
	const ground = { language: language.value, chrono: tools.chrono, today: day().toString(), clock: clockOf(Date.now()), now: Date.now(), calendars: writable.value.map((l) => l.name), offset: Math.round(Temporal.Now.zonedDateTimeISO(zone.value).offsetNanoseconds / 60e9) };
	const title = [...plain];
	let q = tools.readQuick(rest, { ...ground, plain: title });
	for (let n = 0; n < 8; n++) {
		const others = q.pieces.filter((/** @type {any} */ p) => !ours.includes(p.kind));
		if (others.length === 0) break;
		title.push(...others.map((/** @type {any} */ p) => `${p.kind} ${p.text}`));
		q = tools.readQuick(rest, { ...ground, plain: title });
	}
	const date = q.date || (q.time || q.rule ? day().toString() : "");
	const due = date ? { date, time: q.time ? `${q.time}:00` : "", zone: q.time ? zone.value : "" } : null;
	const rule = q.rule + (q.rule && q.until ? `;UNTIL=${q.until.replace(/-/g, "")}${q.time ? "T235959Z" : ""}` : "");
	const of = (/** @type {string[]} */ kinds) => q.pieces.filter((/** @type {any} */ p) => kinds.includes(p.kind)).map((/** @type {any} */ p) => `${p.kind} ${p.text}`).join("\n");
	return {
		title: q.title, due, rule, priority, list: writable.value.find((l) => l.name === q.calendar)?.href ?? "",
		chips: [
			...(due ? [{ icon: "calendar", text: dueText(due), plain: of(["date", "time"]) }] : []),
			...(rule ? [{ icon: "repeat", text: tools.describeRule(rule, date), plain: of(["repeat"]) }] : []),
			...(priority ? [{ icon: "flag", text: importanceText(priority), plain: "priority" }] : []),
			...(q.calendar ? [{ icon: "list", text: q.calendar, plain: of(["calendar"]) }] : []),
		],
	};
}

export function QuickAdd() {
	const input = useRef(/** @type {HTMLInputElement | null} */ (null));
	const [line, setLine] = useState(""), [plain, setPlain] = useState(/** @type {string[]} */ ([]));
	const [tools, setTools] = useState(/** @type {any} */ (null)), [problem, setProblem] = useState("");
	useLayoutEffect(() => shortcuts([{ key: "c", label: t("tasks.new"), run: () => input.current?.focus() }]), []);
	const read = tools && line.trim() ? readTaskLine(line, tools, plain) : null;
	const type = (/** @type {any} */ e) => {
		setLine(e.target.value);
		setProblem("");
		if (!tools) reader(language.value).then(setTools, (err) => setProblem(explain(err)));
	};
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		if (!line.trim()) return;
		try {
			const what = read ?? readTaskLine(line, await reader(language.value), plain);
			const { title, due, rule, priority } = what;
			setLine("");
			setPlain([]);
			await create(what.list || listForNew.value?.href || "", { title: title || line.trim(), due, rule, priority });
		} catch (err) {
			setLine(line);
			setPlain(plain);
			setProblem(explain(err));
		}
	};
	if (!listForNew.value) return null;
	return html`<form class="task-add" onSubmit=${submit}>
		<div class="task-add-line"><${Icon} name="plus" /><input ref=${input} dir="auto" autocomplete="off" aria-label=${t("tasks.new")} placeholder=${t("tasks.add.placeholder")} value=${line} onInput=${type}
			onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Escape") { setLine(""); setPlain([]); } }} />
			${line.trim() && html`<button class="button primary">${t("ui.add")}</button>`}</div>
		${read && read.chips.length > 0 && html`<ul class="chips" aria-label=${t("tasks.add.understood")}>${read.chips.map((c) => html`<li class="chip" key=${c.plain}><${Icon} name=${c.icon} />${c.text}
			<${IconButton} icon="x" label=${t("tasks.add.plain", { what: c.text })} onClick=${() => { setPlain([...plain, ...c.plain.split("\n")]); input.current?.focus(); }} /></li>`)}</ul>`}
		${problem && html`<p class="problem" role="alert">${problem}</p>`}
	</form>`;
}
