// Drives a server through tsdav. One line a test; they build on each other, in order.
import assert from 'node:assert/strict';
import ICAL from 'ical.js';
import * as dav from 'tsdav';

const base = process.env.URL;
const credentials = { username: 'alice', password: process.env.PASSWORD };
let failed = 0;

async function test(name, body) {
  try {
    await body();
    console.log(`ok tsdav ${name}`);
  } catch (err) {
    failed++;
    console.log(`FAIL tsdav ${name}`);
    console.log(String(err.stack ?? err).replace(/^/gm, '    '));
  }
}

const event = (uid, summary, more = 'DTSTART:20260309T090000Z\r\nDTEND:20260309T100000Z') =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Convoke//interop//EN', 'BEGIN:VEVENT', `UID:${uid}`,
    'DTSTAMP:20260301T090000Z', more, `SUMMARY:${summary}`, 'X-KEPT;X-P=1:as it was', 'END:VEVENT',
    'END:VCALENDAR', ''].join('\r\n');
const card = (uid, name) =>
  ['BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, `FN:${name}`, `N:${name};;;;`, 'EMAIL;TYPE=INTERNET:x@example.org',
    'END:VCARD', ''].join('\r\n');
const path = (url) => new URL(url, base).pathname;
const headers = dav.getBasicAuthHeaders(credentials);

async function login(accountType, serverUrl = base) {
  const client = new dav.DAVClient({
    serverUrl, credentials, authMethod: 'Basic', defaultAccountType: accountType,
  });
  await client.login();
  return client;
}

let client;
let contacts;

await test('finds the account from the base URL', async () => {
  client = await login('caldav');
  assert.equal(path(client.account.rootUrl), '/dav/');
  assert.equal(path(client.account.principalUrl), '/dav/principals/users/alice/');
  assert.equal(path(client.account.homeUrl), '/dav/calendars/alice/');
});

await test('keeps scheme and port through the well-known redirect', async () => {
  const root = await dav.serviceDiscovery({ account: { serverUrl: base, accountType: 'caldav' }, headers });
  assert.equal(new URL(root).origin, new URL(base).origin);
});

await test('finds contacts by their own well-known URL', async () => {
  contacts = await login('carddav', `${base}/.well-known/carddav`);
  assert.equal(path(contacts.account.homeUrl), '/dav/addressbooks/alice/');
});

await test('finds the account from the principal and from the home', async () => {
  for (const p of ['/dav/principals/users/alice/', '/dav/calendars/alice/']) {
    const other = await login('caldav', base + p);
    assert.equal(path(other.account.homeUrl), '/dav/calendars/alice/');
  }
});

await test('is told of a wrong password', async () => {
  const other = new dav.DAVClient({
    serverUrl: base, credentials: { username: 'alice', password: 'wrong' }, authMethod: 'Basic', defaultAccountType: 'caldav',
  });
  await assert.rejects(() => other.login());
});

let calendar;
let tasks;

await test('lists the calendar and the task list of a new person', async () => {
  const all = await client.fetchCalendars();
  const by = Object.fromEntries(all.map((c) => [path(c.url), c]));
  calendar = by['/dav/calendars/alice/default/'];
  tasks = by['/dav/calendars/alice/tasks/'];
  assert.deepEqual(Object.keys(by).sort(), ['/dav/calendars/alice/default/', '/dav/calendars/alice/tasks/']);
  assert.deepEqual(calendar.components, ['VEVENT']);
  assert.deepEqual(tasks.components, ['VTODO']);
  assert.ok(calendar.ctag && calendar.syncToken && calendar.displayName);
  for (const report of ['syncCollection', 'calendarQuery', 'calendarMultiget', 'freeBusyQuery']) {
    assert.ok(calendar.reports.includes(report), `${report} in ${calendar.reports}`);
  }
});

await test('reads the addresses of the person', async () => {
  const found = await dav.fetchCalendarUserAddresses({ account: client.account, headers });
  assert.equal(found[0], 'mailto:alice@example.com');
  assert.equal(found.at(-1), 'mailto:alice@example.com');
});

