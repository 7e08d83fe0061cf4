/**
 * Tells Kafka how far the resolver has got, for `concord status` and other tools that show lag. Nothing resumes from there:
 * the store's offsets count (docs/adr/20261121-one-statement-per-commit.md). So it may be late, and may fail.
 */
import type { BatchConsumer, PolledBatch } from '@concord/kafka';

type NextOffset = Parameters<BatchConsumer['commit']>[0][number];

const INTERVAL_MS = 1_000;

export class OffsetReport {
  readonly #now: () => number;
  readonly #next = new Map<string, NextOffset>();
  #consumer: BatchConsumer | null = null;
  #generation: number | null = null;
  #reportedAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A batch has been committed to the store. */
  async done({ messages, generation }: PolledBatch, consumer: BatchConsumer): Promise<void> {
    // Partitions of an earlier assignment are somebody else's to report.
    if (generation !== this.#generation || consumer !== this.#consumer) this.#next.clear();
    this.#generation = generation;
    this.#consumer = consumer;
    for (const { topic, partition, offset } of messages) {
      this.#next.set(`${topic}/${partition}`, { topic, partition, nextOffset: offset + 1n });
    }
    if (this.#now() - this.#reportedAt >= INTERVAL_MS) await this.report();
  }

  async report(): Promise<void> {
    if (this.#consumer === null || this.#next.size === 0) return;
    const offsets = [...this.#next.values()];
    this.#next.clear();
    this.#reportedAt = this.#now();
    await this.#consumer.commit(offsets).catch(() => undefined);
  }
}
