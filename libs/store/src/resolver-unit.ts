/**
 * The resolver's unit of work. One statement per commit holds everything that a poll changed: record states, conflicts,
 * audit lines, quarantine, the outgoing messages (outbox) and the offsets read. It takes effect as a whole, and only while
 * the caller still owns every partition it touches (epoch); a caller that was replaced gets StoreError `store.fenced`.
 * Upholds I8: offsets and effects agree.
 */
import type { ConflictMessage } from '@concord/contracts';
import { packAudit, type AuditRow } from './audit-lines.ts';
import { compressed, decompressed } from './compressed.ts';
import type { Database, Row } from './database.ts';
import { pack } from './packed.ts';
import { reviewsText, type EndedReviewRow, type ReviewRow } from './reviews.ts';

export type ClaimedPartition = {
  readonly partition: number;
  readonly epoch: bigint;
  readonly lastSequence: number;
  /** Next offset to read, by topic. */
  readonly offsets: Readonly<Record<string, bigint>>;
  /** Messages of the last commit; they may or may not have been published, so the new owner publishes them again. */
  readonly outbox: Buffer;
};

export type PartitionCommit = {
  readonly partition: number;
  readonly epoch: bigint;
  readonly lastSequence: number;
  readonly offsets: Readonly<Record<string, bigint>>;
  readonly outbox: Buffer;
};

export type StateRow = { readonly recordId: string; readonly entity: string; readonly state: string };

/** As on the wire, with the values as JSON text. */
export type ConflictRow = Omit<ConflictMessage, 'incomingValue' | 'canonicalValue' | 'winner'> & {
  /** `open` while a person is awaited: see reviews.ts. */
  readonly winner: ConflictMessage['winner'] | 'open';
  readonly incomingValue: string;
  readonly canonicalValue: string;
};

export type QuarantineRow = {
  readonly recordId: string;
  readonly system: string;
  readonly entity: string;
  readonly sequence: number;
  readonly code: string;
  readonly reason: string;
};

export type ResolverCommit = {
  readonly partitions: readonly PartitionCommit[];
  readonly states: readonly StateRow[];
  readonly conflicts: readonly ConflictRow[];
  readonly audit: readonly AuditRow[];
  readonly quarantined: readonly QuarantineRow[];
  /** Records that a system accepts again. One record is not in both lists. */
  readonly released: readonly { readonly recordId: string; readonly system: string }[];
  /** Reviews that were opened or changed. */
  readonly reviews: readonly ReviewRow[];
  readonly endedReviews: readonly EndedReviewRow[];
};

const CLAIM = `INSERT INTO partition_progress AS p (consumer, partition, epoch)
  SELECT $1, partition, 1 FROM unnest($2::int[]) AS partition
  ON CONFLICT (consumer, partition) DO UPDATE SET epoch = p.epoch + 1
  RETURNING partition, epoch, last_sequence, offsets, outbox`;

// Outboxes, states and audit lines each travel as one binary parameter and are cut apart here: see packed.ts.
const commitText = (more: string): string => `WITH owned AS (
    UPDATE partition_progress p SET last_sequence = v.last_sequence, offsets = p.offsets || v.offsets::jsonb,
      outbox = substring($6::bytea FROM v.outbox_from FOR v.outbox_length)
    FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::text[], $7::int[], $8::int[])
      AS v(partition, epoch, last_sequence, offsets, outbox_from, outbox_length)
    WHERE p.consumer = $1 AND p.partition = v.partition AND p.epoch = v.epoch RETURNING 1
  ), guard AS MATERIALIZED (SELECT assert_owned(count(*) = cardinality($2::int[])) AS owned FROM owned
  ), states AS (
    INSERT INTO record_state (record_id, entity, state)
    SELECT v.record_id, v.entity, convert_from(substring($11::bytea FROM v.state_from FOR v.state_length), 'UTF8')
    FROM unnest($9::uuid[], $10::text[], $12::int[], $13::int[]) AS v(record_id, entity, state_from, state_length), guard
    WHERE guard.owned
    ON CONFLICT (record_id) DO UPDATE SET state = excluded.state
  ), conflicts AS (
    INSERT INTO conflict (record_id, entity, field, kind, policy, base_version, canonical_version, incoming_system,
      incoming_value, incoming_at, canonical_system, canonical_value, canonical_at, winner)
    SELECT c."recordId", c.entity, c.field, c.kind, c.policy, c."baseVersion", c."canonicalVersion", c."incomingSystem",
      c."incomingValue"::jsonb, to_timestamp(c."incomingAt" / 1000.0), c."canonicalSystem", c."canonicalValue"::jsonb,
      to_timestamp(c."canonicalAt" / 1000.0), c.winner
    FROM jsonb_to_recordset($14::jsonb) AS c("recordId" uuid, entity text, field text, kind text, policy text,
      "baseVersion" bigint, "canonicalVersion" bigint, "incomingSystem" text, "incomingValue" text, "incomingAt" bigint,
      "canonicalSystem" text, "canonicalValue" text, "canonicalAt" bigint, winner text), guard WHERE guard.owned
  ), parked AS (
    INSERT INTO quarantine AS q (record_id, system, entity, sequence, code, reason)
    SELECT p."recordId", p.system, p.entity, p.sequence, p.code, p.reason
    FROM jsonb_to_recordset($15::jsonb) AS p("recordId" uuid, system text, entity text, sequence bigint, code text, reason text), guard
    WHERE guard.owned
    ON CONFLICT (record_id, system) DO UPDATE SET sequence = excluded.sequence, code = excluded.code, reason = excluded.reason
  ), audited AS (
    INSERT INTO audit (records, lines)
    SELECT a.records::uuid[], substring($17::bytea FROM a.lines_from FOR a.lines_length)
    FROM unnest($16::text[], $18::int[], $19::int[]) AS a(records, lines_from, lines_length), guard
    WHERE guard.owned
  ), released AS (
    DELETE FROM quarantine q USING unnest($20::uuid[], $21::text[]) AS r(record_id, system), guard
    WHERE guard.owned AND q.record_id = r.record_id AND q.system = r.system
  )${more}
  SELECT owned FROM guard`; // read here so that it is evaluated even when there is nothing else to write

