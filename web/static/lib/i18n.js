// Words: one flat file of keys a language. Dates, numbers, lists and plurals are Intl's.
import { signal } from "../vendor/preact.js";

/** The language in use. */
export const language = signal("en");

/** Languages there are, with their own names. A new one is a file in lang/ and a line here. */
export const languages = { en: "English", de: "Deutsch" };

/** The language with its region, as the browser has it: dates and clocks differ by that. */
let locale = "en";

/** @type {Record<string, string>} */
let words = {};

/** Loads a language, or English where it is unknown. @param {string | undefined} wanted */
export async function loadLanguage(wanted) {
	const all = [wanted, ...navigator.languages].filter(Boolean).map((l) => String(l).split("-")[0]);
	const code = all.find((l) => l in languages) ?? "en";
	const answer = await fetch(new URL(`../lang/${code}.json`, import.meta.url));
	setWords(code, await answer.json());
	document.documentElement.lang = code;
	document.documentElement.dir = ["ar", "fa", "he", "ur"].includes(code) ? "rtl" : "ltr";
}

/** How a language counts. */
let plurals = new Intl.PluralRules("en"), numbers = new Intl.NumberFormat("en");

/** Sets the words of a language. @param {string} code @param {Record<string, string>} table */
export function setWords(code, table) {
	words = table;
	plurals = new Intl.PluralRules(code);
	numbers = new Intl.NumberFormat(code);
	made.clear();
	locale = navigator.languages?.find((l) => l.split("-")[0] === code) ?? code;
	language.value = code;
}

/**
 * A text, with {name} replaced by what is given. @param {string} key @param {Record<string, unknown>} [values]
 * @returns {string}
 */
export function t(key, values) {
	language.value; // a view that used a word is drawn again in another language
	const found = words[key] ?? key;
	return values ? found.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all)) : found;
}

/**
 * A text that depends on a number: key.one, key.other, … with {n}. @param {string} key @param {number} n
 * @param {Record<string, unknown>} [values]
 */
export function tn(key, n, values) {
	const form = `${key}.${plurals.select(n)}`;
	return t(form in words ? form : `${key}.other`, { n: numbers.format(n), ...values });
}

/** A sentence for a refused request. @param {unknown} err */
export function explain(err) {
	const code = /** @type {{code?: string}} */ (err)?.code ?? "";
	const key = `error.${code}`;
	return key in words ? t(key) : t("error.other", { what: /** @type {{message?: string}} */ (err)?.message ?? String(err) });
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** A format of dates in the language, kept. @param {Intl.DateTimeFormatOptions} options */
export function dateFormat(options) {
	const key = language.value + locale + JSON.stringify(options);
	let f = formats.get(key);
	if (!f) formats.set(key, f = new Intl.DateTimeFormat(locale, options));
	return f;
}

/** Texts of dates in the language. @type {Map<string, string>} */
const made = new Map();

/** A text of dates. Views write the same ones again and again, and the browser takes long to make one. @param {string} key @param {() => string} make */
export function kept(key, make) {
	language.value;
	let text = made.get(key);
	if (text === undefined) {
		if (made.size > 5000) made.clear();
		made.set(key, text = make());
	}
	return text;
}

/** "Ann, Ben and Cleo". @param {string[]} list */
export function listed(list) {
	return new Intl.ListFormat(language.value, { type: "conjunction" }).format(list);
}
