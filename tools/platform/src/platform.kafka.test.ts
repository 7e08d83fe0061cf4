/** The real PostgreSQL and Kafka: what is kept over kills and starts, and that nothing outlives its parent. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from 'pg';
import { isKafkaReady } from './kafka-probe.ts';
import { startPlatform } from './platform.ts';
import { createDatabases } from './databases.ts';
import { waitUntil } from './wait-until.ts';

const parts = ['postgres', 'kafka'] as const;
let dataDir: string;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'concord-platform-'));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe('a platform', () => {
  test('comes up again with its data, on its ports, after kills of its parts and after a stop', async () => {
    const first = await startPlatform({ dataDir, parts });
    const url = first.postgres.url('postgres');
    await query(url, 'create table kept (x int)');
    await first.process('postgres').kill();
    await expect(query(url, 'select 1')).rejects.toThrow(/ECONNREFUSED|terminat/);
    await first.process('postgres').restart();
    await query(url, 'insert into kept values (1)');
    await first.process('kafka').kill();
    expect(await isKafkaReady('127.0.0.1', portOf(first.kafka.brokers))).toBe(false);
    await first.process('kafka').restart();
    expect(await isKafkaReady('127.0.0.1', portOf(first.kafka.brokers))).toBe(true);
    await first.stop();

    const second = await startPlatform({ dataDir, parts });
    expect(second.postgres.url('postgres')).toBe(url);
    expect(second.kafka.brokers).toEqual(first.kafka.brokers);
    expect(await query(url, 'select x from kept')).toEqual([{ x: 1 }]);
    expect(await query(url, 'show wal_level')).toEqual([{ wal_level: 'logical' }]);
    await second.stop();
  });

  test('keeps its password for its owner only and asks for it', async () => {
    expect(statSync(join(dataDir, 'secrets', 'postgres-password')).mode & 0o077).toBe(0);
    const platform = await startPlatform({ dataDir, parts: ['postgres'] });
    const wrong = platform.postgres.url('postgres').replace(/:[^:@]+@/, ':wrong@');
    await expect(query(wrong, 'select 1')).rejects.toThrow(/password authentication failed/);
    await platform.stop();
  });

  test('runs init SQL once, and names file and line when it fails, leaving nothing half done', async () => {
    const platform = await startPlatform({ dataDir, parts: ['postgres'] });
    const databases = { customer: 'customer_data', store: 'concord' };
    const file = join(dataDir, 'tables.sql');
    writeFileSync(file, 'create table one (x int);\ncreate tabel two (x int);\n');
    await expect(createDatabases(platform.postgres, databases, [file])).rejects.toThrow(
      /tables\.sql:2: syntax error at or near "tabel"/,
    );
    writeFileSync(file, 'create table one (x int);\ncreate table two (x int);\n');
    expect(await createDatabases(platform.postgres, databases, [file])).toBe(true);
    expect(await createDatabases(platform.postgres, databases, [file])).toBe(false);
    await platform.stop();
  });

  test('takes its children with it on Ctrl-C, and finds them after a kill -9', async () => {
    const interrupted = await startInOtherProcess();
    interrupted.kill('SIGINT');
    expect(await once(interrupted, 'exit')).toEqual([130, null]);
    expect(leftPidFiles()).toEqual([]);

    const killed = await startInOtherProcess();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(leftPidFiles()).toEqual(['postgres.pid.json']);
    const steps: string[] = [];
    const next = await startPlatform({
      dataDir,
      parts: ['postgres'],
      onProgress: ({ step, detail }) => steps.push(`${step}: ${detail}`),
    });
    expect(steps).toContain('stopped what an earlier run left behind: postgres');
    await expect(startInOtherProcess()).rejects.toThrow(/A platform already runs on/);
    await next.stop();
  });
});

/** `dev.ts` in a process of its own, so that the process can be killed. */
async function startInOtherProcess(): Promise<ChildProcess> {
  rmSync(join(dataDir, 'env.sh'), { force: true });
  const dev = join(import.meta.dirname, 'dev.ts');
  const child = spawn(process.execPath, [dev, '--parts', 'postgres', '--data-dir', dataDir]);
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(async () => existsSync(join(dataDir, 'env.sh')), {
    what: 'the other platform',
    deadlineMs: 30_000,
    giveUp: () => (child.exitCode === null ? undefined : new Error(output)),
  });
  expect(readFileSync(join(dataDir, 'env.sh'), 'utf8')).toContain('CONCORD_TEST_PG_URL');
  return child;
}

function leftPidFiles(): string[] {
  return readdirSync(join(dataDir, 'run')).filter((file) => file.endsWith('.pid.json'));
}

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const portOf = (brokers: readonly string[]) => Number(brokers[0]?.split(':')[1]);
