import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness, Json } from '../testing.ts';

let harness: Harness;
const attributes = { type: 'Account' };

beforeAll(async () => {
  harness = await startTestEmulator();
  await harness.login();
});
afterAll(() => harness.emulator.close());

test('each row has its result, in order, under status 200', async () => {
  const records = [
    { attributes, Name: 'One' },
    { attributes, Phone: '2' },
    { attributes, Name: 'Three' },
  ];
  const created = await harness.call('POST', 'composite/sobjects', { allOrNone: false, records });
  expect(created.status).toBe(200);
  expect(created.body.map((row: Json) => [row.success, row.errors[0]?.statusCode])).toEqual([
    [true, undefined],
    [false, 'REQUIRED_FIELD_MISSING'],
    [true, undefined],
  ]);
  const ids = [created.body[0].id, created.body[2].id];
  const updated = await harness.call('PATCH', 'composite/sobjects', {
    records: [
      { attributes, id: ids[0], Name: 'Uno' },
      { attributes, id: '001000000000000AAA', Name: 'x' },
    ],
  });
  expect(updated.body.map((row: Json) => row.errors[0]?.statusCode)).toEqual([
    undefined,
    'INVALID_CROSS_REFERENCE_KEY',
  ]);
  const deleted = await harness.call('DELETE', `composite/sobjects?ids=${ids.join(',')},${ids[0]}`);
  expect(deleted.body.map((row: Json) => row.errors[0]?.statusCode)).toEqual([
    undefined,
    undefined,
    'ENTITY_IS_DELETED',
  ]);
});

test('with allOrNone one refused row takes back the others', async () => {
  const before = await harness.query('SELECT Id FROM Account');
  const records = [{ attributes, Name: 'Innocent' }, { attributes }];
  const reply = await harness.call('POST', 'composite/sobjects', { allOrNone: true, records });
  expect(reply.body.map((row: Json) => row.errors[0].statusCode)).toEqual([
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    'REQUIRED_FIELD_MISSING',
  ]);
  expect(await harness.query('SELECT Id FROM Account')).toEqual(before);
});

test('an upsert of a collection tells created from updated and refuses a repeated key', async () => {
  const upsert = (names: [string, string][]) =>
    harness.call('PATCH', 'composite/sobjects/Account/Sync_Id__c', {
      records: names.map(([Sync_Id__c, Name]) => ({ attributes, Sync_Id__c, Name })),
    });
  await upsert([['a', 'A']]);
  const reply = await upsert([
    ['a', 'A2'],
    ['b', 'B'],
    ['b', 'B2'],
  ]);
  expect(reply.body.map((row: Json) => row.created ?? row.errors[0].statusCode)).toEqual([
    false,
    true,
    'DUPLICATE_VALUE',
  ]);
});

test('more than two hundred rows and malformed bodies are refused as a whole', async () => {
  const records = Array.from({ length: 201 }, (_, index) => ({ attributes, Name: `n${index}` }));
  expect((await harness.call('POST', 'composite/sobjects', { records })).status).toBe(400);
  expect((await harness.call('POST', 'composite/sobjects', { rows: [] })).status).toBe(400);
});

test('ordered misfortunes happen as often as ordered', async () => {
  const order = (fault: object) => harness.call('POST', '/emulator/faults', fault);
  await order({ kind: 'row-error', statusCode: 'UNABLE_TO_LOCK_ROW', times: 1 });
  await order({ kind: 'status', status: 503, code: 'SERVER_UNAVAILABLE', times: 1, path: 'limits' });
  const records = [
    { attributes, Name: 'Locked' },
    { attributes, Name: 'Free' },
  ];
  const reply = await harness.call('POST', 'composite/sobjects', { records });
  expect(reply.body.map((row: Json) => row.success)).toEqual([false, true]);
  expect((await harness.call('GET', 'limits')).status).toBe(503);
  expect((await harness.call('GET', 'limits')).status).toBe(200);
  await order({ kind: 'drop-reply', times: 1, method: 'POST' });
  await expect(harness.create({ Name: 'Lost answer' })).rejects.toThrow('fetch failed');
  expect(await harness.query(`SELECT Id FROM Account WHERE Name = 'Lost answer'`)).toHaveLength(1);
  await order({ kind: 'drop-request', times: 1, method: 'POST' });
  await expect(harness.create({ Name: 'Never arrived' })).rejects.toThrow('fetch failed');
  expect(await harness.query(`SELECT Id FROM Account WHERE Name = 'Never arrived'`)).toEqual([]);
  await order({ kind: 'late-request', times: 1, method: 'POST', delayMs: 300 });
  await expect(harness.create({ Name: 'Late' })).rejects.toThrow('fetch failed');
  const late = () => harness.query(`SELECT Id FROM Account WHERE Name = 'Late'`);
  expect(await late()).toEqual([]);
  await vi.waitFor(async () => expect(await late()).toHaveLength(1), 4000);
  await order({ kind: 'expire-tokens' });
  expect((await harness.call('GET', 'limits')).status).toBe(401);
  await harness.login();
});
