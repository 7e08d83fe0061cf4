/**
 * Tells Kafka how far a consumer has got: the first batch at once, then a few times a second with whatever came together
 * meanwhile. For consumers to which a message that is read again does no harm, because what they did is durable elsewhere
 * (store, target, position per record): a commit per batch would cost them more than many a batch itself.
 * A report that fails is not repeated; the next one contains it. `report` is called before partitions are given up.
 */
import type { BatchConsumer } from './types.ts';

type NextOffset = Parameters<BatchConsumer['commit']>[0][number];
/** What has been done in which assignment of which member. */
export type Progress = {
  readonly offsets: readonly NextOffset[];
  readonly generation: number;
  readonly consumer: BatchConsumer;
};

const INTERVAL_MS = 250;

export class OffsetReport {
  readonly #next = new Map<string, NextOffset>();
  #consumer: BatchConsumer | null = null;
  #generation: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #reporting: Promise<void> = Promise.resolve();

  /** Everything before these offsets has been done. */
  done({ offsets, generation, consumer }: Progress): void {
    // Partitions of an earlier assignment are somebody else's to report.
    if (generation !== this.#generation || consumer !== this.#consumer) this.#next.clear();
    this.#generation = generation;
    this.#consumer = consumer;
    for (const offset of offsets) this.#next.set(`${offset.topic}/${offset.partition}`, offset);
    if (this.#timer !== null) return;
    void this.report();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.report();
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  /** Resolves when all that is done has been reported or has failed to be. */
  report(): Promise<void> {
    const offsets = [...this.#next.values()];
    const consumer = this.#consumer;
    if (consumer === null || offsets.length === 0) return this.#reporting;
    this.#next.clear();
    this.#reporting = this.#reporting.then(() => consumer.commit(offsets)).catch(() => undefined);
    return this.#reporting;
  }
}
