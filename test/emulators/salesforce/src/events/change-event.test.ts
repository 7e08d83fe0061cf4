import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness, Subscriber } from '../testing.ts';
import { toBitmaps } from './bitmap.ts';

let harness: Harness;
let subscriber: Subscriber;

beforeEach(async () => {
  harness = await startTestEmulator();
  await harness.login();
  subscriber = harness.subscribe({ topic_name: '/data/ChangeEvents', replay_preset: 'EARLIEST', num_requested: 100 });
});
afterEach(async () => {
  subscriber.close();
  await harness.emulator.close();
});

const bitmaps: [number[], [number, number][], string[]][] = [
  [[11, 22], [], ['0x400800']],
  [
    [],
    [
      [6, 7],
      [6, 8],
    ],
    ['6-0x0180'],
  ],
  [
    [5, 6, 7, 10, 24, 26, 29, 30],
    [
      [4, 4],
      [7, 1],
      [7, 2],
    ],
    ['0x650004E0', '4-0x10', '7-0x06'],
  ],
  [[], [], []],
];

test.each(bitmaps)('positions %j and children %j are %j', (tops, children, expected) => {
  const positions = [...tops.map((top) => ({ top, child: null })), ...children.map(([top, child]) => ({ top, child }))];
  expect(toBitmaps(positions)).toEqual(expected);
});

test('a person’s edit has no origin and another commit user, which the event then also tells as a change', async () => {
  const id = await harness.create({ Name: 'Acme' });
  await harness.call('PATCH', `/ui/api/Account/${id}`, { Phone: '1' });
  await harness.call('PATCH', `/ui/api/Account/${id}`, { Phone: '2' });
  const [created, first, second] = await subscriber.events(3);
  expect(created!.header.changeOrigin).toBe('com/salesforce/api/rest/67.0');
  expect(first!.header).toMatchObject({ changeOrigin: '', changeType: 'UPDATE', changedFields: ['0xC00040'] });
  expect(first!.header.commitUser).not.toBe(created!.header.commitUser);
  expect(first!.body.LastModifiedById).toBe(first!.header.commitUser);
  expect(second!.header.changedFields).toEqual(['0x400040']);
  expect(second!.body.LastModifiedById).toBeNull();
});

test('commit times are whole seconds and commit numbers need more than a double', async () => {
  await harness.create({ Name: 'Acme' });
  const [event] = await subscriber.events(1);
  const { header } = event!;
  expect(header.commitTimestamp % 1000n).toBe(0n);
  expect(header.commitNumber).toBeGreaterThan(2n ** 53n);
  expect(header.transactionKey).toMatch(/^[0-9a-f-]{36}$/);
});

test('the same change to several records in one transaction is one event, others follow in sequence', async () => {
  const ids = [];
  for (const Name of ['One', 'Two', 'Three']) ids.push(await harness.create({ Name }));
  await subscriber.events(3);
  const attributes = { type: 'Account' };
  const records = ids.map((id, index) => ({ attributes, id, Industry: index === 2 ? 'Media' : 'Energy' }));
  await harness.call('PATCH', 'composite/sobjects', { records });
  await harness.call('DELETE', `composite/sobjects?ids=${ids.join(',')}`);
  const [merged, single, deleted] = await subscriber.events(3);
  expect(merged!.header).toMatchObject({ recordIds: ids.slice(0, 2), sequenceNumber: 1 });
  expect(single!.header).toMatchObject({ recordIds: ids.slice(2), sequenceNumber: 2 });
  expect(single!.header.transactionKey).toBe(merged!.header.transactionKey);
  expect(deleted!.header).toMatchObject({ recordIds: ids, changeType: 'DELETE', changedFields: [] });
  expect(Object.values(deleted!.body).every((value) => value === null)).toBe(true);
});

