// Reading answers of the server without a tree.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./ground.mjs";

const { scan } = await load("lib/xml.js");

const answer = (kind, data) => `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/a%20b&amp;c.ics</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag><C:${kind} xmlns:C="urn:x">${data}</C:${kind}></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response><D:response><D:href>/gone</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response></D:multistatus>`;

test("answers are scanned as they would be read, or not at all", () => {
	const xml = answer("address-data", "BEGIN:VCARD&#13;\nFN:&lt;A&gt; &amp;amp; B&#xe9;&#13;\nEND:VCARD&#13;\n");
	assert.deepEqual(scan(xml, "address-data"), [{ href: "/a%20b&c.ics", etag: '"1"', data: "BEGIN:VCARD\r\nFN:<A> &amp; Bé\r\nEND:VCARD" }]);
	assert.deepEqual(scan(xml, "calendar-data"), [], "what was not asked for");
	assert.equal(scan(xml.replace("BEGIN", "<![CDATA[BEGIN]]>"), "address-data"), null);
	assert.deepEqual(scan("<D:multistatus/>", "address-data"), []);
});

test("what looks like an escaped end of a line in a text stays text", () => {
	const [found] = scan(answer("calendar-data", "SUMMARY:&amp;#13; &amp;lt;&#13;\nLOCATION:B&#13;\n"), "calendar-data");
	assert.equal(found.data, "SUMMARY:&#13; &lt;\r\nLOCATION:B");
});
