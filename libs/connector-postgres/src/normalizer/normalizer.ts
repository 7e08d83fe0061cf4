/**
 * Decoded records of `cdc.<system>` in, facts out: a state machine without input and output.
 *
 *   outside ──BEGIN──▶ transaction ──open──▶ bracket ──close──▶ transaction ──END──▶ outside
 *
 * What must survive a restart is one offset, `resumeOffset`: of the record after the last transaction that was handed on
 * whole. Reading begins there again; a transaction that was half handed on comes once more, with the same positions, and its
 * known changes are dropped by the core (I2). Rows outside a transaction (snapshots) are a boundary each.
 *
 * The connector may repeat a stretch of the log, beginning in the middle of a transaction. Whatever does not lie behind the
 * last position is such a repetition and is left out, unless it was committed later: then the log itself has gone back.
 */
import type { ConnectorError, SourceFact } from '@concord/connector-kit';
import type { EntityPlan } from '@concord/contracts';
import { postgresError } from '../errors.ts';
import { Bracket, brokenBracket, markPrefix, parseMark } from './bracket.ts';
import {
  classify,
  keyChangeHeaders,
  type LogicalMessage,
  type RawRecord,
  type RowEvent,
  type TransactionMark,
} from './debezium.ts';
import { lastCommitLsn, lsnOfMark, positionOf, positionPrefix, transactionOf } from './position.ts';
import { FactMaker, tableKey } from './fact-maker.ts';

export type NormalizerOptions = {
  readonly system: string;
  readonly plans: readonly EntityPlan[];
  /** What one transaction of ours may change before its rows are no longer held in memory. */
  readonly bracketRowsMax?: number;
};

export type Normalized = {
  readonly facts: readonly SourceFact[];
  /** Records that could not be understood; everything else was. */
  readonly faults: readonly { readonly offset: bigint; readonly error: unknown }[];
  /** Where reading must resume once `facts` are durable; null until a boundary was seen. */
  readonly resumeOffset: bigint | null;
  /** Reading must stop here. What came before is in `facts`. */
  readonly halted: ConnectorError | null;
  readonly echoes: number;
  /** Commands of ours that left no row in their own bracket. */
  readonly echoesMissing: number;
  readonly repetitions: number;
  /** Rows whose primary key was changed by an update. */
  readonly keyChanges: number;
};

type Transaction = {
  readonly id: string;
  prefix: string | null;
  readonly beginLsn: bigint | null;
  bracket: Bracket | null;
};

const BRACKET_ROWS_MAX = 100_000;
/** Commit times are taken a little before commits are ordered; a log that went back does so by more. */
const COMMIT_SKEW_MS = 60_000;

export class PostgresNormalizer {
  readonly #maker: FactMaker;
  readonly #bracketRowsMax: number;
  #transaction: Transaction | null = null;
  #boundary: bigint | null = null;
  #snapshotLsn = 0n;
  #last = { position: '', at: 0 };
  #out = emptyOutput();

  constructor({ system, plans, bracketRowsMax = BRACKET_ROWS_MAX }: NormalizerOptions) {
    this.#maker = new FactMaker(system, plans);
    this.#bracketRowsMax = bracketRowsMax;
  }

