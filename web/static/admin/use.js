// What the parts share: reading a list, and doing what may be refused.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, language, t } from "../lib/i18n.js";
import { toast } from "../ui/toast.js";

/**
 * Reads something of the administration. @param {string} path below /api/admin/
 * @returns {{value: any, problem: string, reload: () => Promise<void>, set: (v: any) => void}}
 */
export function useAdmin(path) {
	const [value, set] = useState(/** @type {any} */ (null));
	const [problem, setProblem] = useState("");
	const wanted = useRef(path);
	wanted.current = path;
	const reload = async () => {
		try {
			const got = await api("GET", `admin/${path}`);
			if (wanted.current !== path) return; // somebody has typed on
			set(got);
			setProblem("");
		} catch (err) {
			if (wanted.current === path) setProblem(explain(err));
		}
	};
	useEffect(() => {
		set(null);
		reload();
	}, [path]);
	return { value, problem, reload, set };
}

/** Does something, tells what it refuses, reads again. @param {() => Promise<any>} f @param {() => Promise<void>} reload @returns {Promise<boolean>} */
export async function attempt(f, reload) {
	let good = true;
	try {
		await f();
	} catch (err) {
		toast(explain(err), { kind: "error" });
		good = false;
	}
	await reload();
	return good;
}

/** What stands where a list is not here yet. @param {{of: {value: any, problem: string}}} props */
export function Waiting({ of }) {
	if (of.problem) return html`<p class="problem" role="alert">${of.problem}</p>`;
	return of.value === null ? html`<p class="loading" role="status">${t("state.loading")}</p>` : null;
}

/** @param {string | null | undefined} at */
export function moment(at) { return at ? dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(new Date(at)) : "–"; }

/** "12.4 MB". @param {number} n */
export function bytes(n) {
	const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
	let i = 0;
	while (n >= 1000 && i < 3) {
		n /= 1000;
		i++;
	}
	return new Intl.NumberFormat(language.value, { style: "unit", unit: units[i], unitDisplay: "short", maximumFractionDigits: 1 }).format(n);
}

/** An address without its scheme. @param {string} a */
export function plain(a) { return a.replace(/^mailto:/i, ""); }
