// How a change goes: read the whole object, change it, ask about a series, say who hears of it, show the outcome, write
// it only over the version that was seen, and keep how it is taken back.
import { api } from "../lib/api.js";
import { DavError, get, move, newName, put, remove } from "../lib/dav.js";
import { t } from "../lib/i18n.js";
import { route } from "../lib/router.js";
import { zone } from "../lib/settings.js";
import { calendars } from "../lib/store.js";
import { day } from "../lib/time.js";
import { done } from "../lib/undo.js";
import { announce } from "../ui/toast.js";
import { expect, settle, windowOf } from "./events.js";
import { expand } from "./expected.js";
import { askMail, toldBy } from "./mail.js";
import { merge } from "./merge.js";
import { CalendarObject } from "./object.js";
import { copyOf, finished, groundOf, open, ownerOf } from "./opened.js";
import { askScope } from "./scope.js";
import { deleteFollowing, deleteThis, editAll, editFollowing, editThis, isFirst } from "./scopes.js";
import { days, goTo } from "./state.js";
import { refresh } from "./sync.js";
import { newObject, touch } from "./write.js";

/** @typedef {import("./events.js").Occurrence} Occurrence */
/** @typedef {import("./object.js").Form} Form */
/** @typedef {import("./opened.js").Opened} Opened */
/** @typedef {import("./scope.js").Scope} Scope */

/**
 * @typedef {object} Plan what a change would write
 * @property {string | null} data null: the object is deleted @property {CalendarObject | null} object
 * @property {string} [newName] @property {string} [newData] @property {CalendarObject} [next] the second part of a series that is split
 * @property {import("./object.js").Moment[]} lost exceptions that fit nowhere any more
 */

/** What an edit of a form would write. @param {Opened} opened @param {string} recurrenceId @param {Form} before @param {Form} after @param {Scope} scope @returns {Promise<Plan>} */
export async function planEdit(opened, recurrenceId, before, after, scope) {
	const object = copyOf(opened), g = groundOf(opened.owner);
	if (scope === "following" && isFirst(object, object.instanceOf(recurrenceId))) scope = "all";
	if (scope === "this") {
		editThis(object, recurrenceId, before, after, g);
		return { object, data: await finished(object), lost: [] };
	}
	if (scope === "all") {
		const { lost } = editAll(object, recurrenceId, before, after, g);
		return { object, data: await finished(object), lost };
	}
	const { next, told } = editFollowing(object, recurrenceId, before, after, g, crypto.randomUUID());
	return { object, data: await finished(object), next, newName: newName(".ics"), newData: await finished(next), lost: told.lost };
}

/** What a deletion would write. @param {Opened} opened @param {string} recurrenceId @param {Scope} scope @returns {Promise<Plan>} */
export async function planDelete(opened, recurrenceId, scope) {
	const object = copyOf(opened), g = groundOf(opened.owner);
	const first = object.master && isFirst(object, object.instanceOf(recurrenceId));
	if (scope === "all" || (scope === "following" && first)) return { object: null, data: null, lost: [] };
	if (scope === "following") deleteFollowing(object, recurrenceId, g);
	else if (!deleteThis(object, recurrenceId, g)) return { object: null, data: null, lost: [] };
	return { object, data: await finished(object), lost: [] };
}

/** @param {Opened} opened @param {Plan} plan @param {AbortSignal} [signal] */
export function toldByPlan(opened, plan, signal) {
	// Without If-Match: what somebody else has changed meanwhile is for the write to find.
	return toldBy({ href: opened.href, data: plan.data, newName: plan.newName, newData: plan.newData }, signal);
}

/** Whether others are concerned, so that it is worth asking who hears of it. @param {Opened} opened @param {Plan} plan */
function concernsOthers(opened, plan) { return opened.object.events.some((e) => e.line("ATTENDEE")) || !!plan.object?.events.some((e) => e.line("ATTENDEE")); }

/** Shows a plan's outcome. @param {Opened} opened @param {Plan} plan */
function preview(opened, plan) {
	const w = windowOf(opened.calendar);
	expect(opened.href, plan.object && expand(plan.object, opened.href, opened.calendar, w));
	if (plan.next && plan.newName) expect(opened.calendar + plan.newName, expand(plan.next, opened.calendar + plan.newName, opened.calendar, w));
}

/** Reads what was written. Where that fails the stream brings it later: the change itself is made. @param {string} calendar @param {string[]} hrefs */
function readAgain(calendar, hrefs) { return refresh(calendar, hrefs).catch(() => {}); }

/** Leads to what was written where the page does not show its days. @param {CalendarObject} object @param {Form} form */
function leadTo(object, form) {
	const [first, last] = [[form.start, form.zone], [form.end, form.endZone]].map(([local, tz]) => (form.allDay ? local : day(object.instant({ local, zone: tz })).toString()));
	if (route.value.screen === "calendar" && days.value.some((d) => first <= d.toString() && d.toString() <= last)) return undefined;
	return { label: t("event.lead"), run: () => goTo({ date: day(first) }) };
}

