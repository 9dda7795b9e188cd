// Calendars and address books: each with its name, colour, people, links and address.
import { html, useEffect, useState } from "../vendor/preact.js";
import { Palette } from "../calendar/collections.js";
import { birthdays } from "../calendar/groups.js";
import { readBirthdays } from "../calendar/owners.js";
import { api } from "../lib/api.js";
import { colorVars, palette } from "../lib/color.js";
import { makeCollection, proppatch } from "../lib/dav.js";
import { dateFormat, explain, language, t, tn } from "../lib/i18n.js";
import { go, route } from "../lib/router.js";
import { session } from "../lib/settings.js";
import { changeCollection } from "../lib/collection.js";
import { books, calendars, loadHomes } from "../lib/store.js";
import { esc } from "../lib/xml.js";
import { done } from "../lib/undo.js";
import { showBirthdays } from "../sharing/birthdays.js";
import { end } from "../sharing/end.js";
import { People } from "../sharing/people.js";
import { Links } from "../sharing/links.js";
import { intervals, subscribe } from "../sharing/subscribe.js";
import { Copy } from "../ui/copy.js";
import { Dialog, modal } from "../ui/dialog.js";
import { Icon, IconButton } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { CalendarReminders } from "./calendarreminders.js";
import { Group, Switch } from "./general.js";

/** @typedef {import("../lib/store.js").Collection} Collection */

