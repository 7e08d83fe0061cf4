/** A database of its own for one test file, dropped at the end. For tests and benches only. */
import { randomBytes } from 'node:crypto';
import { createPool, type PostgresPool } from '../connection.ts';

export type TestDatabase = { readonly url: string; readonly pool: PostgresPool; drop(): Promise<void> };

export async function openTestDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `concord_test_${randomBytes(6).toString('hex')}`;
  const server = createPool(serverUrl, { connectionsMax: 1 });
  await server.query(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = createPool(url.href);
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}
