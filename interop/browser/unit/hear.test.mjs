// What hears pointers and keys, which comes after the calendar is drawn.
import { test } from "node:test";
import { load } from "./ground.mjs";

const { listen } = await load("calendar/hear.js");

test("a calendar that went while this was loaded is not listened to", () => {
	listen(null)();
});
