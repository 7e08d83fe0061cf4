import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness, Json } from '../testing.ts';
import { Catalogue } from './catalogue.ts';
import { addDefinitions } from './definition-file.ts';
import type { Definitions } from './definition-file.ts';
import { standardObjects } from './standard-objects.ts';

const definitions: Definitions = {
  objects: [
    {
      name: 'Invoice__c',
      fields: [
        { name: 'Total__c', type: 'currency' },
        { name: 'Due__c', type: 'date' },
        { name: 'Account__c', type: 'reference', referenceTo: ['Account'] },
        { name: 'Place__c', type: 'location' },
        { name: 'Tags__c', type: 'multipicklist', picklist: ['a', 'b', 'c'], isRestrictedPicklist: true },
      ],
    },
  ],
  fields: { Account: [{ name: 'Region_Code__c', type: 'string', length: 3 }] },
  channels: { Sales__chn: ['Account', 'Invoice__c'] },
};
let harness: Harness;

beforeAll(async () => {
  harness = await startTestEmulator({ definitions });
  await harness.login();
});
afterAll(() => harness.emulator.close());

test('custom objects are read, written, queried and published like the others', async () => {
  const account = await harness.create({ Name: 'Buyer', Region_Code__c: 'EU' });
  const invoice = {
    Total__c: 10.25,
    Due__c: '2026-02-28',
    Account__c: account,
    Place__Latitude__s: 1.5,
    Tags__c: 'a;c',
  };
  const id = await harness.create({ Name: 'I-1', ...invoice }, 'Invoice__c');
  const read = await harness.call('GET', `sobjects/Invoice__c/${id}`);
  expect(read.body).toMatchObject({ ...invoice, Place__c: { latitude: 1.5, longitude: null } });
  const rows = await harness.query(
    `SELECT Account__r.Region_Code__c FROM Invoice__c WHERE Due__c < 2026-03-01 AND Tags__c INCLUDES ('a;c', 'b')`,
  );
  expect(rows).toMatchObject([{ Account__r: { Region_Code__c: 'EU' } }]);

  for (const topic_name of ['/data/Invoice__ChangeEvent', '/data/Sales__chn']) {
    const count = topic_name.endsWith('chn') ? 2 : 1;
    const subscriber = harness.subscribe({ topic_name, replay_preset: 'EARLIEST', num_requested: 10 });
    const event = (await subscriber.events(count)).at(-1)!;
    expect(event.header).toMatchObject({ entityName: 'Invoice__c', recordIds: [id] });
    expect(event.body).toMatchObject({ Due__c: BigInt(Date.UTC(2026, 1, 28)), Place__c: { Latitude: 1.5 } });
    subscriber.close();
  }
});

test('describe tells what a client must know, and 304 when it knows already', async () => {
  const { body, headers } = await harness.call('GET', 'sobjects/Account/describe');
  const byName = new Map<string, Json>(body.fields.map((field: Json) => [field.name, field]));
  expect(byName.get('Region_Code__c')).toMatchObject({ type: 'string', length: 3, custom: true, nillable: true });
  expect(byName.get('Sync_Id__c')).toMatchObject({ externalId: true, unique: true, idLookup: true, length: 36 });
  expect(byName.get('BillingStreet')).toMatchObject({ type: 'textarea', compoundFieldName: 'BillingAddress' });
  expect(byName.get('Id')).toMatchObject({ type: 'id', createable: false, updateable: false });
  expect(byName.get('OwnerId')).toMatchObject({ referenceTo: ['User'], defaultedOnCreate: true });
  expect(body.childRelationships).toContainEqual(
    expect.objectContaining({ childSObject: 'Contact', field: 'AccountId', cascadeDelete: true }),
  );
  const since = { 'if-modified-since': headers.get('last-modified')! };
  expect((await harness.call('GET', 'sobjects/Account/describe', undefined, since)).status).toBe(304);
  const { body: all } = await harness.call('GET', 'sobjects');
  expect(all.sobjects.map((each: Json) => each.name)).toEqual(['Account', 'Contact', 'User', 'Invoice__c']);
});

const mistakes: [string, Definitions, RegExp][] = [
  ['a field of nothing', { fields: { Nothing: [{ name: 'X__c', type: 'string' }] } }, /no object Nothing/],
  ['a field twice', { fields: { Account: [{ name: 'Name', type: 'string' }] } }, /already has a field Name/],
  ['an object twice', { objects: [{ name: 'Account' }] }, /already an object Account/],
];

test.each(mistakes)('%s is refused', (_case, wrong, message) => {
  expect(() => addDefinitions(new Catalogue(standardObjects()), wrong)).toThrow(message);
});
