// Finding a time: people and rooms as rows over their busy times, the meeting as a bar that is dragged or moved by keys,
// and the next times at which all are free.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { bare } from "../lib/ics.js";
import { session, settings, zone } from "../lib/settings.js";
import { day, dayText, instantOf, timeText } from "../lib/time.js";
import { Dialog, modal } from "../ui/dialog.js";
import { Icon, IconButton } from "../ui/icon.js";
import { announce } from "../ui/toast.js";
import { stateOf, useBusy } from "./busy.js";
import { instants } from "./fields.js";
import { PeopleField, guestOf } from "./people.js";
import { freeSlots, workHours } from "./slots.js";
import { timesSpan, zoneName } from "./spans.js";

/** @typedef {import("./object.js").Form} Form */
/** @typedef {import("./object.js").Guest} Guest */
/** @typedef {{form: Form, object: import("./object.js").CalendarObject, uid: string}} What */

const quarter = 15 * 60_000, hour = 4 * quarter;

/** Lets somebody find a time. @param {What} what @returns {Promise<Partial<Form> | null>} what changes in the form */
export function findTime(what) {
	return modal((/** @type {(f: Partial<Form> | null) => void} */ close) => html`<${Assistant} what=${what} close=${close} />`);
}

/** @param {{what: What, close: (f: Partial<Form> | null) => void}} props */
function Assistant({ what, close }) {
	const { form, object, uid } = what;
	const [span, setSpan] = useState(() => instants(form, object));
	const [guests, setGuests] = useState(form.guests);
	const [rooms, setRooms] = useState(/** @type {import("./people.js").Found[]} */ ([]));
	const me = bare(session.value?.principal.addresses[0] ?? "");
	const d = day(span.from), from = instantOf(d), to = instantOf(d.add({ days: 1 }));
	useEffect(() => { findRooms().then(setRooms, () => {}); }, []);
	const addresses = [me, ...guests.map((g) => g.address), ...rooms.map((r) => bare(r.address)).filter((a) => !guests.some((g) => g.address === a))];
	const far = instantOf((Temporal.PlainDate.compare(d, day()) < 0 ? day() : d).add({ days: 8 }));
	const busy = useBusy(addresses, from, far, uid);
	const needed = [me, ...guests.filter((g) => g.role !== "OPT-PARTICIPANT").map((g) => g.address)];
	const slots = useMemo(() => !busy ? [] : freeSlots({
		busy: needed.flatMap((a) => busy.get(a)?.blocks ?? []), length: Math.max(span.to - span.from, quarter), after: Math.max(from, Date.now()), until: far,
		hours: (at) => workHours(at, zone.value, settings.value.workHours),
	}), [busy, needed.join(), span.to - span.from, from]);
	const move = (/** @type {{from: number, to: number}} */ s) => {
		setSpan(s);
		announce(timesSpan(s.from, s.to));
	};
	const byDays = (/** @type {number} */ n) => {
		const shift = instantOf(d.add({ days: n })) - from;
		move({ from: span.from + shift, to: span.to + shift });
	};
	const use = () => {
		const [start, end] = [object.clock(form.zone).local(span.from), object.clock(form.endZone).local(span.to)];
		const room = guests.filter((g) => g.kind === "ROOM" && !form.guests.some((x) => x.address === g.address))[0];
		close({ start, end, guests, ...(room && form.place === "" && { place: room.name }) });
	};
	const rows = [{ name: t("event.you"), address: me, role: "" }, ...guests.map((g) => ({ name: g.name, address: g.address, role: g.role, room: g.kind === "ROOM" }))];
	return html`<${Dialog} title=${t("event.assistant")} class="assistant" onClose=${() => close(null)} footer=${html`
			<span class="grow assistant-time" dir="auto">${timesSpan(span.from, span.to)}</span><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button>
			<button type="button" class="button primary" onClick=${use}>${t("event.assistant.use")}</button>`}>
		<div class="row wrap"><${IconButton} icon="chevron-left" label=${t("event.assistant.before")} onClick=${() => byDays(-1)} /><h3 class="assistant-day">${dayText(d, { weekday: "long", day: "numeric", month: "long" })}</h3>
			<${IconButton} icon="chevron-right" label=${t("event.assistant.after")} onClick=${() => byDays(1)} /><span class="spring"></span>
			<div class="assistant-add"><${PeopleField} guests=${guests} onChange=${setGuests} /></div></div>
		<div class="assistant-slots" role="group" aria-label=${t("event.assistant.next")}><span class="muted">${t("event.assistant.next")}</span>
			${slots.map((s) => html`<button type="button" class="button small" aria-pressed=${s.from === span.from} onClick=${() => move(s)}>${dayText(day(s.from), { weekday: "short", day: "numeric", month: "short" })}, ${timeText(s.from)}</button>`)}
			${busy && slots.length === 0 && html`<span>${t("event.assistant.none")}</span>`}</div>
		<${Timeline} rows=${rows} busy=${busy} from=${from} to=${to} span=${span} move=${move} tz=${form.zone} />
		${rooms.length > 0 && html`<${Rooms} rooms=${rooms} guests=${guests} setGuests=${setGuests} busy=${busy} span=${span} />`}
	<//>`;
}

