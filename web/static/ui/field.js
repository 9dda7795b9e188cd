// Fields that take what somebody types: times, dates, and names with suggestions. Lists help; they never block.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { timeText } from "../lib/time.js";
import { lengthText, readClock } from "../lib/typed.js";
import { useUnique } from "./unique.js";

/** A clock as the person likes it. @param {string} clock HH:MM */
export function clockText(clock) { return timeText(Date.parse(`2000-01-01T${clock}Z`), "UTC"); }

/** @param {string} clock */
const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
/** @param {number} n */
const clockAt = (n) => `${String(Math.floor((n % 1440) / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`;

/** The keys of a list below a field. @param {number} count @param {number} at @param {(n: number) => void} setAt @param {(n: number) => void} pick @param {(open: boolean) => void} setOpen @param {boolean} open */
function listKeys(count, at, setAt, pick, setOpen, open) {
	return (/** @type {KeyboardEvent} */ e) => {
		if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			if (count === 0) return;
			e.preventDefault();
			setOpen(true);
			const step = e.key === "ArrowDown" ? 1 : -1;
			setAt(!open && at >= 0 ? at : (at + step + count) % count);
		} else if (e.key === "Enter" && open && at >= 0) {
			e.preventDefault();
			pick(at);
		} else if (e.key === "Escape" && open && count > 0) {
			e.preventDefault();
			e.stopPropagation();
			setOpen(false);
		}
	};
}

/** Keeps the chosen entry of a list in sight. @param {import("../vendor/preact.js").RefObject<HTMLElement | null>} list @param {number} at @param {boolean} open */
function useInSight(list, at, open) {
	useEffect(() => {
		const box = list.current, entry = /** @type {HTMLElement | undefined} */ (box?.children[at]);
		if (open && box && entry) box.scrollTop = entry.offsetTop - box.clientHeight / 2 + entry.offsetHeight / 2;
	}, [open, at]);
}

/**
 * A time that is typed: 9, 930, 9:30, 9p.
 * @param {{label: string, value: string, onChange: (clock: string) => void, from?: string, days?: number, hideLabel?: boolean, id?: string}} props
 * value: HH:MM; from: when it begins, so that the list tells how long it takes; days: from there to here
 */
export function TimeField({ label, value, onChange, from, days = 0, hideLabel = true, id }) {
	const own = useUnique(), name = id ?? own;
	const [typed, setTyped] = useState(/** @type {string | null} */ (null));
	const [open, setOpen] = useState(false);
	const [wrong, setWrong] = useState(false);
	const [at, setAt] = useState(-1);
	const list = useRef(/** @type {HTMLElement | null} */ (null));
	const first = from && days === 0 ? minutes(from) : 0;
	const options = from && days === 0 ? [15, 30, 45, ...Array.from({ length: 14 }, (_, i) => 60 + i * 30)].map((m) => clockAt(first + m)) : Array.from({ length: 48 }, (_, i) => clockAt(i * 30));
	const field = useRef(/** @type {HTMLInputElement | null} */ (null));
	useInSight(list, at, open);
	// Another field has moved this one, which has the focus: what is typed still takes the place of all of it.
	useLayoutEffect(() => { if (typed === null && document.activeElement === field.current) field.current?.select(); }, [value]);
	const commit = (/** @type {string} */ text) => {
		const clock = readClock(text);
		setTyped(clock === null ? text : null);
		setWrong(clock === null);
		if (clock !== null && clock !== value) onChange(clock);
	};
	const pick = (/** @type {number} */ n) => {
		setOpen(false);
		commit(options[n]);
	};
	const near = () => {
		const now = minutes(value);
		const found = options.findIndex((o) => minutes(o) >= now);
		setAt(from && days === 0 ? options.indexOf(value) : Math.max(0, found));
	};
	const keys = listKeys(options.length, at, setAt, pick, setOpen, open);
	return html`<div class="suggest time-field"><label class=${hideLabel ? "visually-hidden" : "label"} for=${name}>${label}</label>
		<input id=${name} ref=${field} type="text" inputmode="text" autocomplete="off" spellcheck=${false} role="combobox" aria-expanded=${open} aria-controls=${`${name}-list`} aria-autocomplete="list"
			aria-activedescendant=${open && at >= 0 ? `${name}-${at}` : undefined} aria-invalid=${wrong || undefined} aria-describedby=${wrong ? `${name}-wrong` : undefined}
			value=${typed ?? clockText(value)}
			onFocus=${(/** @type {any} */ e) => e.target.select()} onClick=${() => { near(); setOpen(true); }}
			onInput=${(/** @type {any} */ e) => { setTyped(e.target.value); setWrong(false); setAt(-1); setOpen(false); }}
			onKeyDown=${(/** @type {KeyboardEvent} */ e) => {
				if ((e.key === "ArrowDown" || e.key === "ArrowUp") && !open && typed === null) near();
				keys(e);
				if (e.key === "Enter" && !e.defaultPrevented && typed !== null) commit(typed);
			}}
			onBlur=${() => { setOpen(false); if (typed !== null) commit(typed); }} />
		${wrong && html`<small class="wrong" id=${`${name}-wrong`} role="alert">${t("ui.time.wrong")}</small>`}
		<div id=${`${name}-list`} ref=${list} class="suggest-list" role="listbox" aria-label=${label} hidden=${!open}>
			${options.map((o, i) => html`<div id=${`${name}-${i}`} role="option" aria-selected=${i === at} class="suggest-item" onPointerDown=${(/** @type {Event} */ e) => { e.preventDefault(); pick(i); }}>
				<span>${clockText(o)}</span>${from && days === 0 && html`<small>${lengthText(((minutes(o) - first + 1440) % 1440 || 1440) * 60_000)}</small>`}</div>`)}
		</div></div>`;
}

