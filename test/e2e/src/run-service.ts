import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '../../..');
const ENDED_WITHIN_MS = 30_000;

/** Runs a service that cannot start with nothing but this environment, to its end. */
export async function runService(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const service = spawn(process.execPath, [join(ROOT, `apps/${name}/src/main.ts`)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    timeout: ENDED_WITHIN_MS,
  });
  const closed = once(service, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [exitCode]] = await Promise.all([text(service.stdout), text(service.stderr), closed]);
  return { exitCode, stdout, stderr };
}