/** Rooms and equipment. @returns {Promise<import("./people.js").Found[]>} */
async function findRooms() { return (await api("GET", "people?q=&rooms=true&limit=50")).items; }

/** @param {{rooms: import("./people.js").Found[], guests: Guest[], setGuests: (g: Guest[]) => void, busy: Map<string, import("./busy.js").Busy> | null, span: {from: number, to: number}}} props */
function Rooms({ rooms, guests, setGuests, busy, span }) {
	const seats = guests.filter((g) => g.kind !== "ROOM" && g.kind !== "RESOURCE").length + 1;
	const list = rooms.map((r) => ({ r, address: bare(r.address), state: stateOf(busy, bare(r.address), span.from, span.to), small: !!r.capacity && r.capacity < seats }));
	const rank = (/** @type {typeof list[0]} */ x) => (x.state === "free" ? 0 : 2) + (x.small ? 1 : 0);
	return html`<h3 class="assistant-head">${t("event.rooms")}</h3><ul class="assistant-rooms">${list.sort((a, b) => rank(a) - rank(b) || (a.r.capacity ?? 0) - (b.r.capacity ?? 0)).map(({ r, address, state, small }) => {
		const taken = guests.some((g) => g.address === address);
		return html`<li key=${address}><span class=${`busy-dot is-${state}`} aria-hidden="true"></span><span class="grow"><span dir="auto">${r.name}</span>
			<small class="muted">${[t(`event.busy.${state}`), r.capacity ? t("event.seats", { n: r.capacity }) : "", small ? t("event.rooms.small") : ""].filter(Boolean).join(" · ")}</small></span>
			<button type="button" class="button small" aria-pressed=${taken} aria-label=${taken ? `${t("event.rooms.taken")}: ${r.name}` : t("event.rooms.add", { name: r.name })} onClick=${() => setGuests(taken ? guests.filter((g) => g.address !== address) : [...guests, guestOf(r)])}>
				<${Icon} name=${taken ? "check" : "plus"} />${t(taken ? "event.rooms.taken" : "ui.add")}</button></li>`;
	})}</ul>`;
}

