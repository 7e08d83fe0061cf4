import { describe, expect, it } from 'vitest';
import type { TargetCommand } from '@concord/connector-kit';
import { apiErrorOf, unreachable } from '../errors.ts';
import { SalesforceRest } from '../rest/rest-client.ts';
import { FakeOrg } from '../testing/fake-org.ts';
import { MemoryProgress } from '../testing/memory-progress.ts';
import { accountPlan } from '../testing/plans.ts';
import { FakeTiming } from '../testing/timing.ts';
import { SalesforceSink } from './salesforce-sink.ts';

function setup() {
  const org = new FakeOrg();
  const progress = new MemoryProgress();
  const timing = new FakeTiming();
  const plans = [accountPlan({}, { Type: 'Customer' })];
  const rest = new SalesforceRest(org);
  const start = () => new SalesforceSink({ system: 'salesforce', plans, rest, progress, timing });
  return { org, progress, timing, sink: start(), start };
}

const recordId = (n: number) => `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`;

function command(sequence: number, told: Partial<TargetCommand>): TargetCommand {
  return {
    entity: 'accounts',
    stream: 'accounts.0',
    recordId: recordId(sequence),
    sequence,
    operation: 'create',
    nativeId: null,
    values: {},
    expected: {},
    ...told,
  };
}
const create = (sequence: number, name: string) => command(sequence, { values: { account_name: name, city: null } });
const results = (outcomes: readonly { result: string }[]) => outcomes.map(({ result }) => result);

describe('writing', () => {
  it('creates with id, stamp, filter and mapped fields, and tells the new id', async () => {
    const { org, sink } = setup();
    const outcomes = await sink.apply([create(1, 'Acme')]);
    const [row] = [...org.rows.values()];
    expect(row).toMatchObject({
      Name: 'Acme',
      Type: 'Customer',
      Sync_Id__c: recordId(1),
      Sync_Stamp__c: 'accounts.0:1',
    });
    expect(row).not.toHaveProperty('BillingCity');
    expect(outcomes).toEqual([
      {
        entity: 'accounts',
        recordId: recordId(1),
        sequence: 1,
        result: 'applied',
        nativeId: row?.Id,
        staleFields: [],
        code: null,
        reason: null,
      },
    ]);
  });

  it('updates by id, nulls included, and never writes what is not ours to write', async () => {
    const { org, sink } = setup();
    const row = org.add({ Name: 'Old', BillingCity: 'Bern' });
    const values = { account_name: 'New', city: null, last_modified: '2026-01-01T00:00:00Z', sf_id: 'x' };
    const outcomes = await sink.apply([command(1, { operation: 'update', nativeId: row.Id, values })]);
    expect(results(outcomes)).toEqual(['applied']);
    expect(org.rows.get(row.Id)).toMatchObject({ Name: 'New', BillingCity: null, Sync_Stamp__c: 'accounts.0:1' });
    expect(org.rows.get(row.Id)).not.toHaveProperty('LastModifiedDate');
  });

  it('groups by operation, at most 200 rows a call, and answers in the order of the batch', async () => {
    const { org, sink } = setup();
    const row = org.add({});
    const creates = Array.from({ length: 250 }, (_, index) => create(index + 2, `Account ${index}`));
    const outcomes = await sink.apply([command(1, { operation: 'delete', nativeId: row.Id }), ...creates]);
    expect(org.calls).toEqual(['DELETE delete rows 1', 'PATCH write rows 200', 'PATCH write rows 50']);
    expect(outcomes.map(({ sequence }) => sequence)).toEqual([1, ...creates.map(({ sequence }) => sequence)]);
  });

  it('finds the id of a record that the command knows only by its own', async () => {
    const { org, sink } = setup();
    const row = org.add({ Sync_Id__c: recordId(1), Name: 'Old' });
    const outcomes = await sink.apply([
      command(1, { operation: 'update', values: { account_name: 'New' } }),
      command(2, { operation: 'delete' }),
    ]);
    expect(results(outcomes)).toEqual(['applied', 'applied']);
    expect(row['Name']).toBe('New');
  });
});

