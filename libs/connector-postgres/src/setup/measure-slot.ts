/** How much log the slot of a system holds back, and whether it still can. */
import type { PostgresPool } from '../connection.ts';
import { postgresError } from '../errors.ts';
import { slotNameOf } from './names.ts';

type SlotRow = { retained: string | null; status: string };

/** Bytes of log held back; throws `ingest.position_lost` when the slot is gone or no longer has what it needs. */
export async function measureSlot(pool: PostgresPool, system: string): Promise<number> {
  const slot = slotNameOf(system, pool.database);
  const [row] = await pool.query<SlotRow>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::text AS retained, wal_status AS status FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  if (row !== undefined && row.status !== 'lost') return Number(row.retained ?? 0);
  throw postgresError('ingest.position_lost', 'halt', {
    message: `Replication slot ${slot} at ${pool.where} is ${row === undefined ? 'gone' : 'lost'}: changes since then are missing`,
    hint: 'Run "apply", which makes the slot anew, then resync with "backfill".',
  });
}