export default function Calendars() {
	const href = route.value.query.get("href");
	const all = [...calendars.value, ...books.value];
	useEffect(() => { readBirthdays(); }, [calendars.value]);
	const one = all.find((c) => c.href === href);
	if (one) return html`<${One} key=${one.href} c=${one} />`;
	const groups = [
		{ title: t("settings.calendars.mine"), of: calendars.value.filter((c) => c.mine) }, { title: t("settings.calendars.shared"), of: calendars.value.filter((c) => !c.mine) },
		{ title: t("settings.books"), of: books.value },
	].filter((g) => g.of.length > 0);
	return html`<div class="row settings-head"><h1 class="spring">${t("settings.calendars")}</h1>
			<button type="button" class="button" onClick=${subscribe}><${Icon} name="rss" />${t("sharing.subscribe")}</button>
			<button type="button" class="button primary" onClick=${create}><${Icon} name="plus" />${t("settings.calendars.new")}</button></div>
		${groups.map((g) => html`<${Group} key=${g.title} title=${g.title}>${g.of.map((c) => html`<a class="thing" key=${c.href} href=${`/settings/calendars?href=${encodeURIComponent(c.href)}`}>
			${c.kind === "calendar" ? html`<span class="dot" style=${colorVars(c.color)}></span>` : html`<${Icon} name="book-user" />`}<span class="grow"><strong dir="auto">${c.name}</strong>${c.description && html`<small dir="auto">${c.description}</small>`}</span>
			${!c.may.write && html`<span class="chip">${t("settings.readonly")}</span>`}<${Icon} name="chevron-right" /></a>`)}<//>`)}
		${birthdays.value !== null && html`<${Group} title=${t("settings.birthdays")}><${Switch} label=${t("settings.birthdays.show")} hint=${t("settings.birthdays.hint")} on=${birthdays.value !== ""} onChange=${showBirthdays} /><//>`}`;
}

/** Does something that may be refused. @param {() => Promise<any>} f */
async function attempt(f) {
	try {
		return await f();
	} catch (err) {
		toast(explain(err), { kind: "error" });
	}
}

/** A collection in full. @param {{c: Collection}} props */
function One({ c }) {
	const isCalendar = c.kind === "calendar", made = c.href === birthdays.value; // the server's: neither shared nor of any weight
	const [feed, setFeed] = useState(/** @type {any} */ (null));
	const loadFeed = async () => {
		const { items } = await api("GET", "subscriptions").catch(() => ({ items: [] }));
		setFeed(items.find((/** @type {any} */ s) => s.href === c.href) ?? null);
	};
	useEffect(() => { if (isCalendar && c.mine) loadFeed(); }, [c.href]);
	const saved = t("settings.saved", { name: c.name });
	/** @param {{name?: string, color?: string, description?: string}} to */
	const change = (to) => attempt(async () => {
		const before = /** @type {typeof to} */ (Object.fromEntries(Object.keys(to).map((k) => [k, c[/** @type {"name"} */ (k)]])));
		await changeCollection(c, to);
		done(saved, () => changeCollection({ ...c, ...to }, before));
	});
	const occupy = async (/** @type {boolean} */ busy) => {
		await proppatch(c.href, `<C:schedule-calendar-transp><C:${busy ? "opaque" : "transparent"}/></C:schedule-calendar-transp>`);
		await loadHomes();
	};
	return html`<div class="row settings-head"><${IconButton} icon="arrow-left" label=${t("ui.back")} onClick=${() => go("/settings/calendars")} /><h1 dir="auto" class="spring">${c.name}</h1></div>
		${!c.mine && html`<p class="note">${t(c.may.write ? "settings.shared.write" : "settings.shared.read", { name: ownerName(c) })}</p>`}
		<${Group} title=${t("settings.basics")}>
			<label class="setting"><span>${t("settings.name")}</span><${Line} value=${c.name} maxlength="200" onSave=${(/** @type {string} */ name) => { if (name && name !== c.name) change({ name }); }} /></label>
			${isCalendar && html`<div class="setting"><span>${t("calendar.color")}</span><${Palette} value=${c.color} onChange=${(/** @type {string} */ color) => change({ color })} /></div>`}
			<label class="setting"><span>${t("settings.description")}</span><${Line} value=${c.description} maxlength="1000" disabled=${!c.may.properties} onSave=${(/** @type {string} */ description) => change({ description })} /></label>
			${isCalendar && !made && html`<${Switch} label=${t("settings.transparent")} hint=${t("settings.transparent.hint")} on=${!c.transparent} onChange=${(/** @type {boolean} */ busy) => attempt(async () => {
				await occupy(busy);
				done(saved, () => occupy(!busy));
			})} />`}
			${isCalendar && !made && !feed && html`<${CalendarReminders} c=${c} attempt=${attempt} />`}
		<//>
		${feed && html`<${Feed} feed=${feed} reload=${loadFeed} />`}
		${c.may.manage && !feed && !made && html`<${Group} title=${t("sharing.title")}><${People} collection=${c} /><//>`}
		${c.may.manage && isCalendar && !feed && !made && html`<${Group} title=${t("sharing.links")}><${Links} collection=${c} /><//>`}
		<${Group} title=${t("settings.elsewhere")}>
			<div class="pad stack"><${Copy} label=${t("settings.dav")} value=${new URL(c.href, location.origin).href} />
				<div class="row"><a class="button" download href=${`/api/export?href=${encodeURIComponent(c.href)}`}><${Icon} name="download" />${t("settings.export")}</a>
					${c.may.add && html`<a class="button" href=${`/import?into=${encodeURIComponent(c.href)}`}><${Icon} name="upload" />${t("settings.import")}</a>`}</div></div>
		<//>
		<div class="buttons"><button type="button" class="button" onClick=${() => drop(c)}><${Icon} name="trash-2" />${made ? t("calendar.birthdays.off") : t(c.mine ? "settings.delete" : "settings.leave")}</button></div>`;
}

/** A field that is saved when it is left. What is read anew meanwhile does not take away what somebody types. @param {{value: string, onSave: (text: string) => void, maxlength: string, disabled?: boolean}} props */
function Line({ value, onSave, ...more }) {
	const [typed, setTyped] = useState(/** @type {string | null} */ (null));
	const text = (/** @type {Event} */ e) => /** @type {HTMLInputElement} */ (e.target).value;
	return html`<input ...${more} dir="auto" value=${typed ?? value} onInput=${(/** @type {Event} */ e) => setTyped(text(e))} onChange=${(/** @type {Event} */ e) => onSave(text(e).trim())} onBlur=${() => setTyped(null)} />`;
}

/** The name in the href of a principal. @param {Collection} c */
function ownerName(c) { return decodeURIComponent(c.owner.replace(/\/$/, "").split("/").at(-1) ?? ""); }

/** How often, in words. @param {number} seconds 0: as the feed says */
function every(seconds) {
	if (seconds === 0) return t("settings.feed.every.0");
	const [n, unit] = seconds % 86400 === 0 ? [seconds / 86400, "day"] : seconds % 3600 === 0 ? [seconds / 3600, "hour"] : [Math.round(seconds / 60), "minute"];
	return t("settings.feed.every", { time: new Intl.NumberFormat(language.value, { style: "unit", unit, unitDisplay: "long" }).format(n) });
}

/** The state of a subscription. @param {{feed: any, reload: () => Promise<void>}} props */
function Feed({ feed, reload }) {
	const [busy, setBusy] = useState(false);
	const refresh = async () => {
		setBusy(true);
		await attempt(() => api("POST", `subscriptions/${feed.id}/refresh`));
		await reload();
		setBusy(false);
	};
	return html`<${Group} title=${t("settings.feed")}>
		<div class="pad"><${Copy} label=${t("sharing.subscribe.url")} value=${feed.url} /></div>
		<label class="setting"><span>${t("settings.feed.interval")}</span><select value=${String(feed.wanted)} onChange=${async (/** @type {Event} */ e) => { await attempt(() => api("PATCH", `subscriptions/${feed.id}`, { interval: Number(/** @type {HTMLSelectElement} */ (e.target).value) })); await reload(); }}>
			${[...new Set([...intervals, feed.wanted])].sort((a, b) => a - b).map((s) => html`<option key=${s} value=${s} selected=${s === feed.wanted}>${every(s)}</option>`)}</select></label>
		<div class="setting"><span>${feed.error ? html`<span class="bad" dir="auto">${feed.error}</span>` : t("settings.feed.good")}<small>${feed.lastAt ? dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(new Date(feed.lastAt)) : t("settings.feed.never")}</small></span>
			<button type="button" class="button" disabled=${busy} onClick=${refresh}><${Icon} name="refresh-cw" />${t("settings.feed.now")}</button></div>${feed.skipped?.count > 0 && html`<details class="pad"><summary>${tn("settings.feed.skipped", feed.skipped.count)}</summary><ul>${feed.skipped.items.map((/** @type {any} */ x) => html`<li key=${x.line} dir="auto">${x.title || t("search.untitled")}: ${x.reason}</li>`)}</ul></details>`}<//>`;
}