await test('makes a calendar with name, colour and components', async () => {
  await client.makeCalendar({
    url: `${client.account.homeUrl}made-here/`,
    props: {
      displayname: 'Made <here> & now',
      [`${dav.DAVNamespaceShort.CALDAV}:calendar-description`]: 'ä description',
      [`${dav.DAVNamespaceShort.CALDAV}:supported-calendar-component-set`]: {
        [`${dav.DAVNamespaceShort.CALDAV}:comp`]: { _attributes: { name: 'VEVENT' } },
      },
      [`${dav.DAVNamespaceShort.CALDAV_APPLE}:calendar-color`]: '#112233FF',
    },
  });
  const made = (await client.fetchCalendars()).find((c) => path(c.url) === '/dav/calendars/alice/made-here/');
  assert.equal(made.displayName, 'Made <here> & now');
  assert.equal(made.description, 'ä description');
  assert.equal(made.calendarColor, '#112233FF');
  assert.deepEqual(made.components, ['VEVENT']);
});

const first = event('tsdav-1', 'First');
const weekly = event('tsdav-2', 'Weekly', [
  'DTSTART;TZID=Europe/Berlin:20260302T090000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=10',
  'EXDATE;TZID=Europe/Berlin:20260316T090000'].join('\r\n'));

await test('creates an event and reads back what was sent', async () => {
  const answer = await client.createCalendarObject({ calendar, filename: 'tsdav-1.ics', iCalString: first });
  assert.equal(answer.status, 201);
  const [got] = await client.fetchCalendarObjects({ calendar, objectUrls: [`${calendar.url}tsdav-1.ics`] });
  assert.equal(got.data, first.trimEnd()); // tsdav trims
  assert.equal(answer.headers.get('etag'), got.etag);
});

await test('does not create it twice', async () => {
  const again = await client.createCalendarObject({ calendar, filename: 'tsdav-1.ics', iCalString: first });
  assert.equal(again.status, 412);
  const uid = await client.createCalendarObject({ calendar, filename: 'other-name.ics', iCalString: first });
  assert.equal(uid.status, 403);
  assert.match(await uid.text(), /no-uid-conflict/);
});

await test('updates with the right etag only', async () => {
  const [old] = await client.fetchCalendarObjects({ calendar, objectUrls: [`${calendar.url}tsdav-1.ics`] });
  const update = await client.updateCalendarObject({ calendarObject: { ...old, data: event('tsdav-1', 'Second') } });
  assert.equal(update.status, 204);
  const stale = await client.updateCalendarObject({ calendarObject: { ...old, data: event('tsdav-1', 'Third') } });
  assert.equal(stale.status, 412);
  const [now] = await client.fetchCalendarObjects({ calendar, objectUrls: [old.url] });
  assert.notEqual(now.etag, old.etag);
  assert.match(now.data, /SUMMARY:Second/);
});

await test('fetches a time range expanded', async () => {
  const answer = await client.createCalendarObject({ calendar, filename: 'tsdav-2.ics', iCalString: weekly });
  assert.equal(answer.status, 201);
  const found = await client.fetchCalendarObjects({
    calendar, expand: true, timeRange: { start: '2026-03-07T00:00:00.000Z', end: '2026-04-05T00:00:00.000Z' },
  });
  const starts = found.flatMap(({ data }) => {
    const root = new ICAL.Component(ICAL.parse(data));
    assert.equal(root.getAllSubcomponents('vtimezone').length, 0);
    return root.getAllSubcomponents('vevent').map((c) => {
      assert.equal(c.getFirstProperty('rrule'), null);
      return `${c.getFirstPropertyValue('uid')} ${c.getFirstPropertyValue('dtstart')}`;
    });
  });
  assert.deepEqual(starts.sort(), ['tsdav-1 2026-03-09T09:00:00Z', 'tsdav-2 2026-03-09T08:00:00Z',
    'tsdav-2 2026-03-23T08:00:00Z', 'tsdav-2 2026-03-30T07:00:00Z']);
});

await test('agrees with ical.js on the instances of the series', async () => {
  const [got] = await client.fetchCalendarObjects({ calendar, objectUrls: [`${calendar.url}tsdav-2.ics`] });
  const root = new ICAL.Component(ICAL.parse(got.data));
  const walk = new ICAL.Event(root.getFirstSubcomponent('vevent')).iterator();
  const mine = [];
  for (let next = walk.next(); next; next = walk.next()) mine.push(next.toString());
  const found = await client.fetchCalendarObjects({
    calendar, expand: true, objectUrls: [`${calendar.url}tsdav-2.ics`],
    timeRange: { start: '2026-01-01T00:00:00.000Z', end: '2026-12-31T00:00:00.000Z' },
  });
  const theirs = new ICAL.Component(ICAL.parse(found[0].data)).getAllSubcomponents('vevent');
  assert.equal(theirs.length, mine.length);
  assert.equal(theirs.length, 9);
});

