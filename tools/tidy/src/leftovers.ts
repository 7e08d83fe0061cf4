/**
 * Nothing that a level started may outlive it. Every process of a level inherits a mark in its environment, by which it is
 * found however it was detached. Linux shows that under /proc; elsewhere nothing is looked for.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export const MARK = 'CONCORD_TEST_LEVEL';

/** A process that was asked to stop when its parent left may still be writing its last page. */
const LEAVING_WITHIN_MS = 5_000;
/** Brokers and databases stop in order when they are asked to. */
const STOPPING_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

/** Waits for what is on its way out, ends the rest and says what that was. */
export async function endLeftovers(mark: string, leavingWithinMs = LEAVING_WITHIN_MS): Promise<string[]> {
  const running = await stillRunning(mark, leavingWithinMs);
  if (running.length === 0) return [];
  const descriptions = running.map((pid) => `${pid} ${readOf(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 200)}`);
  for (const pid of running) signal(pid, 'SIGTERM');
  for (const pid of await stillRunning(mark, STOPPING_WITHIN_MS)) signal(pid, 'SIGKILL');
  return descriptions;
}

async function stillRunning(mark: string, withinMs: number): Promise<number[]> {
  const until = performance.now() + withinMs;
  for (;;) {
    const running = markedProcesses(mark);
    if (running.length === 0 || performance.now() >= until) return running;
    await delay(LOOK_EVERY_MS);
  }
}

function markedProcesses(mark: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => readOf(pid, 'environ').includes(`${MARK}=${mark}`));
}

/** Empty for a process that has gone or is another user's. */
function readOf(pid: number, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** One that has gone meanwhile needs none. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
