// Contacts: screens 10 and 11 of docs/web-ui.md, each behaviour with a test that fails without it.
import { deflateSync } from "node:zlib";
import { axe, dateIn, must, phone, run, same, test, until } from "./harness.mjs";

const home = "/dav/addressbooks/";
const book = (who) => `${home}${who}/default/`;
const vcf = { "Content-Type": "text/vcard; charset=utf-8" };
const lines = (...l) => ["BEGIN:VCARD", ...l, "END:VCARD", ""].join("\r\n");

/** Puts a card by another client. */
async function put(dav, href, text, headers = {}) {
	const answer = await dav("PUT", href, { body: text, headers: { ...vcf, ...headers } });
	must(answer.status < 300, `PUT ${href}: ${answer.status} ${answer.text}`);
}
const person = (page, name) => page.locator(".person", { hasText: name });
const toast = (page, text) => page.locator(".toast", { hasText: text }).last();
const undo = (page, text) => toast(page, text).getByRole("button", { name: "Undo" }).click();
/** Where the demo has put somebody, and by which UID. */
async function findCard(dav, who, name) {
	const answer = await dav("REPORT", book(who), { headers: { Depth: "1", "Content-Type": "application/xml" }, body: `<A:addressbook-query xmlns:D="DAV:" xmlns:A="urn:ietf:params:xml:ns:carddav"><D:prop><A:address-data/></D:prop><A:filter><A:prop-filter name="FN"><A:text-match match-type="equals">${name}</A:text-match></A:prop-filter></A:filter></A:addressbook-query>` });
	const href = /<(?:\w+:)?href>([^<]+)</.exec(answer.text)?.[1], uid = /UID:([^&\r\n]+)/.exec(answer.text)?.[1];
	must(href && uid, `${name} is in the demo: ${answer.text}`);
	return { href, name: href.slice(href.lastIndexOf("/") + 1), uid };
}
const text = async (dav, href) => (await dav("GET", href)).text;
const menu = async (page, opener, item) => {
	await opener.click();
	await page.locator(".menu:popover-open").getByText(item, { exact: true }).click();
};

const odd = lines("VERSION:4.0", "UID:odd-1", "FN:Dr. Helena Fischer", "N:Fischer;Helena;Maria,Eva;Dr.;", "NICKNAME:Leni", "ORG:Harbour;Design", "TITLE:Architect",
	'TEL;VALUE=uri;TYPE="cell,voice";PREF=1:tel:+49-170-5550199', "item1.TEL:+49 38 5550111", "item1.X-ABLabel:Boat", "EMAIL;TYPE=work:helena@harbour.example",
	"ADR;TYPE=home:;;Am Ufer 12;Berlin;;10999;Germany", "URL:https://harbour.example/helena", "URL:javascript:alert(1)", "BDAY:19840517", "NOTE:<img src=x onerror=alert(1)>\\nnever on Fridays\\, please",
	"item2.X-FAVOURITE-DISH;X-WHY=\"taste; mostly\":Risotto\\, yellow", "item2.X-ABLabel:_$!<Food>!$_", "LANG;PREF=1:de", "END-OF:a line that nobody knows");

test("the list is sorted under letters and searched by all words, whatever their marks", async ({ open, dav }) => {
	await put(dav("anna"), `${book("anna")}a1.vcf`, lines("VERSION:3.0", "UID:a1", "FN:Álvaro Müller-Strauß", "N:Müller-Strauß;Álvaro;;;", "ORG:Łódź Works", "TEL:+49 (30) 123-45"));
	const page = await open("anna", "/contacts");
	await person(page, "Álvaro").waitFor();
	same(await page.locator(".letter").first().textContent(), "A", "the first letter");
	const search = page.getByRole("searchbox", { name: "Search contacts" });
	for (const typed of ["alvaro strauss", "MULLER lodz", "4930123"]) {
		await search.fill(typed);
		await until(async () => (await page.locator(".person").count()) === 1, `${typed} finds one`);
		must(await person(page, "Álvaro").isVisible(), `${typed} finds Álvaro`);
	}
	await search.fill("alvaro nobody");
	await page.getByText("Nobody matches").waitFor();
	await page.getByRole("button", { name: "Clear search" }).click();
	await person(page, "Greta Hansen").waitFor();
	await menu(page, page.getByRole("button", { name: "List options" }), "Sort by last name");
	const first = async () => page.locator(".person").first().locator("b").textContent();
	await until(async () => (await first()) === "Anna Berg", "Berg comes first by last name");
	await menu(page, page.getByRole("button", { name: "List options" }), "Sort by first name");
	await until(async () => (await first()) === "Álvaro Müller-Strauß", "Álvaro comes first by first name");
});

