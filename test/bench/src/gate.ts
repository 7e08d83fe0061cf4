/** The correctness gate: both tables hold the same rows, or what was measured is void. */
import type { Pool } from 'pg';
import { columns, table } from './workload.ts';

class VoidRunError extends Error {
  override readonly name = 'VoidRunError';
}

type Digest = { rows: string; digest: string | null };

/** Every mapped column of every row in the order of the key; times and documents in Postgres' own canonical text. */
const digestOf = `
  SELECT count(*)::text AS rows, md5(string_agg(md5(ROW(${columns.join(', ')})::text), '' ORDER BY id)) AS digest
  FROM ${table}`;

export async function demandEqualTables(name: string, source: Pool, target: Pool): Promise<void> {
  const [there, here] = await Promise.all([read(source), read(target)]);
  if (there.rows === here.rows && there.digest === here.digest) return;
  const difference =
    there.rows === here.rows ? 'with other content' : `the source has ${there.rows}, the target ${here.rows}`;
  throw new VoidRunError(
    `${name}: the tables differ after the run (${there.rows} rows, ${difference}); the run is void.`,
  );
}

async function read(pool: Pool): Promise<Digest> {
  const { rows } = await pool.query<Digest>(digestOf);
  return rows[0] as Digest;
}
