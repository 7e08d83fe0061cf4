/**
 * Open loop: single-row transactions begin at fixed times whatever became of those before, half of them inserts and half
 * updates of rows that are there. Latency runs from the time a transaction was meant to begin to its commit at the target,
 * so a stall is seen by all who would have met it. Both sides' clocks are the one of this machine.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Pipeline } from './pipeline.ts';
import { quantile } from './statistics.ts';
import { untilArrived } from './throughput.ts';
import { columns, table, type Range } from './workload.ts';

/** Milliseconds; `commitToCommit` leaves out what the source's own transaction took. */
export type Latency = {
  p50: number;
  p90: number;
  p99: number;
  max: number;
  commitToCommitP50: number;
  samples: number;
};

export type OpenLoop = { ratePerSecond: number; seconds: number; existing: Range; firstNewId: number; round: number };

const insertOne = `
  INSERT INTO ${table} (${columns.join(', ')})
  VALUES ($1::bigint, 'Customer ' || $1::bigint, 'customer' || $1::bigint || '@example.com', 'City', 12.5, 7, true,
          repeat('n', 60), '{"tier": 1, "tags": ["a", "b"]}', $2, to_timestamp($3::float8 / 1000))`;
const updateOne = `UPDATE ${table} SET quantity = quantity + 1, round = $2, sent_at = to_timestamp($3::float8 / 1000) WHERE id = $1`;

export async function measureLatency({ source, target }: Pipeline, loop: OpenLoop): Promise<Latency> {
  const { insertedLast, count } = await send(source, loop);
  await untilArrived(target, { count, lastId: insertedLast, round: loop.round });
  const [sent, applied] = await Promise.all([commitTimes(source, loop.round), commitTimes(target, loop.round)]);
  const fromIntended: number[] = [];
  const fromCommit: number[] = [];
  for (const [id, { sentAt, committedAt }] of sent) {
    const arrival = applied.get(id);
    if (arrival === undefined) throw new Error(`Row ${id} is not at the target.`);
    fromIntended.push(arrival.committedAt - sentAt);
    fromCommit.push(arrival.committedAt - committedAt);
  }
  return {
    p50: quantile(fromIntended, 0.5),
    p90: quantile(fromIntended, 0.9),
    p99: quantile(fromIntended, 0.99),
    max: quantile(fromIntended, 1),
    commitToCommitP50: quantile(fromCommit, 0.5),
    samples: fromIntended.length,
  };
}

async function send(source: Pool, loop: OpenLoop): Promise<{ insertedLast: number; count: number }> {
  const count = loop.ratePerSecond * loop.seconds;
  const begun = performance.timeOrigin + performance.now();
  const stride = Math.max(1, Math.floor((loop.existing.last - loop.existing.first + 1) / count));
  const underWay = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  let insertedLast = 0;
  for (let index = 0; index < count; index += 1) {
    const intended = begun + (index * 1_000) / loop.ratePerSecond;
    const early = intended - (performance.timeOrigin + performance.now());
    if (early > 0) await pause(early);
    const inserts = index % 2 === 0;
    const id = inserts ? loop.firstNewId + index : loop.existing.first + index * stride;
    if (inserts) insertedLast = id;
    const text = inserts ? insertOne : updateOne;
    const written = source
      .query({ name: inserts ? 'insert-one' : 'update-one', text, values: [id, loop.round, intended] })
      .catch((error: unknown) => failures.push(error))
      .finally(() => underWay.delete(written));
    underWay.add(written);
    if (failures.length > 0) break;
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return { insertedLast, count };
}

type Times = { sentAt: number; committedAt: number };

async function commitTimes(pool: Pool, round: number): Promise<Map<string, Times>> {
  const query = `
    SELECT id::text, extract(epoch FROM sent_at)::float8 * 1000 AS sent_at,
           extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000 AS committed_at
    FROM ${table} WHERE round = $1`;
  const { rows } = await pool.query<{ id: string; sent_at: number; committed_at: number }>(query, [round]);
  return new Map(rows.map((row) => [row.id, { sentAt: row.sent_at, committedAt: row.committed_at }]));
}
