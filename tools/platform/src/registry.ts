/** Apicurio Registry. Its storage is a Kafka topic, so schema ids survive a restart together with the messages that carry them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from './errors.ts';
import { javaCommand, javaOptions } from './java.ts';
import { ManagedProcess } from './managed-process.ts';
import type { JvmPartSettings } from './part-settings.ts';
import { localHost } from './postgres.ts';

const heapMegabytes = 320;

/** It answers a few requests per schema and is waited for at every start: compiling quickly beats compiling well. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

export async function startRegistry(part: JvmPartSettings): Promise<ManagedProcess> {
  const folder = part.jvm.registryFolder;
  const port = part.ports.registry;
  const registry = new ManagedProcess({
    name: 'registry',
    command: javaCommand(),
    args: [...javaOptions(heapMegabytes), ...quickStart, '-jar', join(folder, runnerOf(folder))],
    env: {
      QUARKUS_HTTP_HOST: localHost,
      QUARKUS_HTTP_PORT: String(port),
      APICURIO_STORAGE_KIND: 'kafkasql',
      APICURIO_KAFKASQL_BOOTSTRAP_SERVERS: `${localHost}:${part.ports.kafka}`,
      QUARKUS_LOG_CONSOLE_COLOR: 'false',
    },
    dataDir: part.dataDir,
    isReady: () => answers(`http://${localHost}:${port}/apis/ccompat/v7/subjects`),
    readyWithinMs: 120_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 15_000,
    onDeath: part.onDeath,
  });
  await registry.start();
  return registry;
}

export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.body?.cancel();
  return response.ok;
}

function runnerOf(folder: string): string {
  const runner = readdirSync(folder).find((file) => file.endsWith('-runner.jar'));
  if (runner !== undefined) return runner;
  const message = `The registry's program is missing in ${folder}.`;
  throw new PlatformError({
    code: 'platform.incomplete-jvm-part',
    message,
    hint: 'Remove that folder and start again.',
  });
}
