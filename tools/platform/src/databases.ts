/** The two databases of a stack: the user's, with the tables of the init SQL, and Concord's own store. */
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { PlatformError } from './errors.ts';
import type { Platform } from './types.ts';

/** Init SQL runs once, in a database that did not exist; if a file fails the database is dropped, so that it can be tried again. */
export async function createDatabases(
  postgres: Platform['postgres'],
  { customer, store }: { customer: string; store: string },
  initSql: readonly string[],
): Promise<boolean> {
  await createDatabase(postgres, store);
  const isNew = await createDatabase(postgres, customer);
  if (!isNew) return false;
  try {
    for (const file of initSql) await runFile(postgres.url(customer), file);
  } catch (error) {
    await withClient(postgres.url('postgres'), (client) => client.query(`DROP DATABASE "${customer}" WITH (FORCE)`));
    throw error;
  }
  return true;
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function createDatabase(postgres: Platform['postgres'], name: string): Promise<boolean> {
  return withClient(postgres.url('postgres'), async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rows.length > 0) return false;
    await client.query(`CREATE DATABASE "${name}"`);
    return true;
  });
}

async function runFile(url: string, file: string): Promise<void> {
  const sql = readFileSync(file, 'utf8');
  try {
    await withClient(url, (client) => client.query(sql));
  } catch (cause) {
    throw initSqlError(file, sql, cause);
  }
}

/** Postgres says where in the text it stumbled, counted in characters; a person wants the line. */
function initSqlError(file: string, sql: string, cause: unknown): PlatformError {
  const { message, position } = cause as { message: string; position?: string };
  const line = position === undefined ? '' : `:${sql.slice(0, Number(position)).split('\n').length}`;
  return new PlatformError(
    {
      code: 'start.init-sql',
      message: `${file}${line}: ${message}`,
      hint: 'Correct the SQL and start again. It must be plain SQL: psql commands (lines with a backslash) are not known here.',
    },
    { cause },
  );
}
