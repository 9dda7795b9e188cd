// The frame: signing in, the places, an ended session, a lost connection.
import { axe, must, run, same, test } from "./harness.mjs";

test("a person who is signed in sees the calendar under the strict policy", async ({ open }) => {
	const page = await open("anna", "/");
	await page.getByRole("link", { name: "Contacts" }).waitFor();
	same(new URL(page.url()).pathname, "/calendar", "the first place");
	same(await axe(page), [], "what axe finds");
});

test("who is not signed in is led to the sign-in page and back", async ({ open }) => {
	const page = await open("", "/tasks");
	await page.waitForURL(/\/signin/);
	await page.getByLabel(/name/i).first().fill("anna");
	await page.getByLabel(/password/i).first().fill("demo");
	await page.getByRole("button", { name: /^sign in$/i }).click();
	await page.waitForURL(/\/tasks/);
});

test("an ended session asks to sign in again and keeps the page", async ({ open, windows }) => {
	const page = await open("anna", "/tasks");
	await page.getByRole("link", { name: "Contacts" }).waitFor();
	await windows[0].context.clearCookies();
	await page.evaluate(() => fetch("/api/settings")); // whoever asks first
	await page.getByRole("link", { name: "Calendar" }).click();
	must(await page.getByRole("main").isVisible(), "the page is gone");
});

await run();
