/**
 * Decides what every change means: one poll, one look-up of states, one fold per record in the core, one commit.
 *
 * Partitions are taken over with a new epoch and read from the store's offsets; what their former owner committed is
 * published again first. Publishing overlaps with reading and deciding the next batch, but the next commit waits for it,
 * because it replaces the outbox (docs/adr/20261121-one-statement-per-commit.md). Outcomes that only confirm are held until
 * the echo (held-outcomes.ts).
 */
import { decodeState, initialState, step, type EntityRules, type RecordState, type StepResult } from '@concord/core';
import type { Codecs } from '@concord/contracts';
import type { BatchProducer, PolledBatch, TopicPartition } from '@concord/kafka';
import type { ConflictRow, ResolverUnit } from '@concord/store';
import { CommitBuilder, type ResolvedRecord } from './commit-builder.ts';
import { HeldOutcomes } from './held-outcomes.ts';
import { readIntake, type Intake, type IntakeParts, type RecordIntake } from './intake.ts';
import { MessageEncoder } from './message-encoder.ts';
import { decodeOutbox } from './outbox.ts';
import { StateCache } from './state-cache.ts';

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

/** Some 40 MB of decoded states. */
const CACHE_SIZE_MAX = 4_000_000;

export class Resolver {
  readonly #parts: ResolverParts;
  readonly #encoder: MessageEncoder;
  readonly #owned = new Map<number, Ownership>();
  readonly #held = new HeldOutcomes();
  readonly #cache = new StateCache(CACHE_SIZE_MAX);
  /** Next offset of the outcomes, by partition, held or not. */
  readonly #outcomesRead = new Map<number, bigint>();
  #commits = 0;
  #publishing: Promise<void> = Promise.resolve();

  constructor(parts: ResolverParts) {
    this.#parts = parts;
    this.#encoder = new MessageEncoder(parts.codecs, parts.rules);
  }

  /** Takes partitions over; gives the offsets at which to go on. */
  async assigned(partitions: readonly TopicPartition[]): Promise<StartOffset[]> {
    this.#publishing = Promise.resolve();
    this.#forget();
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
    this.#forget();
    for (const { partition } of partitions) this.#owned.delete(partition);
  }

  /** Nothing to read for now: what was held for long enough is decided, whatever is being published must have arrived. */
  async settle(): Promise<void> {
    await this.#resolveAll([], new Map());
    await this.#publishing;
  }

  /** How long the next poll may wait before `settle` has something to do, ms. */
  waitMs(): number {
    return this.#held.waitMs(this.#parts.now());
  }

  async handle({ messages }: PolledBatch): Promise<void> {
    const { records, offsets } = await readIntake(messages, this.#parts);
    await this.#resolveAll(records, offsets);
  }

  async #resolveAll(records: readonly RecordIntake[], offsets: Intake['offsets']): Promise<void> {
    const now = this.#parts.now();
    const admitted = this.#admit(records, now);
    this.#holdBack(offsets, admitted);
    if (offsets.size === 0) return;
    const states = await this.#statesOf(admitted);
    const builder = new CommitBuilder(this.#encoder, { number: ++this.#commits, at: now });
    for (const record of admitted) {
      const before = states.get(record.recordId) ?? initialState();
      const result = this.#resolve(record, before);
      states.set(record.recordId, result.state);
      builder.add({ record, before, result });
    }
    const { commit, messages: outgoing } = builder.build(offsets, this.#owned);
    await this.#publishing;
    await this.#parts.unit.commit(commit);
    for (const { recordId, state } of commit.states)
      this.#cache.set(recordId, states.get(recordId) as RecordState, state.length);
    this.#publishing = this.#parts.producer.send(outgoing);
    // A failure is met where the promise is awaited; unhandled until then it would end the process.
    this.#publishing.catch(() => undefined);
    this.#parts.onResolved(admitted, builder.conflicts);
  }

  /** What has to be decided now: all that cannot wait, each with what was held of it, and what has waited long enough. */
  #admit(records: readonly RecordIntake[], now: number): RecordIntake[] {
    const admitted: RecordIntake[] = [];
    for (const record of records) {
      const joined = this.#held.join(record);
      const { systems } = this.#parts.rules.get(record.entity) as EntityRules;
      const hasEcho = (system: string): boolean => systems[system]?.unobserved !== true;
      if (joined !== record || !this.#held.hold(record, hasEcho, now)) admitted.push(joined);
    }
    return [...admitted, ...this.#held.takeDue(now)];
  }

  /** Reading begins again at the oldest outcome that is held. A partition of which there is nothing else to say is left out. */
  #holdBack(offsets: Intake['offsets'], admitted: readonly RecordIntake[]): void {
    const { topic } = this.#parts.outcomes;
    const touched = new Set(admitted.map(({ partition }) => partition));
    for (const [partition, next] of offsets) {
      const read = next[topic];
      if (read !== undefined) this.#outcomesRead.set(partition, read);
      if (Object.keys(next).some((name) => name !== topic)) touched.add(partition);
      else if (!touched.has(partition)) offsets.delete(partition);
    }
    for (const partition of touched) {
      const read = this.#held.floor(partition) ?? this.#outcomesRead.get(partition);
      offsets.set(partition, { ...offsets.get(partition), ...(read === undefined ? {} : { [topic]: read }) });
    }
  }

  async #statesOf(records: readonly RecordIntake[]): Promise<Map<string, RecordState>> {
    const states = new Map<string, RecordState>();
    const missing: string[] = [];
    for (const { recordId } of records) {
      const cached = this.#cache.get(recordId);
      if (cached === undefined) missing.push(recordId);
      else states.set(recordId, cached);
    }
    if (missing.length === 0) return states;
    for (const [recordId, stored] of await this.#parts.unit.load(missing)) states.set(recordId, decodeState(stored));
    return states;
  }

  #resolve(record: RecordIntake, before: RecordState): StepResult {
    const rules = this.#parts.rules.get(record.entity) as EntityRules;
    const ownership = this.#owned.get(record.partition) as Ownership;
    const result = step(before, record.inputs, rules, ownership.lastSequence + 1);
    ownership.lastSequence += result.commands.length;
    if (!hasUnanswered(result)) this.#held.setUrgent(record.recordId, false);
    else if (result.recordChanged) this.#held.setUrgent(record.recordId, true);
    return result;
  }

  #forget(): void {
    this.#held.clear();
    this.#cache.clear();
    this.#outcomesRead.clear();
  }
}

/** Commands are under way that were sent before: if the record has changed since, more is due as soon as they are done. */
function hasUnanswered({ state, commands }: ResolvedRecord['result']): boolean {
  for (const name in state.systems) {
    if (state.systems[name]?.inFlight === null) continue;
    if (!commands.some(({ system }) => system === name)) return true;
  }
  return false;
}
