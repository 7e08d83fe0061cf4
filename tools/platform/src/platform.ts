/**
 * Brings up PostgreSQL, Kafka, the schema registry and Kafka Connect as child processes, without Docker: the real programs,
 * with all they keep in one folder. `npm start`, the end-to-end tests and the benchmark are its users.
 *
 *     postgres ──────────────────────┐
 *     kafka ──▶ registry, connect ───┴──▶ ready          (each arrow waits for a probe, never for a time)
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { secretReference, startConnect } from './connect.ts';
import { PlatformError } from './errors.ts';
import { ensureJvmParts, type JvmFolders, type JvmPart } from './jvm-parts.ts';
import { startKafka } from './kafka.ts';
import { stopAllOnSignal } from './live-processes.ts';
import type { ManagedProcess } from './managed-process.ts';
import { giveUpOwnership, stopLeftovers, takeOwnership } from './pid-files.ts';
import { choosePorts, type Ports } from './ports.ts';
import { localHost, postgresUrl, readSuperuserPassword, startPostgres, superuser } from './postgres.ts';
import { startRegistry } from './registry.ts';
import { allParts, type Platform, type PlatformOptions, type PlatformPart } from './types.ts';

type Starting = {
  options: PlatformOptions & { dataDir: string };
  parts: readonly PlatformPart[];
  ports: Ports;
  processes: Map<PlatformPart, ManagedProcess>;
  startMs: Partial<Record<PlatformPart | 'total', number>>;
};

const neededBy: Readonly<Record<PlatformPart, readonly PlatformPart[]>> = {
  postgres: [],
  kafka: [],
  registry: ['kafka'],
  connect: ['kafka'],
};

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const begun = performance.now();
  const dataDir = resolve(options.dataDir);
  await prepareFolder(dataDir, options);
  const starting: Starting = {
    options: { ...options, dataDir },
    parts: withNeeded(options.parts ?? allParts),
    ports: await choosePorts(dataDir, options.ports ?? 'free'),
    processes: new Map(),
    startMs: {},
  };
  try {
    await startParts(starting);
  } catch (error) {
    await stopParts(starting);
    throw error;
  }
  starting.startMs.total = Math.round(performance.now() - begun);
  return describe(starting);
}

/** Named one by one: the folder may hold other things, and is removed by nobody but its owner. */
const keptEntries = ['postgres', 'kafka', 'salesforce', 'secrets', 'config', 'logs', 'ports.json', 'env.sh'];

async function prepareFolder(dataDir: string, { fresh, onProgress }: PlatformOptions): Promise<void> {
  stopAllOnSignal();
  mkdirSync(dataDir, { recursive: true });
  takeOwnership(dataDir);
  const stopped = await stopLeftovers(dataDir);
  if (stopped.length > 0) {
    onProgress?.({ step: 'stopped what an earlier run left behind', state: 'done', detail: stopped.join(', ') });
  }
  if (fresh !== true) return;
  for (const kept of keptEntries) {
    rmSync(join(dataDir, kept), { recursive: true, force: true });
  }
}

/** Both branches are awaited to their end even if one fails, so that nothing starts after we have begun to stop. */
async function startParts(starting: Starting): Promise<void> {
  const has = (part: PlatformPart) => starting.parts.includes(part);
  const database = has('postgres') ? start(starting, 'postgres') : Promise.resolve();
  const results = await Promise.allSettled([database, has('kafka') ? startKafkaFamily(starting, database) : undefined]);
  throwFirst(results);
}

async function startKafkaFamily(starting: Starting, database: Promise<void>): Promise<void> {
  const { options, parts } = starting;
  const jvm = await ensureJvmParts(jvmPartsFor(starting), options.onProgress ?? (() => undefined));
  await start(starting, 'kafka', jvm);
  const others: Promise<void>[] = [];
  if (parts.includes('registry')) others.push(start(starting, 'registry', jvm));
  // Connect is told the database's password, which exists once the database does.
  if (parts.includes('connect')) others.push(database.then(() => start(starting, 'connect', jvm)));
  throwFirst(await Promise.allSettled(others));
}