const COMMIT = commitText('');
const COMMIT_WITH_REVIEWS = commitText(reviewsText(22));

export class ResolverUnit {
  readonly #database: Database;
  readonly #consumer: string;

  constructor(database: Database, consumer: string) {
    this.#database = database;
    this.#consumer = consumer;
  }

  /** Takes the partitions over: from now on commits of their former owner fail. */
  async claim(partitions: readonly number[]): Promise<ClaimedPartition[]> {
    const rows = await this.#database.query(CLAIM, [this.#consumer, partitions]);
    return rows.map((row) => ({
      partition: row['partition'] as number,
      epoch: BigInt(row['epoch'] as string),
      lastSequence: Number(row['last_sequence']),
      offsets: Object.fromEntries(
        Object.entries(row['offsets'] as Record<string, string>).map(([topic, next]) => [topic, BigInt(next)]),
      ),
      outbox: decompressed(row['outbox'] as Buffer),
    }));
  }

  /** The stored states of some records; records without one are absent. */
  async load(recordIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.#database.query<Row & { record_id: string; state: string }>(
      'SELECT record_id, state FROM record_state WHERE record_id = ANY($1::uuid[])',
      [recordIds],
      'state_load',
    );
    return new Map(rows.map((row) => [row.record_id, row.state]));
  }

  async commit(commit: ResolverCommit): Promise<void> {
    const { partitions, states, conflicts, audit, quarantined, released, reviews, endedReviews } = commit;
    const hasReviews = reviews.length + endedReviews.length > 0;
    // A record, its command and the audit hold the same values: a sixth is left of them.
    const outboxes = pack(partitions.map((p) => compressed(p.outbox)));
    const encoded = pack(states.map((s) => s.state));
    await this.#database.query(
      hasReviews ? COMMIT_WITH_REVIEWS : COMMIT,
      [
        this.#consumer,
        partitions.map((p) => p.partition),
        partitions.map((p) => p.epoch),
        partitions.map((p) => p.lastSequence),
        partitions.map((p) =>
          JSON.stringify(p.offsets, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
        ),
        outboxes.bytes,
        outboxes.from,
        outboxes.lengths,
        states.map((s) => s.recordId),
        states.map((s) => s.entity),
        encoded.bytes,
        encoded.from,
        encoded.lengths,
        JSON.stringify(conflicts),
        JSON.stringify(quarantined),
        ...auditColumns(audit),
        released.map((r) => r.recordId),
        released.map((r) => r.system),
        ...(hasReviews ? [JSON.stringify(reviews), JSON.stringify(endedReviews)] : []),
      ],
      hasReviews ? 'resolver_commit_reviews' : 'resolver_commit',
    );
  }
}

function auditColumns(audit: readonly AuditRow[]): unknown[] {
  const batches = packAudit(audit);
  const lines = pack(batches.map((batch) => batch.lines));
  return [batches.map(({ recordIds }) => `{${recordIds.join(',')}}`), lines.bytes, lines.from, lines.lengths];
}