await test('finds nothing outside of the range', async () => {
  const found = await client.fetchCalendarObjects({
    calendar, timeRange: { start: '2020-03-07T00:00:00.000Z', end: '2020-04-05T00:00:00.000Z' },
  });
  assert.deepEqual(found, []);
});

await test('asks when the person is busy', async () => {
  const found = await client.freeBusyQuery({
    url: calendar.url, timeRange: { start: '2026-03-09T00:00:00.000Z', end: '2026-03-10T00:00:00.000Z' },
  });
  assert.ok(found.ok || found.status === 200, JSON.stringify(found).slice(0, 400));
});

await test('keeps a to-do in the task list alone', async () => {
  const todo = event('tsdav-todo', 'Water the plants', 'DUE;VALUE=DATE:20260310').replaceAll('VEVENT', 'VTODO');
  assert.equal((await client.createCalendarObject({ calendar, filename: 'todo.ics', iCalString: todo })).status, 403);
  assert.equal((await client.createCalendarObject({ calendar: tasks, filename: 'todo.ics', iCalString: todo })).status, 201);
  const filters = { 'comp-filter': { _attributes: { name: 'VCALENDAR' }, 'comp-filter': { _attributes: { name: 'VTODO' } } } };
  assert.equal((await client.fetchCalendarObjects({ calendar: tasks, filters })).length, 1);
  assert.deepEqual(await client.fetchCalendarObjects({ calendar, filters }), []);
});

// sync drives both ways of tsdav to sync over a change, a new object and a deletion.
async function sync(method) {
  const target = (await client.fetchCalendars()).find((c) => path(c.url).endsWith('/made-here/'));
  const put = (n, text) => client.createCalendarObject({ calendar: target, filename: `${method}-${n}.ics`, iCalString: event(`${method}-${n}`, text) });
  target.objectMultiGet = (p) => client.calendarMultiGet(p);
  target.fetchObjects = ({ collection }) => client.fetchCalendarObjects({ calendar: collection });
  const reload = async () => ({ ...target, ...(await client.fetchCalendars()).find((c) => c.url === target.url) });
  for (const n of [1, 2]) assert.equal((await put(n, 'new')).status, 201);
  const objects = (await client.fetchCalendarObjects({ calendar: target })).filter((o) => o.url.includes(`${method}-`));
  assert.equal(objects.length, 2);
  const before = await reload();
  const quiet = await client.smartCollectionSyncDetailed({ collection: { ...before, objects }, method });
  assert.deepEqual([quiet.objects.created, quiet.objects.updated, quiet.objects.deleted].map((l) => l?.length ?? 0), [0, 0, 0]);
  assert.equal((await client.deleteCalendarObject({ calendarObject: objects[0] })).status, 204);
  assert.equal((await client.updateCalendarObject({ calendarObject: { ...objects[1], data: event(`${method}-2`, 'changed') } })).status, 204);
  assert.equal((await put(3, 'newer')).status, 201);
  assert.equal((await client.isCollectionDirty({ collection: before })).isDirty, true);
  const after = await client.smartCollectionSyncDetailed({ collection: { ...before, objects }, method });
  const names = (list) => list.map((o) => path(o.url).split('/').pop()).sort();
  assert.deepEqual(names(after.objects.created), [`${method}-3.ics`]);
  assert.deepEqual(names(after.objects.updated), [`${method}-2.ics`]);
  assert.deepEqual(names(after.objects.deleted), [`${method}-1.ics`]);
  assert.match(after.objects.updated[0].data, /SUMMARY:changed/);
  assert.notEqual(method === 'webdav' ? after.syncToken : after.ctag, method === 'webdav' ? before.syncToken : before.ctag);
  for (const o of await client.fetchCalendarObjects({ calendar: target })) await client.deleteCalendarObject({ calendarObject: o });
}

await test('syncs by sync-collection', () => sync('webdav'));

