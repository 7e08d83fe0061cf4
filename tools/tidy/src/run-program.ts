/** Runs a program on our terminal to its end. It is told to leave when its time is up or ours is, and then made to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

type Program = {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly deadlineMs: number;
  readonly interruption: AbortSignal;
};

/** Between the request to leave and the end by force; enough to stop brokers and databases in order. */
const PATIENCE_MS = 30_000;

/** The exit code; 1 when a signal ended it. */
export async function runProgram(program: Program): Promise<number> {
  const { command, args, folder, environment, deadlineMs, interruption } = program;
  interruption.throwIfAborted();
  const child = spawn(command, args, { cwd: folder, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  let killer: NodeJS.Timeout | undefined;
  const leave = (): void => {
    child.kill('SIGTERM');
    killer ??= setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  };
  const deadline = setTimeout(() => {
    console.error(`✗ ${command} has run for ${deadlineMs / 60_000} minutes and is ended`);
    leave();
  }, deadlineMs);
  interruption.addEventListener('abort', leave, { once: true });
  try {
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    return exitCode ?? 1;
  } finally {
    interruption.removeEventListener('abort', leave);
    clearTimeout(deadline);
    clearTimeout(killer);
  }
}
