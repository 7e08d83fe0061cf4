/**
 * The way through the real parts: set-up, our own writes by the sink, Debezium, Kafka, this reader. What the sink wrote must
 * come back as the echo of exactly its commands, with the ids that the database gave.
 */
import type { SourceFact, TargetCommand } from '@concord/connector-kit';
import {
  createPool,
  checkPostgres,
  PostgresNormalizer,
  PostgresSink,
  setUpPostgres,
} from '@concord/connector-postgres';
import { createGenericDecoder, createSchemaRegistry, topics, type EntityPlan } from '@concord/contracts';
import { createConsumer, type BatchConsumer } from '@concord/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CdcReader, type ReadBatch } from './cdc-reader.ts';
import { hasServers, createCapturedSystem, servers, type CapturedSystem } from './testing/captured-system.ts';

const text = { kind: 'string' } as const;
const field = (native: string, nativeType: string, type: EntityPlan['fields'][number]['type']) => ({
  native,
  nativeType,
  type,
  read: true,
  write: true,
  targetEdit: 'overwritten' as const,
});
const planOf = (system: string): EntityPlan => ({
  entity: 'accounts',
  sync: 'test',
  deletePolicy: 'delete_wins',
  fields: [
    { name: 'name', type: text, policy: { kind: 'last_write_wins' } },
    { name: 'amount', type: { kind: 'decimal', scale: 2 }, policy: { kind: 'last_write_wins' } },
    { name: 'sf_id', type: text, policy: { kind: 'last_write_wins' } },
  ],
  systems: {
    [system]: {
      type: 'postgres',
      object: 'public.accounts',
      key: ['id'],
      keyGenerated: true,
      filter: {},
      readExistence: true,
      writeExistence: true,
      link: { field: 'sf_id', system: 'salesforce' },
      fields: {
        name: field('Näme "x"', 'text', text),
        amount: field('amount', 'numeric(10,2)', { kind: 'decimal', scale: 2 }),
        sf_id: field('sf_id', 'text', text),
      },
    },
  },
});

describe.skipIf(!hasServers)('from set-up to echo (needs CONCORD_TEST_PG_URL, _KAFKA, _REGISTRY, _CONNECT)', () => {
  let captured: CapturedSystem;
  let system: string;
  let plan: EntityPlan;
  let needs: Parameters<typeof setUpPostgres>[0];
  let consumer: BatchConsumer;
  const facts: SourceFact[] = [];
  let echoes = 0;

  beforeAll(async () => {
    captured = await createCapturedSystem('rt');
    const { pool, config } = captured;
    system = config.name;
    plan = planOf(system);
    await pool.query(
      `CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Näme ""x""" text, amount numeric(10,2), sf_id text, twice numeric GENERATED ALWAYS AS (amount * 2) STORED)`,
    );
    await pool.query(`INSERT INTO accounts ("Näme ""x""", amount) VALUES ('there before', 1.5)`);
    const { connectUrl, registryUrl } = servers;
    needs = { pool, config, plans: [plan], connectUrl, registryUrl };
  });

  afterAll(async () => {
    await consumer?.stop();
    await captured.remove();
  });

  test('set-up makes everything, and again nothing', async () => {
    expect(await checkPostgres(needs)).toEqual([]);
    expect(await setUpPostgres(needs)).toEqual([
      'concord.progress exists',
      `publication concord_${system} covers public.accounts (created)`,
      'public.accounts logs whole old rows (replica identity set to full)',
      `connector concord-${system} runs (created)`,
    ]);
    expect(await setUpPostgres(needs)).toEqual([
      'concord.progress exists',
      `publication concord_${system} covers public.accounts`,
      'public.accounts logs whole old rows',
      `connector concord-${system} runs`,
    ]);
  });

  test('our writes come back as echoes of their commands, a user’s do not', async () => {
    const nextBatch = await startReading();
    while (facts.length < 1) await nextBatch();
    expect(facts[0]).toMatchObject({
      change: {
        nativeId: '1',
        snapshot: true,
        complete: true,
        values: { name: 'there before', amount: '1.5', sf_id: null },
      },
    });

    const sink = new PostgresSink({ system, plans: [plan], pool: createPool(captured.config) });
    const command = (part: Partial<TargetCommand>): TargetCommand => ({
      entity: 'accounts',
      recordId: 'r',
      stream: 'accounts.0',
      sequence: 0,
      operation: 'update',
      nativeId: null,
      values: {},
      expected: {},
      ...part,
    });
    const outcomes = await sink.apply([
      command({ recordId: 'r1', sequence: 1, nativeId: '1', values: { amount: '2' }, expected: { amount: '1.5' } }),
      command({ recordId: 'r2', sequence: 2, operation: 'create', values: { name: 'made by us', sf_id: '001A' } }),
      command({ recordId: 'r1', sequence: 3, nativeId: '9', values: { amount: '2' }, expected: { amount: '1.5' } }),
    ]);
    await sink.close();
    expect(outcomes.map(({ result, nativeId }) => `${result} ${nativeId}`)).toEqual([
      'applied null',
      'applied 2',
      'stale null',
    ]);
    await captured.pool.query('UPDATE accounts SET amount = 7 WHERE id = 2');

    while (facts.length < 4) await nextBatch();
    expect(facts.slice(1).map(({ recordId, change }) => [change.nativeId, change.echo, recordId])).toEqual([
      ['1', 1, 'r1'],
      ['2', 2, 'r2'],
      ['2', null, null],
    ]);
    expect(facts[2]?.links).toEqual([{ system: 'salesforce', nativeId: '001A' }]);
    expect(facts[3]).toMatchObject({ before: { amount: null }, change: { values: { amount: '7' } } });
    expect(echoes).toBe(2);
    const positions = facts.map(({ change }) => change.position);
    expect(positions).toEqual([...positions].sort());
  });

  async function startReading(): Promise<() => Promise<void>> {
    const topic = topics.cdc(system);
    consumer = createConsumer({
      brokers: [servers.brokers],
      clientId: 'round-trip',
      groupId: system,
      topics: [topic],
      fromBeginning: true,
    });
    await consumer.start();
    const onRead = (batch: ReadBatch): void => void (echoes += batch.normalized.echoes);
    const reader = new CdcReader({
      topic,
      decoder: createGenericDecoder(createSchemaRegistry({ url: servers.registryUrl }), topic),
      createNormalizer: () => new PostgresNormalizer({ system, plans: [plan] }),
      publisher: { publish: async (made) => void facts.push(...made) },
      deadLetters: {
        add: (_, error) => {
          throw error;
        },
        flush: async () => undefined,
      },
      onRead,
    });
    return async () => {
      const batch = await consumer.poll({ messagesMax: 100, waitMsMax: 5_000 });
      if (batch.messages.length > 0) await reader.handle(batch, consumer);
    };
  }
});
