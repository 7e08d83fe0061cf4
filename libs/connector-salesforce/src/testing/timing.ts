/** Time that passes only when someone sleeps. */
import type { Timing } from '../timing.ts';

export class FakeTiming implements Timing {
  readonly sleeps: number[] = [];
  /** Sleeps at least this long never end by themselves. */
  readonly foreverMs: number;
  #now = 1_777_629_600_000;

  constructor(foreverMs = 300_000) {
    this.foreverMs = foreverMs;
  }

  now(): number {
    return this.#now;
  }

  async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (delayMs >= this.foreverMs) {
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      return;
    }
    this.sleeps.push(delayMs);
    this.#now += delayMs;
    await Promise.resolve();
  }

  random(): number {
    return 1;
  }
}
