/**
 * The parts of Debezium's records that matter here, as the generic Avro decoder gives them: every long is a bigint.
 * One topic holds transaction marks, rows of all tables and logical messages, in commit order.
 */

/** A record of `cdc.<system>`, decoded. Keys are not needed: what identifies a row is in the row. */
export type RawRecord = {
  readonly offset: bigint;
  readonly value: unknown;
  readonly headers: Readonly<Record<string, string>>;
};

export type Row = Readonly<Record<string, unknown>>;

export type TransactionMark = { readonly status: 'BEGIN' | 'END'; readonly id: string; readonly ts_ms: bigint };

export type Source = {
  readonly schema: string;
  readonly table: string;
  readonly lsn: bigint | null;
  /** A JSON array of two LSNs as texts: of the commit before this transaction, and of this event. */
  readonly sequence: string | null;
  readonly snapshot: string | null;
  readonly ts_ms: bigint;
  readonly txId: bigint | null;
};

type TransactionBlock = { readonly id: string; readonly total_order: bigint };

export type RowEvent = {
  readonly op: 'c' | 'u' | 'd' | 'r' | 't';
  readonly before: Row | null;
  readonly after: Row | null;
  readonly source: Source;
  readonly transaction: TransactionBlock | null;
};

export type LogicalMessage = {
  readonly op: 'm';
  readonly source: Source;
  readonly transaction: TransactionBlock | null;
  readonly message: { readonly prefix: string; readonly content: Uint8Array | null };
};

export type DebeziumRecord =
  | { readonly kind: 'mark'; readonly mark: TransactionMark }
  | { readonly kind: 'row'; readonly event: RowEvent }
  | { readonly kind: 'message'; readonly event: LogicalMessage }
  /** A tombstone, a heartbeat: nothing that changes a row. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' };

const nothing: DebeziumRecord = { kind: 'nothing' };
const rowOperations = new Set<unknown>(['c', 'u', 'd', 'r', 't']);

/** Debezium's headers on the two events of an update that changed the primary key. */
export const keyChangeHeaders = { delete: '__debezium.newkey', create: '__debezium.oldkey' } as const;

export function classify(value: unknown): DebeziumRecord {
  if (value === null) return nothing;
  if (typeof value !== 'object') return { kind: 'unknown' };
  const { op, status, source } = value as { op?: unknown; status?: unknown; source?: unknown };
  if (op !== undefined && typeof source === 'object' && source !== null) {
    if (rowOperations.has(op)) return { kind: 'row', event: value as RowEvent };
    if (op === 'm') return { kind: 'message', event: value as LogicalMessage };
  }
  if (status === 'BEGIN' || status === 'END') return { kind: 'mark', mark: value as TransactionMark };
  return op === undefined && 'ts_ms' in value ? nothing : { kind: 'unknown' };
}
