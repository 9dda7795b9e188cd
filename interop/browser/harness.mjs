// Ground of the browser tests: the real binary with its demo, Debian's Chromium, one page a test.
//
//   import { test, run } from "./harness.mjs";
//   test("an event is made by one line of text", async ({ page, open }) => { await open("anna", "/calendar"); … });
//   await run();
//
// Each test prints one line, `ok NAME` or `FAIL NAME`. CONVOKE names the binary, CHROMIUM the browser; ONLY runs the tests
// whose name holds it. A failed test leaves a picture in $SHOTS, if that is set. ASSETS names a folder (web/static) whose
// files are served instead of those in the binary: trying a change of a page then needs no build.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** @type {{name: string, body: Function, options: any}[]} */
const tests = [];

/**
 * A test. Its options: `size` of the window, `theme` "dark", `touch`, `zone` of the browser ("Europe/Berlin"), `language`
 * ("en-GB"), `script` false: JavaScript is switched off, `fresh`: a demo of its own instead of the one that the tests of a file share.
 */
export function test(name, body, options = {}) { tests.push({ name, body, options }); }

/** How long one test may take in all. */
const testFor = 90_000;

export const phone = { width: 390, height: 844 };

/** A free port of loopback. */
function freePort() {
	return new Promise((resolve, reject) => {
		const s = createServer();
		s.on("error", reject);
		s.listen(0, "127.0.0.1", () => {
			const { port } = s.address();
			s.close(() => resolve(port));
		});
	});
}

/**
 * Starts convoke on a free port of loopback; gives its address, what it has logged, and how to stop it.
 * `ready` is what its output says when it can be asked; `env` may be a function of the address.
 */
export async function start(args, ready, options) {
	for (let more = 3; ; more--) {
		try {
			return await startOnce(args, ready, options);
		} catch (err) { // between the search for a port and its use another program may have taken it
			if (more === 0 || !/address already in use/.test(String(err))) throw err;
		}
	}
}

/** @param {string[]} args */
async function startOnce(args, ready, { env = {} } = {}) {
	const port = await freePort(), url = `http://127.0.0.1:${port}`;
	const child = spawn(process.env.CONVOKE ?? "../../bin/convoke", [...args, "--listen", `127.0.0.1:${port}`], {
		env: { ...process.env, ...(typeof env === "function" ? env(url) : env) }, stdio: ["ignore", "pipe", "pipe"],
	});
	let log = "";
	const ended = new Promise((resolve) => child.on("exit", resolve));
	await new Promise((resolve, reject) => {
		for (const out of [child.stdout, child.stderr]) {
			createInterface({ input: out }).on("line", (line) => {
				log += `${line}\n`;
				if (ready.test(line)) resolve();
			});
		}
		ended.then((code) => reject(new Error(`convoke ended with ${code}: ${log}`)));
	});
	return {
		url, log: () => log,
		async stop() {
			child.kill("SIGTERM");
			await ended;
		},
	};
}

/** Starts `convoke demo`. */
export function startDemo(options) { return start(["demo"], /password/, options); }

