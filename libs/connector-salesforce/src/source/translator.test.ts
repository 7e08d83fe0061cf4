import { describe, expect, it } from 'vitest';
import type { SourceFact } from '@concord/connector-kit';
import type { RawChange } from '../decode/change-event.ts';
import { bindPlans, type EntityBinding } from '../normalize/binding.ts';
import { SalesforceRest } from '../rest/rest-client.ts';
import { FakeOrg } from '../testing/fake-org.ts';
import { accountPlan } from '../testing/plans.ts';
import { FakeTiming } from '../testing/timing.ts';
import { RecordReader } from './record-reader.ts';
import { Translator } from './translator.ts';

const COMMITTED_AT = Date.parse('2026-05-01T10:00:05Z');

function setup(known: Record<string, string[]> = {}) {
  const org = new FakeOrg();
  const plans = [
    accountPlan({ entity: 'customers' }, { Type: 'Customer' }),
    accountPlan({ entity: 'suppliers' }, { Type: 'Supplier' }),
  ];
  const bindings = bindPlans(plans, 'salesforce') as [EntityBinding, ...EntityBinding[]];
  const reader = new RecordReader(new SalesforceRest(org), new FakeTiming(), bindings);
  const records = { entitiesOf: async () => new Map(Object.entries(known)), nativeIdsBetween: async () => [] };
  const translator = new Translator(bindings, records, reader);
  const told = async (...changes: RawChange[]) =>
    (
      await translator.translate(
        changes.map((change, index) => ({ number: BigInt(index + 1), change })),
        1n,
      )
    ).map(line);
  return { org, known, told };
}

function line({ entity, change }: SourceFact): string {
  const how = change.snapshot
    ? `read at ${(change.at - COMMITTED_AT) / 1000}`
    : `event ${Number(change.position.slice(8))}`;
  const name = change.existence === 'deleted' ? 'deleted' : change.values['account_name'];
  return `${entity} ${how}: ${name}${change.echo === null ? '' : `, echo ${change.echo}`}`;
}

function changeOf(
  nativeId: string,
  kind: RawChange['kind'],
  values: Record<string, unknown>,
  open: string[] = [],
): RawChange {
  return {
    object: 'Account',
    nativeId,
    kind,
    values: new Map(Object.entries(values)),
    unresolved: new Set(open),
    needsReread: open.includes('*'),
    committedAt: COMMITTED_AT,
    transactionKey: 't',
  };
}

describe('translating a batch', () => {
  it('reads an unknown record to see where it belongs, and lets its events follow', async () => {
    const { org, told } = setup();
    const { Id } = org.add({ Name: 'Acme', Type: 'Supplier' });
    expect(await told(changeOf(Id, 'update', { Name: 'Acm' }), changeOf(Id, 'update', { Name: 'Acme' }))).toEqual([
      'suppliers read at 0.999: Acme',
      'suppliers event 1: Acm',
      'suppliers event 2: Acme',
    ]);
    expect(org.calls).toHaveLength(1);
  });

  it('a record that belongs to no sync is ignored', async () => {
    const { org, told } = setup();
    const { Id } = org.add({ Name: 'Acme', Type: 'Press' });
    expect(await told(changeOf(Id, 'update', { Name: 'Acme' }), changeOf(Id, 'delete', {}))).toEqual([]);
  });

  it('an event that leaves a field open still tells that our command has arrived', async () => {
    const { org, known, told } = setup();
    const { Id } = org.add({ Name: 'Acme', Type: 'Customer' });
    known[Id] = ['customers'];
    expect(await told(changeOf(Id, 'update', { Name: 'A', Sync_Stamp__c: 'customers.0:7' }, ['Description']))).toEqual([
      'customers read at 0.999: Acme',
      'customers event 1: A, echo 7',
    ]);
  });

  it('a known record that was deleted meanwhile is told as deleted, and nothing after it', async () => {
    const { org, known, told } = setup();
    const { Id } = org.add({ Name: 'Acme', Type: 'Customer', IsDeleted: true });
    known[Id] = ['customers'];
    expect(await told(changeOf(Id, 'update', {}, ['*']), changeOf(Id, 'update', { Name: 'A' }))).toEqual([
      'customers read at 0.999: deleted',
    ]);
  });

  it('a record created in the batch is known from then on', async () => {
    const { org, told } = setup();
    const created = changeOf('001000000000009AAA', 'create', {
      Name: 'New',
      Type: 'Customer',
      AnnualRevenue: null,
      BillingCity: null,
      LastModifiedDate: 1n,
      Description: null,
    });
    expect(await told(created, changeOf('001000000000009AAA', 'delete', {}))).toEqual([
      'customers event 1: New',
      'customers event 2: deleted',
    ]);
    expect(org.calls).toEqual([]);
  });
});
