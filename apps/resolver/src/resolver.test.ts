/**
 * The resolver between Kafka and the store: what is committed with which offsets, what is looked up, what is forgotten. The
 * store is a list of commits, messages carry the core's inputs as they are.
 */
import type { ChangeMessage, Codec, Codecs, OutcomeMessage, ResolutionMessage } from '@concord/contracts';
import type { CommandOutcome, EntityRules, Input } from '@concord/core';
import type { DeadLetters, KafkaMessage } from '@concord/kafka';
import type { ResolverCommit, ResolverUnit } from '@concord/store';
import { change, entityRules, outcome } from '@concord/testing';
import { expect, test } from 'vitest';
import { Resolver } from './resolver.ts';

const ID = '01a1fd78-1bb3-7023-85e6-4e5a13c58b38';
const OTHER_ID = '01a1fd78-1bb3-7023-85e6-4e5a13c58b39';
const CHANGES = 'changes.things';
const TOPICS = { change: CHANGES, outcome: 'outcomes', resolution: 'resolutions' } as const;

function setup(rules: EntityRules = entityRules()) {
  const sent: { told: Input; recordId: string }[] = [];
  const commits: ResolverCommit[] = [];
  const loads: (readonly string[])[] = [];
  const world = { now: 0, failsNext: false };
  const states = new Map<string, string>();
  const unit: Pick<ResolverUnit, 'claim' | 'load' | 'commit'> = {
    claim: async (partitions) =>
      partitions.map((partition) => ({ partition, epoch: 1n, lastSequence: 0, offsets: {}, outbox: Buffer.of() })),
    load: async (recordIds) => {
      loads.push(recordIds);
      return new Map([...states].filter(([recordId]) => recordIds.includes(recordId)));
    },
    commit: async (commit) => {
      if (world.failsNext) throw new Error('connection lost');
      commits.push(commit);
      for (const { recordId, state } of commit.states) states.set(recordId, state);
    },
  };
  const inputs = { prepare: async () => undefined, encode: () => Buffer.of() };
  const decoded = (value: Buffer) => sent[Number(value.toString())];
  const outcomes = {
    ...inputs,
    topic: 'outcomes',
    decode: (value: Buffer) => {
      const { told, recordId } = decoded(value) as { told: CommandOutcome; recordId: string };
      return { entity: 'things', system: told.system, at: 0, outcomes: [{ ...told, recordId }] };
    },
  } as unknown as Codec<OutcomeMessage>;
  const changes = {
    ...inputs,
    topic: CHANGES,
    decode: (value: Buffer) => ({ change: decoded(value)?.told, before: null }),
  } as unknown as Codec<ChangeMessage>;
  const resolutions = {
    ...inputs,
    topic: 'resolutions',
    decode: (value: Buffer) => ({ ...decoded(value)?.told, entity: 'things', recordId: decoded(value)?.recordId }),
  } as unknown as Codec<ResolutionMessage>;
  const encoder = { ...inputs, topic: 'out' };
  const resolver = new Resolver({
    unit: unit as ResolverUnit,
    rules: new Map([['things', rules]]),
    changes: new Map([[CHANGES, { entity: 'things', codec: changes }]]),
    outcomes,
    resolutions,
    codecs: {
      audit: encoder,
      conflicts: encoder,
      records: () => encoder,
      commands: () => encoder,
    } as unknown as Codecs,
    deadLetters: { add: () => undefined, flush: async () => undefined } as unknown as DeadLetters,
    producer: { send: async () => undefined } as never,
    now: () => world.now,
    onResolved: () => undefined,
  });
  const handleOf = async (key: string, ...told: Input[]) => {
    const messages = told.map((input): KafkaMessage => ({
      topic: TOPICS[input.kind],
      partition: 3,
      offset: BigInt(sent.push({ told: input, recordId: key }) - 1),
      key,
      value: Buffer.from(String(sent.length - 1)),
      headers: {},
      timestampMs: 0,
    }));
    await resolver.handle({ messages, generation: 1 });
  };
  const handle = (...told: Input[]) => handleOf(ID, ...told);
  const offsets = () => commits.at(-1)?.partitions.map((one) => [one.partition, one.offsets]);
  return { resolver, handle, handleOf, commits, loads, world, offsets };
}

const created = () => change('P', 1, { a: '1' }, { complete: true });

async function assigned(parts: ReturnType<typeof setup>) {
  await parts.resolver.assigned([{ topic: CHANGES, partition: 3 }]);
  return parts;
}