/** @param {{rows: {name: string, address: string, role: string, room?: boolean}[], busy: Map<string, import("./busy.js").Busy> | null, from: number, to: number, span: {from: number, to: number}, move: (s: {from: number, to: number}) => void, tz: string}} props */
function Timeline({ rows, busy, from, to, span, move, tz }) {
	const scroll = useRef(/** @type {HTMLElement | null} */ (null));
	const drag = useRef(/** @type {{x: number, from: number, to: number, end: boolean, width: number} | null} */ (null));
	const hours = Math.round((to - from) / hour);
	const work = workHours(from + 12 * hour, zone.value, settings.value.workHours);
	useEffect(() => {
		const seen = requestAnimationFrame(() => { // the dialog is open by then
			const el = scroll.current, rtl = document.documentElement.dir === "rtl" ? -1 : 1;
			if (el) el.scrollLeft = rtl * Math.max(0, ((span.from - from) / hour - 2) * 48);
		});
		return () => cancelAnimationFrame(seen);
	}, [from]);
	useEffect(() => {
		const seen = requestAnimationFrame(() => /** @type {HTMLElement | null | undefined} */ (scroll.current?.querySelector(".slot"))?.focus({ preventScroll: true }));
		return () => cancelAnimationFrame(seen);
	}, []);
	const at = (/** @type {number} */ ms) => ((Math.min(Math.max(ms, from), to) - from) / hour).toFixed(3);
	const place = (/** @type {{from: number, to: number}} */ s) => ({ "--at": at(s.from), "--long": (Number(at(s.to)) - Number(at(s.from))).toFixed(3) });
	const keys = (/** @type {KeyboardEvent} */ e) => {
		const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
		const by = { ArrowLeft: -rtl, ArrowRight: rtl, ArrowUp: -1, ArrowDown: 1 }[e.key];
		if (by === undefined) return;
		e.preventDefault();
		if (e.shiftKey) move({ from: span.from, to: Math.max(span.from + quarter, span.to + by * quarter) });
		else move({ from: span.from + by * quarter, to: span.to + by * quarter });
	};
	const down = (/** @type {PointerEvent} */ e) => {
		const end = /** @type {Element} */ (e.target).classList.contains("slot-end");
		/** @type {Element} */ (e.currentTarget).setPointerCapture(e.pointerId);
		drag.current = { x: e.clientX, ...span, end, width: (scroll.current?.querySelector(".lanes")?.getBoundingClientRect().width ?? 1) / hours };
	};
	const moved = (/** @type {PointerEvent} */ e) => {
		const g = drag.current;
		if (!g) return;
		const by = Math.round(((e.clientX - g.x) * (document.documentElement.dir === "rtl" ? -1 : 1) / g.width) * 4) * quarter;
		const next = g.end ? { from: g.from, to: Math.max(g.from + quarter, g.to + by) } : { from: g.from + by, to: g.to + by };
		if (next.from !== span.from || next.to !== span.to) move(next);
	};
	const axis = (/** @type {string} */ zoneOf) => html`<div class="lane-hours" aria-hidden="true">${Array.from({ length: hours }, (_, i) => html`<span style=${{ "--at": i }}>${timeText(from + i * hour, zoneOf).replace(/:00/, "")}</span>`)}</div>`;
	const second = [tz, settings.value.secondTimeZone].find((z) => z && z !== zone.value && z !== "UTC");
	const clash = rows.some((r) => stateOf(busy, r.address, span.from, span.to) === "busy");
	return html`<div class="timeline" ref=${scroll} tabindex="0" role="group" aria-label=${t("event.assistant.rows")} style=${{ "--hours": hours, "--rows": rows.length }}>
		<div class="lane-names"><div class="lane-name axis">${zoneName(zone.value, from)}</div>${second && html`<div class="lane-name axis">${zoneName(second, from)}</div>`}
			${rows.map((r) => html`<div class="lane-name" key=${r.address}><span class=${`busy-dot is-${stateOf(busy, r.address, span.from, span.to)}`} aria-hidden="true"></span><span class="grow" dir="auto" title=${r.name}>${r.name}</span>
				<span class="visually-hidden">${t(`event.busy.${stateOf(busy, r.address, span.from, span.to)}`)}</span>${r.role === "OPT-PARTICIPANT" && html`<small class="muted">${t("event.role.OPT-PARTICIPANT")}</small>`}</div>`)}</div>
		<div class="lanes">${axis(zone.value)}${second && axis(second)}
			<div class="lane-rows">${work ? html`<span class="off" style=${place({ from, to: work.from })}></span><span class="off" style=${place({ from: work.to, to })}></span>` : html`<span class="off" style=${place({ from, to })}></span>`}
				${rows.map((r) => html`<div class=${`lane ${busy?.get(r.address)?.known === false ? "unknown" : ""}`} key=${r.address}>${busy?.get(r.address)?.blocks.filter((b) => b.from < to && b.to > from).map((b) => html`<span class=${`busy-block ${b.type}`} style=${place(b)}></span>`)}</div>`)}
				${span.from < to && span.to > from && html`<button type="button" class=${`slot ${clash ? "clash" : ""}`} style=${place(span)} aria-label=${t("event.assistant.slot", { time: timesSpan(span.from, span.to) })} onKeyDown=${keys} onPointerDown=${down} onPointerMove=${moved}
					onPointerUp=${() => { drag.current = null; }} onPointerCancel=${() => { drag.current = null; }}><span class="slot-end"></span></button>`}</div></div>
	</div>`;
}
