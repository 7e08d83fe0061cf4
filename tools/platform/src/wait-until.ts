/**
 * Waits for a condition of the outside world by asking it, never by waiting a fixed time. The pause between two questions
 * only spares the machine; what ends the wait is the answer, the deadline, or `giveUp` (for example: the process died).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { PlatformError } from './errors.ts';

export type Wait = {
  what: string;
  deadlineMs: number;
  everyMs?: number;
  hint?: string;
  /** Throws or returns an error when waiting on is pointless. */
  giveUp?: () => Error | undefined;
};

/** `probe` answers undefined or false for "not yet"; an error it throws means the same and is kept as the cause. */
export async function waitUntil<T>(probe: () => Promise<T | undefined | false>, wait: Wait): Promise<T> {
  const endsAt = performance.now() + wait.deadlineMs;
  let lastError: unknown;
  for (;;) {
    const given = wait.giveUp?.();
    if (given !== undefined) throw given;
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= endsAt) break;
    await pause(wait.everyMs ?? 100);
  }
  throw new PlatformError(
    {
      code: 'platform.deadline',
      message: `${wait.what}: not reached within ${wait.deadlineMs / 1000} s.`,
      hint: wait.hint ?? 'The machine may be overloaded; see the logs in the data folder.',
    },
    { cause: lastError },
  );
}
