// axe finds nothing on any screen: light, dark and on a phone (WCAG 2.2 AA).
import { axe, run, same, test } from "./harness.mjs";
import { looks, screens } from "./screens.mjs";

for (const look of looks) {
	for (const s of screens) {
		test(`${s.name} in ${look.name} is accessible`, async ({ open }) => {
			const page = await open(s.who ?? "anna", s.path);
			await s.ready(page);
			same(await axe(page), [], "what axe finds");
		}, look);
	}
}

await run();