/** A date. @param {{label: string, value: string, onChange: (date: string) => void, min?: string, hideLabel?: boolean, id?: string}} props */
export function DateField({ label, value, onChange, min, hideLabel = true, id }) {
	const own = useUnique(), name = id ?? own;
	const change = (/** @type {any} */ e) => { if (/^[1-9]\d{3}-\d\d-\d\d$/.test(e.target.value)) onChange(e.target.value); };
	return html`<div class="date-field"><label class=${hideLabel ? "visually-hidden" : "label"} for=${name}>${label}</label>
		<input id=${name} type="date" required value=${value} min=${min} max="9998-12-31" onInput=${change} onChange=${change} /></div>`;
}

/**
 * A field with suggestions that are asked for. @template T
 * @param {{label: string, placeholder?: string, search: (typed: string, signal: AbortSignal) => Promise<T[]>, show: (item: T) => any, onPick: (item: T) => void,
 *   onText?: (typed: string) => boolean, hideLabel?: boolean, id?: string, icon?: any, eager?: boolean}} props
 * onText: Enter, comma or leaving without a suggestion; gives whether it took what was typed
 */
export function Suggest({ label, placeholder, search, show, onPick, onText, hideLabel = true, id, eager = false }) {
	const own = useUnique(), name = id ?? own;
	const [typed, setTyped] = useState("");
	const [items, setItems] = useState(/** @type {T[]} */ ([]));
	const [open, setOpen] = useState(false);
	const [at, setAt] = useState(-1);
	const list = useRef(/** @type {HTMLElement | null} */ (null));
	const asked = useRef(/** @type {AbortController | null} */ (null));
	useInSight(list, at, open);
	useEffect(() => () => asked.current?.abort(), []);
	const ask = (/** @type {string} */ text) => {
		asked.current?.abort();
		const now = asked.current = new AbortController();
		if (text.trim() === "" && !eager) {
			setItems([]);
			setOpen(false);
			return;
		}
		search(text.trim(), now.signal).then((found) => {
			if (now.signal.aborted) return;
			setItems(found);
			setAt(found.length > 0 && text.trim() !== "" ? 0 : -1);
			setOpen(found.length > 0);
		}, () => {});
	};
	const pick = (/** @type {number} */ n) => {
		const item = items[n];
		asked.current?.abort();
		setTyped("");
		setItems([]);
		setOpen(false);
		onPick(item);
	};
	const take = () => {
		if (typed.trim() === "" || !onText?.(typed.trim())) return false;
		asked.current?.abort();
		setTyped("");
		setOpen(false);
		return true;
	};
	const keys = listKeys(items.length, at, setAt, pick, setOpen, open);
	return html`<div class="suggest"><label class=${hideLabel ? "visually-hidden" : "label"} for=${name}>${label}</label>
		<input id=${name} type="text" autocomplete="off" spellcheck=${false} dir="auto" role="combobox" aria-expanded=${open} aria-controls=${`${name}-list`} aria-autocomplete="list"
			aria-activedescendant=${open && at >= 0 ? `${name}-${at}` : undefined} placeholder=${placeholder} value=${typed}
			onInput=${(/** @type {any} */ e) => { setTyped(e.target.value); ask(e.target.value); }} onFocus=${() => { if (eager) ask(typed); }}
			onKeyDown=${(/** @type {KeyboardEvent} */ e) => {
				keys(e);
				if (!e.defaultPrevented && (e.key === "Enter" || e.key === ",") && typed.trim() !== "") {
					e.preventDefault();
					take();
				}
			}}
			onBlur=${() => { setOpen(false); take(); }} />
		<div id=${`${name}-list`} ref=${list} class="suggest-list" role="listbox" aria-label=${label} hidden=${!open}>
			${items.map((item, i) => html`<div id=${`${name}-${i}`} role="option" aria-selected=${i === at} class="suggest-item" onPointerDown=${(/** @type {Event} */ e) => { e.preventDefault(); pick(i); }}>${show(item)}</div>`)}
		</div></div>`;
}
