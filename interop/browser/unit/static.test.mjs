// What holds for all files of the application: nothing writes markup or code at run time, each is small, and style sheets
// of different areas, which stay when somebody goes on to another place, do not change each other's things.
import test from "node:test";
import assert from "node:assert/strict";
import { compressed, files, modules, read } from "./files.mjs";

test("no module writes markup or runs text as code", async () => {
	const dangerous = /\b(innerHTML|outerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|srcdoc|createContextualFragment)\b|\bdocument\.write(ln)?\b|\beval\(|\bnew Function\b|\bset(Timeout|Interval)\(\s*["'`]/;
	const list = await modules();
	assert.ok(list.length > 100, "the modules are read");
	for (const m of list) assert.doesNotMatch(await read(m), dangerous, m);
});

test("no file is longer than 500 lines", async () => {
	for (const f of [...await modules(), ...await files(".css")]) assert.ok((await read(f)).split("\n").length <= 501, f);
});

test("each module and style sheet is at most 40 kB on the way", async () => {
	for (const f of [...await modules(), ...await files(".css")]) assert.ok(await compressed(f) <= 40_000, f);
});

/** Sheets of the pages that are not the application, and the one that every area stands on. */
const apart = ["css/base.css", "css/page.css", "css/public.css", "css/guest.css"];

/** What the selectors of a sheet begin with: the class that comes first in each. @param {string} css */
function begun(css) {
	const plain = css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/@(media|supports|container|layer)[^{]*\{/g, "");
	const found = new Set();
	for (const [, selectors] of plain.matchAll(/([^{}]+)\{[^{}]*\}/g)) {
		if (/^\s*@/.test(selectors)) continue;
		for (const one of selectors.split(/,(?![^(]*\))/)) {
			const first = /^\.([\w-]+)/.exec(one.trim());
			if (first) found.add(first[1]);
		}
	}
	return found;
}

test("no class begins rules in the sheets of two areas", async () => {
	/** @type {Map<string, string[]>} */
	const where = new Map();
	for (const f of await files(".css")) {
		if (apart.includes(f)) continue;
		for (const name of begun(await read(f))) where.set(name, [...where.get(name) ?? [], f]);
	}
	assert.ok(where.size > 100, "the sheets are read");
	assert.deepEqual([...where].filter(([, list]) => list.length > 1), []);
});
