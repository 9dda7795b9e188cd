// Makes web/static/vendor of what package-lock.json pins: `npm run vendor`. With --check it changes nothing and fails
// where what is committed differs.
import { build } from "esbuild";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sprite } from "./icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const to = join(here, "../static/vendor");
const modules = join(here, "../node_modules");
const check = process.argv.includes("--check");

/** The licence of a package in one comment that stays in the minified file. */
async function notice(...names) {
	let text = "";
	for (const name of names) {
		const { version, license } = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8"));
		let words = "";
		for (const file of ["LICENSE", "LICENSE.txt", "LICENSE.md"]) {
			words ||= await readFile(join(modules, name, file), "utf8").catch(() => "");
		}
		const owner = words.split("\n").find((line) => /copyright \(c\)/i.test(line))?.trim() ?? "";
		text += `/*! ${name} ${version}, ${license}. ${owner} */\n`;
	}
	return text;
}

async function bundle(name, ...packages) {
	const result = await build({
		entryPoints: [join(here, name)], bundle: true, minify: true, format: "esm", target: "es2022", write: false,
		legalComments: "none", banner: { js: (await notice(...packages)).trimEnd() },
	});
	return result.outputFiles[0].text;
}

const files = {
	"preact.js": () => bundle("preact.js", "preact", "htm", "@preact/signals", "@preact/signals-core"),
	"chrono-en.js": () => bundle("chrono-en.js", "chrono-node"),
	"chrono-de.js": () => bundle("chrono-de.js", "chrono-node"),
	"temporal.js": () => bundle("temporal.js", "temporal-polyfill"),
	// Unmodified, as the Mozilla Public License wants it for a file.
	"ical.js": () => readFile(join(modules, "ical.js/dist/ical.min.js"), "utf8"),
	"icons.svg": () => sprite(join(modules, "lucide-static/icons")),
};
await mkdir(to, { recursive: true });
let differs = false;
for (const [name, make] of Object.entries(files)) {
	const text = await make();
	const old = await readFile(join(to, name), "utf8").catch(() => "");
	if (old === text) continue;
	if (check) {
		console.error(`${name} is not what package-lock.json makes: npm run vendor`);
		differs = true;
	} else {
		await writeFile(join(to, name), text);
		console.log(`made ${name}`);
	}
}
process.exit(differs ? 1 : 0);
