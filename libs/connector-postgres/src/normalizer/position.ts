/**
 * Positions in a Postgres stream: 16 hex digits of the end LSN of the commit *before* the transaction, then 8 hex digits of
 * the event's number within it. They compare as texts in commit order, and were seen to stay the same when the connector is
 * restarted or rewound in the middle of a transaction (README.md).
 *
 * Why not the event's own LSN: transactions interleave in the log, so an LSN may be lower than one that was committed before
 * it, and rows of one COPY share it. Why not this transaction's own commit LSN: rows do not carry it, only its END does.
 * Snapshot rows have number 0 and the LSN of their snapshot: everything streamed after it sorts behind them.
 */
import type { Source } from './debezium.ts';

const HEX_DIGITS_LSN = 16;
const HEX_DIGITS_ORDER = 8;

/** The leading part, made once per transaction: it is the dear one. */
export function positionPrefix(lsn: bigint): string {
  return lsn.toString(16).padStart(HEX_DIGITS_LSN, '0');
}

export function positionOf(prefix: string, order: number): string {
  return prefix + order.toString(16).padStart(HEX_DIGITS_ORDER, '0');
}

/** End LSN of the commit before; null for the first transaction after a fresh start of the connector. */
export function lastCommitLsn({ sequence }: Source): bigint | null {
  if (sequence === null) return null;
  const first = sequence.indexOf('"');
  // `[null,"…"]`: the first text is then the event's own LSN.
  if (first !== 1) return null;
  return BigInt(sequence.slice(2, sequence.indexOf('"', 2)));
}

/** The LSN that a mark carries behind its transaction's number: `837:33808472`. */
export function lsnOfMark(id: string): bigint {
  return BigInt(id.slice(id.indexOf(':') + 1));
}

/** The transaction's number. The LSN behind it differs from event to event. */
export function transactionOf(id: string): string {
  return id.slice(0, id.indexOf(':'));
}
