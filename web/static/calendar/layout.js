// Where things go in a row of days: bars in lanes (columns.js has the hours). Nothing here knows a page, a zone or a clock.

/**
 * @typedef {object} Span something that takes days, as [first, last] of the days of a row, both included
 * @property {number} first @property {number} last
 */

/**
 * Lays a row of days. The spans come in the order in which they should stand; each goes into the highest lane that is free
 * on all its days. Where a day has more than fits, its last lane says how many are not shown.
 * @template {Span} T
 * @param {T[]} spans @param {number} days @param {number} fits lanes that there is room for
 * @returns {{placed: (T & {lane: number})[], more: number[], lanes: number}} more: how many are hidden, by day
 */
export function lanes(spans, days, fits) {
	/** @type {boolean[][]} */
	const taken = [];
	const depth = new Array(days).fill(0), more = new Array(days).fill(0);
	const all = spans.map((s) => {
		let lane = 0;
		const free = () => {
			const row = taken[lane] ??= [];
			for (let d = s.first; d <= s.last; d++) if (row[d]) return false;
			return true;
		};
		while (!free()) lane++;
		for (let d = s.first; d <= s.last; d++) {
			taken[lane][d] = true;
			depth[d] = Math.max(depth[d], lane + 1);
		}
		return { ...s, lane };
	});
	const limit = depth.map((n) => (n > fits ? Math.max(fits - 1, 0) : fits));
	const placed = all.filter((s) => {
		let shown = true;
		for (let d = s.first; d <= s.last; d++) if (s.lane >= limit[d]) shown = false;
		if (!shown) for (let d = s.first; d <= s.last; d++) more[d]++;
		return shown;
	});
	return { placed, more, lanes: Math.max(0, ...depth.map((n) => Math.min(n, fits))) };
}

/** @typedef {import("./events.js").Occurrence} Occurrence */

/** Whether it is drawn as a bar over days: it takes whole days, or at least 24 hours. @param {Occurrence} o */
export function isBar(o) { return o.allDay || o.end - o.start >= 86_400_000; }

/** The order in which things of a day stand: bars, the longer first, then by time. @param {Occurrence} a @param {Occurrence} b */
export function inOrder(a, b) {
	const x = isBar(a), y = isBar(b);
	if (x !== y) return x ? -1 : 1;
	if (x) return a.firstDay < b.firstDay ? -1 : a.firstDay > b.firstDay ? 1 : b.lastDay < a.lastDay ? -1 : b.lastDay > a.lastDay ? 1 : byTitle(a, b);
	return a.start - b.start || b.end - a.end || byTitle(a, b);
}

/** @param {Occurrence} a @param {Occurrence} b */
function byTitle(a, b) { return a.title < b.title ? -1 : a.title > b.title ? 1 : a.key < b.key ? -1 : 1; }

/**
 * The spans of occurrences in a row of days. What is no bar stands on the day on which it begins, though it may end after
 * midnight. @param {Occurrence[]} list in order @param {string[]} row ISO dates, which may have gaps between them
 * @returns {(Span & {o: Occurrence, before: boolean, after: boolean})[]} before, after: it goes on beyond the row
 */
export function spansIn(list, row) {
	const begin = row[0], end = row[row.length - 1];
	const out = [];
	for (const o of list) {
		const lastDay = isBar(o) ? o.lastDay : o.firstDay;
		if (lastDay < begin || o.firstDay > end) continue;
		const first = row.findIndex((d) => d >= o.firstDay);
		let last = row.length - 1;
		while (row[last] > lastDay) last--;
		if (first <= last) out.push({ o, first, last, before: o.firstDay < begin, after: lastDay > end });
	}
	return out;
}
