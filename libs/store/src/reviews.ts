/**
 * What a commit does to reviews, as a part of its one statement. Few commits touch any, so the part is left out of the
 * others. A conflict that waits for a person has the winner `open` until its review ends.
 */

/** An open review as it is after the commit. Values are JSON text. */
export type ReviewRow = {
  readonly recordId: string;
  readonly field: string;
  readonly entity: string;
  readonly kind: string;
  readonly revision: number;
  readonly sinceVersion: number;
  readonly candidates: Readonly<Record<string, unknown>>;
  readonly canonicalSystem: string;
  readonly canonicalValue: string;
  /** Milliseconds since the epoch, as `at`. */
  readonly canonicalAt: number;
};

/** The end of a review: a person's answer, or that nothing is left to decide. */
export type EndedReviewRow = {
  readonly recordId: string;
  readonly field: string;
  readonly sinceVersion: number;
  readonly winner: 'person' | 'agreed' | 'deleted' | 'detached';
  readonly decidedBy: string | null;
  readonly decidedValue: string | null;
  readonly decidedAt: number | null;
  /** Another review of the same field has been opened in the same commit. */
  readonly isReopened: boolean;
};

/** `first` is the number of the first of the two parameters. */
export function reviewsText(first: number): string {
  return `, reviews AS (
    INSERT INTO review AS r (record_id, field, entity, kind, revision, since_version, candidates, canonical_system,
      canonical_value, canonical_at)
    SELECT v."recordId", v.field, v.entity, v.kind, v.revision, v."sinceVersion", v.candidates, v."canonicalSystem",
      v."canonicalValue"::jsonb, to_timestamp(v."canonicalAt" / 1000.0)
    FROM jsonb_to_recordset($${first}::jsonb) AS v("recordId" uuid, field text, entity text, kind text, revision bigint,
      "sinceVersion" bigint, candidates jsonb, "canonicalSystem" text, "canonicalValue" text, "canonicalAt" bigint), guard
    WHERE guard.owned
    ON CONFLICT (record_id, field) DO UPDATE SET kind = excluded.kind, revision = excluded.revision,
      since_version = excluded.since_version, candidates = excluded.candidates, canonical_system = excluded.canonical_system,
      canonical_value = excluded.canonical_value, canonical_at = excluded.canonical_at
  ), ended AS (
    SELECT e.* FROM jsonb_to_recordset($${first + 1}::jsonb) AS e("recordId" uuid, field text, "sinceVersion" bigint,
      winner text, "decidedBy" text, "decidedValue" text, "decidedAt" bigint, "isReopened" boolean), guard
    WHERE guard.owned
  ), closed AS (
    DELETE FROM review r USING ended e WHERE r.record_id = e."recordId" AND r.field = e.field AND NOT e."isReopened"
  ), settled AS (
    UPDATE conflict c SET winner = e.winner, decided_by = e."decidedBy", decided_value = e."decidedValue"::jsonb,
      decided_at = to_timestamp(e."decidedAt" / 1000.0)
    FROM ended e
    WHERE c.record_id = e."recordId" AND c.field = e.field AND c.canonical_version = e."sinceVersion" AND c.winner = 'open'
  )`;
}
