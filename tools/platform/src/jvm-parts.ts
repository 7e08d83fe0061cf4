/**
 * Fetches the JVM parts that infra/pom.xml pins, once per content of that file, into `.concord/jvm/<hash>/<part>`, and
 * builds our own converter, infra/connect-avro, beside them, once per content of its sources.
 *
 * A part is laid out in a folder of its own beside its final place and renamed when it is whole, so an interrupted fetch
 * leaves nothing that looks finished, and two fetches at the same time end with the same result.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { concordFolder, projectFolder } from './folders.ts';
import { javaCommand } from './java.ts';
import { latestTransfer } from './maven-progress.ts';
import { identityOf } from './process-identity.ts';
import type { ProgressListener } from './progress.ts';
import { runCommand } from './run-command.ts';

export type JvmPart =
  | 'kafka'
  | 'registry'
  | 'debezium-postgres'
  | 'concord-avro'
  /** The benchmark's rival and what it writes Avro with. */
  | 'debezium-jdbc'
  | 'apicurio-avro';

export type JvmFolders = {
  kafkaClassPath: string;
  registryFolder: string;
  /** For Connect's `plugin.path`; each plugin is named with its folder, so only what was asked for is loaded. */
  pluginPathOf: (parts: readonly JvmPart[]) => string;
};

const pomFile = join(projectFolder, 'infra', 'pom.xml');
const converterFolder = join(projectFolder, 'infra', 'connect-avro');

/** Connect finds plugins by their service manifests; these have none, so Kafka's own tool writes them. */
const withoutManifest: readonly JvmPart[] = ['apicurio-avro'];

export async function ensureJvmParts(parts: readonly JvmPart[], onProgress: ProgressListener): Promise<JvmFolders> {
  const root = join(concordFolder, 'jvm', hashOf([pomFile]));
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
  const isOurs = part === 'concord-avro';
  const step = isOurs ? 'building our Avro converter' : `fetching ${part}`;
  const final = dirname(partFolder(root, part));
  const partial = `${final}.partial-${process.pid}`;
  onProgress({ step, state: 'running' });
  removeInterrupted(root, part);
  mkdirSync(partial, { recursive: true });
  await runCommand({
    command: 'mvn',
    args: ['-Dstyle.color=never', ...(isOurs ? buildArguments(partial) : fetchArguments(part, partial))],
    what: `${isOurs ? 'Building' : 'Fetching'} ${part} with Maven`,
    hint: 'Check the network and the Maven settings, then start again: what is already fetched is kept. Its last output:',
    onOutput: (chunk) => {
      const detail = latestTransfer(chunk);
      if (detail !== undefined) onProgress({ step, state: 'running', detail });
    },
  });
  // Every folder in a plugin path counts as a plugin.
  rmSync(join(partial, 'build'), { recursive: true, force: true });
  if (withoutManifest.includes(part)) await writeManifests(root, partial);
  if (existsSync(final)) rmSync(partial, { recursive: true });
  else renameSync(partial, final);
  onProgress({ step, state: 'done' });
}

function fetchArguments(part: JvmPart, partial: string): string[] {
  return ['-f', pomFile, 'generate-resources', '-P', part, `-Dconcord.output=${join(partial, part)}`];
}

/** Goals one by one: a phase would fetch the plugins of tests, which there are none of. */
function buildArguments(partial: string): string[] {
  const folders = [`-Dconcord.output=${join(partial, 'concord-avro')}`, `-Dconcord.build=${join(partial, 'build')}`];
  return ['-f', join(converterFolder, 'pom.xml'), 'resources:resources', 'compiler:compile', 'jar:jar', ...folders];
}

/** What a fetch left that was killed; a fetch by another living process is not touched. */
function removeInterrupted(root: string, part: JvmPart): void {
  if (!existsSync(root)) return;
  const prefix = `${folderNameOf(part)}.partial-`;
  for (const entry of readdirSync(root)) {
    const owner = entry.startsWith(prefix) ? Number(entry.slice(prefix.length)) : undefined;
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
const partFolder = (root: string, part: JvmPart) => join(root, folderNameOf(part), part);

/** Our own part changes with its sources, which lie beside the pom. */
function folderNameOf(part: JvmPart): string {
  return part === 'concord-avro' ? `${part}-${hashOf(sourcesOf(converterFolder))}` : part;
}

/** Sorted, without what a build by hand leaves. */
function sourcesOf(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name === 'target' ? [] : sourcesOf(path);
  });
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(relative(projectFolder, file)).update('\0').update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}