describe('refusals', () => {
  it.each([
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'sink.constraint'],
    ['INVALID_FIELD_FOR_INSERT_UPDATE', 'sink.rejected'],
    ['INVALID_CROSS_REFERENCE_KEY', 'sink.reference_missing'],
  ])('%s rejects that row alone', async (apiCode, code) => {
    const { org, sink } = setup();
    org.rowErrors.set('Bad', [apiCode]);
    const outcomes = await sink.apply([create(1, 'Bad'), create(2, 'Good')]);
    expect(outcomes[0]).toMatchObject({ result: 'rejected', code, reason: `${apiCode}: because of ${apiCode}` });
    expect(outcomes[1]?.result).toBe('applied');
  });

  it('a locked row is sent again, a bounded number of times', async () => {
    const { org, sink, timing } = setup();
    org.rowErrors.set('Busy', ['UNABLE_TO_LOCK_ROW', 'UNABLE_TO_LOCK_ROW']);
    org.rowErrors.set(
      'Stuck',
      Array.from({ length: 99 }, () => 'UNABLE_TO_LOCK_ROW'),
    );
    const outcomes = await sink.apply([create(1, 'Busy'), create(2, 'Stuck')]);
    expect(outcomes.map(({ result, code }) => [result, code])).toEqual([
      ['applied', null],
      ['rejected', 'sink.rejected'],
    ]);
    expect(timing.sleeps).toEqual([250, 500, 1000, 2000]);
  });

  it('of a deleted record: an update is stale, a delete has nothing left to do', async () => {
    const { org, sink } = setup();
    const gone = org.add({ IsDeleted: true });
    const outcomes = await sink.apply([
      command(1, { operation: 'update', nativeId: gone.Id, values: { account_name: 'A' } }),
      command(2, { operation: 'delete', nativeId: gone.Id }),
      command(3, { operation: 'delete', nativeId: '001000000000999AAA' }),
    ]);
    expect(results(outcomes)).toEqual(['stale', 'applied', 'applied']);
  });

  it('of a whole call isolate the row that spoils it', async () => {
    const { org, sink } = setup();
    const malformed = () => apiErrorOf('write rows', 400, [{ errorCode: 'JSON_PARSER_ERROR', message: 'at line 1' }]);
    org.faults.push(malformed, null, malformed, null, malformed);
    const outcomes = await sink.apply([1, 2, 3, 4].map((n) => create(n, `Account ${n}`)));
    expect(results(outcomes)).toEqual(['applied', 'applied', 'applied', 'rejected']);
  });

  it('of the set-up stop the target', async () => {
    const { org, sink } = setup();
    org.faults.push(() => apiErrorOf('write rows', 400, [{ errorCode: 'INVALID_FIELD', message: 'No such column' }]));
    await expect(sink.apply([create(1, 'A')])).rejects.toMatchObject({ reaction: 'halt', apiCode: 'INVALID_FIELD' });
  });

  it('an entity without a plan is rejected', async () => {
    const { sink } = setup();
    expect(await sink.apply([command(1, { entity: 'orders' })])).toMatchObject([{ code: 'contract.unknown_entity' }]);
  });
});

describe('each effect once', () => {
  it('a redelivered batch gets its remembered outcomes and makes no call', async () => {
    const { org, sink, start } = setup();
    const batch = [create(1, 'A'), create(2, 'B')];
    const first = await sink.apply(batch);
    org.calls.length = 0;
    expect(await start().apply(batch)).toEqual(first);
    expect(org.calls).toEqual([]);
  });

  it('an older command has no outcome any more', async () => {
    const { sink } = setup();
    await sink.apply([create(1, 'A')]);
    await sink.apply([create(2, 'B')]);
    expect(await sink.apply([create(1, 'A')])).toEqual([]);
  });

  it('a lost answer is followed by a look-up, not by a second create', async () => {
    const { org, sink } = setup();
    org.faults.push('lost_answer');
    const outcomes = await sink.apply([create(1, 'A'), create(2, 'B')]);
    expect(results(outcomes)).toEqual(['applied', 'applied']);
    expect(org.rows.size).toBe(2);
    expect(org.calls).toEqual(['PATCH write rows 2', 'GET queryAll']);
  });

  it('what was sent before a crash is looked up, deleted rows included', async () => {
    const { org, progress, sink, start } = setup();
    progress.beforeFinish = () => {
      throw new Error('killed');
    };
    const kept = org.add({ Name: 'Old' });
    const removed = org.add({ Name: 'Removed' });
    const batch = [
      create(1, 'Created'),
      command(2, { operation: 'update', nativeId: kept.Id, values: { account_name: 'New' } }),
      command(3, { operation: 'delete', nativeId: removed.Id }),
    ];
    await expect(sink.apply(batch)).rejects.toThrow('killed');
    const created = [...org.rows.values()].find(({ Name }) => Name === 'Created')!;
    created.IsDeleted = true;
    kept['Name'] = 'edited by a user';
    progress.beforeFinish = () => undefined;
    org.calls.length = 0;
    const outcomes = await start().apply(batch);
    expect(outcomes.map(({ result, nativeId }) => [result, nativeId])).toEqual([
      ['applied', created.Id],
      ['applied', kept.Id],
      ['applied', removed.Id],
    ]);
    expect(org.calls).toEqual(['GET queryAll', 'GET queryAll']);
    expect([org.rows.size, kept['Name']]).toEqual([3, 'edited by a user']);
  });

  it('what was intended but never sent is sent', async () => {
    const { org, sink, start } = setup();
    org.faults.push(...Array.from({ length: 9 }, () => () => unreachable('org', new Error('refused'))));
    await expect(sink.apply([create(1, 'A')])).rejects.toMatchObject({
      code: 'salesforce.unreachable',
      reaction: 'retry',
    });
    org.faults.length = 0;
    expect(results(await start().apply([create(1, 'A')]))).toEqual(['applied']);
    expect(org.rows.size).toBe(1);
  });

  it('a shorter batch after a crash leaves the rest in doubt', async () => {
    const { org, progress, sink, start } = setup();
    progress.beforeFinish = () => {
      throw new Error('killed');
    };
    await expect(sink.apply([create(1, 'A'), create(2, 'B')])).rejects.toThrow('killed');
    progress.beforeFinish = () => undefined;
    expect(results(await start().apply([create(1, 'A')]))).toEqual(['applied']);
    expect(results(await start().apply([create(2, 'B'), create(3, 'C')]))).toEqual(['applied', 'applied']);
    expect(org.rows.size).toBe(3);
  });

  it('a used-up API limit is not waited for here', async () => {
    const { org, sink, timing } = setup();
    org.faults.push(() => apiErrorOf('write rows', 403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'daily' }]));
    await expect(sink.apply([create(1, 'A')])).rejects.toMatchObject({ reaction: 'retry' });
    expect(timing.sleeps).toEqual([]);
  });
});