test("the list is worked by keys: arrows, Home, End, typing, Enter, Space", async ({ open }) => {
	const page = await open("ben", "/contacts");
	for (const name of ["Jack Kelly", "Anna Berg"]) await person(page, name).waitFor(); // of his book and of the directory: all are there
	const here = () => page.evaluate(() => document.activeElement?.querySelector("b")?.textContent);
	const names = await page.locator(".person b").allTextContents();
	await page.getByRole("searchbox").press("ArrowDown");
	same(await here(), names[0], "after the search field");
	await page.keyboard.press("ArrowDown");
	await until(async () => (await here()) === names[1], "ArrowDown goes to the second");
	await page.keyboard.press("End");
	await until(async () => (await here()) === names.at(-1), "End goes to the last");
	await page.keyboard.press("Home");
	await until(async () => (await here()) === names[0], "Home goes to the first");
	await page.keyboard.type("ka");
	await until(async () => (await here()) === "Kate Lopez", "typing goes to the name");
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: "Kate Lopez" }).waitFor();
	same(await page.locator('.person[tabindex="0"]').count(), 1, "rows in the order of Tab");
	await person(page, "Jack Kelly").focus();
	await page.keyboard.press("Space");
	await page.getByText("1 selected").waitFor();
	await page.keyboard.press("Shift+ArrowDown");
	await page.getByText("2 selected").waitFor();
	await page.keyboard.press("Escape");
	await until(async () => (await page.locator('.person[aria-selected="true"]').count()) === 0, "Escape ends the selection");
});

test("a card shows all that is in it; nothing of it is a page or a script", async ({ open, dav }) => {
	await put(dav("clara"), `${book("clara")}odd.vcf`, odd);
	const page = await open("clara", "/contacts");
	await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
	await person(page, "Helena").click();
	const card = page.getByRole("article");
	await card.waitFor();
	for (const shown of ["“Leni”", "Architect", "Harbour, Design", "+49-170-5550199", "Boat", "helena@harbour.example", "Am Ufer 12", "10999 Berlin", "<img src=x onerror=alert(1)>", "never on Fridays, please", "Risotto, yellow", "X-FAVOURITE-DISH · Food", "Language", "END-OF"]) {
		await card.getByText(shown).first().waitFor();
	}
	await card.getByRole("heading", { name: "Other" }).waitFor();
	const today = dateIn(0), age = Number(today.slice(0, 4)) - 1984 - (today.slice(5) < "05-17" ? 1 : 0);
	must(await card.getByText(`${age} years`).isVisible(), "the age stands beside the birthday");
	same(await card.locator("dd a").evaluateAll((all) => all.map((a) => new URL(a.href).protocol)), ["tel:", "tel:", "mailto:", "https:"], "schemes of links");
	same(await card.locator("dd img").count(), 0, "images made of notes");
	await card.getByRole("button", { name: "Copy helena@harbour.example" }).click();
	await toast(page, "Copied").waitFor();
	same(await page.evaluate(() => navigator.clipboard.readText()), "helena@harbour.example", "what was copied");
});

test("an edit changes its own lines alone, and undo brings every byte back", async ({ open, dav }) => {
	const href = `${book("david")}odd.vcf`;
	await put(dav("david"), href, odd);
	const page = await open("david", "/contacts");
	await person(page, "Helena").click();
	await page.getByRole("button", { name: "Edit", exact: true }).click();
	await page.getByLabel("Last name").fill("Brandt");
	await page.getByRole("button", { name: "Add e-mail" }).click();
	await page.getByLabel("E-mail 2", { exact: true }).fill("leni@example.net");
	await page.getByRole("button", { name: "Remove Website 2" }).click();
	await page.getByLabel("Year (Date 1)").fill("");
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByRole("heading", { name: /Brandt/ }).or(page.getByRole("heading", { name: "Dr. Helena Fischer" })).waitFor();
	const wanted = odd.replace("N:Fischer;Helena;Maria,Eva;Dr.;", "N:Brandt;Helena;Maria,Eva;Dr.;").replace("EMAIL;TYPE=work:helena@harbour.example\r\n", "EMAIL;TYPE=work:helena@harbour.example\r\nEMAIL;TYPE=home:leni@example.net\r\n")
		.replace("URL:javascript:alert(1)\r\n", "").replace("BDAY:19840517", "BDAY:--0517");
	await until(async () => (await text(dav("david"), href)) === wanted, "the stored card is the old one with four lines changed").catch(async (err) => { throw new Error(`${err.message}\n${await text(dav("david"), href)}`); });
	await undo(page, "saved");
	await until(async () => (await text(dav("david"), href)) === odd, "undo restores the bytes");
});

