/**
 * The whole system, for the stories of one file: platform, emulator, services, and the two people who work with it, one in
 * Postgres and one in Salesforce. Stories wait for what they can see, with a deadline, and never for a time.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  compareSides,
  SalesUser,
  startPlatform,
  startStack,
  stopAllProcesses,
  waitUntil,
  type Platform,
  type Stack,
} from '@concord/platform';
import { Pool } from 'pg';

const ROOT = join(import.meta.dirname, '../../..');
const SEEDS = join(ROOT, 'test/fixtures/seeds/sf-postgres-accounts');
/** Runs beside each other need folders of their own. */
const DATA = process.env['CONCORD_E2E_DATA'] ?? join(ROOT, '.concord/e2e');
const SEEN_WITHIN_MS = 60_000;
/** Nothing may happen for so long before a side counts as quiet; several polls of every service fit in. */
const QUIET_MS = 1_500;

export type World = {
  readonly platform: Platform;
  readonly stack: Stack;
  /** The person in Postgres. */
  readonly database: Pool;
  readonly store: Pool;
  /** The person in Salesforce. */
  readonly sales: SalesUser;
};

export type Account = {
  readonly Id: string;
  readonly Name: string;
  readonly Industry: string | null;
  readonly AnnualRevenue: number | null;
  readonly LastModifiedDate: string;
};
export type Row = {
  readonly id: number;
  readonly sf_id: string | null;
  readonly account_name: string | null;
  readonly industry_type: string | null;
  readonly annual_revenue: string | null;
  readonly last_modified: Date | null;
};

/** What is synced: a config, and the tables it needs. */
export type Setting = { readonly sync: string; readonly initSql: string };

/** The sync of the seed documents. */
const ACCOUNTS: Setting = { sync: SEEDS, initSql: join(SEEDS, 'accounts.sql') };
/** Tables with keys, names and values of all kinds, onto one Salesforce object. */
const OWN_TABLES = join(ROOT, 'test/fixtures/own-tables');
export const ownTables: Setting = { sync: join(OWN_TABLES, 'syncs.json'), initSql: join(OWN_TABLES, 'tables.sql') };

/** Every kind of answer and owner. */
const RULES = join(ROOT, 'test/fixtures/rules');
export const rules: Setting = { sync: join(RULES, 'syncs.json'), initSql: join(RULES, 'tables.sql') };

let world: Promise<World> | undefined;

/** Topics carry no name of their stack, so there is one world at a time: a file closes its own before the next opens one. */
export function openWorld(setting: Setting = ACCOUNTS): Promise<World> {
  return (world ??= build(setting));
}

async function build({ sync, initSql }: Setting): Promise<World> {
  rmSync(DATA, { recursive: true, force: true });
  const platform = await startPlatform({ dataDir: DATA, ports: 'free' });
  const stack = await startStack({
    platform,
    dataDir: DATA,
    syncFiles: [sync],
    initSql: [initSql],
    env: { CONCORD_LOG_LEVEL: 'info' },
  });
  return {
    platform,
    stack,
    database: poolOf(stack.databaseUrl),
    store: poolOf(stack.storeUrl),
    sales: new SalesUser(stack.emulator.access),
  };
}

export async function closeWorld(): Promise<void> {
  if (world === undefined) return;
  const { database, store } = await world;
  await Promise.all([database.end(), store.end()]);
  await stopAllProcesses();
  world = undefined;
}

function poolOf(url: string): Pool {
  const pool = new Pool({ connectionString: url, max: 3 });
  pool.on('error', () => undefined);
  return pool;
}

/** Asks until the answer is there; the error says what was waited for and what was last seen. */
export async function seen<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  deadlineMs = SEEN_WITHIN_MS,
): Promise<T> {
  return waitUntil(probe, { what, deadlineMs, everyMs: 25 });
}

/** Both sides hold the same, and keep holding it while nothing is on its way any more. */
export async function agreement(
  { stack, database, store, sales }: World,
  deadlineMs = SEEN_WITHIN_MS,
): Promise<number> {
  const sides = { store: await store.connect(), database: await database.connect(), salesforce: sales };
  let differences: string[] = ['never compared'];
  try {
    return await waitUntil(
      async () => {
        const before = await activityOf({ store, database });
        const compared = await compareSides(sides);
        ({ differences } = compared);
        if (differences.length > 0) return false;
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
        return before === (await activityOf({ store, database })) ? compared.records : false;
      },
      { what: 'both sides agree', deadlineMs, everyMs: 200 },
    );
  } catch (cause) {
    throw new Error(`the sides differ: ${differences.slice(0, 10).join('; ')} (logs: ${stack.configFolder}/../logs)`, {
      cause,
    });
  } finally {
    sides.store.release();
    sides.database.release();
  }
}

/** Moves whenever the resolver or the writer does something. */
async function activityOf({ store, database }: Pick<World, 'store' | 'database'>): Promise<string> {
  const resolver = await store.query('SELECT partition, last_sequence, offsets FROM partition_progress ORDER BY 1');
  const salesforce = await store.query('SELECT stream, intended, done FROM sink_progress ORDER BY 1');
  const postgres = await database.query('SELECT stream, sequence FROM concord.progress ORDER BY 1');
  return JSON.stringify([resolver.rows, salesforce.rows, postgres.rows]);
}

export async function rowBy(
  database: Pool,
  column: 'id' | 'sf_id' | 'account_name',
  value: unknown,
): Promise<Row | undefined> {
  const { rows } = await database.query<Row>(`SELECT * FROM accounts WHERE ${column} = $1`, [value]);
  return rows[0];
}

export async function accountBy(sales: SalesUser, field: 'Id' | 'Name', value: string): Promise<Account | undefined> {
  const literal = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const found = await sales.query(
    `SELECT Id, Name, Industry, AnnualRevenue, LastModifiedDate FROM Account WHERE ${field} = '${literal}'`,
  );
  return found[0] as Account | undefined;
}

/** A row made by the person in Postgres, as soon as it is known on both sides. */
export async function createdInPostgres(
  { database, sales }: World,
  name: string,
  industry = 'Energy',
): Promise<{ row: Row; account: Account }> {
  await database.query('INSERT INTO accounts (account_name, industry_type, annual_revenue) VALUES ($1, $2, 1000)', [
    name,
    industry,
  ]);
  const account = await seen(`"${name}" is in Salesforce`, () => accountBy(sales, 'Name', name));
  const row = await seen(`"${name}" has its Salesforce id`, async () => {
    const found = await rowBy(database, 'account_name', name);
    return found?.sf_id === account.Id && found;
  });
  return { row, account };
}

export async function conflictsAbout(store: Pool, nativeId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await store.query(
    'SELECT c.* FROM conflict c JOIN identity i USING (record_id) WHERE i.native_id = $1 ORDER BY c.id',
    [nativeId],
  );
  return rows as Record<string, unknown>[];
}
