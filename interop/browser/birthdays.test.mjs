// The calendar of birthdays: turned on, following the contacts, turned off.
import { axe, must, run, same, test, until } from "./harness.mjs";

const toast = (page, text) => page.locator(".toast", { hasText: text }).last();
const line = (page, name) => page.locator(".calendar-line", { hasText: name });
const menu = async (page, opener, item) => {
	await opener.click();
	await page.locator(".menu:popover-open").getByText(item, { exact: true }).click();
};
const event = (page, title) => page.locator(".month").getByText(title).first();

test("birthdays are turned on in the sidebar, follow a card that is edited, tell the age, and are turned off", async ({ open, dav }) => {
	await dav("ben")("PUT", "/dav/addressbooks/ben/default/clara.vcf", { headers: { "Content-Type": "text/vcard" }, body: "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:clara\r\nFN:Clara Novak\r\nN:Novak;Clara;;;\r\nEND:VCARD\r\n" });
	const page = await open("ben", "/calendar/month");
	await line(page, "Calendar").first().waitFor();
	same(await line(page, "Birthdays").count(), 0, "calendars of birthdays before it is turned on");
	await menu(page, page.getByRole("button", { name: "Add a calendar" }), "Birthdays of contacts");
	await toast(page, "Birthdays are shown as a calendar").waitFor();
	await line(page, "Birthdays").waitFor();

	await page.goto("/contacts");
	await page.locator(".person", { hasText: "Clara Novak" }).click();
	await page.getByRole("button", { name: "Edit", exact: true }).click();
	await page.getByRole("button", { name: "Add date" }).click();
	await page.getByLabel("Day (Date 1)").fill("15");
	await page.getByLabel("Month (Date 1)").selectOption("5");
	await page.getByLabel("Year (Date 1)").fill("1985");
	await page.getByRole("button", { name: "Save" }).click();
	await toast(page, "Clara Novak saved").waitFor();
	await page.goto("/calendar/month/2027-05-20");
	await event(page, "Clara Novak's birthday").click();
	const card = page.locator(".event-popup");
	await card.getByText("42 years", { exact: true }).waitFor();
	await card.getByText("Every year").first().waitFor();
	same(await card.getByRole("button", { name: /Edit|Delete/ }).count(), 0, "ways to change what the server makes");
	same(await axe(page), [], "what axe finds");
	await page.keyboard.press("Escape");

	// Another device changes the card: the page, which is open, follows.
	await dav("ben")("PUT", "/dav/addressbooks/ben/default/clara.vcf", { headers: { "Content-Type": "text/vcard" }, body: `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:clara\r\nFN:Clara Neu\r\nN:Neu;Clara;;;\r\nBDAY:1984-05-15\r\nEND:VCARD\r\n` });
	await event(page, "Clara Neu's birthday").waitFor();

	await menu(page, page.getByRole("button", { name: "Options for Birthdays" }), "Turn birthdays off");
	await toast(page, "Birthdays are no longer shown").waitFor();
	await until(async () => (await line(page, "Birthdays").count()) === 0 && (await event(page, "Clara Neu's birthday").count()) === 0, "the calendar and its events are gone");
	await toast(page, "Birthdays are no longer shown").getByRole("button", { name: "Undo" }).click();
	await event(page, "Clara Neu's birthday").waitFor();
});

test("birthdays are turned on and off in the settings, keep their own name and colour, and are not shared", async ({ open, dav }) => {
	const page = await open("david", "/settings/calendars");
	const choice = page.getByRole("switch", { name: "Show birthdays as a calendar" });
	await choice.check();
	await toast(page, "Birthdays are shown as a calendar").waitFor();
	same(await axe(page), [], "what axe finds");
	await page.getByRole("link", { name: "Birthdays" }).click();
	const name = page.getByLabel("Name", { exact: true });
	await name.fill("Cake");
	await name.press("Tab");
	await page.getByRole("heading", { name: "Cake" }).waitFor();
	same(await page.getByRole("heading", { name: "Sharing", exact: true }).count() + await page.getByRole("switch").count(), 0, "ways to share it or have it count as busy");
	await page.getByRole("button", { name: "Turn birthdays off" }).click();
	await toast(page, "Birthdays are no longer shown").waitFor();
	await until(async () => !(await choice.isChecked()), "the switch is off");
	same((await dav("david")("PROPFIND", "/dav/calendars/david/birthdays/", { headers: { Depth: "0" } })).status, 404, "the calendar on the server");
	await toast(page, "Birthdays are no longer shown").getByRole("button", { name: "Undo" }).click();
	await page.getByRole("link", { name: "Cake" }).waitFor();
});

await run();
