/**
 * Our own transactions in the stream. The writer opens and closes each with a logical message; the closing one says which
 * command wrote which row. Rows in between are held back until then, since ids of inserted rows are known only at the end.
 *
 * Every event of a row that a command wrote carries the command's mark: the first is its echo, a later one is what a trigger
 * made of it. Rows that match no command (cascades, triggers on other tables) are ordinary changes.
 */
import type { SourceFact } from '@concord/connector-kit';
import { postgresError } from '../errors.ts';

/** The prefix of our logical messages; `concord-heartbeat` and others are not ours. */
export const markPrefix = 'concord';

/** `known`: 1 where the command named the row by this id, which then is the record's; absent where the row got it now. */
export type WrittenRow = readonly [sequence: number, entity: string, recordId: string, nativeId: string, known?: 1];

export type OpeningMark = { readonly open: string };
export type ClosingMark = { readonly close: string; readonly commands: readonly WrittenRow[] };

export function openingMark(batch: string): string {
  return JSON.stringify({ open: batch } satisfies OpeningMark);
}

export function closingMark(batch: string, commands: readonly WrittenRow[]): string {
  return JSON.stringify({ close: batch, commands } satisfies ClosingMark);
}

/** Null for a message that only uses our prefix. */
export function parseMark(content: Uint8Array | null): OpeningMark | ClosingMark | null {
  if (content === null) return null;
  try {
    const mark = JSON.parse(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString()) as unknown;
    if (typeof mark !== 'object' || mark === null) return null;
    if ('open' in mark && typeof mark.open === 'string') return mark as OpeningMark;
    return 'close' in mark && typeof mark.close === 'string' && 'commands' in mark && Array.isArray(mark.commands)
      ? (mark as ClosingMark)
      : null;
  } catch {
    return null;
  }
}

export class Bracket {
  readonly batch: string;
  readonly #rowsMax: number;
  #facts: SourceFact[] = [];

  constructor(batch: string, rowsMax: number) {
    this.batch = batch;
    this.#rowsMax = rowsMax;
  }

  add(fact: SourceFact): void {
    if (this.#facts.length >= this.#rowsMax) {
      throw postgresError('ingest.bracket_too_large', 'halt', {
        message: `A transaction of ours changed more than ${this.#rowsMax} rows (batch ${this.batch})`,
        hint: 'A cascade or trigger multiplies our writes. Raise the limit, or write smaller batches.',
      });
    }
    this.#facts.push(fact);
  }

  close({ close, commands }: ClosingMark): { facts: SourceFact[]; echoes: number; unseen: number } {
    if (close !== this.batch) throw brokenBracket(`batch ${this.batch} was opened and ${close} closed`);
    const byRow = new Map(commands.map((command) => [rowKey(command[1], command[3]), command]));
    const echoed = new Set<WrittenRow>();
    const facts = this.#facts.map((fact) => {
      const command = byRow.get(rowKey(fact.entity, fact.change.nativeId));
      if (command === undefined) return fact;
      const [sequence, , recordId, , known] = command;
      echoed.add(command);
      return { ...fact, recordId, isIdentified: known === 1, change: { ...fact.change, echo: sequence } };
    });
    this.#facts = [];
    return { facts, echoes: echoed.size, unseen: commands.length - echoed.size };
  }
}

export function brokenBracket(what: string): Error {
  return postgresError('ingest.bracket_broken', 'halt', {
    message: `The marks around our own transaction do not match: ${what}`,
    hint: 'Stop the writer of this database and resync what it wrote.',
  });
}

function rowKey(entity: string, nativeId: string): string {
  return `${entity}\u0000${nativeId}`;
}
