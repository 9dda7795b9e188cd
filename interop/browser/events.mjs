// Events as the tests of the forms meet them: stored by another program, read again, found on the page.
import { must, until } from "./harness.mjs";

export const calendarOf = (who) => `/dav/calendars/${who}/default/`;

/** The objects of somebody's default calendar whose text holds something. */
export async function stored(dav, who, what) {
	const body = `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>`;
	const { text } = await dav(who)("REPORT", calendarOf(who), { body, headers: { Depth: "1", "Content-Type": "application/xml" } });
	return [...text.matchAll(/<(?:\w+:)?href>([^<]+)<\/[\s\S]*?calendar-data[^>]*>([\s\S]*?)<\/(?:\w+:)?calendar-data>/g)]
		.map(([, href, data]) => ({ href, data: data.replace(/&#xD;|&#13;|\r/g, "").replace(/\n[ \t]/g, "").replace(/&amp;/g, "&").replace(/&lt;/g, "<").replace(/&gt;/g, ">") }))
		.filter((o) => o.data.includes(what));
}

/** One object, as soon as it is as it should be. */
export const storedOnce = (dav, who, what, good = () => true) => until(async () => (await stored(dav, who, what)).find((o) => good(o.data)), `${who} has ${what}`);

const lines = (...list) => `${list.join("\r\n")}\r\n`;
const berlin = ["BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT",
	"BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"];

/** Stores an event as another program would. */
export async function put(dav, who, name, ...event) {
	const body = lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//Program//EN", ...berlin, "BEGIN:VEVENT", `UID:${name}`, "DTSTAMP:20261101T000000Z", ...event, "END:VEVENT", "END:VCALENDAR");
	const { status, text } = await dav(who)("PUT", `${calendarOf(who)}${name}.ics`, { body, headers: { "Content-Type": "text/calendar" } });
	must(status === 201 || status === 204, `PUT of ${name} gives ${status} ${text}`);
}

export const event = (page, title) => page.locator(".cal-view [data-key]:not(.ghost)", { hasText: title }).first();
export const popover = (page) => page.locator(".popup");
export const toastOf = (page, text) => page.locator(".toast", { hasText: text });
export const choose = (page, scope) => page.locator(`.scope-dialog [data-scope=${scope}]`).click();
export const weekly = (title, start = "20270222T090000", end = "20270222T093000", ...more) => [`SUMMARY:${title}`, `DTSTART;TZID=Europe/Berlin:${start}`, `DTEND;TZID=Europe/Berlin:${end}`, ...more];

/** Waits until keys and pointers are heard: then all calendars have been read, and nothing moves away any more. */
export const heard = (page) => page.locator(".calendar[data-heard]").waitFor();

/** Opens the popover of an event. */
export async function openPopover(page, title) {
	await heard(page);
	await event(page, title).click();
	await popover(page).waitFor();
}

export async function openEditor(page, title) {
	await openPopover(page, title);
	await popover(page).getByRole("button", { name: "Edit" }).click();
	await page.locator(".editor .title-input").waitFor();
}
