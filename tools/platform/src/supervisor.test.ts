/** Deaths that nobody asked for are told and undone; stops and kills through the handle are left alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManagedProcess } from './managed-process.ts';
import { Supervisor } from './supervisor.ts';
import type { ProcessDeath } from './types.ts';
import { waitUntil } from './wait-until.ts';

let dataDir: string;
let deaths: ProcessDeath[];
let supervisor: Supervisor;
let child: ManagedProcess;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'concord-supervisor-'));
  deaths = [];
  supervisor = new Supervisor((death) => deaths.push(death));
  child = new ManagedProcess({
    name: 'worker',
    command: process.execPath,
    args: ['-e', 'console.log("up"); setInterval(() => {}, 1000)'],
    dataDir,
    isReady: async (logTail) => logTail().includes('up'),
    readyWithinMs: 10_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 5_000,
    onDeath: (death) => supervisor.revive(death),
  });
  supervisor.watch(child);
  await child.start();
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(dataDir, { recursive: true });
});

test('what dies by itself is told and runs again', async () => {
  const first = child.pid;
  process.kill(Number(first), 'SIGKILL');
  await waitUntil(async () => child.pid !== undefined && child.pid !== first, {
    what: 'a new one',
    deadlineMs: 10_000,
  });
  expect(deaths).toMatchObject([{ name: 'worker', reason: 'signal SIGKILL' }]);
});

test('what is killed through its handle stays down until it is restarted', async () => {
  await child.kill();
  expect([child.pid, deaths]).toEqual([undefined, []]);
  await child.restart();
  expect(child.pid).toBeDefined();
});

test('after stop nothing is revived', async () => {
  process.kill(Number(child.pid), 'SIGKILL');
  await waitUntil(async () => deaths.length > 0, { what: 'the report', deadlineMs: 5_000 });
  await supervisor.stop();
  expect(child.pid).toBeUndefined();
});
