/** One pool, one way to run a statement: every failure leaves here as a StoreError. */
import { PreparedNames } from '@concord/connector-kit';
import pg from 'pg';
import { toStoreError } from './errors.ts';

export type Row = Record<string, unknown>;

export class Database {
  readonly where: string;
  readonly #pool: pg.Pool;
  readonly #url: string;
  readonly #names = new PreparedNames();

  constructor(url: string, connectionsMax: number) {
    const { hostname, port, pathname } = new URL(url);
    this.where = `${hostname}:${port || '5432'}${pathname}`;
    this.#url = url;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connectionsMax,
      connectionTimeoutMillis: 10_000,
      application_name: 'concord',
      keepAlive: true,
    });
    // An idle connection that the server closes is replaced at the next use; without a listener it would end the process.
    this.#pool.on('error', () => undefined);
  }

  /** Runs one statement. With a `name` it is prepared once per connection: use it for constant texts on hot paths. */
  async query<R extends Row>(text: string, values: unknown[] = [], name?: string): Promise<R[]> {
    try {
      const result = await this.#pool.query<R>(
        name === undefined ? { text, values } : { name: this.#names.of(name), text, values },
      );
      return result.rows;
    } catch (error) {
      throw toStoreError(error, this.where);
    }
  }

  /** The connection string, for the migration tool only. */
  get url(): string {
    return this.#url;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