test("a contact is made, found and taken back by keys alone", async ({ open, dav }) => {
	const page = await open("emma", "/contacts");
	await person(page, "Oskar").waitFor();
	await page.locator("body").press("c");
	await page.getByLabel("First name").and(page.locator(":focus")).waitFor();
	await page.keyboard.type("Nora");
	await page.keyboard.press("Tab");
	await page.keyboard.type("Neumann");
	await page.getByLabel("Phone 1", { exact: true }).focus();
	await page.keyboard.type("+49 171 1");
	await page.keyboard.press("Control+Enter");
	await page.getByRole("heading", { name: "Nora Neumann" }).waitFor();
	await person(page, "Nora Neumann").waitFor();
	const href = new URL(page.url()).searchParams.get("card");
	const stored = await text(dav("emma"), href);
	for (const line of ["VERSION:3.0", "FN:Nora Neumann", "N:Neumann;Nora;;;", "TEL;TYPE=CELL:+49 171 1"]) must(stored.includes(`${line}\r\n`), `${line} is stored in ${stored}`);
	must(!/EMAIL/.test(stored), "an empty line is not stored");
	await page.locator("#main").press("z");
	await until(async () => (await dav("emma")("GET", href)).status === 404, "z takes it back");
});

test("what was typed and not saved can be got back", async ({ open }) => {
	const page = await open("emma", "/contacts");
	await person(page, "Oskar").click();
	await page.getByRole("button", { name: "Edit", exact: true }).click();
	await page.getByLabel("Job title").fill("Plumber");
	await person(page, "Petra").click();
	await page.getByRole("heading", { name: "Petra" }).waitFor();
	await toast(page, "not saved").getByRole("button", { name: "Back to them" }).click();
	same(await page.getByLabel("Job title").inputValue(), "Plumber", "the job title");
});

/** A PNG of one colour with a stripe. */
function png(width, height) {
	const crc = (b) => { let c = ~0; for (const x of b) { c ^= x; for (let i = 0; i < 8; i++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1; } return ~c >>> 0; };
	const chunk = (type, data) => {
		const body = Buffer.concat([Buffer.from(type), data]), out = Buffer.alloc(body.length + 8);
		out.writeUInt32BE(data.length, 0);
		body.copy(out, 4);
		out.writeUInt32BE(crc(body), body.length + 4);
		return out;
	};
	const head = Buffer.alloc(13);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, 2, 0, 0, 0], 8);
	const row = Buffer.concat([Buffer.from([0]), Buffer.from(Array.from({ length: width }, (_, x) => (x < width / 2 ? [40, 90, 200] : [220, 120, 60])).flat())]);
	return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))), chunk("IEND", Buffer.alloc(0))]);
}

test("a photo is cut by keys, slider and mouse, and stored small", async ({ open, dav }) => {
	const page = await open("felix", "/contacts");
	await person(page, "Rosa Stein").click();
	await page.getByRole("button", { name: "Edit", exact: true }).click();
	const choosing = page.waitForEvent("filechooser");
	await page.getByRole("button", { name: "Add photo" }).click();
	await (await choosing).setFiles({ name: "rosa.png", mimeType: "image/png", buffer: png(1600, 900) });
	const crop = page.getByRole("dialog", { name: "Crop photo" }), canvas = crop.locator("canvas");
	const middle = () => canvas.evaluate((c) => [...c.getContext("2d").getImageData(c.width / 2 + 6, c.height / 2, 1, 1).data]);
	await until(async () => (await middle())[3] === 255, "the photo is drawn");
	const before = await middle();
	await canvas.focus();
	for (let i = 0; i < 4; i++) await page.keyboard.press("Shift+ArrowLeft");
	await until(async () => (await middle())[0] !== before[0], "keys move the photo");
	await crop.getByRole("slider").fill("2");
	const box = await canvas.boundingBox();
	await page.mouse.move(box.x + 200, box.y + 100);
	await page.mouse.down();
	await page.mouse.move(box.x + 40, box.y + 100, { steps: 4 });
	await page.mouse.up();
	await crop.getByRole("button", { name: "Use photo" }).click();
	await page.getByRole("button", { name: "Save" }).click();
	await toast(page, "saved").waitFor();
	const stored = await text(dav("felix"), (await findCard(dav("felix"), "felix", "Rosa Stein")).href);
	const photo = /PHOTO;ENCODING=b;TYPE=JPEG:([A-Za-z0-9+/=\s]+?)\r\n(?! )/.exec(stored);
	must(photo, `a JPEG is stored: ${stored.slice(0, 400)}`);
	const bytes = Buffer.from(photo[1].replace(/\s/g, ""), "base64");
	same([...bytes.subarray(0, 2)], [0xff, 0xd8], "the beginning of the JPEG");
	for (let at = 2; at < bytes.length;) { // SOF0: height and width
		if (bytes[at + 1] === 0xc0) { same([bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)], [450, 450], "its size"); break; }
		at += 2 + bytes.readUInt16BE(at + 2);
	}
});

