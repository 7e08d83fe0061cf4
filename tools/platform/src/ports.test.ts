import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { choosePorts, freePort } from './ports.ts';

let dataDir: string;
let listeners: Server[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'concord-ports-'));
  listeners = [];
});
afterEach(async () => {
  await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
  rmSync(dataDir, { recursive: true });
});

test('a second start finds the ports of the first', async () => {
  const first = await choosePorts(dataDir, 'free');
  expect(await choosePorts(dataDir, 'free')).toEqual(first);
  expect(await choosePorts(dataDir, 'usual')).toEqual(first);
  expect(new Set(Object.values(first)).size).toBe(5);
});

test('a port that was taken meanwhile is replaced, the others stay, and the new one is remembered', async () => {
  const first = await choosePorts(dataDir, 'free');
  await listen(first.kafka, '127.0.0.1');
  const second = await choosePorts(dataDir, 'free');
  expect(second.kafka).not.toBe(first.kafka);
  expect({ ...second, kafka: first.kafka }).toEqual(first);
  expect(await choosePorts(dataDir, 'free')).toEqual(second);
});

test('a listener on all addresses takes the port as well', async () => {
  const first = await choosePorts(dataDir, 'free');
  await listen(first.postgres, '0.0.0.0');
  expect((await choosePorts(dataDir, 'free')).postgres).not.toBe(first.postgres);
});

test('free ports lie below those that systems use for outgoing connections', async () => {
  expect(await freePort()).toBeLessThan(32_768);
});

async function listen(port: number, host: string): Promise<void> {
  const listener = createServer().listen(port, host);
  listeners.push(listener);
  await once(listener, 'listening');
}