/**
 * Carries a plan out: shows it, writes it, reads it again. @param {Opened} opened @param {Plan} plan @param {string} label what was done
 * @param {{form?: Form, back?: () => Promise<void>}} [more] form: what was saved; back: what else is taken back with it
 * @returns {Promise<boolean>} false where somebody decided against it at a conflict
 */
export async function carryOut(opened, plan, label, { form, back } = {}) {
	const second = plan.newName ? opened.calendar + plan.newName : "";
	preview(opened, plan);
	try {
		if (!(await write(opened, plan))) return false;
		await readAgain(opened.calendar, [opened.href, second].filter(Boolean));
	} finally {
		settle(opened.href);
		if (second) settle(second);
	}
	announce(label);
	done(label, async () => {
		if (!(await takeBack(opened, plan, second, label))) return false;
		await back?.();
	}, form && plan.object ? leadTo(plan.object, form) : undefined);
	return true;
}

/** @param {Opened} opened @param {Plan} plan */
async function write(opened, plan) {
	if (plan.newName && plan.newData) {
		await api("POST", "split", { href: opened.href, ifMatch: opened.etag, data: plan.data, newName: plan.newName, newData: plan.newData });
		return true;
	}
	try {
		if (plan.data === null) await remove(opened.href, { etag: opened.etag });
		else await put(opened.href, plan.data, { etag: opened.etag, scheduleTag: opened.scheduleTag });
		return true;
	} catch (err) {
		if (!(err instanceof DavError) || err.status !== 412) throw err;
		return settleConflict(opened, plan);
	}
}

/** Somebody else has changed it: what both did is brought together, or one is asked. @param {Opened} opened @param {Plan} plan */
async function settleConflict(opened, plan) {
	for (let i = 0; i < 3; i++) {
		const now = await get(opened.href);
		if (plan.data === null) {
			const { askDelete } = await import("./conflict.js");
			if (!(await askDelete())) return false;
			await remove(opened.href, { etag: now.etag });
			return true;
		}
		let { text, conflicts } = merge(opened.data, plan.data, now.data);
		if (conflicts.length > 0) {
			const { askConflicts } = await import("./conflict.js");
			const choice = await askConflicts(conflicts);
			if (!choice) return false;
			text = merge(opened.data, plan.data, now.data, choice).text;
		}
		try {
			await put(opened.href, text, { etag: now.etag, scheduleTag: now.scheduleTag });
			return true;
		} catch (err) {
			if (!(err instanceof DavError) || err.status !== 412) throw err;
		}
	}
	throw new DavError(412, "", opened.href);
}

/**
 * Takes a plan back, after it was said who hears of that; an answer is taken back as it was given, without. What came since,
 * as answers of guests, stays. It can be tried again from where it broke off.
 * @param {Opened} opened @param {Plan} plan @param {string} second href of the second part @param {string} label what was done
 * @returns {Promise<boolean>} false where somebody decided against it
 */
async function takeBack(opened, plan, second, label) {
	const now = plan.data === null ? null : await get(opened.href);
	const data = now && plan.data !== null ? merge(plan.data, opened.data, now.data, () => "mine").text : opened.data;
	if (opened.role === "organizer" && concernsOthers(opened, plan)) {
		const told = await toldBy({ href: opened.href, ifMatch: now?.etag, data });
		const too = second ? await toldBy({ href: second, data: null }) : [];
		if (!(await askMail(t("event.undo.title", { what: label }), [...told, ...too.filter((m) => !told.some((x) => x.address === m.address))]))) return false;
	}
	await put(opened.href, data, now ? { etag: now.etag, scheduleTag: now.scheduleTag } : { create: true }); // what is there again leaves the trash
	if (second) await remove(second);
	await readAgain(opened.calendar, [opened.href, second].filter(Boolean));
	return true;
}

/** Makes a new event. @param {Form} form @param {string} calendar @returns {Promise<{href: string, plan: Plan, opened: Opened}>} */
export async function planNew(form, calendar) {
	const owner = await ownerOf(calendar), g = groundOf(owner);
	const object = newObject(form, crypto.randomUUID(), g);
	const data = await finished(object), href = calendar + newName(".ics");
	const opened = { href, calendar, data: "", etag: "", scheduleTag: "", object, owner, role: /** @type {const} */ ("organizer") };
	return { href, plan: { object, data, lost: [] }, opened };
}

