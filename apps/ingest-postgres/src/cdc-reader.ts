/**
 * Reads `cdc.<system>`: decode, normalize, publish, and only then, now and then, move the checkpoint.
 *
 * The checkpoint is Kafka's committed offset, and it is put only where a transaction of the source has been handed on whole,
 * so that a reader which begins there needs no other memory (I1, I8). What was handed on behind it is published once more
 * after a crash, with the same positions, and has no second effect (I2).
 */
import type { SourceFact } from '@concord/connector-kit';
import type { Normalized, PostgresNormalizer, RawRecord } from '@concord/connector-postgres';
import type { GenericDecoder } from '@concord/contracts';
import type { FactPublisher } from '@concord/ingest';
import { OffsetReport } from '@concord/kafka';
import type { BatchConsumer, DeadLetters, KafkaMessage, PolledBatch } from '@concord/kafka';

export type CdcReaderParts = {
  readonly topic: string;
  readonly decoder: GenericDecoder;
  /** A new one for each session and assignment, since reading begins anew at the checkpoint. */
  readonly createNormalizer: () => PostgresNormalizer;
  readonly publisher: FactPublisher;
  readonly deadLetters: Pick<DeadLetters, 'add' | 'flush'>;
  readonly onRead: (read: ReadBatch) => void;
};

export type ReadBatch = {
  readonly facts: readonly SourceFact[];
  readonly normalized: Omit<Normalized, 'facts' | 'faults'>;
  readonly messages: number;
  /** When Kafka took the newest message; ms since the epoch. */
  readonly capturedAtMs: number;
};

/** A raw topic has one partition, because only so it keeps the commit order. */
const PARTITION = 0;

export class CdcReader {
  readonly #parts: CdcReaderParts;
  #normalizer: PostgresNormalizer;
  #checkpoint: bigint | null = null;
  #generation: number | null = null;
  readonly #report = new OffsetReport();

  constructor(parts: CdcReaderParts) {
    this.#parts = parts;
    this.#normalizer = parts.createNormalizer();
  }

  async handle({ messages, generation }: PolledBatch, consumer: BatchConsumer): Promise<void> {
    if (this.#generation !== generation) this.#begin(generation);
    const { publisher, deadLetters, onRead } = this.#parts;
    const { facts, faults, ...normalized } = this.#normalizer.push(await this.#decode(messages));
    if (faults.length > 0) this.#park(messages, faults);
    await publisher.publish(facts);
    await deadLetters.flush();
    this.#moveCheckpoint(normalized.resumeOffset, generation, consumer);
    onRead({ facts, normalized, messages: messages.length, capturedAtMs: messages.at(-1)?.timestampMs ?? 0 });
    if (normalized.halted !== null) throw normalized.halted;
  }

  /** Called when the last batch is done and the partition is given up. */
  async revoked(): Promise<void> {
    await this.#report.report();
  }

  /** After a rebalance the partition is read from its checkpoint, which another reader may have moved meanwhile. */
  #begin(generation: number): void {
    if (this.#generation !== null) this.#normalizer = this.#parts.createNormalizer();
    this.#generation = generation;
    this.#checkpoint = null;
  }

  async #decode(messages: readonly KafkaMessage[]): Promise<RawRecord[]> {
    const { decoder, deadLetters } = this.#parts;
    await decoder.prepare(messages.map(({ value }) => ({ key: null, value })));
    return messages.map((message) => {
      const { offset, headers } = message;
      try {
        return { offset, headers, value: decoder.decode(message.value, message.partition, String(offset)) };
      } catch (error) {
        if ((error as { reaction?: unknown }).reaction !== 'park') throw error;
        deadLetters.add(message, error);
        // It keeps its place in the order, as a record that says nothing.
        return { offset, headers, value: null };
      }
    });
  }

  #park(messages: readonly KafkaMessage[], faults: Normalized['faults']): void {
    const byOffset = new Map(messages.map((message) => [message.offset, message]));
    for (const { offset, error } of faults) this.#parts.deadLetters.add(byOffset.get(offset) as KafkaMessage, error);
  }

  #moveCheckpoint(resumeOffset: bigint | null, generation: number, consumer: BatchConsumer): void {
    if (resumeOffset === null || resumeOffset === this.#checkpoint) return;
    this.#checkpoint = resumeOffset;
    const offsets = [{ topic: this.#parts.topic, partition: PARTITION, nextOffset: resumeOffset }];
    this.#report.done({ offsets, generation, consumer });
  }
}
