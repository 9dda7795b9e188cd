// Devices, security, and how somebody likes the pages: each setting does what it says, here and for other clients.
import { createHmac } from "node:crypto";
import { davOf, must, run, same, test, until } from "./harness.mjs";

const dialog = (page, name) => page.getByRole("dialog", { name });
const row = (page, text) => page.locator(".thing", { hasText: text });
const password = "a few unrelated words";

/** A code of RFC 6238 (six digits, 30 seconds, SHA-1), of now or of steps later. */
function codeOf(secret, later = 0) {
	const bits = [...secret.replace(/[\s=]/g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
	const mac = createHmac("sha1", key).update(counter).digest(), at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Fills in the page of signing in. */
async function signIn(page, name, pass) {
	await page.goto("/signin");
	await page.getByLabel("Name or mail address").fill(name);
	await page.getByLabel("Password").fill(pass);
	await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function signOut(page, name) {
	await page.getByRole("button", { name: `Account of ${name}` }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await page.waitForURL(/\/signin/);
}

test("a password for one device is shown once, opens DAV, and no more when it is revoked", async ({ open, server }) => {
	const page = await open("anna", "/settings/devices");
	await page.getByRole("button", { name: "New password" }).last().click();
	await page.getByLabel("Which device is it for?").fill("Phone of Anna");
	await page.getByRole("button", { name: "Create" }).click();
	const made = dialog(page, "Phone of Anna");
	const given = await made.locator(".copyable", { has: page.getByRole("button", { name: "Copy: Password" }) }).locator("code").textContent();
	must(given.length >= 12, `the password is ${given}`);
	await made.getByRole("button", { name: "Done" }).click();
	await row(page, "Phone of Anna").waitFor();
	must(!(await page.locator("body").textContent()).includes(given), "the password is still shown");
	const home = () => davOf(server.url, "anna", given)("PROPFIND", "/dav/calendars/anna/", { headers: { Depth: "0" } });
	same((await home()).status, 207, "the answer to the new password");
	await page.reload();
	await row(page, "Phone of Anna").getByText("last used").waitFor();
	must(!(await page.locator("body").textContent()).includes(given), "the password is shown again");
	await row(page, "Phone of Anna").getByRole("button", { name: "Revoke" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
	await row(page, "Phone of Anna").waitFor({ state: "detached" });
	same((await home()).status, 401, "the answer to the revoked one");
});

test("changing the password ends the other sessions, and this one goes on", async ({ open, server }) => {
	const page = await open("ben", "/settings/security"), other = await open("ben", "/settings/security");
	await page.getByRole("button", { name: "Change password" }).click();
	const d = dialog(page, "Change password");
	await d.getByLabel("Current password").fill("wrong");
	await d.getByLabel("New password").fill(password);
	await d.getByRole("button", { name: "Change password" }).click();
	await d.getByRole("alert").waitFor();
	await d.getByLabel("Current password").fill("demo");
	await d.getByRole("button", { name: "Change password" }).click();
	await d.waitFor({ state: "detached" });
	same((await page.request.get("/api/session")).status(), 200, "this session");
	same((await other.request.get("/api/session")).status(), 401, "the other session");
	same((await davOf(server.url, "ben")("PROPFIND", "/dav/", { headers: { Depth: "0" } })).status, 401, "the old password");
	await signIn(other, "ben", password);
	await other.getByRole("link", { name: "Contacts" }).waitFor();
});

test("a second step is turned on, asked for, and turned off", async ({ open }) => {
	const page = await open("clara", "/settings/security");
	const group = page.locator("section", { has: page.getByRole("heading", { name: "Second step" }) });
	await group.getByRole("button", { name: "Turn on" }).click();
	const d = page.getByRole("dialog");
	await d.getByRole("img", { name: "Turn on" }).waitFor();
	const secret = await d.locator("code").first().textContent();
	await d.getByLabel("Code of your authenticator").fill("000000");
	await d.getByRole("button", { name: "Turn on" }).click();
	await d.getByRole("alert").waitFor();
	await d.getByLabel("Code of your authenticator").fill(codeOf(secret));
	await d.getByRole("button", { name: "Turn on" }).click();
	const recovery = (await dialog(page, "Recovery codes").locator("code").textContent()).split("\n");
	same(recovery.length, 10, "the number of recovery codes");
	await page.getByRole("button", { name: "Done" }).click();
	await group.getByText("A code is asked for after the password").waitFor();
	await signOut(page, "Clara Diaz");
	await signIn(page, "clara", "demo");
	await page.getByRole("textbox", { name: /code/i }).fill(codeOf(secret, 1));
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: "Contacts" }).waitFor();
	await signOut(page, "Clara Diaz");
	await signIn(page, "clara", "demo");
	await page.getByRole("textbox", { name: /code/i }).fill(recovery[0]);
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: "Contacts" }).waitFor();
	await page.goto("/settings/security");
	await group.getByText("9 recovery codes left").waitFor();
	await group.getByRole("button", { name: "Turn off" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Turn off" }).click();
	await group.getByText("Only the password is asked for").waitFor();
});

test("a passkey is made, signs in without a password, and is removed", async ({ open, server, windows }) => {
	const page = await open("", `http://localhost:${new URL(server.url).port}/signin`);
	const cdp = await windows[0].context.newCDPSession(page);
	await cdp.send("WebAuthn.enable");
	await cdp.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
	await page.getByLabel("Name or mail address").fill("david");
	await page.getByLabel("Password").fill("demo");
	await page.getByRole("button", { name: "Sign in", exact: true }).click();
	await page.getByRole("button", { name: /^Account of/ }).click();
	await page.getByRole("menuitem", { name: "Devices and security" }).click();
	await page.getByRole("link", { name: "Security", exact: true }).click();
	await page.getByRole("button", { name: "Add a passkey" }).click();
	await page.getByRole("button", { name: /^Remove the passkey/ }).waitFor();
	await page.getByRole("button", { name: /^Account of/ }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await page.waitForURL(/\/signin/);
	await page.getByRole("button", { name: /passkey/i }).click();
	await page.getByRole("link", { name: "Contacts" }).waitFor();
	await page.getByRole("button", { name: /^Account of David/ }).click();
	await page.getByRole("menuitem", { name: "Devices and security" }).click();
	await page.getByRole("link", { name: "Security", exact: true }).click();
	await page.getByRole("button", { name: /^Remove the passkey/ }).click();
	await page.getByRole("button", { name: /^Remove the passkey/ }).waitFor({ state: "detached" });
});

test("sessions are listed and ended", async ({ open }) => {
	const page = await open("emma", "/settings/security"), other = await open("emma", "/tasks");
	await page.reload();
	const group = page.locator("section", { has: page.getByRole("heading", { name: "Signed in" }) });
	await group.getByText("This browser").waitFor();
	same(await group.locator(".thing").count(), 2, "sessions");
	await group.locator(".thing", { hasText: "Chrome, Linux" }).first().waitFor();
	await group.getByRole("button", { name: "Sign out", exact: true }).click();
	await until(async () => (await group.locator(".thing").count()) === 1, "one is left");
	same((await other.request.get("/api/session")).status(), 401, "the session that was ended");
});

test("the profile for Apple's devices is loaded", async ({ open }) => {
	const page = await open("felix", "/settings/devices");
	await page.getByText("iPhone, iPad, Mac").click();
	const begun = page.waitForEvent("download");
	await page.getByRole("link", { name: "Profile for Apple devices" }).click();
	const file = await begun;
	must(/\.mobileconfig$/.test(file.suggestedFilename()), `its name is ${file.suggestedFilename()}`);
	let text = "";
	for await (const part of await file.createReadStream()) text += part;
	must(/com\.apple\.caldav\.account/.test(text) && /com\.apple\.carddav\.account/.test(text) && /<string>felix<\/string>/.test(text), "it has both accounts");
});

test("the language and the theme change at once and stay", async ({ open }) => {
	const page = await open("felix", "/settings/general");
	const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor), light = await ground();
	await page.getByLabel("Theme").selectOption("dark");
	await until(async () => (await ground()) !== light, "the ground is dark");
	await until(async () => (await (await page.request.get("/api/settings")).json()).settings.theme === "dark", "the theme is stored");
	await page.getByLabel("Language").selectOption("de");
	await page.getByRole("heading", { name: "Allgemein" }).waitFor();
	await page.getByRole("link", { name: "Kontakte" }).waitFor();
	await page.reload();
	await page.getByRole("heading", { name: "Allgemein" }).waitFor();
	must((await ground()) !== light, "it is light again");
	await page.getByLabel("Sprache").selectOption("en");
	await page.getByRole("heading", { name: "General" }).waitFor();
});

await run();
