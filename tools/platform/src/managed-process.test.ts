/** The life of a child, with small Node programs as children. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManagedProcess, type ProcessSpec } from './managed-process.ts';
import { stopLeftovers, takeOwnership } from './pid-files.ts';
import type { ProcessDeath } from './types.ts';
import { waitUntil } from './wait-until.ts';

const staysUp = 'console.log("up"); setInterval(() => {}, 1000)';
const ignoresSigterm = `process.on("SIGTERM", () => console.log("no")); ${staysUp}`;

let dataDir: string;
let started: ManagedProcess[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'concord-process-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((child) => child.kill()));
  rmSync(dataDir, { recursive: true });
});

test('start waits for the probe, stop ends the process, both may be called twice', async () => {
  const child = childOf(staysUp);
  await child.start();
  const { pid } = child;
  await child.start();
  expect(child.pid).toBe(pid);
  await child.stop();
  await child.stop();
  expect(child.pid).toBeUndefined();
  expect(isAlive(pid)).toBe(false);
});

test('a death during start names the log and shows its end', async () => {
  const child = childOf('console.error("the disk is full"); process.exit(3)');
  await expect(child.start()).rejects.toMatchObject({
    code: 'platform.died-at-start',
    message: expect.stringMatching(/worker died while starting \(exit code 3\)[^]*worker\.log[^]*the disk is full/),
  });
});

test('a program that is not there is an error of the start, not a crash', async () => {
  const child = childOf('', { command: join(dataDir, 'no-such-program') });
  await expect(child.start()).rejects.toMatchObject({ code: 'platform.died-at-start' });
});

test('a process that stays silent is stopped when its deadline is over', async () => {
  const child = childOf('setInterval(() => {}, 1000)', { readyWithinMs: 300 });
  await expect(child.start()).rejects.toMatchObject({ code: 'platform.not-ready' });
  expect(child.pid).toBeUndefined();
});

test('a process that does not heed the stop signal is killed after its deadline', async () => {
  const child = childOf(ignoresSigterm, { stopWithinMs: 200 });
  await child.start();
  await child.stop();
  expect(child.pid).toBeUndefined();
  expect(readFileSync(child.logFile, 'utf8')).toContain('no');
});

test('kill and restart give a new process; only a death that nobody asked for is reported', async () => {
  const deaths: ProcessDeath[] = [];
  const child = childOf(staysUp, { onDeath: (death) => deaths.push(death) });
  await child.start();
  const first = child.pid;
  await child.kill();
  await child.restart();
  expect(child.pid).not.toBe(first);
  expect(deaths).toEqual([]);
  process.kill(child.pid ?? 0, 'SIGKILL');
  await waitUntil(async () => deaths.length > 0, { what: 'the report', deadlineMs: 5_000 });
  expect(deaths[0]).toMatchObject({ name: 'worker', reason: 'signal SIGKILL', logFile: child.logFile });
});

test('a passing cause of death is tried again', async () => {
  const program = `const fs = require("fs"), f = ${JSON.stringify(join(dataDir, 'second'))};
    if (!fs.existsSync(f)) { fs.writeFileSync(f, ""); console.log("still held"); process.exit(1) } ${staysUp}`;
  const child = childOf(program, { isPassing: (log) => log.includes('still held') });
  await child.start();
  expect(child.pid).toBeDefined();
});

test('what a killed parent left behind is stopped; a stranger with the same id is not', async () => {
  const child = childOf(staysUp);
  await child.start();
  takeOwnership(dataDir);
  expect(await stopLeftovers(dataDir)).toEqual(['worker']);
  await waitUntil(async () => child.pid === undefined, { what: 'the end of the leftover', deadlineMs: 5_000 });

  const stranger = childOf(staysUp);
  await stranger.start();
  const note = join(dataDir, 'run', 'worker.pid.json');
  const text = readFileSync(note, 'utf8').replace(/"startedAt":"[^"]*"/, '"startedAt":"long ago"');
  writeFileSync(note, text);
  expect(await stopLeftovers(dataDir)).toEqual([]);
  expect(isAlive(stranger.pid)).toBe(true);
});

function childOf(program: string, details: Partial<ProcessSpec> = {}): ManagedProcess {
  const child = new ManagedProcess({
    name: 'worker',
    command: process.execPath,
    args: ['-e', program],
    dataDir,
    isReady: async (logTail) => logTail().includes('up'),
    readyWithinMs: 10_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 5_000,
    ...details,
  });
  started.push(child);
  return child;
}

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}
