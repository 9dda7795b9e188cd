// Makes web/static/vendor of what package-lock.json pins, and licenses.txt of it here: `npm run vendor`, then `make licenses`.
// With --check it changes nothing and fails where what is committed differs.
import { build } from "esbuild";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sprite } from "./icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const to = join(here, "../static/vendor");
const modules = join(here, "../node_modules");
const check = process.argv.includes("--check");

/** What a package says of itself, and the words of its licence. */
async function about(name) {
	const { version, license, repository } = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8"));
	let words = "";
	for (const file of ["LICENSE", "LICENSE.txt", "LICENSE.md"]) {
		words ||= await readFile(join(modules, name, file), "utf8").catch(() => "");
	}
	if (!words) throw new Error(`${name} comes without its licence`);
	const source = (repository.url ?? `https://github.com/${repository}`).replace(/^git\+/, "");
	return { name, version, license, words, source };
}

/** The licence of a package in one comment that stays in the minified file. */
async function notice(...names) {
	let text = "";
	for (const { name, version, license, words } of await Promise.all(names.map(about))) {
		const owner = words.split("\n").find((line) => /copyright \(c\)/i.test(line))?.trim() ?? "";
		text += `/*! ${name} ${version}, ${license}. ${owner} */\n`;
	}
	return text;
}

/** The licences of all packages in full, with where their source is (MPL-2.0, 3.2). */
async function licenses() {
	const texts = (await Promise.all(Object.values(packages).flat().map(about))).map(({ name, version, license, words, source }) =>
		`==== ${name} ${version} (in the browser) ====\n\n${license}; source: ${source}\n\n${words.trim()}\n`);
	return [...new Set(texts)].sort().join("\n");
}

/** What each file is made of. */
const packages = {
	"preact.js": ["preact", "htm", "@preact/signals", "@preact/signals-core"],
	"chrono-en.js": ["chrono-node"],
	"chrono-de.js": ["chrono-node"],
	"temporal.js": ["temporal-polyfill", "temporal-utils"],
	"ical.js": ["ical.js"],
	"icons.svg": ["lucide-static"],
};

async function bundle(name) {
	const result = await build({
		entryPoints: [join(here, name)], bundle: true, minify: true, format: "esm", target: "es2022", write: false, metafile: true,
		legalComments: "none", banner: { js: (await notice(...packages[name])).trimEnd() },
	});
	const [made] = Object.values(result.metafile.outputs);
	for (const [input, { bytesInOutput }] of Object.entries(made.inputs)) {
		const of = bytesInOutput > 0 && /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
		if (of && !packages[name].includes(of)) throw new Error(`${name} holds ${of}, which is not named here`);
	}
	return result.outputFiles[0].text;
}

const files = {
	"preact.js": () => bundle("preact.js"),
	"chrono-en.js": () => bundle("chrono-en.js"),
	"chrono-de.js": () => bundle("chrono-de.js"),
	"temporal.js": () => bundle("temporal.js"),
	// Unmodified, as the Mozilla Public License wants it for a file.
	"ical.js": () => readFile(join(modules, "ical.js/dist/ical.min.js"), "utf8"),
	"icons.svg": () => sprite(join(modules, "lucide-static/icons")),
	"../../vendor-src/licenses.txt": licenses,
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
