import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness } from '../testing.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startTestEmulator();
  await harness.login();
});
afterAll(() => harness.emulator.close());

test('an edit made by REST arrives as an Avro change event with header, bitmaps and origin', async () => {
  harness.clientName = 'concord';
  const subscriber = harness.subscribe({
    topic_name: '/data/AccountChangeEvent',
    replay_preset: 'EARLIEST',
    num_requested: 10,
  });
  const id = await harness.create({ Name: 'Acme', BillingStreet: '1 Main', AnnualRevenue: 12.5, NumberOfEmployees: 7 });
  await harness.call('PATCH', `sobjects/Account/${id}`, { Industry: 'Energy', BillingStreet: null });
  const [created, updated] = await subscriber.events(2);

  expect(created!.header).toMatchObject({
    entityName: 'Account',
    recordIds: [id],
    changeType: 'CREATE',
    changeOrigin: 'com/salesforce/api/rest/67.0;client=concord',
    sequenceNumber: 1,
    changedFields: [],
    nulledFields: [],
  });
  expect(created!.body).toMatchObject({ Name: 'Acme', AnnualRevenue: 12.5, NumberOfEmployees: 7, Phone: null });
  expect(created!.body.BillingAddress).toMatchObject({ Street: '1 Main', City: null });
  expect(updated!.header).toMatchObject({ changedFields: ['0x400800', '4-0x01'], nulledFields: ['4-0x01'] });
  expect(updated!.body).toMatchObject({ Industry: 'Energy', Name: null, LastModifiedById: null });
  subscriber.close();
});
