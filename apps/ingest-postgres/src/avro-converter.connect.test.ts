/**
 * Our Kafka Connect converter (infra/connect-avro) with Debezium, a registry and our decoder: every type arrives as it was
 * written, a registry that is away costs time but no row, and no schema is registered twice.
 */
import { setUpPostgres } from '@concord/connector-postgres';
import { createGenericDecoder, createSchemaRegistry, topics, type EntityPlan } from '@concord/contracts';
import { createConsumer, type BatchConsumer } from '@concord/kafka';
import { waitUntil } from '@concord/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasServers, createCapturedSystem, servers, type CapturedSystem } from './testing/captured-system.ts';
import { openRegistryGate, type RegistryGate } from './testing/registry-gate.ts';

type Row = Readonly<Record<string, unknown>>;
type RowEvent = { readonly table: string; readonly row: Row };

const typeColumns = `
  id bigint PRIMARY KEY, i2 smallint, i4 integer, n numeric, n2 numeric(10,2), f4 real, f8 double precision, bo boolean,
  t text, ch char(5), d date, ts timestamp, tz timestamptz, tm time, iv interval, u uuid, j json, jb jsonb, by bytea,
  ta text[], ia integer[], given text DEFAULT 'given', wanted text NOT NULL DEFAULT 'wanted'`;

