/**
 * The rival: Debezium's Postgres source and Debezium's JDBC sink on the same broker and Connect worker, tuned as its
 * documentation advises. Its settings stand in infra/connectors/debezium-jdbc-*.json.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '@concord/platform';
import { deleteConnector, startConnector } from './connectors.ts';
import { createDatabase, dropDatabase, untilSlotIsActive } from './databases.ts';
import type { Pipeline } from './pipeline.ts';
import { createTableIn, table } from './workload.ts';

export type RivalSettings = { tasks: number; batchSize: number };

export const rivalSettingsTried: readonly RivalSettings[] = [1, 3].flatMap((tasks) =>
  [500, 1_000, 3_000].map((batchSize) => ({ tasks, batchSize })),
);

/** The best of those on the machine of docs/BENCHMARKS.md. */
export const rivalSettingsUsual: RivalSettings = { tasks: 3, batchSize: 3_000 };

/** As many as Concord's topics have. */
const partitions = 6;
const connectorFolder = join(import.meta.dirname, '../../../infra/connectors');

export async function startRival(platform: Platform, run: number, settings: RivalSettings): Promise<Pipeline> {
  const prefix = `rival_${run}`;
  const names = { source: `${prefix}_source`, target: `${prefix}_target` };
  const source = await createDatabase(platform, names.source);
  const target = await createDatabase(platform, names.target);
  await createTableIn(source);
  await createTableIn(target);
  const fill = { ...commonPlaces(platform), ...placesOf(prefix, names, settings) };
  const connect = platform.connect.url;
  await startConnector(connect, `${prefix}_source`, render('debezium-jdbc-source.json', fill));
  await untilSlotIsActive(platform, names.source);
  // The topic comes to be with the first row; a sink that subscribes before would wait for its next look at the topics.
  await source.query(`INSERT INTO ${table} (id, name, round) VALUES (0, 'first', 0)`);
  await startConnector(connect, `${prefix}_sink`, render('debezium-jdbc-sink.json', fill));
  return {
    name: `rival (${settings.tasks} tasks, batches of ${settings.batchSize})`,
    source,
    target,
    stages: {},
    settle: () => Promise.resolve(),
    topics: () => Promise.resolve([`${prefix}.public.${table}`]),
    stop: async () => {
      await deleteConnector(connect, `${prefix}_sink`);
      await deleteConnector(connect, `${prefix}_source`);
      await Promise.all([source.end(), target.end()]);
      await dropDatabase(platform, names.source);
      await dropDatabase(platform, names.target);
    },
  };
}

function commonPlaces({ postgres, registry, connect }: Platform): Record<string, string> {
  return {
    DATABASE_HOST: postgres.host,
    DATABASE_PORT: String(postgres.port),
    DATABASE_USER: postgres.user,
    DATABASE_PASSWORD: connect.secretOf('postgres.password'),
    REGISTRY_HOST_URL: registry.apicurioUrl,
  };
}

function placesOf(
  prefix: string,
  { source, target }: { source: string; target: string },
  { tasks, batchSize }: RivalSettings,
): Record<string, string> {
  return {
    PREFIX: prefix,
    PARTITIONS: String(partitions),
    SOURCE_DATABASE: source,
    TARGET_DATABASE: target,
    TABLE: `public.${table}`,
    TARGET_TABLE: table,
    TASKS: String(tasks),
    BATCH_SIZE: String(batchSize),
  };
}

/** Capitals only: what else looks like a placeholder is the secret, which the worker resolves. */
function render(file: string, places: Readonly<Record<string, string>>): Record<string, string> {
  const template = JSON.parse(readFileSync(join(connectorFolder, file), 'utf8')) as Record<string, string>;
  const fill = (value: string) =>
    value.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
      const found = places[name];
      if (found === undefined) throw new Error(`${file} has a place ${name} that nothing fills.`);
      return found;
    });
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value)]));
}
