// axe finds nothing on any screen: light, dark and on a phone (WCAG 2.2 AA).
import { axe, run, same, test, windowOf } from "./harness.mjs";
import { looks, screens, startWorlds } from "./screens.mjs";

const worlds = await startWorlds();
for (const look of looks) {
	for (const s of screens) {
		test(`${s.name} in ${look.name} is accessible`, async ({ browser, windows }) => {
			const server = s.empty ? worlds.empty : worlds.demo;
			const w = await windowOf(browser, server, s.who ?? "anna", look);
			windows.push(w);
			await w.page.goto(typeof s.path === "string" ? s.path : await s.path(server));
			await s.ready(w.page);
			same(await axe(w.page), [], "what axe finds");
		}, { expect: s.expect });
	}
}

await run();
await worlds.stop();
