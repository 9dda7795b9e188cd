// How fast the pages are: a month with a thousand events and a list of ten thousand cards, with the processor as it is and
// four times slower.
//
//   CONVOKE=../../bin/convoke node bench.mjs
//
// Reports what people wait for: navigation to painted, the first switch of views and a later one, a key to its paint, the
// list of contacts and a search in it; and the elements of the page. It judges nothing. Times are the page's own, so that
// the driver's are not among them.
import { davOf, launch, must, startDemo, until, windowOf } from "./harness.mjs";

const rounds = 5;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const ms = (list) => `${Math.round(median(list))} ms`;

/** A month with a thousand events more. */
async function events(server, name) {
	const dav = davOf(server.url, name);
	for (let i = 0; i < 1000; i++) {
		const day = String(1 + (i % 31)).padStart(2, "0"), hour = String(6 + (i % 14)).padStart(2, "0");
		await dav("PUT", `/dav/calendars/${name}/default/bench-${i}.ics`, {
			headers: { "Content-Type": "text/calendar; charset=utf-8" },
			body: ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bench//EN", "BEGIN:VEVENT", `UID:bench-${i}`, "DTSTAMP:20260101T000000Z", `SUMMARY:Event ${i}`, `DTSTART:202801${day}T${hour}0000Z`, `DTEND:202801${day}T${hour}4500Z`, "LOCATION:Room Oak", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
		});
	}
}

/** Ten thousand cards, one of which is of Zora Quill. @param {import("playwright-core").APIRequestContext} request signed in */
async function cards(request) {
	const given = ["Ana", "Ben", "Cem", "Dora", "Émile", "Finn", "Gül", "Hana", "Ivo", "Jana"], family = ["Adler", "Brandt", "Çelik", "Dvořák", "Engel", "Fuchs", "García", "Horn", "Işık", "Jansen"];
	const card = (_, i) => {
		const [g, f] = i === 7000 ? ["Zora", "Quill"] : [given[i % 10], `${family[Math.floor(i / 10) % 10]} ${i}`];
		return ["BEGIN:VCARD", "VERSION:3.0", `UID:bench-card-${i}`, `FN:${g} ${f}`, `N:${f};${g};;;`, "ORG:Bench Works", `EMAIL;TYPE=work:p${i}@example.net`, `TEL;TYPE=cell:+49 30 ${100000 + i}`, "END:VCARD", ""].join("\r\n");
	};
	const begun = await request.post("/api/imports?name=bench.vcf", { headers: { "Content-Type": "text/vcard" }, data: Array.from({ length: 10_000 }, card).join("") });
	must(begun.ok(), `no import: ${begun.status()} ${await begun.text()}`);
	const { id } = await begun.json();
	await until(async () => (await (await request.get(`/api/imports/${id}`)).json()).state === "done", "the cards are in", 300_000);
}

/** Goes to a page; gives when the frame with an element was done, by the page's clock since navigation began. */
async function painted(page, path, selector) {
	await page.goto("about:blank");
	await page.goto(path, { waitUntil: "commit" });
	return page.evaluate((wanted) => new Promise((resolve) => {
		const look = () => (document.querySelector(wanted) ? requestAnimationFrame(() => resolve(performance.now())) : requestAnimationFrame(look));
		look();
	}), selector);
}

/** From a key, or a text in a field that has the focus, to the frame after what it brings. */
function after(page, { key = "", text = "" }, selector) {
	return page.evaluate(([k, typed, wanted]) => new Promise((resolve) => {
		const from = performance.now(), at = document.activeElement;
		if (typed) {
			at.value = typed;
			at.dispatchEvent(new InputEvent("input", { bubbles: true }));
		} else at.dispatchEvent(new KeyboardEvent("keydown", { key: k, bubbles: true, cancelable: true }));
		const look = () => (document.querySelector(wanted) ? requestAnimationFrame(() => resolve(performance.now() - from)) : requestAnimationFrame(look));
		look();
	}), [key, text, selector]);
}

const server = await startDemo(), browser = await launch();
try {
	const w = await windowOf(browser, server, "felix"), { page } = w;
	await events(server, "felix");
	await cards(w.context.request);
	const cdp = await w.context.newCDPSession(page);
	const elements = () => page.evaluate(() => document.querySelectorAll("*").length);
	for (const rate of [1, 4]) {
		await cdp.send("Emulation.setCPUThrottlingRate", { rate });
		const paint = [], toWeek = [], toMonth = [], weekAgain = [], monthAgain = [], cursor = [], list = [], found = [];
		let month = 0, contacts = 0;
		for (let i = 0; i < rounds; i++) {
			paint.push(await painted(page, "/calendar/month/2028-01-12", ".month-grid .more"));
			await page.locator(".calendar[data-heard]").waitFor();
			await page.waitForLoadState("networkidle").catch(() => {});
			month = await elements();
			await page.locator('.month-grid [data-day="2028-01-12"]').focus();
			cursor.push(await after(page, { key: "ArrowRight" }, '.month-grid [data-day="2028-01-13"][tabindex="0"]'));
			for (const [week, back] of [[toWeek, toMonth], [weekAgain, monthAgain]]) {
				week.push(await after(page, { key: "w" }, ".timegrid .block"));
				back.push(await after(page, { key: "m" }, ".month-grid .more"));
			}
		}
		console.log(`CPU ÷${rate}: month painted ${ms(paint)}; first to week ${ms(toWeek)}, to month ${ms(toMonth)}; again ${ms(weekAgain)}, ${ms(monthAgain)}; key to paint ${ms(cursor)}; ${month} elements`);
		for (let i = 0; i < rounds; i++) {
			list.push(await painted(page, "/contacts", '.person[aria-setsize^="100"]')); // all of them, not a smaller book
			contacts = await elements();
			await page.locator("#contacts-search").focus();
			found.push(await after(page, { text: "quill" }, '.person[aria-setsize="1"]'));
		}
		console.log(`CPU ÷${rate}: 10,000 contacts listed ${ms(list)}; search to its result ${ms(found)}; ${contacts} elements`);
	}
} finally {
	await browser.close();
	await server.stop();
}