async function start(starting: Starting, part: PlatformPart, jvm?: JvmFolders): Promise<void> {
  const begun = performance.now();
  const step = `starting ${part}`;
  starting.options.onProgress?.({ step, state: 'running' });
  starting.processes.set(part, await launch(starting, part, jvm));
  const ms = Math.round(performance.now() - begun);
  starting.startMs[part] = ms;
  const detail = `${(ms / 1000).toFixed(1)} s, port ${starting.ports[part]}`;
  starting.options.onProgress?.({ step: `${part} is up`, state: 'done', detail });
}

function launch(starting: Starting, part: PlatformPart, jvm?: JvmFolders): Promise<ManagedProcess> {
  const { options, ports, parts } = starting;
  const settings = { dataDir: options.dataDir, ports, onDeath: options.onDeath };
  if (part === 'postgres') return startPostgres({ ...settings, settings: options.postgresSettings ?? {} });
  if (jvm === undefined) throw new Error(`${part} needs the JVM parts.`);
  const jvmSettings = { ...settings, jvm, heapMegabytes: options.heapMegabytes ?? 512 };
  if (part === 'kafka') return startKafka({ ...jvmSettings, settings: options.kafkaSettings ?? {} });
  if (part === 'registry') return startRegistry(jvmSettings);
  return startConnect({
    ...jvmSettings,
    plugins: connectPlugins(options),
    settings: options.connectSettings ?? {},
    hasPostgres: parts.includes('postgres'),
  });
}

function describe({ options, parts, ports, processes, startMs }: Starting): Platform {
  const { dataDir } = options;
  const password = parts.includes('postgres') ? readSuperuserPassword(dataDir) : '';
  const registry = `http://${localHost}:${ports.registry}`;
  return {
    dataDir,
    postgres: {
      host: localHost,
      port: ports.postgres,
      user: superuser,
      password,
      url: (database) => postgresUrl(ports.postgres, password, database),
    },
    kafka: { brokers: [`${localHost}:${ports.kafka}`] },
    registry: { url: `${registry}/apis/ccompat/v7`, apicurioUrl: registry },
    connect: {
      url: `http://${localHost}:${ports.connect}`,
      secretOf: (name) => secretReference(dataDir, name),
    },
    process: (part) => {
      const found = processes.get(part);
      if (found !== undefined) return found;
      const message = `${part} is not a part of this platform.`;
      throw new PlatformError({ code: 'platform.no-such-part', message, hint: `Started were: ${parts.join(', ')}.` });
    },
    startMs,
    stop: () => stopParts({ options, processes }),
  };
}

/** Connect and registry are clients of Kafka and need not wait for each other; the broker goes when both are gone. */
async function stopParts({ options, processes }: Pick<Starting, 'options' | 'processes'>): Promise<void> {
  await Promise.all([processes.get('connect')?.stop(), processes.get('registry')?.stop()]);
  await Promise.all([processes.get('kafka')?.stop(), processes.get('postgres')?.stop()]);
  giveUpOwnership(options.dataDir);
}

function withNeeded(parts: readonly PlatformPart[]): PlatformPart[] {
  const wanted = new Set(parts.flatMap((part) => [part, ...neededBy[part]]));
  return allParts.filter((part) => wanted.has(part));
}

function jvmPartsFor({ parts, options }: Starting): JvmPart[] {
  const wanted: JvmPart[] = ['kafka'];
  if (parts.includes('registry')) wanted.push('registry');
  if (parts.includes('connect')) wanted.push(...connectPlugins(options));
  return wanted;
}

function connectPlugins(options: PlatformOptions): JvmPart[] {
  return ['debezium-postgres', 'concord-avro', ...(options.connectPlugins ?? [])];
}

function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
