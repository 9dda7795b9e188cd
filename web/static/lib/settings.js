// Who is signed in, and how they like it. The server keeps the settings; what belongs to one device stays in it.
import { computed, signal } from "../vendor/preact.js";
import { api } from "./api.js";

/**
 * @typedef {object} Session as GET /api/session gives it
 * @property {{name: string, displayName: string, addresses: string[], admin: boolean, href: string}} principal
 * @property {{calendars: string, addressBooks: string, inbox: string, outbox: string}} homes
 * @property {Record<string, any>} settings
 * @property {Record<string, any>} features
 * @property {string} version
 */

/** @type {import("../vendor/preact.js").Signal<Session | null>} */
export const session = signal(null);

/** What holds where nothing was chosen: as docs/api.md says of /api/settings, and what is the pages' alone. */
export const presets = {
	language: "", theme: "system", timeZone: "", secondTimeZone: "", weekStart: 1, hours24: true, weekNumbers: false,
	shortcuts: true, workHours: { days: [1, 2, 3, 4, 5], start: "09:00", end: "17:00" }, showDeclined: true, defaultCalendar: "",
	deviceZone: "", deviceLanguage: "", calendarReminders: /** @type {Record<string, number | null>} */ ({}), quietCalendars: /** @type {string[]} */ ([]),
	defaultReminder: /** @type {number | null} */ (null), eventMinutes: 60, notifications: false, reminderToasts: true,
	mailReminders: "asked",
};

/** @type {import("../vendor/preact.js").ReadonlySignal<typeof presets & Record<string, any>>} */
export const settings = computed(() => ({ ...presets, ...session.value?.settings }));

/** The zone in which times are shown. */
export const zone = computed(() => settings.value.timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone);

/** Changes settings, here at once and on the server, where those that other pages have changed stay. @param {Record<string, any>} change */
export async function changeSettings(change) {
	const now = session.value;
	if (!now) return;
	const before = Object.fromEntries(Object.keys(change).map((name) => [name, settings.value[name]]));
	session.value = { ...now, settings: { ...now.settings, ...change } };
	try {
		await api("PATCH", "settings", { settings: change });
	} catch (err) {
		session.value = { ...session.value, settings: { ...session.value.settings, ...before } };
		throw err;
	}
}

/** What this device remembers: the last view, which calendars are shown. @param {string} key @param {any} preset */
export function recall(key, preset) {
	try {
		const found = localStorage.getItem(`convoke.${key}`);
		return found === null ? preset : JSON.parse(found);
	} catch {
		return preset; // storage is switched off, or not ours
	}
}

/** @param {string} key @param {any} value */
export function remember(key, value) {
	try {
		localStorage.setItem(`convoke.${key}`, JSON.stringify(value));
	} catch {
		// then this device does not remember
	}
}

/** Sets the theme on the page. */
export function applyTheme() {
	const theme = settings.value.theme;
	document.documentElement.dataset.theme = theme === "system" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : theme;
}
