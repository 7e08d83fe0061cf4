import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '@concord/platform';
import { createPool, type PostgresPool } from '../connection.ts';
import { columnOfTable, describeTable } from './describe-table.ts';

const url = process.env['CONCORD_TEST_PG_URL'];

describe.skipIf(url === undefined)('the catalogue (needs CONCORD_TEST_PG_URL)', () => {
  let database: TestDatabase;
  let pool: PostgresPool;

  beforeAll(async () => {
    database = await openTestDatabase(url as string);
    pool = createPool(database.url);
    await pool.query(`CREATE TYPE mood AS ENUM ('sad', 'ok')`);
    await pool.query('CREATE DOMAIN cents AS numeric(12,2) CHECK (value >= 0)');
    await pool.query(`CREATE TABLE accounts (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(80) NOT NULL, code char(5), amount numeric(10,2), price cents,
      seen timestamptz(3), born date, mood mood, doc jsonb, data bytea, tags text[], cost money, at interval,
      "Select" text DEFAULT 'x', twice numeric GENERATED ALWAYS AS (amount * 2) STORED)`);
    await pool.query(
      'CREATE TABLE "Weird ""Name" (a text, b uuid DEFAULT gen_random_uuid(), "A" int, PRIMARY KEY (b, a))',
    );
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  test('tells columns, key and identity', async () => {
    const table = await describeTable(pool, 'public.accounts');
    expect(table).toMatchObject({ primaryKey: ['id'], isKeyGenerated: true, replicaIdentity: 'default', problems: [] });
    expect(Object.fromEntries(table.columns.map((c) => [c.name, c.type]))).toEqual({
      id: { kind: 'integer' },
      name: { kind: 'string', lengthMax: 80 },
      code: { kind: 'string', lengthMax: 5 },
      amount: { kind: 'decimal', scale: 2 },
      price: { kind: 'decimal', scale: 2 },
      seen: { kind: 'timestamp', fractionDigits: 3 },
      born: { kind: 'date' },
      mood: { kind: 'string' },
      doc: { kind: 'json' },
      data: { kind: 'bytes' },
      tags: null,
      cost: null,
      at: null,
      Select: { kind: 'string' },
      twice: { kind: 'decimal' },
    });
    expect(columnOfTable(pool, table, 'cost').refusal).toContain('numeric');
    expect(columnOfTable(pool, table, 'id')).toMatchObject({ identity: 'always', nullable: false });
    expect(columnOfTable(pool, table, 'twice')).toMatchObject({ generated: 'stored', default: null });
    expect(columnOfTable(pool, table, 'Select')).toMatchObject({ default: `'x'::text`, nullable: true });
  });

  test('keeps the key’s own order and names letter-case twins', async () => {
    const table = await describeTable(pool, 'Weird "Name');
    expect(table.primaryKey).toEqual(['b', 'a']);
    expect(table.isKeyGenerated).toBe(false);
    expect(table.problems).toEqual([expect.stringContaining('"a" and "A"')]);
  });

  test('names host, database and a near name when a table is missing', async () => {
    await expect(describeTable(pool, 'public.acounts')).rejects.toMatchObject({
      code: 'postgres.table_missing',
      reaction: 'halt',
      message: expect.stringMatching(/Database "concord_test_.*" at .*:\d+\/.* Did you mean "public.accounts"\?/),
      hint: expect.stringContaining('Create the table'),
    });
  });

  test('names a near column', async () => {
    const table = await describeTable(pool, 'accounts');
    expect(() => columnOfTable(pool, table, 'nmae')).toThrow('Did you mean "name"?');
  });

  test('says which password or database is wrong without showing any', async () => {
    const wrong = new URL(url as string);
    wrong.password = 'hunter2';
    wrong.pathname = '/nowhere';
    const refused = createPool(wrong.href);
    const error = await describeTable(refused, 'a.b').catch((cause: unknown) => cause);
    await refused.end();
    expect(error).toMatchObject({ code: 'sink.auth', reaction: 'halt' });
    expect(String(error)).not.toContain('hunter2');
  });
});
