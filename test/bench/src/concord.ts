/**
 * Our side: `concord apply` for two Postgres systems and the services that carry changes between them. One-way, nothing is
 * captured at the target, as with the rival (`"capture": false`). Two-way, the target is captured like the source, so
 * every row that we write comes back and has to be recognized as our own.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdmin, type KafkaAdmin } from '@concord/kafka';
import { runCli, startNodeService, waitUntil, type NodeService, type Platform } from '@concord/platform';
import type { Pool } from 'pg';
import { deleteConnector } from './connectors.ts';
import { createDatabase, dropDatabase, untilSlotIsActive } from './databases.ts';
import type { Pipeline } from './pipeline.ts';
import { columns, createTableIn, table } from './workload.ts';

export type ConcordOptions = { run: number; direction: 'one-way' | 'two-way'; profiles: boolean };

type Names = { source: string; target: string; store: string };
type Databases = { source: Pool; target: Pool; store: Pool };

const serviceNames = ['writer', 'resolver', 'ingest-postgres'] as const;
const ours = /^(cdc|changes|records|commands)\.|^(outcomes|conflicts|audit)(\.dlq)?$/;

export async function startConcord(platform: Platform, options: ConcordOptions): Promise<Pipeline> {
  const { run, direction } = options;
  const names = { source: `source_${run}`, target: `target_${run}`, store: `store_${run}` };
  const databases = {
    source: await createDatabase(platform, names.source),
    target: await createDatabase(platform, names.target),
    store: await createDatabase(platform, names.store),
  };
  await createTableIn(databases.source);
  await createTableIn(databases.target);
  const env = environmentOf(platform, names, options);
  await apply(env);
  if (direction === 'two-way') await untilSlotIsActive(platform, names.target);
  await untilSlotIsActive(platform, names.source);
  const services = await startServices(platform, env);
  const admin = createAdmin({ brokers: [...platform.kafka.brokers], clientId: 'bench' });
  return {
    name: `concord, ${direction}`,
    source: databases.source,
    target: databases.target,
    stages: Object.fromEntries(services.map(({ process }) => [process.name, process.pid ?? 0])),
    settle: (changes) => settle({ admin, names, databases, seen: direction === 'one-way' ? changes : 2 * changes }),
    topics: async () =>
      (await admin.listTopics()).filter((topic) => ours.test(topic) && !topic.endsWith('.dlq')).sort(),
    stop: async () => {
      await Promise.all(services.map(({ process }) => process.stop()));
      for (const system of [names.source, names.target])
        await deleteConnector(platform.connect.url, connectorOf(system));
      await admin.deleteTopics((await admin.listTopics()).filter((topic) => ours.test(topic)));
      await admin.stop();
      for (const pool of Object.values(databases)) await pool.end();
      for (const name of Object.values(names)) await dropDatabase(platform, name);
    },
  };
}

const connectorOf = (system: string) => `concord-${system}`;

function environmentOf(platform: Platform, names: Names, { run, direction, profiles }: ConcordOptions) {
  const { postgres } = platform;
  const system = (database: string) => ({
    type: 'postgres',
    host: postgres.host,
    port: postgres.port,
    user: postgres.user,
    database,
    password: 'env:CONCORD_POSTGRES_PASSWORD',
  });
  const config = {
    systems: { [names.source]: system(names.source), [names.target]: system(names.target) },
    connection_name: `bench_${run}`,
    entity: table,
    source: { system: names.source, table },
    target: { system: names.target, table, ...(direction === 'one-way' ? { capture: false } : {}) },
    field_mappings: columns.map((column) => ({ source: column, target: column })),
    ...(direction === 'one-way'
      ? { sync_type: 'one_way', source_to_target: true }
      : { sync_type: 'bidirectional', conflict_resolution: 'last_write_wins' }),
  };
  const folder = join(platform.dataDir, 'config');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `bench-${run}.json`);
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
  const secret = platform.connect.secretOf('postgres.password');
  const profileFolder = join(platform.dataDir, 'profiles', `run-${run}-${direction}`);
  return {
    CONCORD_CONFIG: file,
    CONCORD_POSTGRES_PASSWORD: postgres.password,
    [`CONCORD_CONNECT_PASSWORD_${names.source.toUpperCase()}`]: secret,
    [`CONCORD_CONNECT_PASSWORD_${names.target.toUpperCase()}`]: secret,
    CONCORD_STORE_URL: postgres.url(names.store),
    CONCORD_KAFKA_BROKERS: platform.kafka.brokers.join(','),
    CONCORD_REGISTRY_URL: platform.registry.url,
    CONCORD_CONNECT_URL: platform.connect.url,
    CONCORD_LOG_LEVEL: 'info',
    ...(profiles ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` } : {}),
  };
}

async function apply(env: Readonly<Record<string, string>>): Promise<void> {
  const { NODE_OPTIONS: _, ...plain } = env;
  const { exitCode, stdout, stderr } = await runCli(['apply'], plain);
  if (exitCode !== 0) throw new Error(`concord apply ended with code ${exitCode}:\n${stdout}${stderr}`);
}

async function startServices(platform: Platform, env: Readonly<Record<string, string>>): Promise<NodeService[]> {
  const started = serviceNames.map((name) =>
    startNodeService({
      name,
      entry: `apps/${name}/src/main.ts`,
      dataDir: platform.dataDir,
      env,
      onDeath: ({ reason, logFile }) => process.stderr.write(`${name} died (${reason}), see ${logFile}\n`),
    }),
  );
  return Promise.all(started);
}

type Settling = { admin: KafkaAdmin; names: Names; databases: Databases; seen: number };

/** Every change has been normalized and resolved, and every command executed and its outcome taken in. */
async function settle({ admin, names, databases, seen }: Settling): Promise<void> {
  const commandTopics = [names.source, names.target].map(
    (system) => [`writer.${system}`, `commands.${system}`] as const,
  );
  const isSettled = async () => {
    const ends = await endsOf(admin, [`changes.${table}`, 'outcomes']);
    if ((ends.get(`changes.${table}`) ?? 0) < seen) return false;
    for (const [group, topic] of commandTopics) {
      const lag = await admin.groupLag(group, [topic]);
      if (lag.some(({ messages }) => messages > 0n)) return false;
    }
    const resolved = await resolvedOf(databases.store);
    return [...ends].every(([topic, end]) => (resolved.get(topic) ?? 0) >= end);
  };
  await waitUntil(isSettled, { what: `${seen} changes resolved and all commands executed`, deadlineMs: 300_000 });
}

async function endsOf(admin: KafkaAdmin, topics: string[]): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  for (const { topic, end } of await admin.offsets(topics)) ends.set(topic, (ends.get(topic) ?? 0) + Number(end));
  return ends;
}

async function resolvedOf(store: Pool): Promise<Map<string, number>> {
  const query = `
    SELECT topic, sum(next::bigint)::float8 AS next
    FROM partition_progress, jsonb_each_text(offsets) AS o(topic, next) WHERE consumer = 'resolver' GROUP BY topic`;
  const { rows } = await store.query<{ topic: string; next: number }>(query);
  return new Map(rows.map(({ topic, next }) => [topic, next]));
}
