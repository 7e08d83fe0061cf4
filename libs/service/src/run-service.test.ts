/** The real thing: Node without a build step, Nest, HTTP, signals and exit codes. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';

const children: ChildProcessWithoutNullStreams[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

const environment = {
  PATH: process.env['PATH'] ?? '',
  CONCORD_CONFIG: 'config',
  CONCORD_STORE_URL: 'postgres://nobody:secret@127.0.0.1:1/none',
  CONCORD_KAFKA_BROKERS: '127.0.0.1:1',
  CONCORD_REGISTRY_URL: 'http://127.0.0.1:1',
  CONCORD_HTTP_PORT: '0',
};

function start(changes: Record<string, string> = {}) {
  const main = new URL('../test/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], { env: { ...environment, ...changes } });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = JSON.parse(line) as Record<string, unknown>;
    lines.push(entry);
    if (entry['ready'] === true) ready.resolve(String(entry['http']));
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, lines, ready: ready.promise, exit };
}

it('answers on every path while it runs, and ends with 0 after a signal', async () => {
  const { child, lines, ready, exit } = start();
  const url = await ready;
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  expect(await get('/livez')).toMatchObject({ status: 200, text: '{"ok":true}' });
  expect(await get('/readyz')).toMatchObject({ status: 200, text: '{"ok":true,"detail":"idle"}' });
  expect(await get('/startupz')).toMatchObject({ status: 200 });
  expect(JSON.parse((await get('/info')).text)).toMatchObject({ name: 'sample', state: 'running' });
  const metrics = await get('/metrics');
  expect(metrics.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(metrics.text).toContain('build_info{service="sample"');
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(lines.map((line) => line['msg'] ?? 'ready')).toEqual(['ready', 'stopping', 'drained', 'stopped']);
});

it('a failed worker is logged once, stopped, and ends the process with 1', async () => {
  const { lines, exit } = start({ CONCORD_CONFIG: 'fail' });
  expect(await exit).toBe(1);
  const fatal = lines.filter((line) => line['level'] === 'fatal');
  expect(fatal).toEqual([
    expect.objectContaining({ err: expect.objectContaining({ message: 'out of luck', code: 'x.y' }) }),
  ]);
  expect(lines.map((line) => line['msg'])).toContain('drained');
});

it('everything that is missing in the environment is named at once', async () => {
  const { lines, exit } = start({ CONCORD_STORE_URL: '', CONCORD_KAFKA_BROKERS: '' });
  expect(await exit).toBe(1);
  const text = JSON.stringify(lines);
  expect(text).toContain('CONCORD_STORE_URL is not set');
  expect(text).toContain('CONCORD_KAFKA_BROKERS is not set');
});
