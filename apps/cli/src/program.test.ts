import { afterEach, expect, it, vi } from 'vitest';
import { run } from './program.ts';

const said = { stdout: '', stderr: '' };
for (const stream of ['stdout', 'stderr'] as const) {
  vi.spyOn(process[stream], 'write').mockImplementation((text) => {
    said[stream] += String(text);
    return true;
  });
}
afterEach(() => {
  Object.assign(said, { stdout: '', stderr: '' });
});

const seeds = 'test/fixtures/seeds';

it('validate accepts a part of a config as a part, and says what is missing of a whole', async () => {
  expect(await run(['validate', '--partial', '--config', `${seeds}/one-way.json`], {})).toBe(0);
  expect(await run(['validate', '--config', `${seeds}/one-way.json`], {})).toBe(1);
  expect(said.stderr).toContain('one-way.json:1:1  the sync has no "source"');
});

it('validate --json is data', async () => {
  const environment = { CONCORD_CONFIG: `${seeds}/hub.json` };
  expect(await run(['validate', '--json'], environment)).toBe(0);
  expect(JSON.parse(said.stdout)).toMatchObject({ valid: true, faults: [] });
});

it('names every setting that is missing', async () => {
  expect(await run(['status'], {})).toBe(1);
  expect(said.stderr).toContain('CONCORD_STORE_URL is not set');
  expect(said.stderr).toContain('CONCORD_KAFKA_BROKERS is not set');
});

it('refuses what it does not know', async () => {
  expect(await run(['aply'], {})).toBe(1);
  expect(said.stderr).toContain("unknown command 'aply'");
  expect(await run(['--help'], {})).toBe(0);
  expect(said.stdout).toContain('Examples:');
});
