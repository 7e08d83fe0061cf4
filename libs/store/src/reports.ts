/** What people ask the store: conflicts, the story of a record, what is quarantined, how far the resolver is. */
import type { Database, Row } from './database.ts';

export type Page = { readonly limit: number; readonly beforeId?: bigint | undefined };

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

  auditOf(recordId: string): Promise<Row[]> {
    return this.#database.query('SELECT * FROM audit WHERE record_id = $1 ORDER BY id', [recordId]);
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
