// The source against the emulator's process: real HTTP, real gRPC, real Avro, schemas and bitmaps made by other code.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SourceFact } from '@concord/connector-kit';
import { SalesforceSink } from '../sink/salesforce-sink.ts';
import { EmulatorProcess } from '../testing/emulator.ts';
import { MemoryCheckpoints, MemoryKnown, TellingPublisher } from '../testing/memory-ports.ts';
import { MemoryProgress } from '../testing/memory-progress.ts';
import { accountPlan } from '../testing/plans.ts';
import { createSalesforceSource } from './salesforce-source.ts';

let emulator: EmulatorProcess;
beforeAll(async () => {
  emulator = await EmulatorProcess.start();
});
afterAll(async () => await emulator.stop());

function setup(plans = [accountPlan()]) {
  const checkpoints = new MemoryCheckpoints();
  const known = new MemoryKnown();
  const publisher = new TellingPublisher(known);
  const log: string[] = [];
  const start = () => {
    const stop = new AbortController();
    const source = createSalesforceSource({
      system: 'salesforce',
      client: emulator.client(),
      plans,
      known,
      publisher,
      checkpoints,
      limits: { backoff: { delayMsMin: 5, delayMsMax: 50 } },
      telemetry: {
        opened: () => log.push('opened'),
        interrupted: ({ error }) => log.push(`interrupted ${(error as { code: string }).code}`),
        batchDone: () => undefined,
        reloading: ({ why }) => log.push(`reloading ${why}`),
        reloaded: () => log.push('reloaded'),
        halted: ({ error }) => log.push(`halted ${String(error)}`),
      },
    });
    const done = source.run(stop.signal);
    const end = async (): Promise<void> => {
      stop.abort();
      await done;
    };
    onTestFinished(end);
    return { end };
  };
  return { checkpoints, known, publisher, log, start };
}

const about = (id: string, condition: (fact: SourceFact) => boolean) => (fact: SourceFact) =>
  fact.change.nativeId === id && condition(fact);
const isRead = ({ change }: SourceFact): boolean => change.snapshot;
const isEvent = ({ change }: SourceFact): boolean => !change.snapshot;
const named = (name: string) => (fact: SourceFact) => isEvent(fact) && fact.change.values['account_name'] === name;
const isDeleted = ({ change }: SourceFact): boolean => change.existence === 'deleted';

