// Ids for labels and lists. useId of the views counts anew in each tree; dialogs and popups are trees of their own.
import { useState } from "../vendor/preact.js";

let last = 0;

/** An id that nothing else in the page has. */
export function useUnique() {
	const [id] = useState(() => `u${++last}`);
	return id;
}
