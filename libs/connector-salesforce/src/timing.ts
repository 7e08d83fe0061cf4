/** Time and chance as arguments, so that reconnects and retries can be tested without waiting. */
import { setTimeout as delay } from 'node:timers/promises';

export type Timing = {
  now: () => number;
  /** Resolves after the delay, or at once (without throwing) when the signal is aborted. */
  sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  random: () => number;
};

export const systemTiming: Timing = {
  now: () => Date.now(),
  sleep: async (delayMs, signal) => {
    await delay(delayMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error;
    });
  },
  random: () => Math.random(),
};

export type Backoff = { readonly delayMsMin: number; readonly delayMsMax: number };

/** Exponential with jitter in its upper half: callers that failed together do not come back together. Attempts count from 0. */
export function backoffDelayMs(attempt: number, { delayMsMin, delayMsMax }: Backoff, random: () => number): number {
  const ceiling = Math.min(delayMsMax, delayMsMin * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling * (0.5 + random() / 2));
}
