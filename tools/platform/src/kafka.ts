/** One Kafka node in KRaft combined mode (broker and controller), with internal topics sized for one machine. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { javaCommand, javaOptions } from './java.ts';
import { isKafkaReady } from './kafka-probe.ts';
import { ManagedProcess } from './managed-process.ts';
import type { JvmPartSettings } from './part-settings.ts';
import { localHost } from './postgres.ts';
import { writeProperties } from './properties.ts';
import { runCommand } from './run-command.ts';

export async function startKafka(
  part: JvmPartSettings & { settings: Readonly<Record<string, string>> },
): Promise<ManagedProcess> {
  const folder = join(part.dataDir, 'kafka');
  const propertiesFile = join(part.dataDir, 'kafka.properties');
  writeProperties(propertiesFile, { ...brokerProperties(part, folder), ...part.settings });
  if (!existsSync(join(folder, 'meta.properties'))) await format(part.jvm.kafkaClassPath, folder, propertiesFile);
  const broker = new ManagedProcess({
    name: 'kafka',
    command: javaCommand(),
    args: [...javaOptions(part.heapMegabytes), '-cp', part.jvm.kafkaClassPath, 'kafka.Kafka', propertiesFile],
    dataDir: part.dataDir,
    isReady: () => isKafkaReady(localHost, part.ports.kafka),
    readyWithinMs: 90_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 20_000,
    onDeath: part.onDeath,
  });
  await broker.start();
  return broker;
}

function brokerProperties(part: JvmPartSettings, folder: string): Record<string, string | number> {
  const { kafka, kafkaController } = part.ports;
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${localHost}:${kafkaController}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${localHost}:${kafka},CONTROLLER://${localHost}:${kafkaController}`,
    'advertised.listeners': `PLAINTEXT://${localHost}:${kafka}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': folder,
    // Topics are made on purpose, with their partition count and cleanup policy; a typing error must not make one.
    'auto.create.topics.enable': 'false',
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'message.max.bytes': 4_194_304,
    'replica.fetch.max.bytes': 4_194_304,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'num.recovery.threads.per.data.dir': 2,
    'log.cleaner.dedupe.buffer.size': 33_554_432,
    // After a kill -9 the broker may come back only when its former self has been given up; the default is 9 s.
    'broker.session.timeout.ms': 6_000,
    'broker.heartbeat.interval.ms': 1_000,
  };
}

/** Formatting into a folder that an interrupted attempt left half made would be refused. */
async function format(classPath: string, folder: string, propertiesFile: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // One in 64 begins with a dash, and must not pass for an option.
  const clusterId = randomBytes(16).toString('base64url');
  await runCommand({
    command: javaCommand(),
    args: [
      '-Xmx128m',
      '-cp',
      classPath,
      'kafka.tools.StorageTool',
      'format',
      `--cluster-id=${clusterId}`,
      '-c',
      propertiesFile,
    ],
    what: "Formatting Kafka's storage",
  });
}
