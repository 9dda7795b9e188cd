// Links and addresses that others wrote: none of them keeps a page from being shown.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const from = (name) => import(pathToFileURL(join(process.env.STATIC ?? join(import.meta.dirname, "../../../web/static"), name)).href);
const { hostOf, safeLink } = await from("calendar/text.js");

test("only links that run nothing may be followed", () => {
	for (const bad of ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:x", "nonsense"]) assert.equal(safeLink(bad), null, bad);
	assert.equal(safeLink("https://example.org/x")?.host, "example.org");
});

test("where a badly escaped link leads is told as it is", () => {
	assert.equal(hostOf(safeLink("mailto:%ff")), "%ff");
	assert.equal(hostOf(safeLink("tel:%2B49")), "+49");
});

test("a badly escaped path is a place like another", async () => {
	globalThis.location = /** @type {any} */ ({ pathname: "/calendar/%ff", search: "" });
	const { route } = await from("lib/router.js");
	assert.deepEqual(route.value.parts, ["%ff"]);
});
