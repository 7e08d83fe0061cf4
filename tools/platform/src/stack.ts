/**
 * Concord itself on a running platform: the Salesforce emulator, the two databases, `concord apply`, the services. Used by
 * `npm start`, the end-to-end tests and the benchmark alike.
 *
 * A service that dies by itself is told and started again with growing pauses, as a container platform would do. One that
 * is stopped or killed through its handle stays down until somebody calls `restart`. Topics and consumer groups have no
 * name of their own per stack, so one platform carries one stack at a time.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabases } from './databases.ts';
import { startEmulator, type Emulator } from './emulator.ts';
import { PlatformError } from './errors.ts';
import { startNodeService, type NodeService } from './node-service.ts';
import type { ProgressListener } from './progress.ts';
import { runCli, type CliResult } from './run-cli.ts';
import { Supervisor } from './supervisor.ts';
import type { Platform, ProcessDeath } from './types.ts';

const serviceNames = ['writer', 'resolver', 'ingest-postgres', 'ingest-salesforce'] as const;
export type ServiceName = (typeof serviceNames)[number];

export type StackOptions = {
  platform: Platform;
  /** Config, logs and the emulator's org; may be the platform's folder. */
  dataDir: string;
  /** Put before the names of the databases. */
  name?: string;
  syncFiles: readonly string[];
  initSql: readonly string[];
  /** Default: all of them. */
  services?: readonly ServiceName[];
  emulatorArgs?: readonly string[];
  env?: Readonly<Record<string, string>>;
  onProgress?: ProgressListener;
  onDeath?: (death: ProcessDeath) => void;
};

export type Stack = {
  readonly platform: Platform;
  readonly databaseUrl: string;
  readonly storeUrl: string;
  /** False when the databases were there already: this start goes on with them. */
  readonly isNew: boolean;
  readonly emulator: Emulator;
  readonly services: Readonly<Partial<Record<ServiceName, NodeService>>>;
  readonly configFolder: string;
  /** What the services and the CLI are told; holds secrets. */
  readonly env: Readonly<Record<string, string>>;
  cli(args: readonly string[]): Promise<CliResult>;
  restart(name: ServiceName): Promise<void>;
  /** Stops services and emulator; the platform belongs to whoever started it. */
  stop(): Promise<void>;
};

type Databases = { customer: string; store: string };

export async function startStack(options: StackOptions): Promise<Stack> {
  const { platform, dataDir, onProgress = () => undefined } = options;
  const supervisor = new Supervisor(options.onDeath);
  const databases = databasesOf(options.name);
  const emulator = await startEmulator({
    dataDir,
    args: options.emulatorArgs ?? [],
    onProgress,
    onDeath: (death) => supervisor.revive(death),
  });
  supervisor.watch(emulator.process);
  const isNew = await createDatabases(platform.postgres, databases, options.initSql);
  const configFolder = join(dataDir, 'config');
  const env = { ...environmentOf(options, emulator, { databases, configFolder }), ...options.env };
  await apply(env, onProgress);
  const services = await startServices(options, env, supervisor);
  return {
    platform,
    databaseUrl: platform.postgres.url(databases.customer),
    storeUrl: platform.postgres.url(databases.store),
    isNew,
    emulator,
    services,
    configFolder,
    env,
    cli: (args) => runCli(args, env),
    restart: (name) => serviceOf(services, name).process.restart(),
    stop: () => supervisor.stop(),
  };
}

function databasesOf(name: string | undefined): Databases {
  const prefix = name === undefined || name === '' ? '' : `${name}_`;
  return { customer: `${prefix}customer_data`, store: `${prefix}concord` };
}

/** The systems of the sync as they are here; what the sync's own file says of hosts and credentials is overridden. */
function environmentOf(
  { platform, syncFiles }: StackOptions,
  emulator: Emulator,
  { databases, configFolder }: { databases: Databases; configFolder: string },
): Record<string, string> {
  const { host, port, user, password } = platform.postgres;
  const systems = {
    postgres: {
      type: 'postgres',
      host,
      port,
      user,
      database: databases.customer,
      password: 'env:CONCORD_POSTGRES_PASSWORD',
    },
    salesforce: {
      type: 'salesforce',
      auth_type: 'oauth2',
      flow: 'client_credentials',
      instance_url: emulator.http,
      client_id: emulator.access.clientId,
      client_secret: 'env:CONCORD_SALESFORCE_SECRET',
      pubsub_endpoint: emulator.grpc,
      pubsub_tls: false,
    },
  };
  mkdirSync(configFolder, { recursive: true });
  const systemsFile = join(configFolder, 'systems.json');
  writeFileSync(systemsFile, `${JSON.stringify({ systems }, null, 2)}\n`);
  return {
    CONCORD_CONFIG: [...syncFiles, systemsFile].join(','),
    CONCORD_POSTGRES_PASSWORD: password,
    CONCORD_SALESFORCE_SECRET: emulator.access.clientSecret,
    CONCORD_STORE_URL: platform.postgres.url(databases.store),
    CONCORD_KAFKA_BROKERS: platform.kafka.brokers.join(','),
    CONCORD_REGISTRY_URL: platform.registry.url,
    CONCORD_CONNECT_URL: platform.connect.url,
    // What the connector's config shows in place of the password.
    CONCORD_CONNECT_PASSWORD_POSTGRES: platform.connect.secretOf('postgres.password'),
    CONCORD_LOG_LEVEL: process.env['CONCORD_LOG_LEVEL'] ?? 'info',
  };
}

/** `concord apply`: checks the config against both systems and makes topics, tables, fields and the connector. */
async function apply(env: Readonly<Record<string, string>>, onProgress: ProgressListener): Promise<void> {
  onProgress({ step: 'concord apply', state: 'running' });
  const { exitCode, stdout, stderr } = await runCli(['apply'], env);
  if (exitCode !== 0) {
    const message = `concord apply ended with code ${exitCode}.`;
    throw new PlatformError({ code: 'stack.apply', message, hint: `It said:\n${`${stdout}${stderr}`.trim()}` });
  }
  onProgress({ step: 'concord apply', state: 'done' });
}

async function startServices(
  { dataDir, services: names = serviceNames, onProgress }: StackOptions,
  env: Readonly<Record<string, string>>,
  supervisor: Supervisor,
): Promise<Partial<Record<ServiceName, NodeService>>> {
  const started: Partial<Record<ServiceName, NodeService>> = {};
  const startOne = async (name: ServiceName) => {
    onProgress?.({ step: `starting ${name}`, state: 'running' });
    const onDeath = (death: ProcessDeath) => supervisor.revive(death);
    const service = await startNodeService({ name, entry: `apps/${name}/src/main.ts`, dataDir, env, onDeath });
    supervisor.watch(service.process);
    started[name] = service;
    onProgress?.({ step: `${name} is up`, state: 'done', detail: service.url });
  };
  // All are awaited even if one fails, so that nothing starts after the caller has begun to stop.
  for (const result of await Promise.allSettled(names.map(startOne))) {
    if (result.status === 'rejected') throw result.reason;
  }
  return started;
}

function serviceOf(services: Stack['services'], name: ServiceName): NodeService {
  const service = services[name];
  if (service !== undefined) return service;
  const message = `${name} is not a service of this stack.`;
  throw new PlatformError({
    code: 'stack.no-such-service',
    message,
    hint: `There are: ${Object.keys(services).join(', ')}.`,
  });
}
