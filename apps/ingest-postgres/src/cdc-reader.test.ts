import type { SourceFact } from '@concord/connector-kit';
import { PostgresNormalizer } from '@concord/connector-postgres';
import type { EntityPlan } from '@concord/contracts';
import type { BatchConsumer, KafkaMessage } from '@concord/kafka';
import { expect, test } from 'vitest';
import { CdcReader } from './cdc-reader.ts';

const topic = 'cdc.pg';
const string = { kind: 'string' } as const;
const plan: EntityPlan = {
  entity: 'accounts',
  sync: 'test',
  deletePolicy: 'delete_wins',
  fields: [{ name: 'name', type: string, policy: { kind: 'last_write_wins' } }],
  systems: {
    pg: {
      type: 'postgres',
      object: 'public.accounts',
      key: ['id'],
      keyGenerated: true,
      link: null,
      filter: {},
      readExistence: true,
      writeExistence: true,
      fields: {
        name: { native: 'name', nativeType: 'text', type: string, read: true, write: true, targetEdit: 'overwritten' },
      },
    },
  },
};

const mark = (status: string, id: string) => ({ status, id, ts_ms: 1000n });
const row = (transaction: number, order: number, name: unknown) => ({
  op: 'c',
  before: null,
  after: { id: BigInt(order), name },
  source: {
    schema: 'public',
    table: 'accounts',
    lsn: 5n,
    sequence: `["${transaction}00","5"]`,
    snapshot: 'false',
    ts_ms: 1000n,
    txId: 1n,
  },
  transaction: { id: `${transaction}:5`, total_order: BigInt(order) },
});
const truncate = { ...row(3, 1, null), op: 't', after: null };

/** What is in the topic: the index is the offset; a text stands for bytes that cannot be decoded. */
function readerOf(values: unknown[]) {
  const log: string[] = [];
  const published: SourceFact[] = [];
  const reader = new CdcReader({
    topic,
    decoder: {
      prepare: async () => undefined,
      schemaId: () => 1,
      decode: (_, __, offset) => {
        const value = values[Number(offset)];
        if (typeof value === 'string')
          throw Object.assign(new Error(value), { reaction: value === 'offline' ? 'retry' : 'park' });
        return value;
      },
    },
    createNormalizer: () => new PostgresNormalizer({ system: 'pg', plans: [plan] }),
    publisher: {
      publish: async (facts) => {
        published.push(...facts);
        if (facts.length > 0) log.push(`publish ${facts.map(({ change }) => change.nativeId).join(' ')}`);
      },
    },
    deadLetters: { add: ({ offset }) => void log.push(`dead ${offset}`), flush: async () => undefined },
    onRead: () => undefined,
  });
  const consumer = {
    commit: async ([one]: { nextOffset: bigint }[]) => void log.push(`commit ${one?.nextOffset}`),
  } as unknown as BatchConsumer;
  const poll = (from: number, to: number, generation = 1): Promise<void> => {
    const messages = values.slice(from, to).map((_, i): KafkaMessage => ({
      topic,
      partition: 0,
      offset: BigInt(from + i),
      key: null,
      value: Buffer.of(),
      headers: {},
      timestampMs: 0,
    }));
    return reader.handle({ messages, generation }, consumer);
  };
  return { poll, log, published, revoked: () => reader.revoked() };
}

const stream = [
  mark('BEGIN', '1:1'),
  row(1, 1, 'a'),
  row(1, 2, 'b'),
  mark('END', '1:2'),
  mark('BEGIN', '2:3'),
  row(2, 1, 'c'),
  mark('END', '2:4'),
];

test('the checkpoint moves behind whole transactions only, and after what it stands for was published', async () => {
  const { poll, log, revoked } = readerOf(stream);
  for (const [from, to] of [
    [0, 2],
    [2, 5],
    [5, 6],
    [6, 7],
  ] as const)
    await poll(from, to);
  await revoked();
  expect(log).toEqual(['publish 1', 'publish 2', 'commit 4', 'publish 1', 'commit 7']);
});

test('what cannot be decoded or understood is set aside, the rest flows', async () => {
  const { poll, log, published } = readerOf([
    'cut off',
    mark('BEGIN', '1:1'),
    'unknown schema',
    row(1, 2, 7),
    row(1, 3, 'b'),
    mark('END', '1:2'),
  ]);
  await poll(0, 6);
  expect(log).toEqual(['dead 0', 'dead 2', 'dead 3', 'publish 3', 'commit 6']);
  expect(published.map(({ change }) => change.values)).toEqual([{ name: 'b' }]);
});

test('a registry that cannot be asked ends the session and loses nothing', async () => {
  const { poll, log } = readerOf(['offline']);
  await expect(poll(0, 1)).rejects.toThrow('offline');
  expect(log).toEqual([]);
});

test('a halt comes after what lies before it', async () => {
  const { poll, log } = readerOf([...stream, mark('BEGIN', '3:5'), truncate]);
  await expect(poll(0, 9)).rejects.toMatchObject({ code: 'ingest.truncated' });
  expect(log).toEqual(['publish 1 2 1', 'commit 7']);
});

test('after a rebalance the half-read transaction is read anew', async () => {
  const { poll, published } = readerOf(stream);
  await poll(0, 2);
  await poll(0, 4, 2);
  expect(published.map(({ change }) => change.position.slice(-1))).toEqual(['1', '1', '2']);
});
