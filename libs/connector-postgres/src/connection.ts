/** Connections to a customer's database: one place for options, names and the translation of errors. */
import type { PostgresSystemConfig } from '@concord/config';
import pg from 'pg';
import { toConnectorError } from './errors.ts';

export type PostgresTarget = Pick<PostgresSystemConfig, 'host' | 'port' | 'database' | 'user' | 'password' | 'tls'>;

export type PostgresPool = {
  /** Host, port and database: fit for messages. */
  readonly where: string;
  readonly host: string;
  readonly database: string;
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>;
  /** A connection of one's own. Statements sent without awaiting the last one share a round trip. */
  connect(): Promise<pg.PoolClient>;
  end(): Promise<void>;
};

export type PoolOptions = { readonly connectionsMax?: number; readonly applicationName?: string };

const CONNECT_MS_MAX = 10_000;
/** A row that a user's session keeps locked must not hold up the others for longer. */
const LOCK_MS_MAX = 10_000;
const STATEMENT_MS_MAX = 120_000;

/** From a system of the config, or from a connection string (tests, tools). */
export function createPool(target: PostgresTarget | string, options: PoolOptions = {}): PostgresPool {
  const connection = typeof target === 'string' ? { connectionString: target } : connectionOf(target);
  const pool = new pg.Pool({
    ...connection,
    max: options.connectionsMax ?? 4,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    application_name: options.applicationName ?? 'concord',
    keepAlive: true,
    pipeline: true,
    lock_timeout: LOCK_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    // What is written as text must mean the same on every server.
    options: '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c extra_float_digits=1 -c bytea_output=hex',
  });
  // A connection that the server closes is replaced at the next use, and a statement under way rejects. Without a listener,
  // for idle connections and for those in use, the event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const { host, port, database } = placeOf(target);
  const where = `${host}:${port}/${database}`;
  return {
    where,
    host,
    database,
    query: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) => {
      try {
        return (await pool.query<R>(text, values)).rows;
      } catch (error) {
        throw toConnectorError(error, where);
      }
    },
    connect: async () => {
      try {
        return await pool.connect();
      } catch (error) {
        throw toConnectorError(error, where);
      }
    },
    end: () => pool.end(),
  };
}

function connectionOf({ host, port, database, user, password, tls }: PostgresTarget): pg.PoolConfig {
  const ssl =
    tls.mode === 'disable'
      ? false
      : { rejectUnauthorized: tls.mode === 'verify-full', ...(tls.authority ? { ca: tls.authority.reveal() } : {}) };
  return { host, port, database, user, ssl, ...(password ? { password: password.reveal() } : {}) };
}

function placeOf(target: PostgresTarget | string): { host: string; port: number | string; database: string } {
  if (typeof target !== 'string') return target;
  const { hostname, port, pathname } = new URL(target);
  return { host: hostname, port: port || '5432', database: decodeURIComponent(pathname.slice(1)) };
}
