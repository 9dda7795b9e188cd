// The words: every language has every key, and every key that the modules name is there.
import test from "node:test";
import assert from "node:assert/strict";
import { modules, read } from "./files.mjs";

const en = JSON.parse(await read("lang/en.json")), de = JSON.parse(await read("lang/de.json"));
const has = (key) => key in en;

/** What is written before a quotation mark, a backtick or a brace can be told without running it: those keys are checked whole. */
async function keys(pattern) {
	const found = [];
	for (const m of await modules()) {
		for (const hit of (await read(m)).matchAll(pattern)) found.push({ key: hit[1], in: m });
	}
	return found;
}

test("German has the keys of English, and no others", () => {
	assert.deepEqual(Object.keys(en).filter((k) => !(k in de)), [], "missing in German");
	assert.deepEqual(Object.keys(de).filter((k) => !(k in en)), [], "missing in English");
});

test("both languages fill in the same values", () => {
	const slots = (/** @type {string} */ text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
	assert.deepEqual(Object.keys(en).filter((k) => k in de && slots(en[k]) !== slots(de[k])), []);
});

test("each text that a module names is there", async () => {
	const named = await keys(/\bt\(\s*"([^"]+)"/g);
	assert.ok(named.length > 300, "the modules are read");
	assert.deepEqual(named.filter((n) => !has(n.key)), []);
});

test("each text that one of two conditions names is there", async () => {
	const named = await keys(/\bt\([^()"`]*\?\s*"([^"]+)"\s*:\s*"[^"]+"\)/g), other = await keys(/\bt\([^()"`]*\?\s*"[^"]+"\s*:\s*"([^"]+)"\)/g);
	assert.ok(named.length > 5);
	assert.deepEqual([...named, ...other].filter((n) => !has(n.key)), []);
});

test("each text that depends on a number is there for one and for others", async () => {
	const named = await keys(/\btn\(\s*"([^"]+)"/g);
	assert.ok(named.length > 20);
	assert.deepEqual(named.filter((n) => !has(`${n.key}.one`) || !has(`${n.key}.other`)), []);
});

test("each text whose end is computed has some with that beginning", async () => {
	const named = await keys(/\btn?\(\s*`([^`$]+)\$\{/g);
	assert.ok(named.length > 20);
	assert.deepEqual(named.filter((n) => !Object.keys(en).some((k) => k.startsWith(n.key))), []);
});

test("each text that is written is shown somewhere", async () => {
	const all = (await Promise.all((await modules()).map(read))).join("\n");
	const begun = [...all.matchAll(/`([a-z]+\.[\w.-]*)\$\{/g)].map((m) => m[1]);
	const named = (key) => all.includes(`"${key}"`) || begun.some((b) => key.startsWith(b));
	assert.deepEqual(Object.keys(en).filter((k) => !named(k) && !named(k.replace(/\.(one|other)$/, ""))), []);
});
