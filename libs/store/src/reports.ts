/** What people ask the store: conflicts, the story of a record, what is quarantined, how far the resolver is. */
import type { ConflictMessage } from '@concord/contracts';
import { unpackAudit, type AuditEntry } from './audit-lines.ts';
import type { Database, Row } from './database.ts';

export type Page = { readonly limit: number; readonly beforeId?: bigint | undefined };

type AuditStored = { id: string; lines: Buffer };

/** Some 100,000 lines at most, uncompressed one row at a time. */
const AUDIT_PAGE = 200;

type Value = ConflictMessage['incomingValue'];

/** What waits for a person, with every system's wish. */
export type OpenReview = {
  readonly id: string;
  readonly record_id: string;
  readonly entity: string;
  /** Native ids of the record. */
  readonly known_as: string | null;
  readonly field: string;
  readonly kind: string;
  readonly revision: string;
  readonly since_version: string;
  readonly canonical_system: string;
  readonly canonical_value: Value;
  readonly canonical_at: Date;
  readonly candidates: Readonly<Record<string, { readonly value: Value; readonly at: number }>>;
  readonly opened_at: Date;
};

export type ReviewEnd = {
  readonly winner: string;
  readonly decided_by: string | null;
  readonly decided_value: Value;
};

/** The ids by which people know the record of a row. */
const knownAs = (row: string): string =>
  `(SELECT string_agg(i.system || ' ' || i.native_id, ', ' ORDER BY i.system, i.native_id)
    FROM identity i WHERE i.record_id = ${row}.record_id) AS known_as`;

const REVIEWS = `SELECT r.*, ${knownAs('r')} FROM review r`;

export class Reports {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest conflicts first; the next page begins before the last id of this one. */
  conflicts({ limit, beforeId }: Page): Promise<Row[]> {
    return this.#database.query(
      'SELECT * FROM conflict WHERE $2::bigint IS NULL OR id < $2 ORDER BY id DESC LIMIT $1',
      [limit, beforeId ?? null],
    );
  }

  /** Longest waiting first, each with the ids by which people know the record. */
  reviews(limit: number): Promise<OpenReview[]> {
    return this.#database.query<OpenReview>(`${REVIEWS} ORDER BY r.opened_at, r.id LIMIT $1`, [limit]);
  }

  async review(id: bigint): Promise<OpenReview | null> {
    const [found] = await this.#database.query<OpenReview>(`${REVIEWS} WHERE r.id = $1`, [id]);
    return found ?? null;
  }

  async openReviews(): Promise<number> {
    const [row] = await this.#database.query('SELECT count(*) AS open FROM review');
    return Number(row?.['open']);
  }

  /** All that waits of a record. */
  reviewsOf(recordId: string): Promise<OpenReview[]> {
    return this.#database.query<OpenReview>(`${REVIEWS} WHERE r.record_id = $1 ORDER BY r.id`, [recordId]);
  }

  /** How a review ended; null while it is open. */
  async reviewEnd(review: OpenReview): Promise<ReviewEnd | null> {
    const [row] = await this.#database.query<ReviewEnd>(
      `SELECT winner, decided_by, decided_value FROM conflict
       WHERE record_id = $1 AND field = $2 AND canonical_version = $3 AND id >= ALL (
         SELECT id FROM conflict WHERE record_id = $1 AND field = $2 AND canonical_version = $3)`,
      [review.record_id, review.field, review.since_version],
    );
    return row === undefined || row.winner === 'open' ? null : row;
  }

  conflictsOf(recordId: string): Promise<Row[]> {
    return this.#database.query('SELECT * FROM conflict WHERE record_id = $1 ORDER BY id', [recordId]);
  }

  /** What was decided about a record, oldest first. */
  async auditOf(recordId: string): Promise<AuditEntry[]> {
    const rows = await this.#database.query<AuditStored>(
      'SELECT id, lines FROM audit WHERE records @> ARRAY[$1::uuid] ORDER BY id',
      [recordId],
    );
    return rows.flatMap(({ lines }) => unpackAudit(lines, recordId));
  }

  /** What was decided, commit by commit, oldest first; read as it is asked for. */
  async *audit(since = new Date(0)): AsyncGenerator<AuditEntry[]> {
    let after = '0';
    for (;;) {
      const rows = await this.#database.query<AuditStored>(
        'SELECT id, lines FROM audit WHERE id > $1 AND stored_at >= $2 ORDER BY id LIMIT $3',
        [after, since, AUDIT_PAGE],
      );
      for (const { lines } of rows) yield unpackAudit(lines);
      after = rows.at(-1)?.id ?? after;
      if (rows.length < AUDIT_PAGE) return;
    }
  }

  /** Longest parked first, each with the ids by which people know the record. */
  quarantine(limit: number): Promise<Row[]> {
    return this.#database.query(`SELECT q.*, ${knownAs('q')} FROM quarantine q ORDER BY since LIMIT $1`, [limit]);
  }

  async stateOf(recordId: string): Promise<{ entity: string; state: string } | null> {
    const [row] = await this.#database.query<{ entity: string; state: string }>(
      'SELECT entity, state FROM record_state WHERE record_id = $1',
      [recordId],
    );
    return row ?? null;
  }

  async counts(): Promise<{ records: number; conflicts: number; quarantined: number; reviews: number }> {
    const [row] = await this.#database.query(
      'SELECT (SELECT count(*) FROM record_state) AS records, (SELECT count(*) FROM conflict) AS conflicts, (SELECT count(*) FROM quarantine) AS quarantined, (SELECT count(*) FROM review) AS reviews',
    );
    return {
      records: Number(row?.['records']),
      conflicts: Number(row?.['conflicts']),
      quarantined: Number(row?.['quarantined']),
      reviews: Number(row?.['reviews']),
    };
  }
}