test("a file that is no photo is refused with a sentence", async ({ open }) => {
	const page = await open("felix", "/contacts");
	await person(page, "Tom Unger").click();
	await page.getByRole("button", { name: "Edit", exact: true }).click();
	const choosing = page.waitForEvent("filechooser");
	await page.getByRole("button", { name: "Add photo" }).click();
	await (await choosing).setFiles({ name: "x.svg", mimeType: "image/svg+xml", buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>') });
	await toast(page, "no photo that can be read").waitFor();
});

test("a change that meets another of the same card is merged; the same field is asked about", async ({ open, dav }) => {
	const { href } = await findCard(dav("anna"), "anna", "Henry Irving"), before = await text(dav("anna"), href);
	const page = await open("anna", "/contacts");
	const edit = async (name) => {
		await person(page, "Henry Irving").click();
		await page.getByRole("button", { name: "Edit", exact: true }).click();
		await page.getByLabel("Job title").fill(name);
	};
	await edit("Captain");
	await put(dav("anna"), href, before.replace("END:VCARD", "NOTE:from the phone\r\nEND:VCARD"));
	await page.getByRole("button", { name: "Save" }).click();
	await toast(page, "both changes are kept").waitFor();
	await until(async () => /NOTE:from the phone[\s\S]*TITLE:Captain|TITLE:Captain[\s\S]*NOTE:from the phone/.test(await text(dav("anna"), href)), "both are stored");
	await toast(page, "Henry Irving saved").waitFor();
	await edit("Admiral");
	await put(dav("anna"), href, (await text(dav("anna"), href)).replace("TITLE:Captain", "TITLE:Cook"));
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByRole("dialog", { name: "Somebody else changed this contact" }).getByRole("button", { name: "Keep mine" }).click();
	await until(async () => /TITLE:Admiral/.test(await text(dav("anna"), href)), "mine is stored");
	must(/NOTE:from the phone/.test(await text(dav("anna"), href)), "the rest of theirs stays");
});

test("several cards are deleted at once, and undo brings their bytes and groups back", async ({ open, dav }) => {
	const d = dav("felix"), tom = await findCard(d, "felix", "Tom Unger"), group = lines("VERSION:4.0", "UID:urn:uuid:11111111-1111-4111-8111-111111111111", "KIND:group", "FN:Quartet", `MEMBER:urn:uuid:${tom.uid}`, "X-KEEP:1");
	await put(d, `${book("felix")}quartet.vcf`, group);
	const before = await text(d, tom.href);
	const page = await open("felix", "/contacts");
	await page.getByRole("link", { name: /Quartet/ }).click();
	await person(page, "Tom Unger").waitFor();
	await page.getByRole("link", { name: /^Contacts/ }).last().click();
	await person(page, "Rosa Stein").locator(".mark").click();
	await person(page, "Tom Unger").locator(".mark").click();
	await page.getByText("2 selected").waitFor();
	await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
	await until(async () => (await d("GET", tom.href)).status === 404, "Tom is deleted");
	await until(async () => !/MEMBER/.test(await text(d, `${book("felix")}quartet.vcf`)), "he is in no group");
	await undo(page, "2 contacts deleted");
	await until(async () => (await text(d, tom.href)) === before, "his bytes are back");
	await until(async () => (await text(d, `${book("felix")}quartet.vcf`)) === group, "and his place in the group");
	await person(page, "Tom Unger").waitFor();
});

test("books are made, renamed and deleted; cards are moved by menu and by drag, and copied", async ({ open, dav }) => {
	const d = dav("ben"), jack = await findCard(d, "ben", "Jack Kelly"), kate = await findCard(d, "ben", "Kate Lopez"), page = await open("ben", "/contacts");
	await person(page, "Jack Kelly").waitFor();
	await page.getByRole("button", { name: "New address book" }).click();
	await page.getByLabel("Name of the address book").fill("Work & more <b>");
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: "Work & more <b>" }).waitFor();
	await page.getByText("No contacts here yet").waitFor();
	const work = new URL(page.url()).searchParams.get("book");
	await page.getByRole("link", { name: /All contacts/ }).click();
	await person(page, "Jack Kelly").click();
	await menu(page, page.getByRole("button", { name: "More for Jack Kelly" }), "Move to another address book…");
	await page.getByRole("dialog").getByRole("button", { name: "Work & more" }).click();
	await until(async () => (await d("GET", work + jack.name)).status === 200 && (await d("GET", jack.href)).status === 404, "Jack has moved");
	await undo(page, "Contact moved to");
	await until(async () => (await d("GET", jack.href)).status === 200, "undo moves him back");
	await toast(page, "Undone: Contact moved to").waitFor(); // the list moves no more
	await person(page, "Kate Lopez").dragTo(page.getByRole("link", { name: "Work & more" }));
	await until(async () => (await d("GET", work + kate.name)).status === 200, "Kate is dragged over");
	await page.locator(".toast", { hasText: /^Contact moved to/ }).waitFor();
	await person(page, "Jack Kelly").click();
	await menu(page, page.getByRole("button", { name: "More for Jack Kelly" }), "Copy to another address book…");
	await page.getByRole("dialog").getByRole("button", { name: "Work & more" }).click();
	await toast(page, "copied to").waitFor();
	await page.getByRole("link", { name: /Work & more/ }).locator("small", { hasText: /^2$/ }).waitFor();
	await page.getByRole("link", { name: /Work & more/ }).hover();
	await menu(page, page.getByRole("button", { name: "Address book Work & more <b>" }), "Rename");
	await page.getByLabel("Name of the address book").fill("Old work");
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: /Old work/ }).waitFor();
	await until(async () => /Old work/.test((await d("PROPFIND", work, { headers: { Depth: "0" } })).text), "the name is stored");
	await page.getByRole("link", { name: /Old work/ }).hover();
	await menu(page, page.getByRole("button", { name: "Address book Old work" }), "Delete address book");
	await page.getByRole("dialog").getByRole("button", { name: "Delete address book" }).click();
	await until(async () => (await d("PROPFIND", work, { headers: { Depth: "0" } })).status === 404, "the book is deleted");
	await undo(page, "“Old work” deleted");
	await until(async () => (await d("GET", work + kate.name)).status === 200, "undo brings the book back with what is in it");
});

