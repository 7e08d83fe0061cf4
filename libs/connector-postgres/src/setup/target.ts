/** What a database needs so that Concord can write to it: a schema of its own with the progress of the streams. */
import type { PostgresPool } from '../connection.ts';
import { postgresError } from '../errors.ts';
import { progressTable } from '../sink/progress.ts';

/** MERGE … RETURNING came with PostgreSQL 17. */
const VERSION_MIN = 170_000;

export async function setUpTarget(pool: PostgresPool): Promise<void> {
  await requireVersion(pool);
  await pool.query('CREATE SCHEMA IF NOT EXISTS concord');
  await pool.query(progressTable);
}

export async function requireVersion(pool: PostgresPool): Promise<number> {
  const [row] = await pool.query<{ version: number; shown: string }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS shown`,
  );
  const { version, shown } = row as { version: number; shown: string };
  if (version >= VERSION_MIN) return version;
  throw postgresError('postgres.version', 'halt', {
    message: `Postgres at ${pool.where} has version ${shown}`,
    hint: 'Concord needs PostgreSQL 17 or later.',
  });
}
