// The calendar: its sidebar, its head, and one of the views. What is done to events in any of them is
// heard by hear.js.
import { effect, html, signal, untracked, useEffect, useRef, useState } from "../vendor/preact.js";
import { calm, later, shownFirst } from "../lib/calm.js";
import { t } from "../lib/i18n.js";
import { route } from "../lib/router.js";
import { recall, remember, zone } from "../lib/settings.js";
import { calendars, hidden } from "../lib/store.js";
import { instantOf } from "../lib/time.js";
import { Icon } from "../ui/icon.js";
import { follow, show } from "./events.js";
import { Head } from "./head.js";
import { Sidebar } from "./sidebar.js";
import { days, drawer, narrow, startClock, title, view } from "./state.js";

const sources = { month: () => import("./month.js"), week: () => import("./week.js"), agenda: () => import("./agenda.js") };
/** @type {import("../vendor/preact.js").Signal<Record<string, any>>} */
const ready = signal({});

/** The module of a view. @param {string} v @returns {"month" | "week" | "agenda"} */
function kindOf(v) { return v === "month" || v === "agenda" ? v : "week"; }

/** @param {"month" | "week" | "agenda"} kind */
async function load(kind) {
	const m = await sources[kind]();
	if (!ready.value[kind]) ready.value = { ...ready.value, [kind]: m.default };
}
if (typeof document !== "undefined" && route.value.screen === "calendar") load(kindOf(view.value)); // while the session is being asked for

/** The rest; what fails is asked for again when it is wanted. */
const loadRest = () => { for (const p of [load("month"), load("week"), load("agenda"), import("./more.js")]) p.catch(() => {}); };

/** The span that is shown. */
const span = () => [instantOf(days.value[0]), instantOf(days.value[days.value.length - 1].add({ days: 1 }))];

/** Asks for what is shown as soon as that is known: the page is drawn while the answer is under way. */
function read() {
	if (route.value.screen !== "calendar" || calendars.value.length === 0) return;
	const [from, to] = span();
	hidden.value;
	untracked(() => show(from, to).finally(shownFirst));
}
if (typeof document !== "undefined") effect(read);

export default function Calendar() {
	const root = useRef(/** @type {HTMLElement | null} */ (null));
	const [side, setSide] = useState(recall("sidebar", true));
	const [drawn, setDrawn] = useState(false);
	useEffect(follow, []);
	useEffect(startClock, []);
	useEffect(() => { later(loadRest); }, []);
	useEffect(() => { if (route.value.query.has("open")) import("./linked.js").then((m) => m.openLinked()); }, [route.value]);
	const [from, to] = span();
	useEffect(() => { calm.then(() => import("./duetasks.js")).then((m) => m.showTasks(from, to)); }, [from, to, calendars.value, zone.value]);
	useEffect(() => { document.title = `${title.value} – ${t("app.calendar")}`; }, [title.value]);
	const kind = kindOf(view.value), View = ready.value[kind];
	useEffect(() => { if (!View) load(kind); }, [kind]);
	const toggleSide = () => {
		if (drawer.value) return setDrawn(!drawn);
		setSide(!side);
		remember("sidebar", !side);
	};
	useEffect(() => {
		/** @type {() => void} */
		let stop = () => {};
		/** A click on an event, or the first letter, that came before anybody heard it. @type {any} */
		let early = null;
		const kept = new AbortController();
		const listen = () => hear((m) => {
			if (kept.signal.aborted) return; // it is heard already, or whoever was quick is elsewhere by now
			kept.abort();
			stop = m.listen(root.current);
			early?.target.dispatchEvent(new early.constructor(early.type, early));
		});
		const keep = (/** @type {any} */ e) => {
			if (e.defaultPrevented || !(e.key ? e.key.length === 1 && !early : e.target.closest("[data-key]"))) return;
			early = e;
			listen();
		};
		for (const name of ["click", "keydown"]) document.addEventListener(name, keep, kept);
		calm.then(listen);
		return () => {
			kept.abort();
			stop();
		};
	}, []);
	const begin = () => hear((m) => m.startNew(root.current));
	return html`<div class=${`calendar ${side && !drawer.value ? "with-sidebar" : ""}`} ref=${root}>
		${side && !drawer.value && html`<aside aria-label=${t("calendar.sidebar")}><${Sidebar} /></aside>`}
		${drawer.value && drawn && html`<${Drawer} onClose=${() => setDrawn(false)} />`}
		<div class="cal-main">
			<${Head} onSidebar=${toggleSide} sidebar=${drawer.value ? drawn : side} onNew=${begin} onDate=${() => hear((m) => m.askDate())} />
			<div class="cal-view">${View && html`<${View} />`}</div>
		</div>
		${narrow.value && html`<button type="button" class="fab" aria-label=${t("calendar.new")} onClick=${begin}><${Icon} name="plus" /></button>`}
	</div>`;
}

/** The sidebar over the page, where there is no room beside it. @param {{onClose: () => void}} props */
function Drawer({ onClose }) {
	const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
	useEffect(() => { ref.current?.showModal(); }, []);
	return html`<dialog ref=${ref} class="drawer" aria-label=${t("calendar.sidebar")} onClose=${onClose}
		onClick=${(/** @type {MouseEvent} */ e) => e.target === ref.current && ref.current?.close()}><div><${Sidebar} onDone=${() => ref.current?.close()} /></div></dialog>`;
}

/** @type {any} */
let ears = null;

/** Does something with hear.js, which comes after the first view. @param {(m: any) => void} f */
function hear(f) {
	if (ears) f(ears);
	else import("./hear.js").then((m) => { ears = m; f(m); });
}