test("groups of both kinds are made, filled by dialog and drag, renamed and deleted", async ({ open, dav }) => {
	const d = dav("clara"), lena = await findCard(d, "clara", "Lena Maier"), marco = await findCard(d, "clara", "Marco Neri"), page = await open("clara", "/contacts");
	await person(page, "Lena Maier").waitFor();
	await page.getByRole("button", { name: "New group" }).click();
	await page.getByLabel("Name of the group").fill("Crew");
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: /Crew/ }).waitFor();
	await page.waitForURL((u) => u.searchParams.get("group")?.startsWith("card:"));
	const href = new URL(page.url()).searchParams.get("group").slice(5);
	must(/X-ADDRESSBOOKSERVER-KIND:group/.test(await text(d, href)), "it is a group as Apple's clients know it");
	await page.getByRole("link", { name: /Crew/ }).hover();
	await menu(page, page.getByRole("button", { name: "Group Crew" }), "Choose members");
	await page.getByRole("dialog").getByText("Lena Maier").click();
	await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
	await person(page, "Lena Maier").waitFor();
	await until(async () => (await text(d, href)).includes(`X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:${lena.uid}`), "Lena is a member");
	await page.getByRole("link", { name: /All contacts/ }).click();
	await person(page, "Marco Neri").dragTo(page.getByRole("link", { name: /Crew/ }));
	await until(async () => (await text(d, href)).includes(marco.uid), "Marco is dragged in");
	await toast(page, "Added to Crew").waitFor();
	await page.getByRole("link", { name: /Crew/ }).hover();
	await menu(page, page.getByRole("button", { name: "Group Crew" }), "Rename");
	await page.getByLabel("Name of the group").fill("Sailors");
	await page.keyboard.press("Enter");
	await until(async () => /FN:Sailors/.test(await text(d, href)), "the group is renamed");

	await person(page, "Marco Neri").click();
	await page.getByRole("article").getByRole("button", { name: "Add to group" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "New group" }).click();
	await page.getByLabel("Name of the group").fill("Friends, old");
	await page.getByText("A category on each contact").click();
	await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
	await until(async () => /CATEGORIES:Friends\\, old/.test(await text(d, marco.href)), "the label is a category");
	await page.getByRole("link", { name: "Friends, old" }).first().click();
	await person(page, "Marco Neri").locator(".mark").click();
	await menu(page, page.getByRole("toolbar").getByRole("button", { name: "Selected contacts" }), "Remove from Friends, old");
	await until(async () => !/CATEGORIES/.test(await text(d, marco.href)), "the label is taken off");
	await page.getByRole("link", { name: /Sailors/ }).hover();
	await menu(page, page.getByRole("button", { name: "Group Sailors" }), "Delete group");
	await until(async () => (await d("GET", href)).status === 404, "the group is deleted");
	same((await d("GET", lena.href)).status, 200, "the people in it stay");
	await undo(page, "“Sailors” deleted");
	await until(async () => (await d("GET", href)).status === 200, "undo brings it back");
});