await test('syncs by ctag and etags', () => sync('basic'));

await test('is told of a foreign sync token', async () => {
  const [answer] = await client.syncCollection({
    url: calendar.url, props: { [`${dav.DAVNamespaceShort.DAV}:getetag`]: {} }, syncLevel: 1, syncToken: 'http://example.org/sync/1',
  });
  assert.equal(answer.status, 403);
  assert.ok(JSON.stringify(answer.raw ?? answer).match(/valid-?sync-?token/i));
});

await test('notices a calendar that came and one that went', async () => {
  const oldCalendars = await client.fetchCalendars();
  await client.makeCalendar({ url: `${client.account.homeUrl}another/`, props: { displayname: 'Another' } });
  const gone = await dav.deleteObject({ url: `${client.account.homeUrl}made-here/`, headers });
  assert.equal(gone.status, 204);
  const { created, deleted } = await client.syncCalendarsDetailed({ oldCalendars });
  assert.deepEqual(created.map((c) => path(c.url)), ['/dav/calendars/alice/another/']);
  assert.deepEqual(deleted.map((c) => path(c.url)), ['/dav/calendars/alice/made-here/']);
});

let book;

await test('lists the address book', async () => {
  const books = await contacts.fetchAddressBooks();
  assert.equal(path(books[0].url), '/dav/addressbooks/alice/default/');
  [book] = books;
  assert.ok(book.ctag && book.syncToken && book.reports.includes('addressbookMultiget'));
});

await test('creates, reads, updates and deletes a card', async () => {
  const made = await contacts.createVCard({ addressBook: book, filename: 'ann lee.vcf', vCardString: card('card-1', 'Ann Lee') });
  assert.equal(made.status, 201);
  let [got] = await contacts.fetchVCards({ addressBook: book, urlFilter: () => true });
  assert.match(got.data, /FN:Ann Lee/);
  assert.equal(got.etag, made.headers.get('etag'));
  assert.equal(ICAL.parse(got.data)[0], 'vcard');
  const update = await contacts.updateVCard({ vCard: { ...got, data: card('card-1', 'Ann Lie') } });
  assert.equal(update.status, 204);
  assert.equal((await contacts.updateVCard({ vCard: got })).status, 412);
  assert.equal((await contacts.deleteVCard({ vCard: got })).status, 412);
  [got] = await contacts.fetchVCards({ addressBook: book, objectUrls: [got.url] });
  assert.match(got.data, /FN:Ann Lie/);
  assert.equal((await contacts.deleteVCard({ vCard: got })).status, 204);
  assert.deepEqual(await contacts.fetchVCards({ addressBook: book }), []);
});

await test('searches cards', async () => {
  for (const n of [1, 2, 3]) await contacts.createVCard({ addressBook: book, filename: `s${n}.vcf`, vCardString: card(`s-${n}`, `Søren ${n}`) });
  const found = await contacts.addressBookQuery({
    url: book.url, depth: '1', props: { [`${dav.DAVNamespaceShort.DAV}:getetag`]: {}, [`${dav.DAVNamespaceShort.CARDDAV}:address-data`]: {} },
    filters: { 'prop-filter': { _attributes: { name: 'FN' }, 'text-match': { _attributes: { 'match-type': 'ends-with' }, _text: 'SØREN 2' } } },
  });
  assert.deepEqual(found.map((r) => path(new URL(r.href, base).href)), ['/dav/addressbooks/alice/default/s2.vcf']);
});

await test('syncs cards by sync-collection', async () => {
  const [before] = await contacts.fetchAddressBooks();
  const objects = await contacts.fetchVCards({ addressBook: before });
  await contacts.deleteVCard({ vCard: objects[0] });
  await contacts.createVCard({ addressBook: before, filename: 's4.vcf', vCardString: card('s-4', 'Søren 4') });
  const after = await contacts.smartCollectionSyncDetailed({ collection: { ...before, objects, objectMultiGet: (p) => contacts.addressBookMultiGet(p) }, method: 'webdav' });
  assert.deepEqual(after.objects.created.map((o) => path(o.url)), ['/dav/addressbooks/alice/default/s4.vcf']);
  assert.deepEqual(after.objects.deleted.map((o) => path(o.url)), [path(objects[0].url)]);
});

process.exit(failed ? 1 : 0);
