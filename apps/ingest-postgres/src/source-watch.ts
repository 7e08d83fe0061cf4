/** Looks after one database's slot and connector beside the stream, until it is stopped. */
import { setTimeout as delay } from 'node:timers/promises';
import { measureSlot, watchConnector, type PostgresPool } from '@concord/connector-postgres';
import type { Telemetry } from './telemetry.ts';

export type SourceWatchParts = {
  readonly system: string;
  readonly pool: PostgresPool;
  /** Null where nobody said where Kafka Connect is: the connector is then somebody else's business. */
  readonly connectUrl: string | null;
  readonly telemetry: Telemetry;
};

const INTERVAL_MS = 10_000;

export class SourceWatch {
  readonly #parts: SourceWatchParts;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: SourceWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = Promise.all([this.#watchSlot(), this.#watchConnector()]);
  }

  /** Safe to call twice and before `start`. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    await this.#running;
    await this.#parts.pool.end();
  }

  async #watchConnector(): Promise<void> {
    const { system, connectUrl, telemetry } = this.#parts;
    if (connectUrl === null) return;
    await watchConnector({
      connectUrl,
      system,
      signal: this.#stopping.signal,
      onFailed: (error, attempt) => telemetry.connectorFailed(error, attempt),
      onTrouble: (error) => telemetry.trouble(error),
    });
  }

  async #watchSlot(): Promise<void> {
    const { system, pool, telemetry } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        telemetry.slotMeasured(await measureSlot(pool, system));
      } catch (error) {
        telemetry.trouble(error);
      }
      await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