test('deleting a parent deletes its contacts, clears other lookups silently, and undelete brings all back', async () => {
  const parent = await harness.create({ Name: 'Parent' });
  const daughter = await harness.create({ Name: 'Daughter', ParentId: parent });
  const contact = await harness.create({ LastName: 'Doe', FirstName: 'Jo', AccountId: parent }, 'Contact');
  await subscriber.events(3);
  await harness.call('DELETE', `/ui/api/Account/${parent}`);
  await harness.call('POST', `/ui/api/Account/${parent}/undelete`);
  const events = await subscriber.events(4);
  expect(events.map(({ header }) => [header.entityName, header.changeType, header.recordIds[0]])).toEqual([
    ['Account', 'DELETE', parent],
    ['Contact', 'DELETE', contact],
    ['Account', 'UNDELETE', parent],
    ['Contact', 'UNDELETE', contact],
  ]);
  expect(events[3]!.body).toMatchObject({ Name: { FirstName: 'Jo', LastName: 'Doe' }, AccountId: parent });
  expect((await harness.call('GET', `sobjects/Account/${daughter}`)).body.ParentId).toBeNull();
});

test('what is purged makes no event; a gap has a header only', async () => {
  const id = await harness.create({ Name: 'Gone' });
  await subscriber.events(1);
  await harness.call('DELETE', `/emulator/records/Account/${id}`);
  await harness.call('POST', '/emulator/events', { changeType: 'GAP_UPDATE', object: 'Account', recordIds: [id] });
  const [gap] = await subscriber.events(1);
  expect(gap!.header).toMatchObject({ changeType: 'GAP_UPDATE', recordIds: [id], changeOrigin: '' });
});

test('automation of the org changes the record inside the caller’s transaction, under the caller’s origin', async () => {
  harness.clientName = 'concord';
  await harness.call('PUT', '/emulator/triggers', [{ object: 'Account', set: { Site: { upperCaseOf: 'Name' } } }]);
  await harness.create({ Name: 'Acme' });
  const [event] = await subscriber.events(1);
  expect(event!.header.changeOrigin).toContain('client=concord');
  expect(event!.body).toMatchObject({ Name: 'Acme', Site: 'ACME' });
});

test('long text that changed a little comes as a difference that names its base', async () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line number ${index}`);
  const before = lines.join('\n');
  const id = await harness.create({ Name: 'Long', Description: before });
  await harness.call('PATCH', `sobjects/Account/${id}`, { Description: lines.with(50, 'other').join('\n') });
  await harness.call('PATCH', `sobjects/Account/${id}`, { Description: 'x'.repeat(1200) });
  const [, diffed, full] = await subscriber.events(3);
  expect(diffed!.header).toMatchObject({ diffFields: ['0x010000'], changedFields: ['0x410000'] });
  const base = createHash('sha256').update(before).digest('hex');
  expect(diffed!.body.Description.split('\n')).toEqual([
    '--- ',
    `+++ ${base}`,
    '@@ -48,7 +48,7 @@',
    ...[47, 48, 49].map((index) => ` line number ${index}`),
    '-line number 50',
    '+other',
    ...[51, 52, 53].map((index) => ` line number ${index}`),
  ]);
  expect(full!.header.diffFields).toEqual([]);
  expect(full!.body.Description).toHaveLength(1200);
});

test('a compound that lost all its parts is null with every child marked as nulled', async () => {
  const address = {
    BillingStreet: 's',
    BillingCity: 'c',
    BillingState: 's',
    BillingPostalCode: '1',
    BillingCountry: 'x',
  };
  const id = await harness.create({ Name: 'Moved', ...address, BillingLatitude: 1.5, BillingLongitude: 2.5 });
  const nothing = Object.fromEntries(Object.keys(address).map((name) => [name, null]));
  await harness.call('PATCH', `sobjects/Account/${id}`, { ...nothing, BillingLatitude: null, BillingLongitude: null });
  const [, cleared] = await subscriber.events(2);
  expect(cleared!.header.nulledFields).toEqual(['4-0x7F']);
});
