/** The store: one Postgres database that holds what Concord knows. Everything is reached through the parts of this object. */
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Database } from './database.ts';
import { toStoreError } from './errors.ts';
import { Identities } from './identities.ts';
import { Plans } from './plans.ts';
import { Reports } from './reports.ts';
import { ResolverUnit } from './resolver-unit.ts';
import { SinkProgress } from './sink-progress.ts';
import { SourceCheckpoints } from './checkpoints.ts';

export type StoreOptions = {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  readonly connectionsMax?: number;
  /** Native ids remembered per process; an entry takes about 200 bytes. */
  readonly identitiesCachedMax?: number;
};

export type Store = {
  /** Creates or upgrades the tables. Safe to run at any time and from several processes at once (advisory lock). */
  migrate(): Promise<void>;
  /** Resolves when the store answers; rejects with a StoreError that says what is wrong. */
  ping(): Promise<void>;
  readonly identities: Identities;
  readonly plans: Plans;
  readonly checkpoints: SourceCheckpoints;
  readonly reports: Reports;
  resolverUnit(consumer: string): ResolverUnit;
  sinkProgress(system: string): SinkProgress;
  close(): Promise<void>;
};

export function createStore({ url, connectionsMax = 4, identitiesCachedMax = 50_000 }: StoreOptions): Store {
  const database = new Database(url, connectionsMax);
  return {
    migrate: () => migrate(database),
    ping: async () => void (await database.query('SELECT 1')),
    identities: new Identities(database, identitiesCachedMax),
    plans: new Plans(database),
    checkpoints: new SourceCheckpoints(database),
    reports: new Reports(database),
    resolverUnit: (consumer) => new ResolverUnit(database, consumer),
    sinkProgress: (system) => new SinkProgress(database, system),
    close: () => database.close(),
  };
}

async function migrate(database: Database): Promise<void> {
  try {
    await runner({
      databaseUrl: database.url,
      dir: fileURLToPath(new URL('../migrations', import.meta.url)),
      direction: 'up',
      advisoryLockMode: 'wait',
      migrationsTable: 'concord_migration',
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
  } catch (error) {
    throw toStoreError(error, database.where);
  }
}
