/** Concord's own processes: what runs, and the settings all of them share. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { projectFolder } from '../folders.ts';
import { startNodeService } from '../node-service.ts';
import type { ProgressListener } from '../progress.ts';
import type { Platform, ProcessDeath } from '../types.ts';
import { storeDatabase, userDatabase } from './databases.ts';
import type { Emulator } from './emulator.ts';
import type { StartOptions } from './options.ts';

const names = ['writer', 'resolver', 'ingest-postgres', 'ingest-salesforce'] as const;

export type Environment = Readonly<Record<string, string>>;
export type Services = { name: string; url: string }[];

type ServiceParts = {
  dataDir: string;
  environment: Environment;
  onProgress: ProgressListener;
  onDeath: (death: ProcessDeath) => void;
};

/** The systems of the sync as they are here; what the sync's own file says of hosts and credentials is overridden. */
export function environmentOf(platform: Platform, emulator: Emulator, { sync, dataDir }: StartOptions): Environment {
  const systemsFile = join(dataDir, 'config', 'systems.json');
  mkdirSync(join(dataDir, 'config'), { recursive: true });
  const { host, port, user } = platform.postgres;
  const systems = {
    postgres: { type: 'postgres', host, port, user, database: userDatabase, password: 'env:CONCORD_POSTGRES_PASSWORD' },
    salesforce: {
      type: 'salesforce',
      auth_type: 'oauth2',
      flow: 'client_credentials',
      instance_url: emulator.url,
      client_id: emulator.clientId,
      client_secret: 'env:CONCORD_SALESFORCE_SECRET',
      pubsub_endpoint: emulator.pubsubEndpoint,
      pubsub_tls: false,
    },
  };
  writeFileSync(systemsFile, `${JSON.stringify({ systems }, null, 2)}\n`);
  return {
    CONCORD_CONFIG: [...sync, systemsFile].join(','),
    CONCORD_POSTGRES_PASSWORD: platform.postgres.password,
    CONCORD_SALESFORCE_SECRET: emulator.clientSecret,
    CONCORD_STORE_URL: platform.postgres.url(storeDatabase),
    CONCORD_KAFKA_BROKERS: platform.kafka.brokers.join(','),
    CONCORD_REGISTRY_URL: platform.registry.url,
    CONCORD_CONNECT_URL: platform.connect.url,
    CONCORD_LOG_LEVEL: process.env['CONCORD_LOG_LEVEL'] ?? 'info',
  };
}

/** `concord apply`: checks the config against both systems and makes topics, tables, fields and the connector. */
export async function apply(environment: Environment, onProgress: ProgressListener): Promise<void> {
  const step = 'concord apply';
  onProgress({ step, state: 'running' });
  await runCommand({
    command: process.execPath,
    args: [join(projectFolder, 'apps', 'cli', 'src', 'main.ts'), 'apply'],
    env: environment,
    what: 'Applying the sync',
    hint: 'What it said:',
  });
  onProgress({ step, state: 'done' });
}

export async function startServices(parts: ServiceParts): Promise<Services> {
  const results = await Promise.allSettled(names.map((name) => startService(name, parts)));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function startService(name: string, parts: ServiceParts): Promise<Services[number]> {
  const { dataDir, environment: env, onProgress, onDeath } = parts;
  onProgress({ step: `starting ${name}`, state: 'running' });
  const { url } = await startNodeService({ name, entry: `apps/${name}/src/main.ts`, dataDir, env, onDeath });
  onProgress({ step: `${name} is up`, state: 'done', detail: url });
  return { name, url };
}