test("the directory can be read and not changed", async ({ open }) => {
	const page = await open("anna", "/contacts");
	await page.getByRole("link", { name: /Directory/ }).click();
	await person(page, "Clara Diaz").click();
	await page.getByRole("heading", { name: "Clara Diaz" }).waitFor();
	await page.getByRole("article").getByText("Read only").waitFor();
	same(await page.getByRole("button", { name: "Edit", exact: true }).count(), 0, "buttons to edit");
	await page.getByRole("button", { name: "More for Clara Diaz" }).click();
	same(await page.locator(".menu:popover-open").getByText("Delete").count(), 0, "entries to delete");
});

test("a book of somebody else that one may only read says so and offers no change", async ({ open, dav }) => {
	const shared = await dav("emma")("POST", book("emma"), { headers: { "Content-Type": "application/xml; charset=utf-8" }, body: '<CS:share xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/" xmlns:V="https://convoke.example/ns/"><CS:set><D:href>mailto:ben@example.org</D:href><CS:summary/><CS:read/><V:level>read</V:level></CS:set></CS:share>' });
	must(shared.status < 300, `sharing: ${shared.status} ${shared.text}`);
	const accepted = await dav("ben")("POST", "/dav/addressbooks/ben/", { headers: { "Content-Type": "application/xml; charset=utf-8" }, body: `<CS:invite-reply xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:href>mailto:ben@example.org</D:href><CS:invite-accepted/><CS:hosturl><D:href>${book("emma")}</D:href></CS:hosturl></CS:invite-reply>` });
	must(accepted.status < 300, `accepting: ${accepted.status} ${accepted.text}`);
	const page = await open("ben", "/contacts");
	await person(page, "Oskar Paulsen").click();
	await page.getByRole("article").getByText("Read only").waitFor();
	same(await page.getByRole("button", { name: "Edit", exact: true }).count(), 0, "buttons to edit");
	must(await page.getByRole("heading", { name: "Shared with me" }).isVisible(), "it stands among what is shared");
	await person(page, "Oskar Paulsen").locator(".mark").click();
	must(await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).isDisabled(), "it cannot be deleted");
	await person(page, "Jack Kelly").last().dragTo(page.getByRole("link", { name: /Read only/ }).last());
	same((await dav("ben")("GET", (await findCard(dav("ben"), "ben", "Jack Kelly")).href)).status, 200, "what is dropped there stays where it was");
	const theirs = page.locator('.book:has(a[href*="emma%7Edefault"])');
	await theirs.hover();
	await menu(page, theirs.getByRole("button"), "Leave address book");
	await page.getByRole("dialog").getByRole("button", { name: "Leave address book" }).click();
	await person(page, "Oskar Paulsen").waitFor({ state: "detached" });
	await undo(page, "You left");
	await person(page, "Oskar Paulsen").waitFor();
});

test("a change made on another device shows in the open page", async ({ open, dav }) => {
	const d = dav("david"), page = await open("david", "/contacts");
	await person(page, "Nora Owens").click();
	await page.getByRole("heading", { name: "Nora Owens" }).waitFor();
	const { href } = await findCard(d, "david", "Nora Owens");
	await put(d, href, (await text(d, href)).replace("FN:Nora Owens", "FN:Nora Quill"));
	await page.getByRole("heading", { name: "Nora Quill" }).waitFor();
	await put(d, `${book("david")}new.vcf`, lines("VERSION:4.0", "UID:new-1", "FN:Arrived Now"));
	await person(page, "Arrived Now").waitFor();
	await d("DELETE", `${book("david")}new.vcf`);
	await person(page, "Arrived Now").waitFor({ state: "detached" });
});

