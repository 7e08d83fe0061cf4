/** ProgressStore of the connector kit, kept in the store for systems that have no transactions of their own. */
import { ConnectorError, type ProgressStore, type StreamProgress } from '@concord/connector-kit';
import type { Database, Row } from './database.ts';

type ProgressRow = Row & { stream: string; intended: string; done: string; outcomes: StreamProgress['outcomes'] };

const INTEND = `INSERT INTO sink_progress AS p (system, stream, intended)
  SELECT $1, v.stream, v.intended FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS v(stream, intended, previous)
  ON CONFLICT (system, stream) DO UPDATE SET intended = excluded.intended
    WHERE p.intended = (SELECT w.previous FROM unnest($2::text[], $4::bigint[]) AS w(stream, previous) WHERE w.stream = excluded.stream)
  RETURNING 1`;
const FINISH = `UPDATE sink_progress p SET done = v.done, outcomes = v.outcomes::jsonb
  FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS v(stream, done, intended, outcomes)
  WHERE p.system = $1 AND p.stream = v.stream AND p.intended = v.intended RETURNING 1`;

export class SinkProgress implements ProgressStore {
  readonly #database: Database;
  readonly #system: string;

  constructor(database: Database, system: string) {
    this.#database = database;
    this.#system = system;
  }

  async load(streams: readonly string[]): Promise<readonly StreamProgress[]> {
    const rows = await this.#database.query<ProgressRow>(
      'SELECT stream, intended, done, outcomes FROM sink_progress WHERE system = $1 AND stream = ANY($2)',
      [this.#system, streams],
    );
    return rows.map((row) => ({ ...row, intended: Number(row.intended), done: Number(row.done) }));
  }

  async intend(progress: readonly StreamProgress[], previous: readonly StreamProgress[]): Promise<void> {
    const before = new Map(previous.map((p) => [p.stream, p.intended]));
    const values = [
      this.#system,
      progress.map((p) => p.stream),
      progress.map((p) => p.intended),
      progress.map((p) => before.get(p.stream) ?? 0),
    ];
    this.#requireAll(await this.#database.query(INTEND, values, 'sink_intend'), progress.length);
  }

  async finish(progress: readonly StreamProgress[]): Promise<void> {
    const values = [
      this.#system,
      progress.map((p) => p.stream),
      progress.map((p) => p.done),
      progress.map((p) => p.intended),
      progress.map((p) => JSON.stringify(p.outcomes)),
    ];
    this.#requireAll(await this.#database.query(FINISH, values, 'sink_finish'), progress.length);
  }

  #requireAll(rows: readonly unknown[], expected: number): void {
    if (rows.length === expected) return;
    throw new ConnectorError({
      code: 'sink.fenced',
      reaction: 'halt',
      message: `another writer moved a stream of ${this.#system} meanwhile`,
      hint: 'Nothing to do: this instance rejoins the group and reads the progress anew.',
    });
  }
}
