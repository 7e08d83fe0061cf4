/**
 * One throughput phase: rows are written at the source as fast as it takes them, and followed until the target has them all.
 * The end is the commit time of the last row at the target, which Postgres keeps (`track_commit_timestamp`), so watching
 * for it may be slow and cheap.
 */
import { waitUntil } from '@concord/platform';
import type { Pool } from 'pg';
import type { Pipeline } from './pipeline.ts';
import { insertRows, table, updateRows, type Range } from './workload.ts';

export type Throughput = { rowsPerSecond: number; settledRowsPerSecond: number; captureSeconds: number };

const lookEveryMs = 200;
const slowestRowsPerSecond = 200;

/** `changes` is how many row changes the source will have made since the pipeline began, when this phase is over. */
export type Phase = { kind: 'insert' | 'update'; range: Range; round: number; changes: number };

export async function measureThroughput(
  pipeline: Pipeline,
  { kind, range, round, changes }: Phase,
): Promise<Throughput> {
  const rows = range.last - range.first + 1;
  const begun = await clockOf(pipeline.source);
  await (kind === 'insert' ? insertRows : updateRows)(pipeline.source, range, round);
  const written = await clockOf(pipeline.source);
  await untilArrived(pipeline.target, { count: rows, lastId: range.last, round });
  const ended = await lastCommit(pipeline.target, round);
  await pipeline.settle(changes);
  const settled = await clockOf(pipeline.target);
  return {
    rowsPerSecond: rows / (ended - begun),
    settledRowsPerSecond: rows / (settled - begun),
    captureSeconds: written - begun,
  };
}

type Expected = { count: number; lastId: number; round: number };

/** Looks for the last row by its key before it counts: counting all of them again and again would cost the pipeline. */
export async function untilArrived(target: Pool, { count, lastId, round }: Expected): Promise<void> {
  const ofRound = async (condition: string, parameters: unknown[]) => {
    const query = `SELECT count(*)::int AS count FROM ${table} WHERE ${condition}`;
    return (await target.query<{ count: number }>(query, parameters)).rows[0]?.count ?? 0;
  };
  await waitUntil(
    async () =>
      (await ofRound('id = $1 AND round = $2', [lastId, round])) > 0 && (await ofRound('round = $1', [round])) >= count,
    {
      what: `${count} rows of round ${round} at the target`,
      deadlineMs: 60_000 + (count / slowestRowsPerSecond) * 1_000,
      everyMs: lookEveryMs,
    },
  );
}

/** Seconds; source and target are on one server, so its clock is the one for both. */
async function clockOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ now: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 AS now');
  return rows[0]?.now ?? Number.NaN;
}

async function lastCommit(pool: Pool, round: number): Promise<number> {
  const query = `
    SELECT extract(epoch FROM max(pg_xact_commit_timestamp(xid)))::float8 AS last
    FROM (SELECT DISTINCT xmin AS xid FROM ${table} WHERE round = $1) AS transactions`;
  const { rows } = await pool.query<{ last: number }>(query, [round]);
  return rows[0]?.last ?? Number.NaN;
}
