// When the first view has been painted. Whatever else a page needs comes after that.

/** @type {() => void} */
let begin = () => {};

/** Resolves then. @type {Promise<void>} */
export const calm = new Promise((resolve) => { begin = resolve; });

/** Says that what the first view shows is on the page. */
export function shownFirst() {
	const after = setTimeout(begin, 500); // a page that nobody sees is not painted
	requestAnimationFrame(() => setTimeout(() => {
		clearTimeout(after);
		begin();
	}));
}

/** Runs what the first view does not need, when there is nothing else to do. @param {() => void} f */
export async function later(f) {
	await calm;
	if ("requestIdleCallback" in globalThis) requestIdleCallback(f, { timeout: 2000 });
	else setTimeout(f, 200);
}