  push(records: Iterable<RawRecord>): Normalized {
    this.#out = emptyOutput();
    for (const record of records) {
      try {
        this.#take(record);
      } catch (error) {
        if ((error as { reaction?: unknown }).reaction === 'halt') {
          this.#out.halted = error as ConnectorError;
          break;
        }
        this.#out.faults.push({ offset: record.offset, error });
      }
      if (this.#transaction === null) this.#boundary = record.offset + 1n;
    }
    return { ...this.#out, resumeOffset: this.#boundary };
  }

  #take(record: RawRecord): void {
    const classified = classify(record.value);
    switch (classified.kind) {
      case 'mark':
        return this.#mark(classified.mark);
      case 'row':
        return this.#row(classified.event, record.headers);
      case 'message':
        return this.#message(classified.event);
      case 'nothing':
        return undefined;
      case 'unknown':
        throw postgresError('ingest.malformed', 'park', {
          message: 'A raw record is neither a row, a transaction mark nor a logical message',
          hint: 'Look for a foreign producer on the topic, and at the connector’s settings.',
        });
      default:
        return unreachable(classified);
    }
  }

  #mark({ status, id }: TransactionMark): void {
    this.#maker.expectNoKeyChange();
    if (this.#transaction?.bracket) throw brokenBracket(`batch ${this.#transaction.bracket.batch} was never closed`);
    const isBegin = status === 'BEGIN';
    this.#transaction = isBegin
      ? { id: transactionOf(id), prefix: null, beginLsn: lsnOfMark(id), bracket: null }
      : null;
  }

  #message(event: LogicalMessage): void {
    // Messages outside transactions have no place in the order of commits; ours are never such.
    if (event.transaction === null || event.message.prefix !== markPrefix) return;
    const mark = parseMark(event.message.content);
    if (mark === null) return;
    const transaction = this.#within(event.transaction.id);
    if (this.#isRepetition(this.#place(transaction, event), event)) return;
    if ('open' in mark) {
      if (transaction.bracket !== null) throw brokenBracket(`${mark.open} opened within ${transaction.bracket.batch}`);
      transaction.bracket = new Bracket(mark.open, this.#bracketRowsMax);
      return;
    }
    // Rewound behind the opening: the rows were handed on before and are dropped by their positions.
    if (transaction.bracket === null) return;
    const { facts, echoes, unseen } = transaction.bracket.close(mark);
    transaction.bracket = null;
    for (const fact of facts) this.#out.facts.push(fact);
    this.#out.echoes += echoes;
    this.#out.echoesMissing += unseen;
  }

  #row(event: RowEvent, headers: RawRecord['headers']): void {
    if (event.op === 'r') return this.#snapshotRow(event);
    if (event.transaction === null) throw withoutTransaction();
    const transaction = this.#within(event.transaction.id);
    const position = this.#place(transaction, event);
    if (this.#isRepetition(position, event)) return;
    if (event.op === 't') return this.#truncate(event);
    const facts = this.#maker.make(event, headers, { position, transaction: transaction.id });
    if (keyChangeHeaders.create in headers) this.#out.keyChanges += facts.length;
    for (const fact of facts) {
      if (transaction.bracket === null) this.#out.facts.push(fact);
      else transaction.bracket.add(fact);
    }
  }

  #snapshotRow(event: RowEvent): void {
    const { lsn } = event.source;
    const base = lsn ?? lastCommitLsn(event.source) ?? this.#snapshotLsn;
    if (lsn !== null && lsn > this.#snapshotLsn) this.#snapshotLsn = lsn;
    const position = positionOf(positionPrefix(base), 0);
    const place = { position, transaction: `snapshot:${base}` };
    for (const fact of this.#maker.make(event, {}, place)) this.#out.facts.push(fact);
  }

  /** The open transaction; one that was begun before reading began (after a rewind) is taken up where it goes on. */
  #within(eventId: string): Transaction {
    const id = transactionOf(eventId);
    if (this.#transaction?.id !== id) {
      if (this.#transaction?.bracket) throw brokenBracket(`batch ${this.#transaction.bracket.batch} was never closed`);
      this.#transaction = { id, prefix: null, beginLsn: null, bracket: null };
    }
    return this.#transaction;
  }

  #place(transaction: Transaction, { source, transaction: block }: RowEvent | LogicalMessage): string {
    if (transaction.prefix === null) {
      // After a fresh start of the connector no commit came before: the snapshot did.
      const first = transaction.beginLsn ?? source.lsn ?? 0n;
      const base = lastCommitLsn(source) ?? (first > this.#snapshotLsn ? first : this.#snapshotLsn);
      transaction.prefix = positionPrefix(base);
    }
    return positionOf(transaction.prefix, Number(block?.total_order ?? 0n));
  }

  #isRepetition(position: string, { source }: RowEvent | LogicalMessage): boolean {
    const at = Number(source.ts_ms);
    if (position > this.#last.position) {
      this.#last = { position, at };
      return false;
    }
    if (at > this.#last.at + COMMIT_SKEW_MS) throw logWentBack();
    this.#out.repetitions += 1;
    return true;
  }

  #truncate({ source }: RowEvent): void {
    if (!this.#maker.isMapped(tableKey(source))) return;
    throw postgresError('ingest.truncated', 'halt', {
      message: `Table ${source.schema}.${source.table} was truncated`,
      hint: 'Restore the rows or confirm that they are to be deleted everywhere, then resync the table.',
    });
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Output = Mutable<Omit<Normalized, 'facts' | 'faults' | 'resumeOffset'>> & {
  facts: SourceFact[];
  faults: { offset: bigint; error: unknown }[];
};

function emptyOutput(): Output {
  return {
    facts: [],
    faults: [],
    halted: null,
    echoes: 0,
    echoesMissing: 0,
    repetitions: 0,
    keyChanges: 0,
  };
}

function withoutTransaction(): ConnectorError {
  return postgresError('ingest.malformed', 'halt', {
    message: 'A row event carries no transaction',
    hint: 'Set provide.transaction.metadata=true on the connector: without it positions are unknown.',
  });
}

function logWentBack(): ConnectorError {
  return postgresError('ingest.position_lost', 'halt', {
    message: 'The database’s log has gone back: a later commit has an earlier position',
    hint: 'The database was restored or created anew. Give it a new system name, or resync with "backfill".',
  });
}

function unreachable(kind: never): never {
  throw new TypeError(`Unknown kind of record ${JSON.stringify(kind)}`);
}
