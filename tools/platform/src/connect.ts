/** Kafka Connect in distributed mode, with Debezium's Postgres source and the Avro converter. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { javaCommand, javaOptions } from './java.ts';
import type { JvmPart } from './jvm-parts.ts';
import { ManagedProcess } from './managed-process.ts';
import type { JvmPartSettings } from './part-settings.ts';
import { localHost, readSuperuserPassword } from './postgres.ts';
import { writeProperties } from './properties.ts';
import { answers } from './registry.ts';

type ConnectSettings = JvmPartSettings & {
  plugins: readonly JvmPart[];
  settings: Readonly<Record<string, string>>;
  hasPostgres: boolean;
};

export async function startConnect(part: ConnectSettings): Promise<ManagedProcess> {
  const propertiesFile = join(part.dataDir, 'connect.properties');
  if (part.hasPostgres) writeSecrets(part.dataDir);
  writeProperties(propertiesFile, { ...workerProperties(part), ...part.settings });
  const worker = new ManagedProcess({
    name: 'connect',
    command: javaCommand(),
    args: [
      ...javaOptions(part.heapMegabytes),
      '-cp',
      part.jvm.kafkaClassPath,
      'org.apache.kafka.connect.cli.ConnectDistributed',
      propertiesFile,
    ],
    dataDir: part.dataDir,
    // The list of connectors is answered only by a worker that has joined its group and read its config topic.
    isReady: () => answers(`http://${localHost}:${part.ports.connect}/connectors`),
    readyWithinMs: 120_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 20_000,
    onDeath: part.onDeath,
  });
  await worker.start();
  return worker;
}

/** What stands for a secret in a connector's config; Connect puts the secret in and never shows it. */
export function secretReference(dataDir: string, name: string): string {
  return `\${file:${secretsFile(dataDir)}:${name}}`;
}

function writeSecrets(dataDir: string): void {
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  writeProperties(secretsFile(dataDir), { 'postgres.password': readSuperuserPassword(dataDir) }, 0o600);
}

function workerProperties(part: ConnectSettings): Record<string, string | number> {
  return {
    'bootstrap.servers': `${localHost}:${part.ports.kafka}`,
    'group.id': 'concord-connect',
    'config.storage.topic': '_connect-configs',
    'config.storage.replication.factor': 1,
    'offset.storage.topic': '_connect-offsets',
    'offset.storage.replication.factor': 1,
    'offset.storage.partitions': 1,
    'status.storage.topic': '_connect-status',
    'status.storage.replication.factor': 1,
    'status.storage.partitions': 1,
    'topic.creation.enable': 'true',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    listeners: `http://${localHost}:${part.ports.connect}`,
    'plugin.path': part.jvm.pluginPathOf(part.plugins),
    // Reads manifests instead of scanning every class of every jar.
    'plugin.discovery': 'service_load',
    'offset.flush.interval.ms': 5_000,
    // A worker that was killed comes back under a new id; waiting for the old one would only lengthen the gap.
    'scheduled.rebalance.max.delay.ms': 0,
    'session.timeout.ms': 6_000,
    'heartbeat.interval.ms': 2_000,
    'config.providers': 'file',
    'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
    'config.providers.file.param.allowed.paths': join(part.dataDir, 'secrets'),
  };
}

const secretsFile = (dataDir: string) => join(dataDir, 'secrets', 'connect.properties');
