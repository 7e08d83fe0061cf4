/**
 * Decides what every change means: one poll, one look-up of states, one fold per record in the core, one commit.
 *
 * Partitions are taken over with a new epoch and read from the store's offsets; what their former owner committed is
 * published again first. Publishing overlaps with reading and deciding the next batch, but the next commit waits for it,
 * because it replaces the outbox (docs/adr/20261121-one-statement-per-commit.md).
 */
import { decodeState, initialState, step, type EntityRules, type RecordState, type StepResult } from '@concord/core';
import type { Codecs } from '@concord/contracts';
import type { BatchProducer, PolledBatch, TopicPartition } from '@concord/kafka';
import type { ConflictRow, ResolverUnit } from '@concord/store';
import { CommitBuilder } from './commit-builder.ts';
import { readIntake, type IntakeParts, type RecordIntake } from './intake.ts';
import { MessageEncoder } from './message-encoder.ts';
import { decodeOutbox } from './outbox.ts';

export type ResolverParts = IntakeParts & {
  readonly unit: ResolverUnit;
  readonly producer: BatchProducer;
  readonly codecs: Codecs;
  readonly now: () => number;
  /** Called after each commit, for metrics. */
  readonly onResolved: (records: readonly RecordIntake[], conflicts: readonly ConflictRow[]) => void;
};

type StartOffset = TopicPartition & { offset: bigint | null };
type Ownership = { epoch: bigint; lastSequence: number };

export class Resolver {
  readonly #parts: ResolverParts;
  readonly #encoder: MessageEncoder;
  readonly #owned = new Map<number, Ownership>();
  #publishing: Promise<void> = Promise.resolve();

  constructor(parts: ResolverParts) {
    this.#parts = parts;
    this.#encoder = new MessageEncoder(parts.codecs, parts.rules);
  }

  /** Takes partitions over; gives the offsets at which to go on. */
  async assigned(partitions: readonly TopicPartition[]): Promise<StartOffset[]> {
    this.#publishing = Promise.resolve();
    const claimed = await this.#parts.unit.claim([...new Set(partitions.map(({ partition }) => partition))]);
    for (const { partition, epoch, lastSequence, outbox } of claimed) {
      this.#owned.set(partition, { epoch, lastSequence });
      await this.#parts.producer.send(decodeOutbox(outbox));
    }
    const offsets = new Map(claimed.map((claim) => [claim.partition, claim.offsets]));
    return partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: offsets.get(partition)?.[topic] ?? null,
    }));
  }

  /** Called when the last batch is done: finishes publishing, then lets go. */
  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#publishing;
    for (const { partition } of partitions) this.#owned.delete(partition);
  }

  /** Nothing more to read for now: whatever is still being published must have arrived. */
  async settle(): Promise<void> {
    await this.#publishing;
  }

  async handle({ messages }: PolledBatch): Promise<void> {
    const intake = await readIntake(messages, this.#parts);
    const states = await this.#parts.unit.load(intake.records.map(({ recordId }) => recordId));
    const builder = new CommitBuilder(this.#encoder);
    const now = this.#parts.now();
    for (const record of intake.records) {
      const before = decoded(states.get(record.recordId));
      builder.add({ record, before, result: this.#resolve(record, before) }, now);
    }
    const { commit, messages: outgoing } = builder.build(intake.offsets, this.#owned);
    await this.#publishing;
    await this.#parts.unit.commit(commit);
    this.#publishing = this.#parts.producer.send(outgoing);
    // A failure is met where the promise is awaited; unhandled until then it would end the process.
    this.#publishing.catch(() => undefined);
    this.#parts.onResolved(intake.records, builder.conflicts);
  }

  #resolve(record: RecordIntake, before: RecordState): StepResult {
    const rules = this.#parts.rules.get(record.entity) as EntityRules;
    const ownership = this.#owned.get(record.partition) as Ownership;
    const result = step(before, record.inputs, rules, ownership.lastSequence + 1);
    ownership.lastSequence += result.commands.length;
    return result;
  }
}

function decoded(stored: string | undefined): RecordState {
  return stored === undefined ? initialState() : decodeState(stored);
}