test('I8 an outcome that only confirms is committed with the echo, and read again until then', async () => {
  const { handle, commits, offsets } = await assigned(setup());
  await handle(created());
  await handle(outcome('S', 1, { nativeId: 'S-1' }));
  expect(commits).toHaveLength(1);
  await handle(change('S', 1, { a: '1' }, { echo: 1, complete: true }));
  expect(offsets()).toEqual([[3, { [CHANGES]: 3n, outcomes: 2n }]]);
});

test('I8 what is held of another record keeps the offset back', async () => {
  const { handle, handleOf, offsets } = await assigned(setup());
  await handle(created());
  await handle(outcome('S', 1, { nativeId: 'S-1' }));
  await handleOf(OTHER_ID, created(), outcome('S', 9, { result: 'rejected' }));
  expect(offsets()).toEqual([[3, { [CHANGES]: 3n, outcomes: 1n }]]);
});

test('an outcome whose echo is late is decided alone', async () => {
  const { resolver, handle, commits, world } = await assigned(setup());
  await handle(created());
  await handle(outcome('S', 1, { nativeId: 'S-1' }));
  expect(resolver.waitMs()).toBe(2_000);
  world.now = 1_000;
  await resolver.settle();
  expect(commits).toHaveLength(1);
  world.now = 2_000;
  await resolver.settle();
  expect(commits).toHaveLength(2);
  expect(resolver.waitMs()).toBe(Infinity);
});

test('the outcome that a folded change waits for is decided as soon as it comes', async () => {
  const { handle, commits } = await assigned(setup());
  await handle(created());
  await handle(change('P', 2, { a: '2' }));
  await handle(outcome('S', 1, { nativeId: 'S-1' }));
  expect(commits).toHaveLength(3);
  expect(commits.at(-1)?.partitions[0]?.lastSequence).toBe(2);
});

test('a folded change waits no longer for one system because another was quicker', async () => {
  const { handle, commits } = await assigned(setup(entityRules({ systems: ['P', 'S', 'Q'] })));
  await handle(created());
  await handle(change('P', 2, { a: '2' }));
  await handle(outcome('S', 1, { nativeId: 'S-1' }));
  await handle(outcome('Q', 2, { nativeId: 'Q-1' }));
  expect(commits).toHaveLength(4);
  expect(commits.at(-1)?.partitions[0]?.lastSequence).toBe(4);
});

test('a state is looked up once, and again when nobody knows what became of a commit', async () => {
  const { handle, loads, world, resolver } = await assigned(setup());
  await handle(created());
  await handle(change('P', 2, { a: '2' }));
  expect(loads).toEqual([[ID]]);
  world.failsNext = true;
  await expect(handle(change('P', 3, { a: '3' }))).rejects.toThrow('connection lost');
  world.failsNext = false;
  await resolver.assigned([{ topic: CHANGES, partition: 3 }]);
  await handle(change('P', 3, { a: '3' }));
  expect(loads).toEqual([[ID], [ID]]);
});

test('partitions that are taken over anew begin without anything held', async () => {
  const { handle, commits, resolver } = await assigned(setup());
  await handle(created());
  await handle(outcome('S', 1, { nativeId: 'S-1' }));
  await resolver.revoked([{ topic: CHANGES, partition: 3 }]);
  await resolver.assigned([{ topic: CHANGES, partition: 3 }]);
  expect(resolver.waitMs()).toBe(Infinity);
  expect(commits).toHaveLength(1);
});

test('I8 an answer of a person is committed with its offset; one that comes too late is in the audit all the same', async () => {
  const { handle, commits, offsets } = await assigned(setup(entityRules({ policy: { kind: 'manual' } })));
  await handle(
    created(),
    outcome('S', 1, { nativeId: 'S-1' }),
    change('S', 1, { a: '1' }, { echo: 1, complete: true }),
  );
  await handle(change('P', 2, { a: 'P' }), change('S', 2, { a: 'S' }));
  expect(commits.at(-1)?.reviews).toMatchObject([{ field: 'a', revision: 1 }]);
  const answer = { kind: 'resolution', field: 'a', choice: { system: 'S' }, revision: 1, by: 'grace', at: 9 } as const;
  await handle(answer);
  expect(commits.at(-1)).toMatchObject({ reviews: [], endedReviews: [{ winner: 'person', decidedBy: 'grace' }] });
  expect(offsets()).toEqual([[3, expect.objectContaining({ resolutions: 6n })]]);
  await handle({ ...answer, by: 'too late' });
  expect(commits.at(-1)).toMatchObject({ states: [], endedReviews: [] });
  expect(commits.at(-1)?.audit[0]?.decisions).toContain('too late');
});
