import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';
import { expect, test } from 'vitest';
import { markedProcesses, MARK } from './leftovers.ts';

test('a detached process is found by its mark while it lives', async () => {
  const mark = `test-${process.pid}`;
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => 0, 1000)'], {
    detached: true,
    env: { [MARK]: mark },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  expect(markedProcesses(mark)).toEqual(platform() === 'linux' ? [child.pid] : []);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(markedProcesses(mark)).toEqual([]);
});
