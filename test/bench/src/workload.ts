/**
 * The rows that travel: some 250 bytes of the usual types, with a document. Rows are made by the database itself, so that
 * the load costs the harness nothing; `round` tells which phase wrote a row last, `sent_at` when it was meant to be written.
 */
import type { Pool } from 'pg';

export const table = 'items';

export const columns = [
  'id',
  'name',
  'email',
  'city',
  'amount',
  'quantity',
  'active',
  'notes',
  'attributes',
  'round',
  'sent_at',
] as const;

const createTable = `
  CREATE TABLE ${table} (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    email text,
    city text,
    amount numeric(12,2),
    quantity integer,
    active boolean,
    notes text,
    attributes jsonb,
    round integer,
    sent_at timestamptz
  )`;

const insertRange = `
  INSERT INTO ${table}
  SELECT id, 'Customer ' || id, 'customer' || id || '@example.com', 'City ' || id % 1000, (id % 100000) / 100.0,
         id % 500, id % 3 = 0, repeat('n', 40 + (id % 40)::int),
         jsonb_build_object('tier', id % 5, 'tags', jsonb_build_array('a' || id % 7, 'b' || id % 11)), $3, now()
  FROM generate_series($1::bigint, $2::bigint) AS id`;

const updateRange = `
  UPDATE ${table}
  SET city = 'Town ' || id % 777, amount = amount + 1, notes = reverse(notes) || '.', round = $3, sent_at = now()
  WHERE id BETWEEN $1 AND $2`;

const rowsPerTransaction = 1_000;

export type Range = { first: number; last: number };

export async function createTableIn(pool: Pool): Promise<void> {
  await pool.query(createTable);
}

export const insertRows = (pool: Pool, range: Range, round: number) => inTransactions(pool, insertRange, range, round);
export const updateRows = (pool: Pool, range: Range, round: number) => inTransactions(pool, updateRange, range, round);

async function inTransactions(pool: Pool, statement: string, { first, last }: Range, round: number): Promise<void> {
  for (let from = first; from <= last; from += rowsPerTransaction) {
    await pool.query(statement, [from, Math.min(last, from + rowsPerTransaction - 1), round]);
  }
}
