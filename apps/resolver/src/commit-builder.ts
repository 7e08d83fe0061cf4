/**
 * Gathers what a poll decided, record by record, into one commit for the store and the messages to publish after it.
 * Messages leave in this order per record: the record's new truth, then the commands that follow from it, then the reports.
 */
import { encodeState, type RecordState, type StepResult } from '@concord/core';
import type { OutgoingMessage } from '@concord/kafka';
import type { AuditRow, ConflictRow, QuarantineRow, ResolverCommit, StateRow } from '@concord/store';
import type { RecordIntake } from './intake.ts';
import type { MessageEncoder } from './message-encoder.ts';
import { encodeOutbox } from './outbox.ts';
import { auditOf, conflictsOf, quarantineOf, releasesOf } from './reports.ts';

export type Ownership = { readonly epoch: bigint; readonly lastSequence: number };
export type ResolvedRecord = {
  readonly record: RecordIntake;
  readonly before: RecordState;
  readonly result: StepResult;
};

export class CommitBuilder {
  readonly #encoder: MessageEncoder;
  readonly #messages = new Map<number, OutgoingMessage[]>();
  readonly #states: StateRow[] = [];
  readonly #conflicts: ConflictRow[] = [];
  readonly #audit: AuditRow[] = [];
  readonly #quarantined: QuarantineRow[] = [];
  readonly #released: { recordId: string; system: string }[] = [];

  constructor(encoder: MessageEncoder) {
    this.#encoder = encoder;
  }

  /** Conflicts found so far. */
  get conflicts(): readonly ConflictRow[] {
    return this.#conflicts;
  }

  add(resolved: ResolvedRecord, at: number): void {
    const { record, before, result } = resolved;
    const { recordId, entity } = record;
    const quarantined = quarantineOf(resolved);
    const released = releasesOf(resolved);
    const isUnchanged = result.state === before;
    if (isUnchanged && quarantined.length + released.length === 0) return;
    const audit = auditOf(resolved, at);
    const conflicts = conflictsOf(resolved);
    if (!isUnchanged) this.#states.push({ recordId, entity, state: encodeState(result.state) });
    if (audit !== null) this.#audit.push(audit.row);
    this.#conflicts.push(...conflicts.map((conflict) => conflict.row));
    this.#quarantined.push(...quarantined);
    this.#released.push(...released);
    const messages = this.#messagesOf(record.partition);
    this.#encoder.record(resolved, messages);
    this.#encoder.commands(resolved, messages);
    for (const { message } of conflicts) this.#encoder.conflict(message, messages);
    if (audit !== null) this.#encoder.audit(audit.message, messages);
  }

  build(
    offsets: ReadonlyMap<number, Record<string, bigint>>,
    owned: ReadonlyMap<number, Ownership>,
  ): { commit: ResolverCommit; messages: OutgoingMessage[] } {
    const partitions = [...offsets].map(([partition, next]) => ({
      partition,
      ...(owned.get(partition) as Ownership),
      offsets: next,
      outbox: encodeOutbox(this.#messagesOf(partition)),
    }));
    return {
      commit: {
        partitions,
        states: this.#states,
        conflicts: this.#conflicts,
        audit: this.#audit,
        quarantined: this.#quarantined,
        released: this.#released,
      },
      messages: [...this.#messages.values()].flat(),
    };
  }

  #messagesOf(partition: number): OutgoingMessage[] {
    let messages = this.#messages.get(partition);
    if (messages === undefined) this.#messages.set(partition, (messages = []));
    return messages;
  }
}
