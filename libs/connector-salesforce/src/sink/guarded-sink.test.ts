// What a guard changes for the sink, against an org in memory that counts saves and judges bases.
import { describe, expect, it } from 'vitest';
import type { TargetCommand } from '@concord/connector-kit';
import { unreachable } from '../errors.ts';
import { SalesforceRest } from '../rest/rest-client.ts';
import { FakeOrg } from '../testing/fake-org.ts';
import { MemoryProgress } from '../testing/memory-progress.ts';
import { accountPlan } from '../testing/plans.ts';
import { FakeTiming } from '../testing/timing.ts';
import { SalesforceSink } from './salesforce-sink.ts';

function setup() {
  const org = new FakeOrg();
  org.isGuarded = true;
  const timing = new FakeTiming();
  const parts = { system: 'salesforce', plans: [accountPlan()], rest: new SalesforceRest(org), timing };
  const row = org.add({ Name: 'Old', BillingCity: 'Bern', AnnualRevenue: 10.5, Sync_Rev__c: 7 });
  const sink = new SalesforceSink({ ...parts, progress: new MemoryProgress() });
  const command = (sequence: number, told: Partial<TargetCommand> = {}): TargetCommand => ({
    entity: 'accounts',
    stream: 'accounts.0',
    recordId: `019a0000-0000-7000-8000-${String(sequence).padStart(12, '0')}`,
    sequence,
    operation: 'update',
    nativeId: row.Id,
    values: { account_name: 'New' },
    expected: { account_name: 'Old' },
    ...told,
  });
  /** Somebody saves the row just before our next writes are executed, so many times. */
  const editBeforeWrite = (times: number, fields: () => object) => {
    let left = times;
    org.beforeCall = ({ method }) => {
      if (method !== 'PATCH' || left === 0) return;
      left -= 1;
      org.edit(row, fields() as Record<string, unknown>);
    };
  };
  return { org, row, sink, command, timing, editBeforeWrite };
}

describe('an update', () => {
  it('carries the revision that was read, and needs one read for all rows', async () => {
    const { org, row, sink, command } = setup();
    const others = Array.from({ length: 250 }, (_, index) => ({
      ...command(index + 2),
      nativeId: org.add({ Name: 'Old' }).Id,
    }));
    const outcomes = await sink.apply([command(1), ...others]);
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['applied']));
    expect(row).toMatchObject({ Name: 'New', Sync_Base__c: 7, Sync_Rev__c: 8, Sync_Stamp__c: 'accounts.0:1' });
    expect(org.rows.get(others[0]!.nativeId)).toMatchObject({ Sync_Base__c: 0, Sync_Rev__c: 1 });
    expect(org.calls).toEqual(['POST read rows 251', 'PATCH write rows 200', 'PATCH write rows 51']);
  });

  it('follows another of ours without its echo', async () => {
    const { row, sink, command } = setup();
    await sink.apply([command(1)]);
    const [second] = await sink.apply([
      command(2, { values: { account_name: 'Newer' }, expected: { account_name: 'New' } }),
    ]);
    expect([second?.result, row['Name'], row['Sync_Rev__c']]).toEqual(['applied', 'Newer', 9]);
  });

  it('is stale for the fields that hold something else, and is not sent', async () => {
    const { org, row, sink, command } = setup();
    const expected = { account_name: 'Other', city: 'Bern', annual_revenue: '10.50', description: null };
    expect(await sink.apply([command(1, { expected })])).toMatchObject([
      { result: 'stale', staleFields: ['account_name'], code: null },
    ]);
    expect([row['Name'], org.calls]).toEqual(['Old', ['POST read rows 1']]);
  });

  it('is sent again when another field was saved in between', async () => {
    const { row, sink, command, editBeforeWrite } = setup();
    editBeforeWrite(3, () => ({ BillingCity: 'Biel' }));
    expect(await sink.apply([command(1)])).toMatchObject([{ result: 'applied' }]);
    expect(row).toMatchObject({ Name: 'New', BillingCity: 'Biel', Sync_Base__c: 10 });
  });

  it('is stale when its own field was saved in between', async () => {
    const { row, sink, command, editBeforeWrite } = setup();
    editBeforeWrite(1, () => ({ Name: "a user's" }));
    expect(await sink.apply([command(1)])).toMatchObject([{ result: 'stale', staleFields: ['account_name'] }]);
    expect(row['Name']).toBe("a user's");
  });

  it('gives up in the end, aloud, when the record never rests', async () => {
    const { sink, command, editBeforeWrite, timing } = setup();
    editBeforeWrite(Number.MAX_SAFE_INTEGER, () => ({ BillingCity: 'Biel' }));
    expect(await sink.apply([command(1)])).toMatchObject([{ result: 'rejected', code: 'sink.contended' }]);
    expect(timing.sleeps).toHaveLength(19);
  });

  it('of a deleted row is stale', async () => {
    const { row, sink, command } = setup();
    row.IsDeleted = true;
    expect(await sink.apply([command(1)])).toMatchObject([{ result: 'stale', code: 'sink.row_missing' }]);
  });

  it('carries a base as soon as the org refuses it for having none', async () => {
    const { org, row, sink, command } = setup();
    org.isGuarded = false;
    await sink.apply([command(1)]);
    org.isGuarded = true;
    const next = command(2, { values: { account_name: 'Newer' }, expected: { account_name: 'New' } });
    expect(await sink.apply([next])).toMatchObject([{ result: 'applied' }]);
    expect(row).toMatchObject({ Name: 'Newer', Sync_Base__c: 8 });
  });
});

describe('a repeated write', () => {
  it('has a stamp of its own, so that the first, coming late, is judged and refused', async () => {
    const { org, row, sink, command } = setup();
    org.faults.push(null, () => unreachable('org', new Error('cut off')));
    expect(await sink.apply([command(1)])).toMatchObject([{ result: 'applied' }]);
    expect(row['Sync_Stamp__c']).toMatch(/^accounts\.0:1\/\w+$/);
    expect(org.calls).toEqual(['POST read rows 1', 'PATCH write rows 1', 'GET queryAll', 'PATCH write rows 1']);
  });

  it('is not sent when the first is found to have happened', async () => {
    const { org, row, sink, command } = setup();
    org.faults.push(null, 'lost_answer');
    expect(await sink.apply([command(1)])).toMatchObject([{ result: 'applied', nativeId: row.Id }]);
    expect(org.calls).toEqual(['POST read rows 1', 'PATCH write rows 1', 'GET queryAll']);
    expect(row['Sync_Rev__c']).toBe(8);
  });
});

it('a delete is compared before it is sent', async () => {
  const { org, row, sink, command } = setup();
  const removal = { operation: 'delete', values: {} } as const;
  expect(await sink.apply([command(1, { ...removal, expected: { account_name: 'Other' } })])).toMatchObject([
    { result: 'stale', staleFields: ['account_name'] },
  ]);
  expect(row.IsDeleted).toBe(false);
  expect(await sink.apply([command(2, removal), command(3, removal)])).toMatchObject([
    { result: 'applied' },
    { result: 'applied' },
  ]);
  expect(org.calls.at(-1)).toBe('DELETE delete rows 2');
});

it('a create that meets a row of that id leaves it alone', async () => {
  const { row, sink, command } = setup();
  const { recordId } = command(1);
  Object.assign(row, { Sync_Id__c: recordId });
  const create = command(1, { operation: 'create', nativeId: null, expected: {} });
  expect(await sink.apply([create])).toMatchObject([{ result: 'stale', code: 'sink.row_exists' }]);
  expect(row['Name']).toBe('Old');
});