/** A DAV client apart from the browser, by Basic. */
export function davOf(url, name, password = "demo") {
	return async (method, path, { body, headers = {} } = {}) => {
		const answer = await fetch(url + path, { method, body, headers: { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`, ...headers } });
		return { status: answer.status, headers: answer.headers, text: await answer.text() };
	};
}

/** What axe finds wrong on a page, as sentences. */
export async function axe(page) {
	const source = await readFile(join(createRequire(import.meta.url).resolve("axe-core"), "../axe.min.js"), "utf8");
	await page.evaluate(source); // by the debugger: the page's policy forbids it to pages, not to testers
	const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
	return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary?.split("\n").slice(1).join(";").trim()}`));
}

/** Fails with a sentence where a condition does not hold. */
export function must(condition, sentence) { if (!condition) throw new Error(sentence); }

/** Compares, and shows both. */
export function same(got, want, what = "value") {
	const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
	must(g === w, `${what} is ${g}, not ${w}`);
}

/** Waits until a probe outside of the page gives something true. */
export async function until(probe, what, within = 10_000) {
	for (const end = Date.now() + within; ;) {
		const got = await probe();
		if (got) return got;
		if (Date.now() > end) throw new Error(`it did not happen: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/** The date of so many days from now where the pages are, as ISO: in the evening UTC has another one. */
export function dateIn(days, zone = "Europe/Berlin") {
	const [y, m, d] = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date()).split("-").map(Number);
	return new Date(Date.UTC(y, m - 1, d + days)).toISOString().slice(0, 10);
}

/** Lets a midnight pass that would come in the middle of a test: what it calls today is then yesterday for the page. */
async function awayFromMidnight() {
	const hour = 3_600_000, left = hour - (Date.now() % hour), next = new Date(Date.now() + left);
	const clock = (timeZone) => new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" }).format(next);
	if (left < testFor && ["UTC", "Europe/Berlin"].some((zone) => clock(zone) === "00")) await new Promise((resolve) => setTimeout(resolve, left));
}

/** The browser, for all tests of a file. */
export function launch() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
	});
}

/** A window of somebody who is signed in; `name` empty: nobody is. */
export async function windowOf(browser, server, name, { size = { width: 1280, height: 800 }, theme = "light", touch = false, zone = "Europe/Berlin", language = "en-GB", script = true } = {}) {
	const context = await browser.newContext({
		baseURL: server.url, viewport: size, colorScheme: theme, hasTouch: touch, isMobile: touch, timezoneId: zone, locale: language,
		reducedMotion: "reduce", javaScriptEnabled: script,
	});
	context.setDefaultTimeout(10_000);
	if (process.env.ASSETS) await context.route(/\/a\/[0-9a-f]+\//, (r) => r.fulfill({ path: join(process.env.ASSETS, new URL(r.request().url()).pathname.split("/").slice(3).join("/")) }));
	if (name) {
		const answer = await context.request.post("/api/session", { data: { name, password: "demo" } });
		must(answer.ok(), `${name} cannot sign in: ${answer.status()} ${await answer.text()}`);
	}
	const page = await context.newPage();
	const troubles = [];
	page.on("pageerror", (err) => troubles.push(`error: ${err.message}`));
	page.on("console", (m) => {
		const text = m.text();
		if (m.type() === "error" && !/Failed to load resource/.test(text)) troubles.push(`console: ${text}`);
	});
	return { context, page, troubles };
}

/** Whether a test ran out of time, which a busy machine may do to it; a wrong outcome is another thing. */
function ranOut(err) { return err?.name === "TimeoutError" || /it did not happen|it took too long|Timeout \d+ms/.test(String(err)); }

/** One try of a test in a browser, over a demo. Gives what went wrong, null for nothing. */
async function attempt(browser, server, { name, body, options }) {
	const windows = [];
	let clock;
	try {
		const open = async (who, path = "/", more = {}) => {
			const w = await windowOf(browser, server, who, { ...options, ...more });
			windows.push(w);
			await w.page.goto(path);
			return w.page;
		};
		const late = new Promise((_, reject) => { clock = setTimeout(() => reject(new Error("it took too long")), testFor); });
		await Promise.race([body({ server, browser, open, windows, dav: (who) => davOf(server.url, who) }), late]);
		const troubles = windows.flatMap((w) => w.troubles).filter((t) => !(options.expect && options.expect.test(t)));
		must(troubles.length === 0, `the page complained: ${troubles.join("; ")}`);
		return null;
	} catch (err) {
		if (process.env.SHOTS) {
			for (const [i, w] of windows.entries()) await w.page.screenshot({ path: join(process.env.SHOTS, `${name.replace(/\W+/g, "-").slice(0, 60)}-${i}.png`) }).catch(() => {});
		}
		return err;
	} finally {
		clearTimeout(clock);
		for (const w of windows) await w.context.close().catch(() => {});
	}
}

/**
 * Runs the tests of a file in their order. One that ran out of time is tried once more, over a demo of its own, and says so;
 * one whose outcome was wrong is not.
 */
export async function run() {
	const only = process.env.ONLY ?? "";
	const browser = await launch();
	let shared = null, failed = 0;
	for (const t of tests.filter((t) => t.name.includes(only))) {
		let server = null, err = null;
		for (const second of [false, true]) {
			const own = second || t.options.fresh;
			try {
				await awayFromMidnight();
				server = own ? await startDemo(t.options) : shared ??= await startDemo();
				err = await attempt(browser, server, t);
			} catch (e) {
				err = e;
			} finally {
				if (own && server) await server.stop();
			}
			if (!err || second || !ranOut(err)) break;
			console.log(`    once more: ${t.name}: ${String(err).split("\n")[0]}`);
		}
		console.log(`${err ? "FAIL" : "ok"} ${t.name}`);
		if (!err) continue;
		failed++;
		console.log(String(err.stack ?? err).split("\n").slice(0, 12).map((l) => `    ${l}`).join("\n"));
		if (server?.log()) console.log(server.log().split("\n").slice(-5).map((l) => `    server: ${l}`).join("\n"));
	}
	if (shared) await shared.stop();
	await browser.close();
	process.exitCode = failed > 0 ? 1 : 0;
}
