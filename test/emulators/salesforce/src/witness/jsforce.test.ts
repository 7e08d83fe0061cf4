// An independent witness: the stock client that most Node programs use for Salesforce, unchanged, on the emulator.
import { callbackify } from 'node:util';
import { Connection } from 'jsforce';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness } from '../testing.ts';

let harness: Harness;
let connection: Connection;

beforeAll(async () => {
  harness = await startTestEmulator();
  connection = await connect();
});
afterAll(() => harness.emulator.close());

const authorize = callbackify(async (client: Connection) => {
  await client.authorize({ grant_type: 'client_credentials' });
  return client.accessToken ?? undefined;
});

async function connect(): Promise<Connection> {
  const { clientId, clientSecret } = harness.options;
  const loginUrl = harness.emulator.httpUrl;
  const opened = new Connection({
    loginUrl,
    instanceUrl: loginUrl,
    version: '67.0',
    callOptions: { client: 'witness' },
    oauth2: { loginUrl, clientId, clientSecret },
    refreshFn: (self, done) => authorize(self, done),
  });
  await opened.authorize({ grant_type: 'client_credentials' });
  return opened;
}

test('logs in, and again by itself when the session has ended', async () => {
  expect(await connection.identity()).toMatchObject({ organization_id: harness.options.organizationId });
  await harness.call('POST', '/emulator/faults', { kind: 'expire-tokens' });
  expect((await connection.limits()).DailyApiRequests?.Max).toBe(100_000);
  expect(connection.limitInfo.apiUsage).toMatchObject({ limit: 100_000 });
});

test('creates, reads, updates, upserts, deletes', async () => {
  const accounts = connection.sobject('Account');
  const { id = '', success } = await accounts.create({ Name: 'Witness', BillingCity: 'Bern' });
  expect(success).toBe(true);
  expect(await accounts.retrieve(id)).toMatchObject({ Id: id, Name: 'Witness', BillingAddress: { city: 'Bern' } });
  expect(await accounts.update({ Id: id, Phone: '1', Sync_Id__c: 'w-1' })).toMatchObject({ id, success: true });
  const known = await accounts.upsert({ Sync_Id__c: 'w-1', Phone: '2' }, 'Sync_Id__c');
  expect(known).toMatchObject({ id, success: true, created: false });
  const added = await accounts.upsert({ Sync_Id__c: 'w-2', Name: 'Second' }, 'Sync_Id__c');
  expect(added).toMatchObject({ success: true, created: true });
  expect(await accounts.destroy(id)).toMatchObject({ id, success: true });
  await expect(accounts.retrieve(id)).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  await expect(accounts.update({ Id: id, Phone: '3' })).rejects.toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
  await expect(accounts.create({ Nmae: 'x' })).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' });
});

test('reads collections with a result for each row, and a whole list as one transaction', async () => {
  const accounts = connection.sobject('Account');
  const mixed = await accounts.create([{ Name: 'One' }, { Name: 'x'.repeat(300) }, { Name: 'Three' }]);
  expect(mixed.map(({ success }) => success)).toEqual([true, false, true]);
  expect(mixed[1]?.errors).toMatchObject([{ statusCode: 'STRING_TOO_LONG', fields: ['Name'] }]);
  const none = await accounts.create([{ Name: 'Four' }, { Name: '' }], { allOrNone: true });
  expect(none.map(({ success }) => success)).toEqual([false, false]);
  const ids = mixed.flatMap((row) => (row.success ? [row.id] : []));
  expect(await accounts.retrieve(ids)).toMatchObject([{ Name: 'One' }, { Name: 'Three' }]);
  const changed = await accounts.update(ids.map((Id) => ({ Id, Site: 'w' })));
  expect(changed.every(({ success }) => success)).toBe(true);
  const removed = await accounts.destroy(ids);
  expect(removed.every(({ success }) => success)).toBe(true);
});

test('follows a query through its pages, and sees deleted rows only when asked to', async () => {
  const contacts = connection.sobject('Contact');
  const rows = Array.from({ length: 450 }, (_, n) => ({ LastName: `Row ${n}` }));
  const made = await contacts.create(rows, { allowRecursive: true });
  expect(made).toHaveLength(450);
  await contacts.destroy(made[0]?.id ?? '');
  const headers = { 'Sforce-Query-Options': 'batchSize=200' };
  const soql = 'SELECT Id, LastName FROM Contact ORDER BY LastName';
  const first = await connection.query(soql, { headers });
  expect([first.totalSize, first.records.length, first.done]).toEqual([449, 200, false]);
  const all = await connection.query(soql, { headers, autoFetch: true, maxFetch: 1000 });
  expect(new Set(all.records.map((record) => record['Id'])).size).toBe(449);
  const scanned = await connection.query(soql, { scanAll: true, autoFetch: true });
  expect(scanned.totalSize).toBe(450);
});

test('describes', async () => {
  const { name, fields } = await connection.sobject('Account').describe();
  expect(name).toBe('Account');
  expect(fields.find((field) => field.name === 'Sync_Id__c')).toMatchObject({ externalId: true, unique: true });
  expect(fields.find((field) => field.name === 'Industry')?.picklistValues).toContainEqual(
    expect.objectContaining({ value: 'Energy', active: true }),
  );
  const { sobjects } = await connection.describeGlobal();
  expect(sobjects.map((each) => each.name)).toEqual(expect.arrayContaining(['Account', 'Contact']));
});