/** Makes a calendar, task list or address book. */
async function create() {
	const made = await modal((/** @type {(a: string | null) => void} */ close) => html`<${New} close=${close} />`);
	if (!made) return;
	await loadHomes();
	go(`/settings/calendars?href=${encodeURIComponent(made)}`);
}

/** @param {{close: (href: string | null) => void}} props */
function New({ close }) {
	const [kind, setKind] = useState("VEVENT");
	const [color, setColor] = useState(palette[calendars.value.length % palette.length]);
	const [problem, setProblem] = useState("");
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const name = String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("name")).trim();
		const homes = session.value?.homes;
		if (!homes) return;
		const href = `${kind === "book" ? homes.addressBooks : homes.calendars}${crypto.randomUUID()}/`;
		try {
			if (kind === "book") await makeCollection(href, "addressbook", `<D:displayname>${esc(name)}</D:displayname>`);
			else await makeCollection(href, "calendar", `<D:displayname>${esc(name)}</D:displayname><I:calendar-color>${color}</I:calendar-color><C:supported-calendar-component-set><C:comp name="${kind}"/></C:supported-calendar-component-set>`);
			close(href);
		} catch (err) {
			setProblem(explain(err));
		}
	};
	return html`<${Dialog} title=${t("settings.calendars.new")} onClose=${() => close(null)}><form class="stack" onSubmit=${submit}>
		<label class="field"><span>${t("settings.name")}</span><input name="name" required autofocus dir="auto" maxlength="200" /></label>
		<div class="segments" role="group" aria-label=${t("settings.kind")}>${["VEVENT", "VTODO", "book"].map((k) => html`<button type="button" key=${k} aria-pressed=${k === kind} onClick=${() => setKind(k)}>${t(`settings.kind.${k}`)}</button>`)}</div>
		${kind !== "book" && html`<div class="field"><span>${t("calendar.color")}</span><${Palette} value=${color} onChange=${setColor} /></div>`}
		${problem && html`<p class="problem" role="alert">${problem}</p>`}
		<div class="buttons"><button type="button" class="button" onClick=${() => close(null)}>${t("ui.cancel")}</button><button class="button primary">${t("settings.create")}</button></div></form><//>`;
}

/** Deletes a collection, or leaves a shared one. @param {Collection} c */
async function drop(c) {
	const made = c.href === birthdays.value;
	await attempt(async () => {
		const back = await end(c);
		go("/settings/calendars");
		done(made ? t("sharing.birthdays.off") : t(c.mine ? "settings.deleted" : "settings.left", { name: c.name }), back);
	});
}
