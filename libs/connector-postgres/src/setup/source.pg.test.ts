import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '@concord/platform';
import { describeTable } from '../catalogue/describe-table.ts';
import { createPool, type PostgresPool } from '../connection.ts';
import { checkDatabase } from './check.ts';
import { measureSlot } from './measure-slot.ts';
import { slotNameOf } from './names.ts';
import { setUpSource } from './source.ts';
import { requireVersion, setUpTarget } from './target.ts';

const url = process.env['CONCORD_TEST_PG_URL'];

describe.skipIf(url === undefined)('set-up of a source (needs CONCORD_TEST_PG_URL)', () => {
  let database: TestDatabase;
  let pool: PostgresPool;

  beforeAll(async () => {
    database = await openTestDatabase(url as string);
    pool = createPool(database.url);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(() =>
    pool.query(`CREATE TABLE plain (id int PRIMARY KEY, v text);
      CREATE TABLE stored (id int PRIMARY KEY, v int, w int GENERATED ALWAYS AS (v * 2) STORED);
      CREATE TABLE virtual (id int PRIMARY KEY, v int, w int GENERATED ALWAYS AS (v * 2) VIRTUAL)`),
  );
  afterEach(() =>
    pool.query(
      'DROP TABLE IF EXISTS plain, stored, virtual, other; DROP PUBLICATION IF EXISTS p; DROP SCHEMA IF EXISTS concord CASCADE',
    ),
  );

  async function setUp(...objects: string[]): Promise<string[]> {
    const tables = await Promise.all(objects.map((object) => describeTable(pool, object)));
    return setUpSource({ pool, publication: 'p', tables, serverVersion: await requireVersion(pool) });
  }

  test('leaves the users’ updates alone, generated columns or not', async () => {
    expect(await setUp('public.plain', 'public.stored', 'public.virtual')).toEqual([
      'publication p covers public.plain, public.stored, public.virtual (created)',
      'public.plain logs whole old rows (replica identity set to full)',
      'public.stored logs whole old rows (replica identity set to full)',
      expect.stringContaining('public.virtual keeps replica identity "default"'),
    ]);
    for (const table of ['plain', 'stored', 'virtual']) {
      await pool.query(`INSERT INTO ${table} VALUES (1, 1)`);
      await pool.query(`UPDATE ${table} SET v = 2`);
      await pool.query(`DELETE FROM ${table}`);
    }
  });

  test('follows the tables that are mapped', async () => {
    await setUp('public.plain');
    expect((await setUp('public.plain', 'public.stored'))[0]).toContain('(altered)');
    expect((await setUp('public.stored'))[0]).toBe('publication p covers public.stored (altered)');
    expect((await setUp('public.stored'))[0]).toBe('publication p covers public.stored');
    const published = await pool.query(
      `SELECT schemaname || '.' || tablename AS name FROM pg_publication_tables WHERE pubname = 'p' ORDER BY 1`,
    );
    expect(published.map((row) => row['name'])).toEqual(['concord.debezium_signal', 'public.stored']);
  });

  test('refuses a publication that hides rows or shows everything', async () => {
    await pool.query(`CREATE PUBLICATION p FOR TABLE plain WHERE (id > 1)`);
    await expect(setUp('public.plain')).rejects.toMatchObject({
      code: 'postgres.publication_unfit',
      message: expect.stringContaining('filters public.plain'),
    });
    await pool.query('DROP PUBLICATION p; CREATE PUBLICATION p FOR ALL TABLES');
    await expect(setUp('public.plain')).rejects.toThrow('FOR ALL TABLES');
  });

  test('finds what would fail, and its remedy, before anything is changed', async () => {
    const role = `concord_${pool.database}`;
    await pool.query(
      `CREATE TABLE other (v text); CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON plain TO ${role}`,
    );
    const at = new URL(database.url);
    at.username = role;
    at.password = 'x';
    const poor = createPool(at.href);
    const tables = [await describeTable(pool, 'public.plain'), await describeTable(pool, 'public.other')];
    const findings = await checkDatabase(poor, { slot: 'none', tables });
    const denied = await setUpTarget(poor).catch((error: unknown) => error);
    await poor.end();
    expect(findings.map(({ message }) => message.replace(/ at \S+$/, ''))).toEqual([
      'The role may not replicate',
      'The role may not create schemas or publications',
      'The role does not own public.plain',
      'The role may not read and write public.plain',
      'public.other cannot be synchronized as it is',
      'The role does not own public.other',
      'The role may not read and write public.other',
    ]);
    expect(findings.every(({ hint }) => hint.length > 20)).toBe(true);
    expect(denied).toMatchObject({ code: 'sink.permission', reaction: 'halt' });
    expect(await checkDatabase(pool, { slot: 'none', tables: tables.slice(0, 1) })).toEqual([]);
    await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('a slot that is gone is told with its remedy', async () => {
    await expect(measureSlot(pool, 'pg')).rejects.toMatchObject({
      code: 'ingest.position_lost',
      message: expect.stringContaining('is gone'),
    });
    const slot = slotNameOf('pg', pool.database);
    await pool.query(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    expect(await measureSlot(pool, 'pg')).toBeGreaterThanOrEqual(0);
    await pool.query(`SELECT pg_drop_replication_slot('${slot}')`);
  });
});
