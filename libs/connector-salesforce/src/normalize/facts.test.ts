import { describe, expect, it } from 'vitest';
import { decodeEvent, type RawChange } from '../decode/change-event.ts';
import { compileEventSchema } from '../decode/event-schema.ts';
import { accountEvent, accountSchemaJson, bits, type AccountHeader } from '../testing/account-events.ts';
import { accountPlan } from '../testing/plans.ts';
import { bindPlans, fieldsToRead, topicOf, type EntityBinding } from './binding.ts';
import { factOfChange, factOfRecord, mustReread } from './facts.ts';

const schema = compileEventSchema('schema-1', accountSchemaJson);
const binding = bindPlans([accountPlan()], 'salesforce')[0] as EntityBinding;
const RECORD_ID = '019a0000-0000-7000-8000-000000000001';

function change(header: Partial<AccountHeader>, body: Record<string, unknown> = {}): RawChange {
  const decoded = decodeEvent(accountEvent({ transactionKey: 't1', ...header }, body), schema);
  if (decoded.kind !== 'changes') throw new Error(`decoded to ${decoded.kind}`);
  return decoded.changes[0] as RawChange;
}
const factOf = (header: Partial<AccountHeader>, body?: Record<string, unknown>) =>
  factOfChange(change(header, body), binding, 'p1');

describe('facts of events', () => {
  it('carry canonical names, types and the id', () => {
    expect(factOf({ changedFields: [bits(1, 4)] }, { Name: 'Acme', AnnualRevenue: 12.5 })).toEqual({
      entity: 'accounts',
      before: null,
      recordId: null,
      links: [],
      change: {
        kind: 'change',
        system: 'salesforce',
        position: 'p1',
        at: 1_777_629_600_000,
        nativeId: '001000000000001AAA',
        existence: 'exists',
        values: { sf_id: '001000000000001AAA', account_name: 'Acme', annual_revenue: '12.5' },
        complete: false,
        snapshot: false,
        echo: null,
        transaction: 't1',
      },
    });
  });

  it('are left out when nothing mapped was written', () => {
    expect(factOf({ changedFields: [bits(2)] }, { Type: 'Customer' })).toBeNull();
  });

  it.each([
    ['our update', { changedFields: [bits(1, 9)] }, { Name: 'A', Sync_Stamp__c: 'accounts.3:42' }, 42],
    [
      'an update that leaves an old stamp',
      { changedFields: [bits(1)] },
      { Name: 'A', Sync_Stamp__c: 'accounts.3:42' },
      null,
    ],
    ['a stamp of another entity', { changedFields: [bits(1, 9)] }, { Name: 'A', Sync_Stamp__c: 'contacts.3:42' }, null],
    ['our create', { changeType: 'CREATE' }, { Name: 'A', Sync_Id__c: RECORD_ID, Sync_Stamp__c: 'accounts.3:42' }, 42],
    ['a clone that copied the stamp', { changeType: 'CREATE' }, { Name: 'A', Sync_Stamp__c: 'accounts.3:42' }, null],
    [
      'an undelete',
      { changeType: 'UNDELETE' },
      { Name: 'A', Sync_Id__c: RECORD_ID, Sync_Stamp__c: 'accounts.3:42' },
      null,
    ],
  ])('%s', (_, header, body, echo) => {
    expect(factOf(header, body)?.change.echo).toBe(echo);
  });

  it('of our create carry the record id', () => {
    const body = { Name: 'A', Sync_Id__c: RECORD_ID.toUpperCase() };
    expect(factOf({ changeType: 'CREATE' }, body)).toMatchObject({ recordId: RECORD_ID, change: { complete: true } });
  });

  it('of a delete say only that', () => {
    expect(factOf({ changeType: 'DELETE' })?.change).toMatchObject({
      existence: 'deleted',
      values: {},
      complete: false,
    });
  });

  it('carry links to other systems', () => {
    const linked = { ...binding, link: { field: 'description', system: 'pg' } };
    const fact = factOfChange(change({ changedFields: [bits(7)] }, { Description: '17' }), linked, 'p1');
    expect(fact?.links).toEqual([{ system: 'pg', nativeId: '17' }]);
  });
});

describe('reading again', () => {
  it.each([
    ['a mapped field left open', { changedFields: [bits(7)] }, true],
    ['an unmapped field left open', { changedFields: [bits(2)] }, false],
    ['a gap', { changeType: 'GAP_CREATE' }, true],
    ['a delete', { changeType: 'DELETE' }, false],
  ])('%s', (_, header, expected) => {
    expect(mustReread(change(header), binding)).toBe(expected);
  });

  it('is needed for a created record whose mapped field is not in the event schema', () => {
    const hidden = {
      ...binding,
      fields: [{ ...binding.fields[1]!, access: { ...binding.fields[1]!.access, native: 'SystemModstamp' } }],
    };
    expect(mustReread(change({ changeType: 'CREATE' }, { Name: 'A' }), hidden)).toBe(true);
  });

  it('gives complete snapshot facts', () => {
    const row = {
      Id: '001000000000001AAA',
      Name: 'Acme',
      AnnualRevenue: 12.5,
      BillingCity: null,
      LastModifiedDate: '2026-05-01T10:00:00.000+0000',
      Description: null,
      Sync_Id__c: RECORD_ID,
      Sync_Stamp__c: 'accounts.3:42',
    };
    const fact = factOfRecord({ nativeId: row.Id, row, isDeleted: false, at: 5 }, binding);
    expect(fact).toMatchObject({
      recordId: RECORD_ID,
      change: { at: 5, complete: true, snapshot: true, echo: null, position: '', existence: 'exists' },
    });
    expect(fact.change.values).toEqual({
      sf_id: row.Id,
      account_name: 'Acme',
      annual_revenue: '12.5',
      city: null,
      last_modified: '2026-05-01T10:00:00Z',
      description: null,
    });
  });

  it('names the field whose type no longer fits', () => {
    const record = { nativeId: '1', row: { LastModifiedDate: 'soon' }, isDeleted: false, at: 5 };
    expect(() => factOfRecord(record, binding)).toThrow('Account.LastModifiedDate');
  });
});

it('reads what is mapped, what filters ask for and our own fields', () => {
  const filtered = bindPlans([accountPlan({}, { Type: 'Customer' })], 'salesforce');
  expect(fieldsToRead(filtered)).toEqual([
    ...['Id', 'SystemModstamp', 'IsDeleted', 'Sync_Id__c', 'Sync_Stamp__c'],
    ...['Name', 'AnnualRevenue', 'BillingCity', 'LastModifiedDate', 'Description', 'Type'],
  ]);
  expect([topicOf('Account'), topicOf('Employee__c')]).toEqual([
    '/data/AccountChangeEvent',
    '/data/Employee__ChangeEvent',
  ]);
});
