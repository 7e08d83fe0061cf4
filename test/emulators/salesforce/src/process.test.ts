// The real process: its line of readiness, a crash with kill -9, and what is there afterwards.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOptions } from './options.ts';
import { Harness } from './testing.ts';

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

async function start(): Promise<{ child: ChildProcess; harness: Harness }> {
  const child = spawn(process.execPath, [script('main.ts'), '--data-dir', folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const ready = JSON.parse(line);
  const emulator = { httpUrl: ready.http, grpcAddress: ready.grpc, close: async () => {} };
  return { child, harness: new Harness(readOptions([], {})!, emulator) };
}

test('a crash loses nothing: records, sessions, bus and its positions', { timeout: 60_000 }, async () => {
  const first = await start();
  const token = await first.harness.login();
  const id = await first.harness.create({ Name: 'Durable', Sync_Id__c: 'k' });
  await first.harness.call('PATCH', `/ui/api/Account/${id}`, { Phone: '1' });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await start();
  second.harness.token = token;
  await second.harness.call('PATCH', 'sobjects/Account/Sync_Id__c/k', { Phone: '2' });
  expect(await second.harness.query('SELECT Id, Phone FROM Account')).toMatchObject([{ Id: id, Phone: '2' }]);
  const request = { topic_name: '/data/AccountChangeEvent', replay_preset: 'EARLIEST', num_requested: 10 } as const;
  const subscriber = second.harness.subscribe(request);
  const events = await subscriber.events(3);
  expect(events.map(({ body }) => body.Phone)).toEqual([null, '1', '2']);
  subscriber.close();
  second.child.kill('SIGTERM');
  expect(await once(second.child, 'exit')).toEqual([0, null]);
});

test('the sales user edits from a terminal', { timeout: 60_000 }, async () => {
  const { harness } = await start();
  const run = async (...words: string[]) => {
    const child = spawn(process.execPath, [script('cli.ts'), '--url', harness.emulator.httpUrl, ...words]);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    const [code] = await once(child, 'close');
    return { code, json: output.startsWith('{') ? JSON.parse(output) : null };
  };
  const { json: created } = await run('create', 'Name=Acme & Sons', 'NumberOfEmployees=3');
  expect((await run('update', created.id, 'Phone=1', 'NumberOfEmployees=')).json).toMatchObject({ Phone: '1' });
  expect((await run('list', 'acme')).json).toMatchObject({ totalSize: 1, records: [{ NumberOfEmployees: null }] });
  expect((await run('delete', created.id)).code).toBe(0);
  expect((await run('undelete', created.id)).json.Name).toBe('Acme & Sons');
  expect((await run('update', created.id, 'Name=')).code).toBe(1);
  expect((await run('update')).code).toBe(2);
});
