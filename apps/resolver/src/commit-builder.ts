/**
 * Gathers what a poll decided, record by record, into one commit for the store and the messages to publish after it.
 * Messages leave in this order per partition: each record's new truth and conflicts, the commands that follow, the audit.
 */
import { encodeState, type RecordState, type StepResult } from '@concord/core';
import type { OutgoingMessage } from '@concord/kafka';
import type { IssuedCommand, RecordDecisions } from '@concord/contracts';
import type {
  AuditRow,
  ConflictRow,
  EndedReviewRow,
  QuarantineRow,
  ResolverCommit,
  ReviewRow,
  StateRow,
} from '@concord/store';
import type { RecordIntake } from './intake.ts';
import type { MessageEncoder, StreamCommands } from './message-encoder.ts';
import { encodeOutbox } from './outbox.ts';
import { auditOf, conflictsOf, quarantineOf, releasesOf } from './reports.ts';
import { reviewsOf } from './reviews.ts';

export type Ownership = { readonly epoch: bigint; readonly lastSequence: number };
export type ResolvedRecord = {
  readonly record: RecordIntake;
  readonly before: RecordState;
  readonly result: StepResult;
};

/** Some 200 KB. */
const RECORDS_PER_AUDIT_MAX = 500;

/** An answer of a person that comes too late changes nothing, but whoever gave it is to be found in the audit. */
function hasRefusal(decisions: StepResult['decisions']): boolean {
  return decisions.some(({ type }) => type === 'resolution_refused');
}

export class CommitBuilder {
  readonly #encoder: MessageEncoder;
  readonly #commit: { readonly number: number; readonly at: number };
  readonly #messages = new Map<number, OutgoingMessage[]>();
  readonly #states: StateRow[] = [];
  readonly #conflicts: ConflictRow[] = [];
  readonly #audit: AuditRow[] = [];
  readonly #commands = new Map<string, StreamCommands & { commands: IssuedCommand[] }>();
  readonly #decisions = new Map<number, RecordDecisions[]>();
  readonly #quarantined: QuarantineRow[] = [];
  readonly #reviews: ReviewRow[] = [];
  readonly #endedReviews: EndedReviewRow[] = [];
  readonly #released: { recordId: string; system: string }[] = [];

  /** `number` tells this instance's commits apart; `at` is the time of deciding, ms since the epoch. */
  constructor(encoder: MessageEncoder, commit: { readonly number: number; readonly at: number }) {
    this.#encoder = encoder;
    this.#commit = commit;
  }

  /** Conflicts found so far. */
  get conflicts(): readonly ConflictRow[] {
    return this.#conflicts;
  }

  add(resolved: ResolvedRecord): void {
    const { record, before, result } = resolved;
    const { recordId, entity } = record;
    const quarantined = quarantineOf(resolved);
    const released = releasesOf(resolved);
    const isUnchanged = result.state === before;
    if (isUnchanged && quarantined.length + released.length === 0 && !hasRefusal(result.decisions)) return;
    const audit = auditOf(resolved, this.#commit.at);
    const conflicts = conflictsOf(resolved);
    if (!isUnchanged) this.#states.push({ recordId, entity, state: encodeState(result.state) });
    this.#conflicts.push(...conflicts.map((conflict) => conflict.row));
    const reviews = reviewsOf(resolved);
    this.#reviews.push(...reviews.open);
    this.#endedReviews.push(...reviews.ended);
    this.#quarantined.push(...quarantined);
    this.#released.push(...released);
    const messages = this.#messagesOf(record.partition);
    this.#encoder.record(resolved, messages);
    this.#collectCommands(resolved);
    for (const { message } of conflicts) this.#encoder.conflict(message, messages);
    if (audit === null) return;
    this.#audit.push(audit.row);
    listOf(this.#decisions, record.partition).push(audit.message);
  }

  build(
    offsets: ReadonlyMap<number, Record<string, bigint>>,
    owned: ReadonlyMap<number, Ownership>,
  ): { commit: ResolverCommit; messages: OutgoingMessage[] } {
    for (const stream of this.#commands.values()) this.#encoder.commands(stream, this.#messagesOf(stream.partition));
    this.#encodeAudit(owned);
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
        reviews: this.#reviews,
        endedReviews: this.#endedReviews,
      },
      messages: [...this.#messages.values()].flat(),
    };
  }

  #messagesOf(partition: number): OutgoingMessage[] {
    return listOf(this.#messages, partition);
  }

  #collectCommands({ record, result }: ResolvedRecord): void {
    const { entity, partition, recordId, changedAt } = record;
    for (const { system, sequence, operation, nativeId, values, expected } of result.commands) {
      const place = `${partition}/${system}/${entity}`;
      let stream = this.#commands.get(place);
      if (stream === undefined) {
        stream = { system, entity, partition, at: this.#commit.at, commands: [] };
        this.#commands.set(place, stream);
      }
      stream.commands.push({ recordId, sequence, operation, nativeId, changedAt, values, expected });
    }
  }

  #encodeAudit(owned: ReadonlyMap<number, Ownership>): void {
    const { number, at } = this.#commit;
    for (const [partition, decisions] of this.#decisions) {
      const { epoch } = owned.get(partition) as Ownership;
      for (let from = 0; from < decisions.length; from += RECORDS_PER_AUDIT_MAX) {
        const records = decisions.slice(from, from + RECORDS_PER_AUDIT_MAX);
        const place = { partition, commit: `${partition}/${epoch}/${number}/${from}`, at };
        this.#encoder.audit({ records }, place, this.#messagesOf(partition));
      }
    }
  }
}

function listOf<Item>(lists: Map<number, Item[]>, partition: number): Item[] {
  let list = lists.get(partition);
  if (list === undefined) lists.set(partition, (list = []));
  return list;
}
