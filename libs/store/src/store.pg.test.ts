/**
 * Goal: the store keeps its promises on a real Postgres: identities are unique, a commit is whole or nothing, a former owner
 * is refused. Method: each test has a database of its own.
 */
import { randomUUIDv7 } from 'node:crypto';
import { openTestDatabase, type TestDatabase } from '@concord/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStore, type ResolverCommit, type Store } from './index.ts';

const SERVER = process.env['CONCORD_TEST_PG_URL'];
if (SERVER === undefined) console.warn('store.pg.test.ts is skipped: CONCORD_TEST_PG_URL names no Postgres');

describe.runIf(SERVER !== undefined)('the store', () => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await openTestDatabase(SERVER as string);
    store = createStore({ url: database.url });
    await Promise.all([store.migrate(), store.migrate()]);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const request = (system: string, nativeId: string, links: { system: string; nativeId: string }[] = []) => ({
    system,
    nativeId,
    entity: 'accounts',
    recordId: null,
    links,
  });

  test('gives a native id one record id, whoever asks and how often', async () => {
    const other = createStore({ url: database.url });
    const [mine, theirs] = await Promise.all([
      store.identities.resolve([request('postgres', '1'), request('postgres', '1')]),
      other.identities.resolve([request('postgres', '1')]),
    ]);
    expect(new Set([...mine, ...theirs]).size).toBe(1);
    await other.close();
  });

  test('links a copy to the record that its link field names, in either order', async () => {
    const [first] = await store.identities.resolve([request('salesforce', '001A')]);
    const [second] = await store.identities.resolve([
      request('postgres', '7', [{ system: 'salesforce', nativeId: '001A' }]),
    ]);
    expect(second).toBe(first);
    const [third] = await store.identities.resolve([
      request('postgres', '8', [{ system: 'salesforce', nativeId: '001B' }]),
    ]);
    expect(await store.identities.resolve([request('salesforce', '001B')])).toEqual([third]);
  });

  test('links a copy to the record whose id it carries', async () => {
    const recordId = randomUUIDv7();
    expect(await store.identities.resolve([{ ...request('salesforce', '001C'), recordId }])).toEqual([recordId]);
    expect(await store.identities.ofRecord(recordId)).toEqual([{ system: 'salesforce', nativeId: '001C' }]);
  });

  test('lists known native ids in byte order', async () => {
    await store.identities.resolve(['B', 'a', 'C'].map((nativeId) => request('listed', nativeId)));
    const range = { system: 'listed', entity: 'accounts', after: '', upTo: null, limit: 2 };
    expect(await store.identities.nativeIdsBetween(range)).toEqual(['B', 'C']);
    expect(await store.identities.nativeIdsBetween({ ...range, after: 'B', upTo: 'Z' })).toEqual(['C']);
  });

  test('two ingesters that meet a linked pair at the same moment agree', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `race-${index}`);
    const other = createStore({ url: database.url });
    const [rows, accounts] = await Promise.all([
      store.identities.resolve(ids.map((id) => request('postgres', id, [{ system: 'salesforce', nativeId: id }]))),
      other.identities.resolve(ids.map((id) => request('salesforce', id))),
    ]);
    expect(rows).toEqual(accounts);
    await other.close();
  });

  test('a commit takes effect as a whole and is what the next owner gets', async () => {
    const unit = store.resolverUnit('whole');
    const [claimed] = await unit.claim([0, 1]);
    expect(claimed).toMatchObject({ partition: 0, epoch: 1n, lastSequence: 0, offsets: {} });
    const recordId = randomUUIDv7();
    await unit.commit(
      commitOf(recordId, [
        {
          partition: 0,
          epoch: 1n,
          lastSequence: 5,
          offsets: { 'changes.accounts': 12n },
          outbox: Buffer.from('first'),
        },
        { partition: 1, epoch: 1n, lastSequence: 9, offsets: {}, outbox: Buffer.from('second!') },
      ]),
    );
    const again = await unit.claim([0, 1]);
    expect(again.map((p) => [p.epoch, p.lastSequence, p.outbox.toString(), p.offsets])).toEqual([
      [2n, 5, 'first', { 'changes.accounts': 12n }],
      [2n, 9, 'second!', {}],
    ]);
    expect((await unit.load([recordId])).get(recordId)).toBe('state 🌍 "quoted"');
    expect(await store.reports.conflictsOf(recordId)).toMatchObject([
      { incoming_value: 'naïve', canonical_value: null, winner: 'incoming' },
    ]);
    expect(await store.reports.auditOf(recordId)).toMatchObject([
      { version: 3, decisions: [{ type: 'fast_forwarded' }], at: new Date(1) },
    ]);
    const all: unknown[] = [];
    for await (const entries of store.reports.audit()) all.push(...entries);
    expect(all).toContainEqual(expect.objectContaining({ recordId, entity: 'accounts' }));
    for await (const entries of store.reports.audit(new Date(Date.now() + 3_600_000))) expect(entries).toEqual([]);
    expect(await store.reports.quarantine(10)).toMatchObject([{ code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' }]);
  });

  test('a review is open until it ends, and its conflict says how it ended', async () => {
    const unit = store.resolverUnit('reviews');
    const [claimed] = await unit.claim([0]);
    const partitions = [
      { partition: 0, epoch: claimed?.epoch ?? 0n, lastSequence: 0, offsets: {}, outbox: Buffer.alloc(0) },
    ];
    const recordId = randomUUIDv7();
    const whole = commitOf(recordId, partitions);
    const nothing = { partitions, states: [], conflicts: [], audit: [], quarantined: [], released: [] };
    const review = {
      ...{ recordId, field: 'name', entity: 'accounts', kind: 'update_update', revision: 1, sinceVersion: 2 },
      candidates: { postgres: { value: 'naïve', at: 1, baseVersion: 1 } },
      ...{ canonicalSystem: 'salesforce', canonicalValue: 'null', canonicalAt: 2 },
    };
    const conflicts = whole.conflicts.map((conflict) => ({ ...conflict, winner: 'open' as const }));
    await unit.commit({ ...whole, conflicts, reviews: [review], endedReviews: [] });
    const open = (await store.reports.reviews(10)).find((one) => one.record_id === recordId);
    if (open === undefined) throw new Error('the review is not listed');
    expect(open).toMatchObject({ field: 'name', revision: '1', candidates: { postgres: { value: 'naïve' } } });
    expect(await store.reports.reviewEnd(open)).toBeNull();

    await unit.commit({ ...nothing, reviews: [{ ...review, revision: 2 }], endedReviews: [] });
    expect(await store.reports.review(BigInt(open.id))).toMatchObject({ revision: '2', opened_at: open.opened_at });
    expect((await store.reports.counts()).reviews).toBe(1);
    expect(await store.reports.openReviews()).toBe(1);

    const end = {
      ...({ recordId, field: 'name', sinceVersion: 2, winner: 'person', isReopened: false } as const),
      ...{ decidedBy: 'grace', decidedValue: '"mine"', decidedAt: 5 },
    } as const;
    await unit.commit({ ...nothing, reviews: [], endedReviews: [end] });
    expect(await store.reports.review(BigInt(open.id))).toBeNull();
    expect(await store.reports.reviewEnd(open)).toEqual({
      winner: 'person',
      decided_by: 'grace',
      decided_value: 'mine',
    });
    const late = { ...nothing, partitions: partitions.map((one) => ({ ...one, epoch: 99n })) };
    const fenced = unit.commit({ ...late, reviews: [review], endedReviews: [] });
    await expect(fenced).rejects.toMatchObject({ code: 'store.fenced' });
    expect((await store.reports.counts()).reviews).toBe(0);
  });

  test('a former owner changes nothing, not even in a partition that is still its own', async () => {
    const unit = store.resolverUnit('fence');
    await unit.claim([0, 1]);
    await unit.claim([1]);
    const recordId = randomUUIDv7();
    const late = commitOf(
      recordId,
      [0, 1].map((partition) => ({ partition, epoch: 1n, lastSequence: 3, offsets: {}, outbox: Buffer.from('late') })),
    );
    await expect(unit.commit(late)).rejects.toMatchObject({ code: 'store.fenced' });
    await expect(unit.commit({ ...late, states: [], audit: [], conflicts: [], quarantined: [] })).rejects.toMatchObject(
      { code: 'store.fenced' },
    );
    expect((await unit.load([recordId])).size).toBe(0);
    expect((await unit.claim([0])).map((p) => p.lastSequence)).toEqual([0]);
  });

  test('a source has one reader', async () => {
    const first = await store.checkpoints.lease('salesforce/Account');
    const second = await store.checkpoints.lease('salesforce/Account');
    const checkpoint = { replayId: Buffer.from([0, 1]), count: 7n, generation: 1n, snapshotDone: true };
    await store.checkpoints.save(second, checkpoint);
    await expect(store.checkpoints.save(first, checkpoint)).rejects.toMatchObject({ code: 'store.fenced' });
    expect((await store.checkpoints.lease('salesforce/Account')).checkpoint).toEqual(checkpoint);
  });

  test('a stream of a sink has one writer', async () => {
    const progress = store.sinkProgress('salesforce');
    const at = (intended: number, done: number) => [{ stream: 'accounts.0', intended, done, outcomes: [] }];
    await progress.intend(at(5, 0), []);
    await expect(progress.intend(at(6, 0), [])).rejects.toMatchObject({ code: 'sink.fenced' });
    await progress.finish(at(5, 5));
    await progress.intend(at(9, 5), at(5, 5));
    await expect(progress.finish(at(5, 5))).rejects.toMatchObject({ code: 'sink.fenced' });
    expect(await progress.load(['accounts.0'])).toEqual([{ stream: 'accounts.0', intended: 9, done: 5, outcomes: [] }]);
  });

  test('says where it is and what is wrong, without the password', async () => {
    const wrong = new URL(database.url);
    wrong.password = 'not-the-password';
    const refused = createStore({ url: wrong.href });
    const error: Error & { code?: string } = (await refused
      .ping()
      .catch((caught: unknown) => caught as Error)) as Error;
    expect(error).toMatchObject({ code: 'store.auth' });
    expect(error.message).toContain(wrong.hostname);
    expect(error.message).not.toContain('not-the-password');
    await refused.close();
    await expect(createStore({ url: 'postgres://u:p@127.0.0.1:1/x' }).ping()).rejects.toMatchObject({
      code: 'store.unreachable',
      reaction: 'retry',
    });
  });
});

function commitOf(recordId: string, partitions: ResolverCommit['partitions']): ResolverCommit {
  return {
    partitions,
    states: [{ recordId, entity: 'accounts', state: 'state 🌍 "quoted"' }],
    conflicts: [
      {
        recordId,
        entity: 'accounts',
        field: 'name',
        kind: 'update_update',
        policy: 'last_write_wins',
        baseVersion: 1,
        canonicalVersion: 2,
        incomingSystem: 'postgres',
        incomingValue: '"naïve"',
        incomingAt: 1,
        canonicalSystem: 'salesforce',
        canonicalValue: 'null',
        canonicalAt: 2,
        winner: 'incoming',
      },
    ],
    audit: [{ recordId, entity: 'accounts', version: 3, decisions: '[{"type":"fast_forwarded"}]', at: 1 }],
    released: [],
    reviews: [],
    endedReviews: [],
    quarantined: [
      {
        recordId,
        system: 'salesforce',
        entity: 'accounts',
        sequence: 4,
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        reason: 'no',
      },
    ],
  };
}
