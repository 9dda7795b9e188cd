// How fast the calendar is: a month with a thousand events, with the processor as it is and four times slower.
//
//   CONVOKE=../../bin/convoke node bench.mjs
//
// Reports navigation to painted, a switch of views, a key to its paint, and the elements of the page; it judges nothing.
import { davOf, launch, startDemo, windowOf } from "./harness.mjs";

const rounds = 5;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const server = await startDemo(), browser = await launch();
try {
	const dav = davOf(server.url, "felix");
	for (let i = 0; i < 1000; i++) {
		const day = String(1 + (i % 31)).padStart(2, "0"), hour = String(6 + (i % 14)).padStart(2, "0");
		await dav("PUT", `/dav/calendars/felix/default/bench-${i}.ics`, {
			headers: { "Content-Type": "text/calendar; charset=utf-8" },
			body: ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bench//EN", "BEGIN:VEVENT", `UID:bench-${i}`, "DTSTAMP:20260101T000000Z", `SUMMARY:Event ${i}`, `DTSTART:202801${day}T${hour}0000Z`, `DTEND:202801${day}T${hour}4500Z`, "LOCATION:Room Oak", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
		});
	}
	const w = await windowOf(browser, server, "felix");
	const cdp = await w.context.newCDPSession(w.page);
	/** From a key to the frame after what it brings. */
	const keyed = (key, wanted) => w.page.evaluate(([k, selector]) => new Promise((resolve) => {
		const from = performance.now();
		document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: k, bubbles: true, cancelable: true }));
		const look = () => (document.querySelector(selector) ? requestAnimationFrame(() => resolve(performance.now() - from)) : requestAnimationFrame(look));
		look();
	}), [key, wanted]);
	for (const rate of [1, 4]) {
		await cdp.send("Emulation.setCPUThrottlingRate", { rate });
		const paint = [], toWeek = [], toMonth = [], cursor = [];
		let nodes = 0;
		for (let i = 0; i < rounds; i++) {
			await w.page.goto("/calendar/month/2028-01-12");
			await w.page.locator(".more").first().waitFor();
			paint.push(await w.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())))));
			await w.page.locator(".calendar[data-heard]").waitFor();
			await w.page.waitForLoadState("networkidle").catch(() => {});
			nodes = await w.page.evaluate(() => document.querySelectorAll("*").length);
			await w.page.locator('.month-grid [data-day="2028-01-12"]').focus();
			cursor.push(await keyed("ArrowRight", '.month-grid [data-day="2028-01-13"][tabindex="0"]'));
			toWeek.push(await keyed("w", ".timegrid .block"));
			toMonth.push(await keyed("m", ".month-grid .more"));
		}
		const ms = (list) => `${Math.round(median(list))} ms`;
		console.log(`CPU ÷${rate}: month painted ${ms(paint)}, to week ${ms(toWeek)}, to month ${ms(toMonth)}, key to paint ${ms(cursor)}, ${nodes} elements`);
	}
} finally {
	await browser.close();
	await server.stop();
}
