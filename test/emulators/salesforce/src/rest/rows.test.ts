import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness } from '../testing.ts';

let harness: Harness;
const clock = { now: Date.parse('2026-05-01T10:00:00.700Z') };

beforeAll(async () => {
  harness = await startTestEmulator({}, () => clock.now);
  await harness.login();
});
afterAll(() => harness.emulator.close());

test('a record is created, read, updated and deleted with the documented answers', async () => {
  const created = await harness.call('POST', 'sobjects/Account', { Name: ' Acme ', Phone: '', BillingCity: 'Ulm' });
  expect([created.status, created.body]).toEqual([
    201,
    { id: expect.stringMatching(/^001\w{15}$/), success: true, errors: [] },
  ]);
  expect(created.headers.get('sforce-limit-info')).toMatch(/^api-usage=\d+\/100000$/);
  const id = created.body.id;

  const read = await harness.call('GET', `sobjects/Account/${id}`);
  expect(read.body).toMatchObject({
    attributes: { type: 'Account', url: `/services/data/v67.0/sobjects/Account/${id}` },
    Id: id,
    Name: 'Acme',
    Phone: null,
    BillingCity: 'Ulm',
    BillingAddress: { city: 'Ulm', street: null },
    ShippingAddress: null,
    CreatedDate: '2026-05-01T10:00:00.000+0000',
    IsDeleted: false,
  });
  expect((await harness.call('PATCH', `sobjects/Account/${id}`, { Industry: 'Energy' })).status).toBe(204);
  const narrow = await harness.call('GET', `sobjects/Account/${id.slice(0, 15)}?fields=Industry`);
  expect(narrow.body).toEqual({ attributes: expect.anything(), Industry: 'Energy' });
  expect((await harness.call('DELETE', `sobjects/Account/${id}`)).status).toBe(204);
  expect((await harness.call('GET', `sobjects/Account/${id}`)).status).toBe(404);
  const again = await harness.call('DELETE', `sobjects/Account/${id}`);
  expect([again.status, again.body]).toEqual([404, [{ message: 'entity is deleted', errorCode: 'ENTITY_IS_DELETED' }]]);
});

test('an upsert by external id creates once, then updates, and says which', async () => {
  const path = `sobjects/Account/Sync_Id__c/${encodeURIComponent('k/1')}`;
  const first = await harness.call('PATCH', path, { Name: 'One' });
  const second = await harness.call('PATCH', path, { Name: 'Two' });
  expect([first.status, first.body.created, second.status, second.body]).toEqual([
    201,
    true,
    200,
    { id: first.body.id, success: true, errors: [], created: false },
  ]);
  expect((await harness.call('GET', path)).body.Name).toBe('Two');
  const other = await harness.call('PATCH', 'sobjects/Account/Sync_Id__c/absent?updateOnly=true', { Name: 'x' });
  expect(other.status).toBe(404);
});

const refusals: [string, string, unknown, number, string][] = [
  ['POST', 'sobjects/Account', { Phone: '1' }, 400, 'REQUIRED_FIELD_MISSING'],
  ['POST', 'sobjects/Account', { Name: 'x'.repeat(256) }, 400, 'STRING_TOO_LONG'],
  ['POST', 'sobjects/Account', { Name: 'x', Colour: 'red' }, 400, 'INVALID_FIELD'],
  ['POST', 'sobjects/Account', { Name: 'x', CreatedDate: '2026-01-01' }, 400, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
  ['POST', 'sobjects/Account', { Name: 'x', ParentId: '001000000000000AAA' }, 400, 'INVALID_CROSS_REFERENCE_KEY'],
  ['POST', 'sobjects/Account', { Name: 'x', ParentId: 'nonsense' }, 400, 'MALFORMED_ID'],
  ['POST', 'sobjects/Contact', { LastName: 'x', Email: 'nobody' }, 400, 'INVALID_EMAIL_ADDRESS'],
  ['POST', 'sobjects/Nothing', { Name: 'x' }, 404, 'NOT_FOUND'],
  ['POST', 'sobjects/User', { Name: 'x' }, 403, 'INSUFFICIENT_ACCESS_OR_READONLY'],
  ['GET', 'sobjects/Account/001000000000000AAA', undefined, 404, 'NOT_FOUND'],
  ['GET', 'sobjects/Account/003000000000000AAA', undefined, 400, 'MALFORMED_ID'],
];

test.each(refusals)('%s %s %j is refused with %i %s', async (...[method, path, body, status, code]) => {
  const reply = await harness.call(method, path, body);
  expect([reply.status, reply.body[0].errorCode]).toEqual([status, code]);
});

test('a unique external id belongs to one living record', async () => {
  const id = await harness.create({ Name: 'First', Sync_Id__c: 'unique-1' });
  const clash = await harness.call('POST', 'sobjects/Account', { Name: 'Second', Sync_Id__c: 'UNIQUE-1' });
  expect(clash.body[0]).toMatchObject({ errorCode: 'DUPLICATE_VALUE', message: expect.stringContaining(id) });
  await harness.call('DELETE', `sobjects/Account/${id}`);
  await harness.create({ Name: 'Second', Sync_Id__c: 'unique-1' });
  const undeleted = await harness.call('POST', `/ui/api/Account/${id}/undelete`);
  expect(undeleted.body[0].errorCode).toBe('DUPLICATE_VALUE');
});

test('a conditional update sees whole seconds', async () => {
  const id = await harness.create({ Name: 'Guarded' });
  const since = { 'if-unmodified-since': new Date(clock.now).toUTCString() };
  clock.now += 200;
  await harness.call('PATCH', `sobjects/Account/${id}`, { Name: 'Same second' });
  expect((await harness.call('PATCH', `sobjects/Account/${id}`, { Name: 'Unseen' }, since)).status).toBe(204);
  clock.now += 1000;
  await harness.call('PATCH', `sobjects/Account/${id}`, { Name: 'Next second' });
  expect((await harness.call('PATCH', `sobjects/Account/${id}`, { Name: 'Refused' }, since)).status).toBe(412);
  expect((await harness.call('DELETE', `sobjects/Account/${id}`, undefined, since)).status).toBe(204);
});

test('without a good token everything is 401 INVALID_SESSION_ID', async () => {
  const reply = await harness.call('GET', 'limits', undefined, { authorization: 'Bearer wrong' });
  expect([reply.status, reply.body[0].errorCode]).toEqual([401, 'INVALID_SESSION_ID']);
});

test('the parent can be named by its external id', async () => {
  const parent = await harness.create({ Name: 'Parent', Sync_Id__c: 'parent-1' });
  const child = await harness.create(
    { LastName: 'Doe', FirstName: 'Jo', Account: { Sync_Id__c: 'parent-1' } },
    'Contact',
  );
  const rows = await harness.query(`SELECT Name, Account.Name FROM Contact WHERE Account.Sync_Id__c = 'parent-1'`);
  expect(rows).toMatchObject([{ Name: 'Jo Doe', Account: { Name: 'Parent' } }]);
  await harness.call('DELETE', `sobjects/Account/${parent}`);
  expect((await harness.call('GET', `sobjects/Contact/${child}`)).status).toBe(404);
  await harness.call('POST', `/ui/api/Account/${parent}/undelete`);
  expect((await harness.call('GET', `sobjects/Contact/${child}`)).status).toBe(200);
});
