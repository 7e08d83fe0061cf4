/** Starts again what died by itself, with pauses that double up to a bound and shrink back once it has stayed up. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ManagedProcess } from './managed-process.ts';
import type { ProcessDeath } from './types.ts';

const firstPauseMs = 500;
const pauseMsMax = 15_000;
const steadyAfterMs = 30_000;

type Watched = { process: ManagedProcess; diedAt: number; pauseMs: number };

export class Supervisor {
  readonly #onDeath: ((death: ProcessDeath) => void) | undefined;
  readonly #watched = new Map<string, Watched>();
  readonly #revivals = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(onDeath: ((death: ProcessDeath) => void) | undefined) {
    this.#onDeath = onDeath;
  }

  watch(process: ManagedProcess): void {
    this.#watched.set(process.name, { process, diedAt: Number.NEGATIVE_INFINITY, pauseMs: firstPauseMs });
  }

  /** For the `onDeath` of a process; returns at once. */
  revive(death: ProcessDeath): void {
    this.#onDeath?.(death);
    const watched = this.#watched.get(death.name);
    if (watched === undefined) return;
    const revival = this.#reviveUntilItRuns(watched).finally(() => this.#revivals.delete(revival));
    this.#revivals.add(revival);
  }

  /** Stops everything that is watched, last watched first, and revives nothing from now on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { process } of [...this.#watched.values()].toReversed()) await process.stop();
    await Promise.all(this.#revivals);
  }

  async #reviveUntilItRuns(watched: Watched): Promise<void> {
    const now = performance.now();
    if (now - watched.diedAt > steadyAfterMs) watched.pauseMs = firstPauseMs;
    watched.diedAt = now;
    while (!this.#stopping.signal.aborted) {
      const { process, pauseMs } = watched;
      watched.pauseMs = Math.min(pauseMs * 2, pauseMsMax);
      await pause(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#stopping.signal.aborted || process.pid !== undefined) return;
      try {
        return await process.start();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.#onDeath?.({ name: process.name, reason, logFile: process.logFile, logTail: '' });
      }
    }
  }
}
