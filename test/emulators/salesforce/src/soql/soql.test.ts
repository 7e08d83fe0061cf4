import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness, Json } from '../testing.ts';

let harness: Harness;
const clock = { now: Date.parse('2026-05-01T10:00:00Z') };

beforeAll(async () => {
  harness = await startTestEmulator({}, () => clock.now);
  await harness.login();
  await harness.create({ Name: "Ann's", AnnualRevenue: 10, Industry: 'Energy', Sync_Id__c: 'a' });
  await harness.create({ Name: 'Bob_1', AnnualRevenue: 20, Industry: 'Banking', Sync_Id__c: 'b' });
  clock.now += 60_000;
  await harness.create({ Name: 'Bobby', Phone: '50%' });
});
afterAll(() => harness.emulator.close());

const questions: [string, string[]][] = [
  [`Name = 'BOBBY'`, ['Bobby']],
  [String.raw`Name = 'Ann\'s'`, ["Ann's"]],
  [`Name LIKE 'bob%'`, ['Bob_1', 'Bobby']],
  [String.raw`Name LIKE 'Bob\_%'`, ['Bob_1']],
  [`Name LIKE '____s'`, ["Ann's"]],
  [`Industry != 'Energy'`, ['Bob_1', 'Bobby']],
  [`Industry = null`, ['Bobby']],
  [`AnnualRevenue > 10`, ['Bob_1']],
  [`AnnualRevenue <= 10 OR Phone != null`, ["Ann's", 'Bobby']],
  [`NOT (AnnualRevenue >= 10)`, ['Bobby']],
  [`Sync_Id__c IN ('b', 'A', 'zz')`, ["Ann's", 'Bob_1']],
  [`Sync_Id__c NOT IN ('a')`, ['Bob_1', 'Bobby']],
  [`(Name LIKE 'B%' AND Industry = 'Banking') OR Name = 'nobody'`, ['Bob_1']],
  [`SystemModstamp >= 2026-05-01T10:01:00Z`, ['Bobby']],
  [`SystemModstamp < 2026-05-01T12:01:00.000+02:00`, ["Ann's", 'Bob_1']],
  [`CreatedDate = TODAY AND IsDeleted = false`, ["Ann's", 'Bob_1', 'Bobby']],
  [`LastModifiedBy.Name = 'Integration User' AND Name < 'B'`, ["Ann's"]],
];

test.each(questions)('WHERE %s finds %j', async (condition, names) => {
  const rows = await harness.query(`SELECT Name FROM Account WHERE ${condition} ORDER BY Name`);
  expect(rows.map((row) => row.Name)).toEqual(names);
});

test('order, limit, offset and count', async () => {
  const rows = await harness.query(
    'select Name from Account order by AnnualRevenue desc nulls last, Name limit 2 offset 1',
  );
  expect(rows.map((row) => row.Name)).toEqual(["Ann's", 'Bobby']);
  const count = await harness.call('GET', `query?q=${encodeURIComponent('SELECT COUNT() FROM Account')}`);
  expect(count.body).toEqual({ totalSize: 3, done: true, records: [] });
});

const refusals: [string, string][] = [
  ['SELECT Name FROM Nowhere', 'INVALID_TYPE'],
  ['SELECT Colour FROM Account', 'INVALID_FIELD'],
  ['SELECT Name Account', 'MALFORMED_QUERY'],
  [`SELECT Name FROM Account WHERE Name = 5`, 'INVALID_FIELD'],
  [`SELECT Name FROM Account WHERE CreatedDate > '2026-01-01'`, 'INVALID_FIELD'],
  [`SELECT Name FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'`, 'MALFORMED_QUERY'],
];

test.each(refusals)('%s is refused with %s', async (soql, code) => {
  const reply = await harness.call('GET', `query?q=${encodeURIComponent(soql)}`);
  expect([reply.status, reply.body[0].errorCode]).toEqual([400, code]);
});

test('long results come in pages, deleted records only by queryAll', async () => {
  const attributes = { type: 'Contact' };
  for (let call = 0; call < 3; call++) {
    const records = Array.from({ length: 150 }, (_, index) => ({ attributes, LastName: `c${call * 150 + index}` }));
    await harness.call('POST', 'composite/sobjects', { records });
  }
  const [gone] = await harness.query(`SELECT Id FROM Contact WHERE LastName = 'c7'`);
  await harness.call('DELETE', `sobjects/Contact/${gone.Id}`);
  const names: string[] = [];
  const soql = encodeURIComponent('SELECT LastName FROM Contact');
  let page = await harness.call('GET', `query?q=${soql}`, undefined, { 'sforce-query-options': 'batchSize=200' });
  for (;;) {
    names.push(...page.body.records.map((row: Json) => row.LastName));
    expect(page.body.totalSize).toBe(449);
    if (page.body.done) break;
    page = await harness.call('GET', page.body.nextRecordsUrl);
  }
  expect(new Set(names).size).toBe(449);
  const deleted = encodeURIComponent('SELECT Id FROM Contact WHERE IsDeleted = true');
  expect((await harness.call('GET', `queryAll?q=${deleted}`)).body.records).toMatchObject([{ Id: gone.Id }]);
});
