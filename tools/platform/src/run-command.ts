/** Runs a command to its end. Its output is handed over as it comes; when it fails, the end of it is in the error. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PlatformError } from './errors.ts';

export type Command = {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  what: string;
  onOutput?: (chunk: string) => void;
  hint?: string;
};

const keptCharacters = 4_000;

export async function runCommand({ command, args, env, what, onOutput, hint }: Command): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const abandon = () => child.kill();
  process.once('exit', abandon);
  let kept = '';
  const keep = (chunk: Buffer) => {
    kept = (kept + chunk.toString('utf8')).slice(-keptCharacters);
    onOutput?.(chunk.toString('utf8'));
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return kept;
    throw new PlatformError({
      code: 'platform.command-failed',
      message: `${what} failed (${command}, exit code ${code}).`,
      hint: `${hint ?? 'Its last output:'}\n${kept.trim()}`,
    });
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw new PlatformError(
      {
        code: 'platform.command-failed',
        message: `${what} failed: ${command} could not be run.`,
        hint: `Install ${command}.`,
      },
      { cause: error },
    );
  } finally {
    process.off('exit', abandon);
  }
}