/** Writes a new event. @param {Awaited<ReturnType<typeof planNew>>} made @param {Form} form @param {string} label */
export async function create({ href, plan, opened }, form, label) {
	preview(opened, plan);
	try {
		await put(href, /** @type {string} */ (plan.data), { create: true });
		await readAgain(opened.calendar, [href]);
	} finally {
		settle(href);
	}
	announce(label);
	done(label, async () => {
		if (concernsOthers(opened, plan) && !(await askMail(t("event.undo.title", { what: label }), await toldBy({ href, data: null })))) return false;
		await remove(href);
		await readAgain(opened.calendar, [href]);
	}, leadTo(opened.object, form));
	return true;
}

/** Takes an object to another calendar; gives it as it is there. @param {Opened} opened @param {string} calendar @returns {Promise<Opened>} */
export async function moveTo(opened, calendar) {
	const href = calendar + opened.href.slice(opened.calendar.length);
	await move(opened.href, href, opened.etag);
	await Promise.all([refresh(opened.calendar, [opened.href]), refresh(calendar, [href])]);
	return open(href, calendar);
}

/** Takes an object back to the calendar that it came from. @param {Opened} there @param {string} calendar */
export async function moveBack(there, calendar) { await moveTo(await open(there.href, there.calendar), calendar); }

/** Tells that an object was taken to another calendar, and nothing else. @param {Opened} there @param {string} from @param {string} label */
export function movedTo(there, from, label) {
	announce(label);
	done(label, () => moveBack(there, from));
}

/** A new time in a form. @param {Opened} opened @param {Form} form @param {import("./change.js").Span} to @returns {Form} */
function at(opened, form, to) {
	if (!("start" in to)) return { ...form, allDay: true, start: to.firstDay, end: to.lastDay, zone: "", endZone: "" };
	const tz = form.allDay ? zone.value : form.zone, endTz = form.allDay ? zone.value : form.endZone;
	return { ...form, allDay: false, zone: tz, endZone: endTz, start: opened.object.clock(tz).local(to.start), end: opened.object.clock(endTz).local(to.end) };
}

/** @param {Opened} opened @param {Occurrence} o @param {import("./scope.js").Question["verb"]} verb @param {{before?: Form, after?: Form}} [forms] */
async function scopeFor(opened, o, verb, forms = {}) {
	if (!opened.object.recurring) return opened.object.master || !o.recurrenceId ? "all" : "this";
	return askScope({ object: opened.object, recurrenceId: o.recurrenceId, verb, attendee: opened.role === "attendee", ...forms });
}

/** @param {Occurrence} o @param {import("./change.js").Span} to */
export async function reschedule(o, to) {
	const opened = await open(o.href, o.calendar);
	const before = opened.object.form(o.recurrenceId), after = at(opened, before, to);
	if (opened.role === "attendee") {
		settle(o.href);
		const { offerProposal } = await import("./propose.js");
		return offerProposal(opened, o.recurrenceId, before, after);
	}
	const scope = await scopeFor(opened, o, "edit", { before, after });
	if (!scope) return false;
	const plan = await planEdit(opened, o.recurrenceId, before, after, scope);
	if (!(await mayTell(opened, plan, t("event.move.title", { title: before.title || t("event.untitled") })))) return false;
	return carryOut(opened, plan, t("event.moved", { title: before.title || t("event.untitled") }));
}

/** @param {Opened} opened @param {Plan} plan @param {string} title */
async function mayTell(opened, plan, title) {
	return !concernsOthers(opened, plan) || askMail(title, await toldByPlan(opened, plan));
}

/** @param {Occurrence} o */
export async function removeEvent(o) {
	const opened = await open(o.href, o.calendar);
	const scope = await scopeFor(opened, o, "delete");
	if (!scope) return false;
	const plan = await planDelete(opened, o.recurrenceId, scope);
	const title = opened.object.form(o.recurrenceId).title || t("event.untitled");
	if (!(await mayTell(opened, plan, t("event.delete.title", { title })))) return false;
	return carryOut(opened, plan, t("event.deleted", { title }));
}

/** @param {Occurrence} o */
export async function duplicateEvent(o) {
	const opened = await open(o.href, o.calendar);
	const form = opened.object.form(o.recurrenceId);
	const copy = { ...form, guests: [], organizer: null, rule: o.recurrenceId ? "" : form.rule, reminders: form.reminders.map(({ of, ...r }) => r) };
	const { openEditor } = await import("./editor.js");
	openEditor({ draft: { form: copy, calendar: calendars.value.find((c) => c.href === o.calendar)?.may.add ? o.calendar : undefined } });
	return true;
}

/** @param {Occurrence} o @param {string} status @param {string} comment @param {Scope} [given] */
export async function answer(o, status, comment, given) {
	const opened = await open(o.href, o.calendar);
	const scope = given ?? (await scopeFor(opened, o, "answer"));
	if (!scope) return false;
	const { answered } = await import("./propose.js");
	const plan = await answered(opened, o.recurrenceId, status, comment, scope, touch);
	return carryOut(opened, plan, t(`event.answered.${status.toLowerCase()}`, { title: opened.object.form(o.recurrenceId).title || t("event.untitled") }));
}
