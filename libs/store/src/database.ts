/** One pool, one way to run a statement: every failure leaves here as a StoreError. */
import pg from 'pg';
import { toStoreError } from './errors.ts';

export type Row = Record<string, unknown>;

export class Database {
  readonly where: string;
  readonly #pool: pg.Pool;
  readonly #url: string;
  readonly #runs = new Map<string, number>();

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
        name === undefined ? { text, values } : { name: this.#renewed(name), text, values },
      );
      return result.rows;
    } catch (error) {
      throw toStoreError(error, this.where);
    }
  }

  /**
   * Postgres keeps the plan of a prepared statement, and one that was made while a table was nearly empty reads the table
   * whole: until its first ANALYZE, a minute or more into a load, every look-up costs more than the last. So a statement is
   * prepared anew, under another name, each time it has been run twice as often.
   */
  #renewed(name: string): string {
    const runs = (this.#runs.get(name) ?? 0) + 1;
    this.#runs.set(name, runs);
    return `${name}_${Math.floor(Math.log2(runs))}`;
  }

  /** The connection string, for the migration tool only. */
  get url(): string {
    return this.#url;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
