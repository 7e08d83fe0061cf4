/**
 * The way through the real parts: set-up, our own writes by the sink, Debezium, Kafka, this reader. What the sink wrote must
 * come back as the echo of exactly its commands, with the ids that the database gave.
 */
import { randomBytes } from 'node:crypto';
import type { PostgresSystemConfig } from '@concord/config';
import type { SourceFact, TargetCommand } from '@concord/connector-kit';
import {
  createPool,
  checkPostgres,
  PostgresNormalizer,
  PostgresSink,
  setUpPostgres,
  type PostgresPool,
} from '@concord/connector-postgres';
import { createGenericDecoder, createSchemaRegistry, topics, type EntityPlan } from '@concord/contracts';
import { createAdmin, createConsumer, type BatchConsumer } from '@concord/kafka';
import { waitUntil } from '@concord/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CdcReader, type ReadBatch } from './cdc-reader.ts';

const {
  CONCORD_TEST_PG_URL: url,
  CONCORD_TEST_KAFKA: brokers,
  CONCORD_TEST_REGISTRY: registryUrl,
  CONCORD_TEST_CONNECT: connectUrl,
} = process.env;
const isProvided = [url, brokers, registryUrl, connectUrl].every((one) => one !== undefined);

const system = `rt_${randomBytes(4).toString('hex')}`;
const text = { kind: 'string' } as const;
const field = (native: string, nativeType: string, type: EntityPlan['fields'][number]['type']) => ({
  native,
  nativeType,
  type,
  read: true,
  write: true,
  targetEdit: 'overwritten' as const,
});
const plan: EntityPlan = {
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
};

describe.skipIf(!isProvided)('from set-up to echo (needs CONCORD_TEST_PG_URL, _KAFKA, _REGISTRY, _CONNECT)', () => {
  let server: PostgresPool;
  let pool: PostgresPool;
  let config: PostgresSystemConfig;
  let needs: Parameters<typeof setUpPostgres>[0];
  let consumer: BatchConsumer;
  const facts: SourceFact[] = [];
  let echoes = 0;

  const admin = createAdmin({ brokers: [brokers ?? ''], clientId: 'round-trip' });

  beforeAll(async () => {
    await admin.ensureTopics([{ topic: topics.cdc(system), partitions: 1, replication: 1 }]);
    server = createPool(url as string);
    await server.query(`CREATE DATABASE ${system}`);
    const at = new URL(url as string);
    const password = { reveal: () => decodeURIComponent(at.password) } as PostgresSystemConfig['password'];
    config = {
      name: system,
      roles: [],
      type: 'postgres',
      host: at.hostname,
      port: Number(at.port),
      database: system,
      schema: 'public',
      user: decodeURIComponent(at.username),
      password,
      tls: { mode: 'disable', authority: null },
    };
    pool = createPool(config);
    await pool.query(
      `CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Näme ""x""" text, amount numeric(10,2), sf_id text, twice numeric GENERATED ALWAYS AS (amount * 2) STORED)`,
    );
    await pool.query(`INSERT INTO accounts ("Näme ""x""", amount) VALUES ('there before', 1.5)`);
    needs = {
      pool,
      config,
      plans: [plan],
      connectUrl: connectUrl as string,
      registryHostUrl: new URL(registryUrl as string).origin,
    };
  });

  afterAll(async () => {
    await consumer?.stop();
    const connector = `${connectUrl}/connectors/concord-${system}`;
    await fetch(`${connector}/stop`, { method: 'PUT' });
    const dropIdle = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${system}' AND NOT active`;
    await waitUntil(async () => (await server.query(dropIdle)).length > 0, {
      what: 'the slot is free',
      deadlineMs: 30_000,
    });
    await fetch(`${connector}/offsets`, { method: 'DELETE' });
    await fetch(connector, { method: 'DELETE' });
    await pool.end();
    await server.query(`DROP DATABASE ${system} WITH (FORCE)`);
    await server.end();
    await admin.deleteTopics([topics.cdc(system), `__debezium-heartbeat.${system}`]);
    await admin.stop();
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

    const sink = new PostgresSink({ system, plans: [plan], pool: createPool(config) });
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
    await pool.query('UPDATE accounts SET amount = 7 WHERE id = 2');

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
      brokers: [brokers as string],
      clientId: 'round-trip',
      groupId: system,
      topics: [topic],
      fromBeginning: true,
    });
    await consumer.start();
    const onRead = (batch: ReadBatch): void => void (echoes += batch.normalized.echoes);
    const reader = new CdcReader({
      topic,
      decoder: createGenericDecoder(createSchemaRegistry({ url: registryUrl as string }), topic),
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
