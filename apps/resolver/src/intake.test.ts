import type { EntityRules } from '@concord/core';
import type { ChangeMessage, Codec, OutcomeMessage, ResolutionMessage } from '@concord/contracts';
import { DeadLetters, type KafkaMessage, type OutgoingMessage } from '@concord/kafka';
import { expect, test } from 'vitest';
import { readIntake } from './intake.ts';

const ID = '01a1fd78-1bb3-7023-85e6-4e5a13c58b38';
const TOPIC = 'changes.accounts';

/** A codec whose messages are the moment of the change as text; anything else cannot be read. */
const codec = {
  topic: TOPIC,
  prepare: async () => undefined,
  decode: (value: Buffer) => {
    const at = Number(value.toString());
    if (Number.isNaN(at)) throw Object.assign(new Error('malformed'), { code: 'contract.malformed' });
    return { change: { kind: 'change', at }, before: null };
  },
} as unknown as Codec<ChangeMessage>;

const RESOLUTIONS = 'resolutions';
const resolutionCodec = {
  topic: RESOLUTIONS,
  prepare: async () => undefined,
  decode: (value: Buffer) => ({ kind: 'resolution', entity: 'accounts', recordId: ID, at: Number(value.toString()) }),
} as unknown as Codec<ResolutionMessage>;

async function read(
  messages: readonly (readonly [key: string | null, value: string | null])[],
  topic: string = TOPIC,
  rules = new Map<string, EntityRules>(),
) {
  const letters: OutgoingMessage[] = [];
  const intake = await readIntake(
    messages.map(([key, value], offset): KafkaMessage => ({
      topic,
      partition: 3,
      offset: BigInt(offset),
      key,
      value: value === null ? null : Buffer.from(value),
      headers: {},
      timestampMs: 0,
    })),
    {
      rules,
      changes: new Map([[TOPIC, { entity: 'accounts', codec }]]),
      outcomes: {} as Codec<OutcomeMessage>,
      resolutions: resolutionCodec,
      deadLetters: new DeadLetters({
        producer: { send: async (sent: OutgoingMessage[]) => void letters.push(...sent) } as never,
        stage: 'resolver',
        onDeadLetter: () => undefined,
      }),
    },
  );
  return { ...intake, letters };
}

test('changes of one record come together, in order; offsets move past everything', async () => {
  const { records, offsets, letters } = await read([
    [ID, '10'],
    [ID, null],
    [ID, '12'],
  ]);
  expect(records).toMatchObject([{ recordId: ID, partition: 3, inputs: [{ at: 10 }, { at: 12 }], changedAt: 12 }]);
  expect(offsets.get(3)).toEqual({ [TOPIC]: 3n });
  expect(letters).toEqual([]);
});

test('an answer of a person is an input of its record; of an entity that is no longer synced it has nobody to tell', async () => {
  const known = new Map([['accounts', {} as EntityRules]]);
  const { records, offsets } = await read([[ID, '10']], RESOLUTIONS, known);
  expect(records).toEqual([
    expect.objectContaining({ recordId: ID, inputs: [{ kind: 'resolution', at: 10 }], changedAt: 10 }),
  ]);
  expect(offsets.get(3)).toEqual({ [RESOLUTIONS]: 1n });
  expect((await read([[ID, '10']], RESOLUTIONS)).records).toEqual([]);
});

test('what cannot be read, and keys that are no record ids, become dead letters; the rest flows on', async () => {
  const { records, offsets, letters } = await read([
    [ID, 'truncated'],
    ['not-a-uuid', '1'],
    [null, '2'],
    [ID, '3'],
  ]);
  expect(records.map(({ inputs }) => inputs)).toMatchObject([[{ at: 3 }]]);
  expect(offsets.get(3)).toEqual({ [TOPIC]: 4n });
  expect(
    letters.map(({ topic, key, headers }) => [topic, key, headers?.['__connect.errors.exception.message']]),
  ).toEqual([
    ['changes.accounts.dlq', ID, 'malformed'],
    [
      'changes.accounts.dlq',
      'not-a-uuid',
      expect.stringMatching(/not a record id \(topic changes.accounts, partition 3, offset 1\)/),
    ],
    ['changes.accounts.dlq', null, expect.stringMatching(/not a record id/)],
  ]);
});
