/**
 * Goal: status of the store, conflicts and the story of a record as people see them. Method: the core decides a small
 * story, its results are committed to a real store, and the commands read them from there.
 */
import { openTestDatabase, type TestDatabase } from '@concord/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeState, initialState, step, type EntityRules, type SourceChange } from '@concord/core';
import { createStore, type Store } from '@concord/store';
import { AbsentError } from '../output/failure.ts';
import { Output } from '../output/output.ts';
import { conflicts } from './conflicts.ts';
import { resolveConflict } from './resolve.ts';
import { Context } from './context.ts';
import { trace } from './trace.ts';

const SERVER = process.env['CONCORD_TEST_PG_URL'];
if (SERVER === undefined) console.warn('story.pg.test.ts is skipped: CONCORD_TEST_PG_URL names no Postgres');

const AT = Date.UTC(2026, 10, 21, 9, 30, 5);
const both = { type: { kind: 'string' }, read: true, write: true, targetEdit: 'overwritten' } as const;
const rules: EntityRules = {
  entity: 'accounts',
  fields: { name: { type: { kind: 'string' }, policy: { kind: 'last_write_wins' } } },
  systems: {
    postgres: { fields: { name: both }, readExistence: true, writeExistence: true },
    salesforce: { fields: { name: both }, readExistence: true, writeExistence: true },
  },
  deletePolicy: 'delete_wins',
};

function change(system: string, position: string, name: string, at: number): SourceChange {
  const nativeId = system === 'postgres' ? '7' : '001A';
  const rest = { existence: 'exists', complete: true, snapshot: false, echo: null, transaction: position } as const;
  return { kind: 'change', system, position, at, nativeId, values: { name }, ...rest };
}

class Captured {
  text = '';
  write(text: string): void {
    this.text += text;
  }
}

describe.runIf(SERVER !== undefined)('what is told of a record', () => {
  let database: TestDatabase;
  const environment = () => ({
    CONCORD_CONFIG: 'config',
    CONCORD_STORE_URL: database.url,
    CONCORD_KAFKA_BROKERS: 'localhost:9092',
    CONCORD_REGISTRY_URL: 'http://localhost:8081',
  });
  let store: Store;
  let recordId: string;

  beforeAll(async () => {
    database = await openTestDatabase(SERVER as string);
    store = createStore({ url: database.url });
    await store.migrate();
    const link = [{ system: 'salesforce', nativeId: '001A' }];
    const request = { system: 'postgres', nativeId: '7', entity: 'accounts', recordId: null, links: link };
    [recordId = ''] = await store.identities.resolve([request]);
    await commitStory();
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  /** Both sides create the record without knowing of each other. */
  async function commitStory(): Promise<void> {
    const inputs = [change('postgres', '1', 'Alfreds', AT), change('salesforce', '1', 'Alfreds Inc.', AT + 1000)];
    const { state, decisions } = step(initialState(), inputs, rules, 1);
    const unit = store.resolverUnit('resolver');
    const [claimed] = await unit.claim([0]);
    const conflict = decisions.find(({ type }) => type === 'conflict_resolved');
    if (conflict?.type !== 'conflict_resolved') throw new Error('the two creations should be a conflict');
    const { field, kind, policy, incoming, canonical, winner, canonicalVersion, baseVersion } = conflict;
    await unit.commit({
      partitions: [
        { partition: 0, epoch: claimed?.epoch ?? 0n, lastSequence: 1, offsets: {}, outbox: Buffer.alloc(0) },
      ],
      states: [{ recordId, entity: 'accounts', state: encodeState(state) }],
      audit: [{ recordId, entity: 'accounts', version: state.version, decisions: JSON.stringify(decisions), at: AT }],
      conflicts: [
        {
          ...{ recordId, entity: 'accounts', field, kind, policy, winner, canonicalVersion },
          baseVersion: baseVersion ?? 0,
          incomingSystem: incoming.system,
          incomingValue: JSON.stringify(incoming.value),
          incomingAt: incoming.at,
          canonicalSystem: canonical.system,
          canonicalValue: JSON.stringify(canonical.value),
          canonicalAt: canonical.at,
        },
      ],
      quarantined: [],
      released: [],
      reviews: [],
      endedReviews: [],
    });
  }

  function contextWith(json: boolean): { context: Context; said: Captured } {
    const said = new Captured();
    const output = new Output({ json, color: false, debug: false, stdout: said, stderr: new Captured() });
    return { context: new Context(output, environment()), said };
  }

  test('trace tells the story, the conflict and the copies, from the id of any system', async () => {
    const { context, said } = contextWith(false);
    expect(await trace(context, 'accounts', '001A')).toBe(0);
    const text = said.text.replaceAll(recordId, '<record>').replaceAll(/\d{4}-\d\d-\d\d \S+ UTC +<?/g, '<time> ');
    expect(text).toContain('A user of postgres created the record');
    expect(text).toContain('Conflict on name: a user of salesforce wrote "Alfreds Inc."');
    expect(text).toContain('salesforce won by last_write_wins');
    expect(text).toMatch(/name +"Alfreds Inc\." +\d+ +salesforce/);
  });

  test('trace says what there is when the record is unknown', async () => {
    const { context } = contextWith(false);
    await expect(trace(context, 'accounts', '999')).rejects.toThrow(AbsentError);
  });

  test('what waits for a person is shown side by side, and what cannot be chosen is refused', async () => {
    const unit = store.resolverUnit('reviewed');
    const [claimed] = await unit.claim([0]);
    const review = {
      ...{ recordId, field: 'name', entity: 'accounts', kind: 'update_update', revision: 3, sinceVersion: 1 },
      candidates: { salesforce: { value: 'Alfreds Inc.', at: AT, baseVersion: 1 } },
      ...{ canonicalSystem: 'postgres', canonicalValue: '"Alfreds"', canonicalAt: AT },
    };
    const nothing = { states: [], conflicts: [], audit: [], quarantined: [], released: [], endedReviews: [] };
    const epoch = claimed?.epoch ?? 0n;
    const partitions = [{ partition: 0, epoch, lastSequence: 0, offsets: {}, outbox: Buffer.alloc(0) }];
    await unit.commit({ ...nothing, partitions, reviews: [review] });
    const { context, said } = contextWith(false);
    expect(await conflicts(context, { limit: 10, before: undefined })).toBe(0);
    expect(said.text).toMatch(/review +since +record +field +kind +postgres +salesforce +until then/);
    expect(said.text).toMatch(/"Alfreds" \(.*\) +"Alfreds Inc\." \(/);
    const [open] = await store.reports.reviews(1);
    const answer = (choose?: string, value?: string) =>
      resolveConflict(context, open?.id ?? '', { choose, value, as: 'grace' });
    await expect(answer()).rejects.toThrow('it is not said what is to be chosen');
    await expect(answer('salesforce', '1')).rejects.toThrow('it is not said what is to be chosen');
    await expect(answer('netsuite')).rejects.toThrow('netsuite has no value to choose here');
    await expect(answer(undefined, 'unquoted')).rejects.toThrow('--value unquoted is no value');
    await expect(
      resolveConflict(context, '12x', { choose: 'postgres', value: undefined, as: undefined }),
    ).rejects.toThrow(AbsentError);
  });

  test('conflicts are data with --json', async () => {
    const { context, said } = contextWith(true);
    expect(await conflicts(context, { limit: 10, before: undefined })).toBe(0);
    expect(JSON.parse(said.text)).toMatchObject({
      conflicts: [{ record_id: recordId, field: 'name', incoming_value: 'Alfreds Inc.', canonical_value: 'Alfreds' }],
    });
  });
});
