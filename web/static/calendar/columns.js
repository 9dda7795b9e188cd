// Where things go among the hours: in columns. Nothing here knows a page, a zone or a clock.

/**
 * Lays what overlaps on one day side by side. Things that touch are apart; of each group that hangs together all have the
 * same width, but what has free room beside it takes that too.
 * @template {{from: number, to: number}} T @param {T[]} list with from < to
 * @returns {(T & {column: number, columns: number, span: number})[]} in order of their beginnings, the longer first
 */
export function columns(list) {
	const sorted = [...list].sort((a, b) => a.from - b.from || b.to - a.to);
	/** @type {(T & {column: number, columns: number, span: number})[]} */
	const out = [];
	/** @type {(T & {column: number, columns: number, span: number})[]} */
	let group = [];
	let end = -Infinity;
	const close = () => {
		const n = Math.max(0, ...group.map((x) => x.column + 1));
		for (const x of group) {
			x.columns = n;
			let to = x.column + 1;
			while (to < n && !group.some((y) => y.column === to && y.from < x.to && x.from < y.to)) to++;
			x.span = to - x.column;
		}
		group = [];
	};
	for (const item of sorted) {
		if (item.from >= end) close();
		const used = new Set(group.filter((x) => x.to > item.from).map((x) => x.column));
		let column = 0;
		while (used.has(column)) column++;
		const placed = { ...item, column, columns: 1, span: 1 };
		group.push(placed);
		out.push(placed);
		end = Math.max(end === -Infinity ? item.to : end, item.to);
	}
	close();
	return out;
}
