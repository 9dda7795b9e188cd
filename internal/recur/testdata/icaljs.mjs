// Computes icaljs.tsv: rules, and their instances as ical.js sees them. In a scratch folder:
//
//   cp package.json package-lock.json icaljs.mjs SCRATCH && cd SCRATCH && npm ci
//   node icaljs.mjs > …/internal/recur/testdata/icaljs.tsv
//
// The rules are made here from a fixed seed, within what ical.js documents to support.
import ICAL from 'ical.js';

let seed = 20260101;
const random = n => { // mulberry32
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
};
const pick = list => list[random(list.length)];
const some = (n, low, high) => {
  const set = new Set();
  for (let i = 0; i <= random(n); i++) set.add(low + random(high - low + 1));
  return [...set].sort((a, b) => a - b).join(',');
};
const days = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const someDays = () => { const set = new Set(); for (let i = 0; i <= random(3); i++) set.add(pick(days)); return [...set].join(','); };
const numbered = () => { const set = new Set(); for (let i = 0; i <= random(2); i++) set.add(pick([1, 2, 3, 4, -1, -2]) + pick(days)); return [...set].join(','); };

const shapes = [
  () => 'FREQ=DAILY',
  () => 'FREQ=DAILY;BYMONTH=' + some(3, 1, 12),
  () => 'FREQ=DAILY;BYDAY=' + someDays(),
  () => 'FREQ=DAILY;BYHOUR=' + some(3, 0, 23) + ';BYMINUTE=' + some(2, 0, 59),
  () => 'FREQ=WEEKLY',
  () => 'FREQ=WEEKLY;WKST=' + pick(days) + ';BYDAY=' + someDays(),
  () => 'FREQ=WEEKLY;BYMONTH=' + some(4, 1, 12) + ';BYDAY=' + someDays(),
  () => 'FREQ=MONTHLY',
  () => 'FREQ=MONTHLY;BYMONTHDAY=' + some(3, 1, 28),
  () => 'FREQ=MONTHLY;BYMONTHDAY=-' + (1 + random(28)),
  () => 'FREQ=MONTHLY;BYDAY=' + numbered(),
  () => 'FREQ=MONTHLY;BYDAY=' + someDays(),
  () => 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=' + pick([1, 2, 3, -1, -2]),
  () => 'FREQ=YEARLY',
  () => 'FREQ=YEARLY;BYMONTH=' + some(3, 1, 12),
  () => 'FREQ=YEARLY;BYMONTH=' + some(2, 1, 12) + ';BYMONTHDAY=' + some(3, 1, 28),
  () => 'FREQ=YEARLY;BYMONTH=' + some(2, 1, 12) + ';BYDAY=' + numbered(),
  () => 'FREQ=YEARLY;BYYEARDAY=' + some(4, 1, 365),
  () => 'FREQ=HOURLY',
  () => 'FREQ=HOURLY;BYMINUTE=' + some(3, 0, 59),
  () => 'FREQ=MINUTELY',
  () => 'FREQ=SECONDLY',
];
const limit = 20;
for (let n = 0; n < 20 * shapes.length; n++) {
  let rule = shapes[n % shapes.length]();
  if (random(2)) rule += ';INTERVAL=' + (1 + random(4));
  const date = new Date(Date.UTC(2020, 0, 1, 9, 30, 15) + random(700) * 86400000).toISOString().slice(0, 19);
  const recur = ICAL.Recur.fromString(rule);
  // ical.js gives DTSTART even if the rule does not match it, so let it find a first instance:
  // begin again at one.
  let list = [];
  try {
    const first = recur.iterator(ICAL.Time.fromDateTimeString(date));
    first.next();
    const start = first.next();
    const it = recur.iterator(start.clone());
    for (let t; list.length < limit && (t = it.next());) list.push(t.toICALString());
  } catch (e) {
    continue;
  }
  if (list.length) console.log([rule, list[0], list.join(' ')].join('\t'));
}
