/**
 * Fetches the JVM parts that infra/pom.xml pins, once per content of that file, into `.concord/jvm/<hash>/<part>`.
 *
 * A part is laid out in a folder of its own beside its final place and renamed when it is whole, so an interrupted fetch
 * leaves nothing that looks finished, and two fetches at the same time end with the same result.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { concordFolder, projectFolder } from './folders.ts';
import { javaCommand } from './java.ts';
import { latestTransfer } from './maven-progress.ts';
import { identityOf } from './process-identity.ts';
import type { ProgressListener } from './progress.ts';
import { runCommand } from './run-command.ts';

export type JvmPart = 'kafka' | 'registry' | 'debezium-postgres' | 'avro-converter' | 'debezium-jdbc';

export type JvmFolders = {
  kafkaClassPath: string;
  registryFolder: string;
  /** For Connect's `plugin.path`; each plugin is named with its folder, so only what was asked for is loaded. */
  pluginPathOf: (parts: readonly JvmPart[]) => string;
};

const pomFile = join(projectFolder, 'infra', 'pom.xml');

/** Connect finds plugins by their service manifests; these have none, so Kafka's own tool writes them. */
const withoutManifest: readonly JvmPart[] = ['avro-converter'];

export async function ensureJvmParts(parts: readonly JvmPart[], onProgress: ProgressListener): Promise<JvmFolders> {
  const root = join(concordFolder, 'jvm', hashOfPom());
  // `kafka` goes first because the manifest tool is in it.
  const ordered = ['kafka' as const, ...parts.filter((part) => part !== 'kafka')];
  for (const part of ordered) {
    if (!existsSync(partFolder(root, part))) await fetchPart(root, part, onProgress);
  }
  return {
    kafkaClassPath: join(partFolder(root, 'kafka'), '*'),
    registryFolder: partFolder(root, 'registry'),
    pluginPathOf: (plugins) => plugins.map((part) => dirname(partFolder(root, part))).join(','),
  };
}

async function fetchPart(root: string, part: JvmPart, onProgress: ProgressListener): Promise<void> {
  const step = `fetching ${part}`;
  const final = dirname(partFolder(root, part));
  const partial = `${final}.partial-${process.pid}`;
  onProgress({ step, state: 'running' });
  removeInterrupted(root, part);
  mkdirSync(partial, { recursive: true });
  await runCommand({
    command: 'mvn',
    args: [
      '-Dstyle.color=never',
      '-f',
      pomFile,
      'generate-resources',
      '-P',
      part,
      `-Dconcord.output=${join(partial, part)}`,
    ],
    what: `Fetching ${part} with Maven`,
    hint: 'Check the network and the Maven settings, then start again: what is already fetched is kept. Its last output:',
    onOutput: (chunk) => {
      const detail = latestTransfer(chunk);
      if (detail !== undefined) onProgress({ step, state: 'running', detail });
    },
  });
  if (withoutManifest.includes(part)) await writeManifests(root, partial);
  if (existsSync(final)) rmSync(partial, { recursive: true });
  else renameSync(partial, final);
  onProgress({ step, state: 'done' });
}

/** What a fetch left that was killed; a fetch by another living process is not touched. */
function removeInterrupted(root: string, part: JvmPart): void {
  if (!existsSync(root)) return;
  for (const entry of readdirSync(root)) {
    const owner = entry.startsWith(`${part}.partial-`) ? Number(entry.slice(`${part}.partial-`.length)) : undefined;
    if (owner === undefined || (owner !== process.pid && identityOf(owner) !== undefined)) continue;
    rmSync(join(root, entry), { recursive: true, force: true });
  }
}

function writeManifests(root: string, pluginPath: string): Promise<string> {
  return runCommand({
    command: javaCommand(),
    args: [
      '-cp',
      join(partFolder(root, 'kafka'), '*'),
      'org.apache.kafka.tools.ConnectPluginPath',
      'sync-manifests',
      '--plugin-path',
      pluginPath,
    ],
    what: 'Writing the plugin manifests',
  });
}

/** Each part lies in a folder of its own name inside one for the part alone: the outer one is a Connect plugin path. */
const partFolder = (root: string, part: JvmPart) => join(root, part, part);

function hashOfPom(): string {
  return createHash('sha256').update(readFileSync(pomFile)).digest('hex').slice(0, 12);
}