describe.skipIf(!hasServers)('our converter (needs CONCORD_TEST_PG_URL, _KAFKA, _REGISTRY, _CONNECT)', () => {
  let system: CapturedSystem;
  let gate: RegistryGate;
  let consumer: BatchConsumer;
  const events: RowEvent[] = [];
  const sql = (text: string) => system.pool.query(text);

  beforeAll(async () => {
    system = await createCapturedSystem('ac');
    gate = await openRegistryGate(servers.registryUrl);
    await sql(`CREATE TABLE types (${typeColumns})`);
    for (const table of ['early', 'late', 'later']) await sql(`CREATE TABLE ${table} (id bigint PRIMARY KEY)`);
    const plans = ['types', 'early', 'late', 'later'].map((table) => planOf(system.config.name, table));
    const { pool, config } = system;
    await setUpPostgres({ pool, config, plans, connectUrl: servers.connectUrl, registryUrl: gate.url });
    consumer = await startReading();
  });

  afterAll(async () => {
    gate.isOpen = true;
    await consumer.stop();
    await system.remove();
    await gate.close();
  });

  test('every type comes through, and NULL is NULL where the column has a default', async () => {
    await sql(`INSERT INTO types VALUES (9007199254740993, -1, 2147483647, 'NaN', 1.5, 1.1, 'NaN', true,
      'ä€😀', 'ab', '-infinity', '-infinity', '2024-01-02 03:04:05.12+02', '23:59:59.999999', '1 year 2 days',
      'ab00ef1b-00bb-4d4c-a97c-4f24cb97fc74', '{"b":1}', '{"b":1}', '\\x00ff', '{a,NULL}', '{}', NULL)`);
    await sql(`INSERT INTO types (id) VALUES (-5)`);
    const [full, empty] = await rowsOf('types', 2);
    expect(full).toEqual({
      ...{
        id: 9007199254740993n,
        i2: -1,
        i4: 2147483647,
        n: 'NAN',
        n2: '1.50',
        f4: Math.fround(1.1),
        f8: NaN,
        bo: true,
      },
      ...{ t: 'ä€😀', ch: 'ab   ', d: '-5877611-06-22Z', ts: '-292275055-05-16T23:00:00Z' },
      ...{ tz: '2024-01-02T01:04:05.120000Z', tm: '23:59:59.999999Z', iv: 'P1Y0M2DT0H0M0S' },
      ...{ u: 'ab00ef1b-00bb-4d4c-a97c-4f24cb97fc74', j: '{"b":1}', jb: '{"b": 1}', by: Buffer.from([0, 255]) },
      ...{ ta: ['a', null], ia: [], given: null, wanted: 'wanted' },
    });
    const nothing = Object.fromEntries(Object.keys(full ?? {}).map((column) => [column, null]));
    expect(empty).toEqual({ ...nothing, id: -5n, given: 'given', wanted: 'wanted' });
  });

  test('a changed table is registered anew, and nothing twice', async () => {
    await sql('INSERT INTO early VALUES (1)');
    await sql('ALTER TABLE early ADD COLUMN more integer DEFAULT 7');
    await sql('INSERT INTO early VALUES (2, DEFAULT), (3, NULL)');
    await sql('UPDATE early SET more = 8 WHERE id = 1');
    expect(await rowsOf('early', 4)).toEqual([
      { id: 1n },
      { id: 2n, more: 7 },
      { id: 3n, more: null },
      { id: 1n, more: 8 },
    ]);
    const { name } = system.config;
    const subject = encodeURIComponent(`cdc.${name}-${name}.public.early.Envelope`);
    const versions = await fetch(`${servers.registryUrl}/subjects/${subject}/versions`);
    expect(await versions.json()).toEqual([1, 2]);
    expect(new Set(gate.passed).size).toBe(gate.passed.length);
  });

  test('a registry that is away when a table shows for the first time holds rows back and loses none', async () => {
    gate.isOpen = false;
    await sql('INSERT INTO late SELECT generate_series(1, 300)');
    await sql('INSERT INTO early VALUES (4)');
    await waitUntil(async () => gate.cutOff() >= 2, { what: 'two attempts of the converter', deadlineMs: 30_000 });
    expect(await statesOf(system)).toEqual(['RUNNING']);
    gate.isOpen = true;
    expect((await rowsOf('late', 300)).map(({ id }) => Number(id))).toEqual(ascending(300));
    expect((await rowsOf('early', 5))[4]).toEqual({ id: 4n, more: 7 });
  });

  test('away for long, the task fails with the reason, and goes on where it stood when it is started again', async () => {
    await makeImpatient();
    gate.isOpen = false;
    await sql('INSERT INTO later SELECT generate_series(1, 300)');
    await sql('INSERT INTO early VALUES (5)');
    const failed = async () => (await statesOf(system))[0] === 'FAILED';
    await waitUntil(failed, { what: 'the task has failed', deadlineMs: 30_000 });
    const { tasks } = await status(system);
    expect(tasks[0]?.trace).toContain(`POST ${gate.url}/subjects/cdc.${system.config.name}-`);
    gate.isOpen = true;
    await fetch(`${system.connectorUrl}/restart?includeTasks=true&onlyFailed=true`, { method: 'POST' });
    expect((await rowsOf('later', 300)).map(({ id }) => Number(id))).toEqual(ascending(300));
    expect((await rowsOf('early', 6))[5]).toEqual({ id: 5n, more: 7 });
  });

  const decoder = createGenericDecoder(createSchemaRegistry({ url: servers.registryUrl || 'http://none' }), 'cdc');

  async function startReading(): Promise<BatchConsumer> {
    const { name } = system.config;
    const connection = { brokers: [servers.brokers], clientId: name, groupId: name };
    const reading = createConsumer({ ...connection, topics: [topics.cdc(name)], fromBeginning: true });
    await reading.start();
    return reading;
  }

  /** Has the converter give up soon, and waits until a task has started with that. */
  async function makeImpatient(): Promise<void> {
    const url = `${system.connectorUrl}/config`;
    const config = (await (await fetch(url)).json()) as Row;
    const body = JSON.stringify({ ...config, 'value.converter.concord.registry.wait.ms': '500' });
    const asked = gate.passed.length;
    await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
    const hasStarted = async () => {
      await sql(`SELECT pg_logical_emit_message(true, 'concord-heartbeat', '')`);
      return gate.passed.length > asked;
    };
    await waitUntil(hasStarted, { what: 'a new task has asked the registry', deadlineMs: 30_000 });
  }

  /** Waits until so many rows of the table have come, from the first test on. */
  async function rowsOf(table: string, count: number): Promise<Row[]> {
    for (;;) {
      const rows = events.filter((event) => event.table === table).map(({ row }) => row);
      if (rows.length >= count) return rows;
      const { messages } = await consumer.poll({ messagesMax: 500, waitMsMax: 5_000 });
      await decoder.prepare(messages.map(({ value }) => ({ key: null, value })));
      for (const { value } of messages) {
        const event = decoder.decode(value) as { after?: Row | null; source?: { table: string } };
        if (event.after) events.push({ table: event.source?.table ?? '', row: { ...event.after } });
      }
    }
  }
});

const ascending = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

type Status = { readonly tasks: readonly { readonly state: string; readonly trace?: string }[] };

async function status({ connectorUrl }: CapturedSystem): Promise<Status> {
  return (await (await fetch(`${connectorUrl}/status`)).json()) as Status;
}

async function statesOf(system: CapturedSystem): Promise<string[]> {
  return (await status(system)).tasks.map(({ state }) => state);
}

function planOf(system: string, table: string): EntityPlan {
  const type = { kind: 'string' } as const;
  return {
    entity: table,
    sync: 'test',
    deletePolicy: 'delete_wins',
    fields: [],
    systems: {
      [system]: {
        type: 'postgres',
        object: `public.${table}`,
        key: ['id'],
        keyGenerated: false,
        filter: {},
        readExistence: true,
        writeExistence: true,
        link: null,
        fields: {
          id: { native: 'id', nativeType: 'bigint', type, read: true, write: true, targetEdit: 'overwritten' },
        },
      },
    },
  };
}
