/** What people ask the store: conflicts, the story of a record, what is quarantined, how far the resolver is. */
import { unpackAudit, type AuditEntry } from './audit-lines.ts';
import type { Database, Row } from './database.ts';

export type Page = { readonly limit: number; readonly beforeId?: bigint | undefined };

type AuditStored = { id: string; lines: Buffer };

/** Some 100,000 lines at most, uncompressed one row at a time. */
const AUDIT_PAGE = 200;

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
    return this.#database.query(
      `SELECT q.*, (SELECT string_agg(i.system || ' ' || i.native_id, ', ' ORDER BY i.system, i.native_id)
         FROM identity i WHERE i.record_id = q.record_id) AS known_as
       FROM quarantine q ORDER BY since LIMIT $1`,
      [limit],
    );
  }

  async stateOf(recordId: string): Promise<{ entity: string; state: string } | null> {
    const [row] = await this.#database.query<{ entity: string; state: string }>(
      'SELECT entity, state FROM record_state WHERE record_id = $1',
      [recordId],
    );
    return row ?? null;
  }

  async counts(): Promise<{ records: number; conflicts: number; quarantined: number }> {
    const [row] = await this.#database.query(
      'SELECT (SELECT count(*) FROM record_state) AS records, (SELECT count(*) FROM conflict) AS conflicts, (SELECT count(*) FROM quarantine) AS quarantined',
    );
    return {
      records: Number(row?.['records']),
      conflicts: Number(row?.['conflicts']),
      quarantined: Number(row?.['quarantined']),
    };
  }
}
