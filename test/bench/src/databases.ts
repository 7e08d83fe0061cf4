/** A database per side and run, removed with its replication slots when the run is over. */
import type { Platform } from '@concord/platform';
import { waitUntil } from '@concord/platform';
import { Pool } from 'pg';

export async function createDatabase(platform: Platform, name: string): Promise<Pool> {
  await asAdministrator(platform, (pool) => pool.query(`CREATE DATABASE "${name}"`));
  return openPool(platform, name);
}

function openPool(platform: Platform, database: string): Pool {
  const pool = new Pool({ connectionString: platform.postgres.url(database), max: 16 });
  // An idle connection that the server ends (a database is dropped) must not end the harness.
  pool.on('error', () => undefined);
  return pool;
}

/** Slots first: a database with a slot cannot be dropped, and a slot is free only once its reader has gone. */
export async function dropDatabase(platform: Platform, name: string): Promise<void> {
  await asAdministrator(platform, async (pool) => {
    const dropSlots = `
      SELECT count(*) FILTER (WHERE active) AS active,
             count(pg_drop_replication_slot(slot_name)) FILTER (WHERE NOT active) AS dropped
      FROM pg_replication_slots WHERE database = $1`;
    await waitUntil(
      async () => {
        await pool.query(dropSlots, [name]).catch(() => undefined);
        const left = await pool.query('SELECT 1 FROM pg_replication_slots WHERE database = $1', [name]);
        return left.rows.length === 0;
      },
      { what: `slots of ${name} dropped`, deadlineMs: 30_000 },
    );
    await pool.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  });
}

/** Changes made from now on will be read, however slowly the connector gets going. */
export async function untilSlotIsActive(platform: Platform, database: string): Promise<void> {
  const query = 'SELECT 1 FROM pg_replication_slots WHERE database = $1 AND active';
  await asAdministrator(platform, (pool) =>
    waitUntil(async () => (await pool.query(query, [database])).rows.length > 0, {
      what: `replication slot of ${database} in use`,
      deadlineMs: 60_000,
    }),
  );
}

async function asAdministrator<T>(platform: Platform, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(platform, 'postgres');
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
