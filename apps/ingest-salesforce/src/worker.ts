/** Runs the sources of all orgs as one worker of the service. */
import type { SalesforceClient, SalesforceSource } from '@concord/connector-salesforce';
import type { Worker } from '@concord/service';
import type { StreamHealth } from './telemetry.ts';

export type SourceRun = {
  readonly source: SalesforceSource;
  readonly client: Pick<SalesforceClient, 'close'>;
  readonly telemetry: StreamHealth;
};

export type IngestWorkerParts = {
  readonly sources: readonly SourceRun[];
  /** Closes what the sources publish to and keep their checkpoints in. */
  readonly close: () => Promise<void>;
};

const MEASURE_INTERVAL_MS = 10_000;

export class IngestWorker implements Worker {
  readonly failed: Promise<unknown>;
  readonly #parts: IngestWorkerParts;
  readonly #stopping = new AbortController();
  #fail: (error: unknown) => void = () => undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | null = null;
  #measuring: NodeJS.Timeout | undefined;

  constructor(parts: IngestWorkerParts) {
    this.#parts = parts;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
  }

  ready(): { ok: boolean; detail: string } {
    const { sources } = this.#parts;
    const troubles = sources.flatMap(({ source, telemetry }) => telemetry.troubles(source.topics));
    const streams = sources.reduce((sum, { source }) => sum + source.topics.length, 0);
    return { ok: troubles.length === 0, detail: troubles.join('; ') || `${streams} streams open` };
  }

  async start(): Promise<void> {
    const { signal } = this.#stopping;
    // An org that has halted for good does not stop the others; when none is left there is nothing to run for.
    const runs = this.#parts.sources.map(({ source }) => source.run(signal));
    this.#running = this.#watch(runs);
    this.#measuring = setInterval(() => {
      for (const { source, telemetry } of this.#parts.sources) telemetry.measure(source.topics);
    }, MEASURE_INTERVAL_MS).unref();
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    await this.#stopped;
  }

  async #watch(runs: readonly Promise<void>[]): Promise<void> {
    const results = await Promise.allSettled(runs);
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (failures.length > 0 && failures.length === results.length) this.#fail(failures[0]);
  }

  async #drain(): Promise<void> {
    clearInterval(this.#measuring);
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#parts.sources.map(({ client }) => client.close()));
    await this.#parts.close();
  }
}
