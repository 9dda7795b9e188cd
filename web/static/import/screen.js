// Import: files or another account, brought in by the server; closing the page does not stop it, doing it again is safe.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, t, tn } from "../lib/i18n.js";
import { route } from "../lib/router.js";
import { books, calendars, loadHomes } from "../lib/store.js";
import { Icon } from "../ui/icon.js";
import { toast } from "../ui/toast.js";

/**
 * @typedef {object} Job as docs/api.md has it
 * @property {number} id @property {string} source @property {"waiting" | "running" | "done" | "failed" | "cancelled" | "interrupted"} state
 * @property {number} done @property {number} total @property {string} created @property {string} [ended] @property {string} [error]
 * @property {number} stored @property {number} unchanged @property {number} skipped
 * @property {{name: string, uid?: string, reason: string}[]} failed @property {string[]} [made] @property {string[]} [notes]
 * @property {string[]} [skippedFiles]
 */

/** How often a job that runs is asked for, in milliseconds. */
const askEvery = 700;

export default function Import() {
	const [jobs, setJobs] = useState(/** @type {Job[]} */ ([]));
	const [into, setInto] = useState(route.value.query.get("into") ?? "");
	const load = async () => {
		try {
			setJobs((await api("GET", "imports")).items);
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
	};
	useEffect(() => { load(); }, []);
	const running = jobs.some((j) => j.state === "running" || j.state === "waiting");
	useEffect(() => {
		if (!running) {
			if (jobs.length) loadHomes().catch(() => {}); // what was made is shown
			return;
		}
		const timer = setInterval(load, askEvery);
		return () => clearInterval(timer);
	}, [running]);
	const begin = async (/** @type {() => Promise<any>} */ f) => {
		let good = true;
		try {
			await f();
		} catch (err) {
			toast(explain(err), { kind: "error" });
			good = false;
		}
		await load();
		return good;
	};
	const send = async (/** @type {Iterable<File>} */ files) => {
		for (const f of files) {
			const query = new URLSearchParams({ name: f.name });
			if (into === "new") query.set("new", f.name.replace(/\.\w+$/, ""));
			else if (into) query.set("into", into);
			await begin(() => api("POST", `imports?${query}`, f));
		}
	};
	return html`<header class="head"><h1>${t("app.import")}</h1></header><div class="page import">
		<${Drop} send=${send} />
		<label class="field"><span>${t("import.into")}</span><select value=${into} onChange=${(/** @type {Event} */ e) => setInto(/** @type {HTMLSelectElement} */ (e.target).value)}>
			<option value="">${t("import.into.default")}</option><option value="new">${t("import.into.new")}</option>
			${[...calendars.value, ...books.value].filter((c) => c.may.add).map((c) => html`<option key=${c.href} value=${c.href} selected=${c.href === into}>${c.name}</option>`)}</select></label>
		<${Account} begin=${begin} />
		${jobs.length > 0 && html`<section aria-labelledby="jobs"><h2 id="jobs">${t("import.jobs")}</h2>${jobs.map((j) => html`<${JobCard} key=${j.id} job=${j} reload=${load} />`)}</section>`}
	</div>`;
}

/** A place to drop files on, and a button for those who don't. @param {{send: (files: Iterable<File>) => void}} props */
function Drop({ send }) {
	const input = useRef(/** @type {HTMLInputElement | null} */ (null));
	const [over, setOver] = useState(false);
	const drop = (/** @type {DragEvent} */ e) => {
		e.preventDefault();
		setOver(false);
		send(e.dataTransfer?.files ?? []);
	};
	return html`<div class="drop" data-over=${over} onDragOver=${(/** @type {DragEvent} */ e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${drop}>
		<${Icon} name="file-up" /><h2>${t("import.drop")}</h2><p class="muted">${t("import.drop.text")}</p>
		<input ref=${input} type="file" multiple accept=".ics,.ical,.ifb,.vcf,.csv,.ldif,.zip,text/calendar,text/vcard,text/csv" hidden onChange=${(/** @type {Event} */ e) => { const el = /** @type {HTMLInputElement} */ (e.target); send([...(el.files ?? [])]); el.value = ""; }} />
		<button type="button" class="button primary" onClick=${() => input.current?.click()}>${t("import.choose")}</button></div>`;
}

/** Another server. @param {{begin: (f: () => Promise<any>) => Promise<boolean>}} props begin tells whether it was taken */
function Account({ begin }) {
	const submit = async (/** @type {SubmitEvent} */ e) => {
		e.preventDefault();
		const form = /** @type {HTMLFormElement} */ (e.target), data = new FormData(form);
		const good = await begin(() => api("POST", "imports/account", { url: String(data.get("url")).trim(), user: String(data.get("user")).trim(), password: String(data.get("password")) }));
		if (good) form.reset();
	};
	return html`<details class="account-import"><summary><${Icon} name="server" /><span>${t("import.account")}</span></summary><form class="stack" onSubmit=${submit}>
		<p class="hint">${t("import.account.text")}</p>
		<label class="field"><span>${t("import.account.url")}</span><input name="url" required inputmode="url" dir="ltr" placeholder="https://…" list="servers" /><datalist id="servers"><option value="https://apidata.googleusercontent.com/caldav/v2/" /><option value="https://caldav.icloud.com/" /><option value="https://caldav.fastmail.com/" /></datalist></label>
		<label class="field"><span>${t("settings.user")}</span><input name="user" required autocomplete="off" dir="auto" /></label>
		<label class="field"><span>${t("signin.password")}</span><input name="password" type="password" required autocomplete="off" /><small>${t("import.account.password")}</small></label>
		<div class="buttons"><button class="button primary">${t("import.account.do")}</button></div></form></details>`;
}

/** @param {{job: Job, reload: () => Promise<void>}} props */
function JobCard({ job, reload }) {
	const active = job.state === "running" || job.state === "waiting";
	const cancel = async () => {
		await api("DELETE", `imports/${job.id}`).catch((err) => toast(explain(err), { kind: "error" }));
		await reload();
	};
	return html`<article class="job" aria-label=${job.source}><div class="row"><strong class="spring" dir="auto">${job.source}</strong><span class=${`chip ${job.state}`}>${t(`import.state.${job.state}`)}</span>
			${active && html`<button type="button" class="button" onClick=${cancel}>${t("ui.cancel")}</button>`}</div>
		${active && html`<progress value=${job.total ? job.done : undefined} max=${job.total || undefined} aria-label=${t("import.progress", { source: job.source })}></progress><p class="hint">${job.total ? t("import.of", { done: job.done, total: job.total }) : ""}</p>`}
		${!active && html`<p class="muted">${[job.stored > 0 && tn("import.stored", job.stored), job.unchanged > 0 && tn("import.unchanged", job.unchanged), job.skipped > 0 && tn("import.skipped", job.skipped)].filter(Boolean).join(" · ") || (job.state === "done" ? t("import.nothing") : "")}
			${job.ended && html` · ${dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(new Date(job.ended))}`}</p>`}
		${job.error && html`<p class="problem" dir="auto">${job.error}</p>`}
		${(job.made ?? []).map((m) => html`<p class="hint" key=${m} dir="auto">+ ${m}</p>`)}${(job.notes ?? []).map((m) => html`<p class="hint" key=${m} dir="auto">${m}</p>`)}
		${(job.failed?.length ?? 0) > 0 && html`<details><summary>${tn("import.failed", job.failed.length)}</summary><ul class="failed">${job.failed.map((f, i) => html`<li key=${i} dir="auto"><strong>${f.name || f.uid}</strong> ${f.reason}</li>`)}</ul></details>`}
		${(job.skippedFiles?.length ?? 0) > 0 && html`<details><summary>${tn("import.files", job.skippedFiles?.length ?? 0)}</summary><ul class="failed">${job.skippedFiles?.map((f) => html`<li key=${f} dir="auto">${f}</li>`)}</ul></details>`}
	</article>`;
}
