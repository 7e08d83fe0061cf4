/**
 * Reads the raw topic of one database: decode, normalize, publish, then remember how far whole transactions were handed on.
 *
 * The order upholds I1: facts are durable on their topics before the offset moves. After a crash the last transactions come
 * again, with the same positions, and the resolver drops what it has seen (I2).
 */
import type { GenericDecoder } from '@concord/contracts';
import type { Normalized, PostgresNormalizer, RawRecord } from '@concord/connector-postgres';
import type { FactPublisher } from '@concord/ingest';
import type { BatchConsumer, DeadLetters, KafkaMessage, PolledBatch } from '@concord/kafka';

export type RawIngesterParts = {
  readonly topic: string;
  readonly decoder: GenericDecoder;
  /** A fresh one for each session: its state belongs to the offset at which reading began. */
  readonly createNormalizer: () => PostgresNormalizer;
  readonly publisher: FactPublisher;
  readonly deadLetters: DeadLetters;
  readonly onPublished: (normalized: Normalized) => void;
};

export class RawIngester {
  readonly #parts: RawIngesterParts;
  #normalizer: PostgresNormalizer;
  #committed: bigint | null = null;

  constructor(parts: RawIngesterParts) {
    this.#parts = parts;
    this.#normalizer = parts.createNormalizer();
  }

  /** Reading begins anew at the committed offset. */
  restart(): void {
    this.#normalizer = this.#parts.createNormalizer();
    this.#committed = null;
  }

  async handle({ messages }: PolledBatch, consumer: BatchConsumer): Promise<void> {
    const { topic, publisher, deadLetters, onPublished } = this.#parts;
    const records = await this.#decode(messages);
    const normalized = this.#normalizer.push(records);
    const byOffset = new Map(messages.map((message) => [message.offset, message]));
    for (const { offset, error } of normalized.faults) deadLetters.add(byOffset.get(offset) as KafkaMessage, error);
    await publisher.publish(normalized.facts);
    await deadLetters.flush();
    onPublished(normalized);
    await this.#checkpoint(topic, normalized.resumeOffset, consumer);
    if (normalized.halted !== null) throw normalized.halted;
  }

  async #checkpoint(topic: string, nextOffset: bigint | null, consumer: BatchConsumer): Promise<void> {
    if (nextOffset === null || nextOffset === this.#committed) return;
    await consumer.commit([{ topic, partition: 0, nextOffset }]);
    this.#committed = nextOffset;
  }

  async #decode(messages: readonly KafkaMessage[]): Promise<RawRecord[]> {
    const { decoder, deadLetters } = this.#parts;
    await decoder.prepare(messages.map(({ value }) => ({ key: null, value })));
    const records: RawRecord[] = [];
    for (const message of messages) {
      const { offset, headers, partition } = message;
      try {
        records.push({ offset, headers, value: decoder.decode(message.value, partition, String(offset)) });
      } catch (error) {
        deadLetters.add(message, error);
      }
    }
    return records;
  }
}
