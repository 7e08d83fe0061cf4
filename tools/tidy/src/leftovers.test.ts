import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';
import { expect, test } from 'vitest';
import { endLeftovers, MARK } from './leftovers.ts';

test('a detached process that stays is ended and named', async () => {
  const mark = `test-${process.pid}`;
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => 0, 1000)'], {
    detached: true,
    env: { [MARK]: mark },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  const gone = once(child, 'exit');
  const ended = await endLeftovers(mark, 0);
  // Elsewhere nothing is looked for.
  if (platform() !== 'linux') child.kill();
  await gone;
  expect(ended).toHaveLength(platform() === 'linux' ? 1 : 0);
  expect(ended.every((line) => line.startsWith(`${child.pid} `) && line.includes('setInterval'))).toBe(true);
  expect(await endLeftovers(mark)).toEqual([]);
});
