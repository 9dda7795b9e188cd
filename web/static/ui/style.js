// Style sheets of screens, added when they are first shown.

/** @type {Map<string, Promise<void>>} */
const added = new Map();

/** Adds css/NAME.css; the promise ends when it holds, and fails where it cannot be had: the next call tries again. @param {string} name */
export function addStyle(name) {
	let p = added.get(name);
	if (!p) {
		p = new Promise((resolve, reject) => {
			const link = document.createElement("link");
			link.rel = "stylesheet";
			link.href = new URL(`../css/${name}.css`, import.meta.url).href;
			link.onload = () => resolve();
			link.onerror = () => {
				link.remove();
				added.delete(name);
				reject(new TypeError(`${name}.css did not load`)); // as fetch fails
			};
			document.head.append(link);
		});
		added.set(name, p);
	}
	return p;
}
