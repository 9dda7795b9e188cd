// Makes docs/screens anew: `make screens`. Takes the names of screens to make only those.
import { mkdir } from "node:fs/promises";
import { launch, windowOf } from "./harness.mjs";
import { looks, screens, startWorlds } from "./screens.mjs";

const to = process.env.SCREENS ?? "../../docs/screens";
const only = process.argv.slice(2);
await mkdir(to, { recursive: true });
const worlds = await startWorlds(), browser = await launch();
let failed = 0;
for (const s of screens) {
	if (only.length > 0 && !only.some((o) => s.name.includes(o))) continue;
	for (const look of looks) {
		const server = s.empty ? worlds.empty : worlds.demo;
		const { context, page } = await windowOf(browser, server, s.who ?? "anna", look);
		try {
			await page.goto(typeof s.path === "string" ? s.path : await s.path(server));
			await s.ready(page);
			await page.waitForTimeout(500); // for pictures and lists that come after
			await page.screenshot({ path: `${to}/${s.name}-${look.name}.png` });
		} catch (err) {
			failed++;
			console.error(`${s.name} in ${look.name}: ${String(err).split("\n")[0]}`);
		}
		await context.close();
	}
}
await browser.close();
await worlds.stop();
process.exitCode = failed > 0 ? 1 : 0;
