import type { EntityRules } from '@concord/core';
import type { ChangeMessage, Codec, OutcomeMessage } from '@concord/contracts';
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

async function read(messages: readonly (readonly [key: string | null, value: string | null])[]) {
  const letters: OutgoingMessage[] = [];
  const intake = await readIntake(
    messages.map(([key, value], offset): KafkaMessage => ({
      topic: TOPIC,
      partition: 3,
      offset: BigInt(offset),
      key,
      value: value === null ? null : Buffer.from(value),
      headers: {},
      timestampMs: 0,
    })),
    {
      rules: new Map<string, EntityRules>(),
      changes: new Map([[TOPIC, { entity: 'accounts', codec }]]),
      outcomes: {} as Codec<OutcomeMessage>,
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