test("duplicates have reasons, are merged field by field after a look, and undo restores both", async ({ open, dav }) => {
	const d = dav("emma"), base = book("emma");
	const one = lines("VERSION:3.0", "UID:d1", "FN:Ida Holm", "N:Holm;Ida;;;", "EMAIL:ida@example.net", "TEL;TYPE=HOME:030 5550777", "X-ONE:1");
	const two = lines("VERSION:4.0", "UID:d2", "FN:Ida K. Holm", "N:Holm;Ida;K.;;", "EMAIL:IDA@example.net", "TEL;VALUE=uri;TYPE=cell:tel:+49-171-5550778", "NOTE:old phone", "X-TWO:2");
	const group = lines("VERSION:3.0", "UID:dg", "FN:Band", "N:Band;;;;", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:d2");
	await put(d, `${base}d1.vcf`, one);
	await put(d, `${base}d2.vcf`, two);
	await put(d, `${base}dg.vcf`, group);
	const page = await open("emma", "/contacts");
	await page.getByRole("link", { name: "Find duplicates" }).click();
	const pair = page.locator(".twins", { hasText: "Ida" });
	await pair.waitFor();
	must(await pair.getByText("same e-mail").isVisible() && await pair.getByText("similar name").isVisible(), "both reasons are told");
	same([await text(d, `${base}d1.vcf`), await text(d, `${base}d2.vcf`)], [one, two], "nothing is merged by itself");
	await pair.getByRole("button", { name: "Merge" }).click();
	const dialog = page.getByRole("dialog", { name: "Merge two contacts" });
	await dialog.getByRole("group", { name: "Name", exact: true }).getByText("Ida K. Holm").click();
	const result = dialog.getByRole("region", { name: "The contact afterwards" });
	for (const shown of ["Ida K. Holm", "old phone"]) await result.getByText(shown).waitFor(); // the outcome, first
	await dialog.getByRole("button", { name: "Merge" }).click();
	await toast(page, "Merged into").waitFor();
	const merged = await text(d, `${base}d1.vcf`);
	for (const line of ["UID:d1", "FN:Ida K. Holm", "EMAIL:ida@example.net", "TEL;TYPE=HOME:030 5550777", "NOTE:old phone", "X-ONE:1", "X-TWO:2"]) must(merged.includes(`${line}\r\n`), `${line} is in ${merged}`);
	must(/5550778/.test(merged) && (merged.match(/EMAIL/g) ?? []).length === 1, "both numbers, one address");
	same((await d("GET", `${base}d2.vcf`)).status, 404, "the second card");
	must(/MEMBER:urn:uuid:d1/.test(await text(d, `${base}dg.vcf`)), "the group lists the one that stayed");
	await undo(page, "Merged into");
	await until(async () => (await text(d, `${base}d1.vcf`)) === one && (await text(d, `${base}d2.vcf`)) === two && (await text(d, `${base}dg.vcf`)) === group, "all three are as they were");
	await pair.getByRole("button", { name: "Not the same" }).click();
	await pair.waitFor({ state: "detached" });
	await page.reload();
	await page.getByText("No two contacts look like").waitFor();
	await page.getByRole("button", { name: "Show them again" }).click();
	await pair.waitFor();
});

test("a selection is exported as one file; import begins at the book", async ({ open }) => {
	const page = await open("emma", "/contacts");
	await person(page, "Petra Quandt").locator(".mark").click();
	await person(page, "Oskar Paulsen").locator(".mark").click();
	const saving = page.waitForEvent("download");
	await menu(page, page.getByRole("toolbar").getByRole("button", { name: "Selected contacts" }), "Export selected");
	const file = await saving;
	same(file.suggestedFilename(), "Contacts.vcf", "the name of the file");
	const chunks = [];
	for await (const c of await file.createReadStream()) chunks.push(c);
	const all = Buffer.concat(chunks).toString();
	same([all.match(/BEGIN:VCARD/g).length, /Petra/.test(all), /Oskar/.test(all)], [2, true, true], "cards in the file");
	await page.getByRole("link", { name: /^Contacts/ }).last().hover();
	await menu(page, page.getByRole("button", { name: "Address book Contacts" }), "Import contacts");
	await until(() => page.url().includes("/import?into="), "import is opened");
	same(new URL(page.url()).searchParams.get("into"), book("emma"), "the book to import into");
});

test("ten thousand cards are listed, searched and walked through", async ({ open, dav }) => {
	const d = dav("anna"), big = `${home}anna/big/`;
	await d("MKCOL", big, { headers: { "Content-Type": "application/xml" }, body: '<D:mkcol xmlns:D="DAV:" xmlns:A="urn:ietf:params:xml:ns:carddav"><D:set><D:prop><D:resourcetype><D:collection/><A:addressbook/></D:resourcetype><D:displayname>Big</D:displayname></D:prop></D:set></D:mkcol>' });
	let next = 0;
	await Promise.all(Array.from({ length: 16 }, async () => {
		for (let i = next++; i < 10_000; i = next++) {
			const family = `${"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i % 26]}amily${i}`;
			await put(d, `${big}${i}.vcf`, lines("VERSION:3.0", `UID:big-${i}`, `FN:Given${i} ${family}`, `N:${family};Given${i};;;`, `EMAIL;TYPE=WORK:p${i}@example.com`, `TEL:+49 30 ${1_000_000 + i}`, "NOTE:something that the list does not need"));
		}
	}));
	const began = Date.now();
	const page = await open("anna", `/contacts?book=${encodeURIComponent(big)}`);
	await page.locator(".person").first().waitFor();
	console.log(`    10,000 cards: ${Date.now() - began} ms from navigation to the first rows`);
	same(await page.locator(".person").first().getAttribute("aria-setsize"), "10000", "people in the list");
	must(await page.evaluate(() => document.querySelectorAll("*").length) < 1000, "only rows in view are in the page");
	await page.getByRole("searchbox").press("ArrowDown");
	await page.keyboard.press("End");
	await until(async () => (await page.evaluate(() => document.activeElement?.getAttribute("aria-posinset"))) === "10000", "End goes to the last");
	await page.getByRole("searchbox").fill("given77 zamily77");
	await until(async () => (await page.locator(".person").first().locator("b").textContent()) === "Given77 Zamily77", "the search finds the one");
	await page.getByRole("searchbox").fill("p4711@example.com");
	await person(page, "Given4711").click();
	await page.getByRole("heading", { name: /Given4711/ }).waitFor();
}, { fresh: true });

test("on a phone one pane is shown at a time, with a way back", async ({ open }) => {
	const page = await open("anna", "/contacts");
	await person(page, "Greta Hansen").waitFor();
	same(await page.getByRole("button", { name: "New address book" }).isVisible(), false, "the books beside the list");
	await page.getByRole("link", { name: "Address books and groups" }).click();
	await page.getByRole("link", { name: /Directory/ }).click();
	await person(page, "Ben Carter").click();
	await page.getByRole("heading", { name: "Ben Carter" }).waitFor();
	same(await person(page, "Clara Diaz").isVisible(), false, "the list beside the card");
	await page.getByRole("link", { name: "Back" }).click();
	await person(page, "Clara Diaz").waitFor();
	await person(page, "Clara Diaz").click();
	await page.getByRole("heading", { name: "Clara Diaz" }).waitFor();
	await page.goBack();
	await person(page, "Clara Diaz").waitFor();
	must(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the phone");
	await menu(page, page.getByRole("button", { name: "List options" }), "Select contacts");
	await person(page, "Clara Diaz").tap();
	await page.getByText("1 selected").waitFor();
}, { size: phone, touch: true });

test("a card is printed without what is only for the screen", async ({ open }) => {
	const page = await open("anna", "/contacts");
	await person(page, "Greta Hansen").click();
	await page.getByRole("heading", { name: "Greta Hansen" }).waitFor();
	await page.emulateMedia({ media: "print" });
	must(await page.getByRole("heading", { name: "Greta Hansen" }).isVisible(), "the card is printed");
	for (const tool of [".contacts-side", ".card-tools", ".rail"]) must(!await page.locator(tool).isVisible(), `${tool} is not printed`);
});

test("the screen speaks German", async ({ open }) => {
	const page = await open("anna", "/contacts");
	await page.getByPlaceholder("Kontakte durchsuchen").waitFor();
	await page.getByRole("link", { name: /Alle Kontakte/ }).waitFor();
	await person(page, "Greta Hansen").click();
	await page.getByText("Telefon (Arbeit)").waitFor();
	same(await page.getByText(/contacts\.[a-z]/).count(), 0, "words that are missing");
}, { language: "de-DE" });

for (const [name, options] of Object.entries({ light: {}, dark: { theme: "dark" }, phone: { size: phone, touch: true } })) {
	test(`axe finds nothing in contacts, ${name}`, async ({ open, dav }) => {
		await put(dav("clara"), `${book("clara")}odd.vcf`, odd);
		await put(dav("clara"), `${book("clara")}odd2.vcf`, odd.replace("UID:odd-1", "UID:odd-2"));
		const page = await open("clara", "/contacts");
		const check = async (where) => same(await axe(page), [], where);
		await person(page, "Helena").first().waitFor();
		await check("the list");
		await person(page, "Helena").first().locator(".mark").click();
		await check("a selection");
		await page.keyboard.press("Escape");
		await page.goto(`/contacts?card=${book("clara")}odd.vcf`);
		await page.getByRole("article").waitFor();
		await check("a card");
		await page.getByRole("article").getByRole("button", { name: "Add to group" }).click();
		await page.getByRole("dialog").waitFor();
		await check("its groups");
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name: "Edit", exact: true }).click();
		await page.getByLabel("First name").waitFor();
		await check("the form");
		await page.goto("/contacts/duplicates");
		await page.locator(".twins").first().getByRole("button", { name: "Merge" }).click();
		await page.getByRole("dialog").waitFor();
		await check("a merge");
		await page.goto("/contacts?pane=books");
		await page.getByRole("button", { name: "New group" }).click();
		await page.getByRole("dialog").waitFor();
		await check("a new group");
	}, options);
}

await run();
