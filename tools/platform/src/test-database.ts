/** A database for one test file alone, on whatever server the tests were given. */
import { randomBytes } from 'node:crypto';
import { withClient } from './databases.ts';

export type TestDatabase = { readonly name: string; readonly url: string; readonly drop: () => Promise<void> };

export async function openTestDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `concord_test_${randomBytes(6).toString('hex')}`;
  const onServer = async (statement: string): Promise<void> =>
    void (await withClient(serverUrl, (client) => client.query(statement)));
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`) };
}
