/** Runs the `concord` command line to its end, as a user's shell would. A failure is an exit code, not an error. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectFolder } from './folders.ts';

export type CliResult = { exitCode: number; stdout: string; stderr: string };

const entry = join(projectFolder, 'apps', 'cli', 'src', 'main.ts');

export async function runCli(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const abandon = () => child.kill();
  process.once('exit', abandon);
  try {
    const closed = once(child, 'close') as Promise<[number | null]>;
    const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { exitCode: exitCode ?? 1, stdout, stderr };
  } finally {
    process.off('exit', abandon);
  }
}