describe('users of the org', () => {
  it('are heard: what was there before, then every edit in order', async () => {
    const { publisher, start } = setup();
    const before = await emulator.user('POST', 'Account', { Name: 'Before', AnnualRevenue: 12.5, BillingCity: 'Bern' });
    start();
    const read = await publisher.next(about(before.id, isRead));
    expect(read.change).toMatchObject({ position: '', complete: true, echo: null });
    expect(read.change.values).toMatchObject({
      sf_id: before.id,
      account_name: 'Before',
      annual_revenue: '12.5',
      city: 'Bern',
      last_modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    const made = await emulator.user('POST', 'Account', { Name: 'Müller & Söhne' });
    await emulator.user('PATCH', `Account/${made.id}`, { BillingCity: 'Zürich' });
    await emulator.user('PATCH', `Account/${made.id}`, { BillingCity: null, AnnualRevenue: 0.1 });
    await emulator.user('DELETE', `Account/${made.id}`);
    await emulator.user('POST', `Account/${made.id}/undelete`);
    await publisher.next(about(made.id, ({ change }) => change.complete && change.values['annual_revenue'] === '0.1'));
    const story = publisher.facts.filter(about(made.id, isEvent)).map(({ change }) => change);
    expect(story.map(({ existence, complete }) => `${existence}${complete ? ', whole' : ''}`)).toEqual([
      'exists, whole',
      'exists',
      'exists',
      'deleted',
      'exists, whole',
    ]);
    expect(story[0]?.values).toMatchObject({ account_name: 'Müller & Söhne', city: null });
    expect(story[1]?.values).toEqual({ sf_id: made.id, city: 'Zürich', last_modified: expect.any(String) });
    expect(story[2]?.values).toMatchObject({ city: null, annual_revenue: '0.1' });
    expect(story.map(({ position }) => position)).toEqual(story.map(({ position }) => position).sort());
  });

  it('may write long texts, which arrive whole however the org sends them', async () => {
    const { publisher, start } = setup();
    const { id } = await emulator.user('POST', 'Account', { Name: 'Long', Description: 'a'.repeat(1500) });
    start();
    await publisher.next(about(id, isRead));
    const description = `${'a'.repeat(1500)}b`;
    await emulator.user('PATCH', `Account/${id}`, { Description: description });
    const told = await publisher.next(about(id, ({ change }) => change.values['description'] === description));
    expect(told.change.existence).toBe('exists');
  });

  it('of two kinds of accounts are told apart by a filter', async () => {
    const { publisher, start } = setup([
      accountPlan({ entity: 'customers' }, { Type: 'Customer' }),
      accountPlan({ entity: 'suppliers' }, { Type: 'Supplier' }),
    ]);
    const supplier = await emulator.user('POST', 'Account', { Name: 'S', Type: 'Supplier' });
    start();
    expect((await publisher.next(about(supplier.id, isRead))).entity).toBe('suppliers');
    const other = await emulator.user('POST', 'Account', { Name: 'Other' });
    await emulator.user('PATCH', `Account/${other.id}`, { Name: 'Still other' });
    await emulator.user('PATCH', `Account/${other.id}`, { Type: 'Customer' });
    const joined = await publisher.next(about(other.id, isRead));
    expect([joined.entity, joined.change.values['account_name']]).toEqual(['customers', 'Still other']);
  });
});

describe('our own writes', () => {
  it('come back marked, with the id of the record', async () => {
    const { publisher, start } = setup();
    const early = await emulator.user('POST', 'Account', { Name: 'Early' });
    start();
    await publisher.next(about(early.id, isRead));
    const sink = new SalesforceSink({
      system: 'salesforce',
      plans: [accountPlan()],
      rest: emulator.client().rest,
      progress: new MemoryProgress(),
    });
    const recordId = '019a0000-0000-7000-8000-00000000ec40';
    const command = { entity: 'accounts', stream: 'accounts.2', recordId, nativeId: null, expected: {} };
    const [created] = await sink.apply([
      { ...command, sequence: 5, operation: 'create', values: { account_name: 'Ours', annual_revenue: '1234.56' } },
    ]);
    const nativeId = created?.nativeId ?? '';
    const echo = await publisher.next(about(nativeId, isEvent));
    expect(echo).toMatchObject({
      recordId,
      change: { echo: 5, complete: true, values: { annual_revenue: '1234.56' } },
    });
    await sink.apply([
      { ...command, sequence: 6, operation: 'update', nativeId, values: { account_name: 'Ours too' } },
    ]);
    expect((await publisher.next(about(nativeId, named('Ours too')))).change.echo).toBe(6);
    await emulator.user('PATCH', `Account/${nativeId}`, { Name: 'Theirs' });
    expect((await publisher.next(about(nativeId, named('Theirs')))).change.echo).toBeNull();
    await sink.apply([{ ...command, sequence: 7, operation: 'delete', nativeId, values: {} }]);
    await publisher.next(about(nativeId, isDeleted));
  });
});

describe('nothing is lost or doubled', () => {
  it('when the source is stopped and started again', async () => {
    const { checkpoints, publisher, log, start } = setup();
    const { id } = await emulator.user('POST', 'Account', { Name: 'One' });
    const first = start();
    await publisher.next(about(id, isRead));
    await emulator.user('PATCH', `Account/${id}`, { Name: 'Two' });
    await publisher.next(about(id, named('Two')));
    await first.end();
    const { count } = checkpoints.checkpoint;
    await emulator.user('PATCH', `Account/${id}`, { Name: 'Three' });
    start();
    const three = await publisher.next(about(id, named('Three')));
    expect(BigInt(`0x${three.change.position.slice(8)}`)).toBe(count + 1n);
    expect(publisher.facts.filter(about(id, named('Two')))).toHaveLength(1);
    expect(log.filter((line) => line === 'reloaded')).toHaveLength(1);
  });

  it('when streams are cut and sessions end', async () => {
    const { publisher, log, start } = setup();
    const { id } = await emulator.user('POST', 'Account', { Name: 'Cut' });
    start();
    await publisher.next(about(id, isRead));
    await emulator.user('PATCH', `Account/${id}`, { Name: 'Cut 0' });
    await publisher.next(about(id, named('Cut 0')));
    for (let n = 1; n <= 5; n += 1) {
      if (n % 2 === 0) await emulator.order({ kind: 'expire-tokens' });
      await emulator.order({ kind: 'drop-streams' });
      await emulator.user('PATCH', `Account/${id}`, { Name: `Cut ${n}` });
      await publisher.next(about(id, named(`Cut ${n}`)));
    }
    const names = publisher.facts.filter(about(id, isEvent)).map(({ change }) => change.values['account_name']);
    expect(names).toEqual(['Cut 0', 'Cut 1', 'Cut 2', 'Cut 3', 'Cut 4', 'Cut 5']);
    expect(log).toContain('interrupted salesforce.session_refused');
  });

  it('when events only say that something changed', async () => {
    const { publisher, start } = setup();
    const { id } = await emulator.user('POST', 'Account', { Name: 'Gap' });
    start();
    await publisher.next(about(id, isRead));
    const seen = publisher.facts.length;
    await emulator.gap('GAP_UPDATE', [id]);
    expect((await publisher.next(about(id, isRead), seen)).change.values['account_name']).toBe('Gap');
  });

  it('when there were too many changes for events: records that have gone are found', async () => {
    const { publisher, start } = setup();
    const kept = await emulator.user('POST', 'Account', { Name: 'Kept' });
    const gone = await emulator.user('POST', 'Account', { Name: 'Gone' });
    start();
    await publisher.next(about(gone.id, isRead));
    const seen = publisher.facts.length;
    await emulator.purge(gone.id);
    await emulator.gap('GAP_OVERFLOW');
    await publisher.next(about(gone.id, isDeleted), seen);
    expect(publisher.facts.slice(seen).some(about(kept.id, isRead))).toBe(true);
  });

  it('when the stored position has expired', async () => {
    const { checkpoints, publisher, log, start } = setup();
    const { id } = await emulator.user('POST', 'Account', { Name: 'Old' });
    const first = start();
    await publisher.next(about(id, isRead));
    await emulator.user('PATCH', `Account/${id}`, { Name: 'Older' });
    await publisher.next(about(id, named('Older')));
    await first.end();
    await emulator.user('PATCH', `Account/${id}`, { Name: 'Missed' });
    await emulator.order({ kind: 'expire-events' });
    const { generation } = checkpoints.checkpoint;
    start();
    await publisher.next(about(id, (fact) => isRead(fact) && fact.change.values['account_name'] === 'Missed'));
    expect(log).toContain('interrupted salesforce.replay_expired');
    expect(checkpoints.checkpoint.generation).toBe(generation + 1n);
  });

  it('when a field is added while the stream is open', async () => {
    const { publisher, start } = setup();
    const { id } = await emulator.user('POST', 'Account', { Name: 'Shift' });
    start();
    await publisher.next(about(id, isRead));
    await emulator.define({ fields: { Account: [{ name: 'Aaa__c', type: 'string', length: 10 }] } });
    await emulator.user('PATCH', `Account/${id}`, { Name: 'Shifted', Aaa__c: 'x' });
    const fact = await publisher.next(about(id, named('Shifted')));
    expect(Object.keys(fact.change.values).toSorted()).toEqual(['account_name', 'last_modified', 'sf_id']);
  });
});
