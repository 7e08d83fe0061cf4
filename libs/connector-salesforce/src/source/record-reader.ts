/**
 * Reads records by REST so that the core can tell exactly which streamed events a row contains.
 *
 * A row says when it was last changed (SystemModstamp) only to the second, and the stream's commit times have seconds too.
 * A row read while that second is still running may miss a later change of the same second. So a row counts as settled when
 * the server read it after its second was over; others are read again a moment later. A settled row stands for everything
 * up to the end of its second, or of the second of the event because of which it is read, if that is later.
 *
 * A record that is changed every second never settles. After some attempts its row stands for the second before only: the
 * events of its own second are then applied once more on top, which may repeat values but loses none.
 */
import type { EntityBinding } from '../normalize/binding.ts';
import { fieldsToRead } from '../normalize/binding.ts';
import type { ReadRecord } from '../normalize/facts.ts';
import type { Row, SalesforceRest } from '../rest/rest-client.ts';
import { soqlEquals, soqlIn, soqlLiteral, soqlSelect } from '../rest/soql.ts';
import type { Timing } from '../timing.ts';

const IDS_PER_QUERY_MAX = 200;
const ROWS_PER_PAGE = 2000;
const SETTLE_ATTEMPTS_MAX = 5;
const SETTLE_DELAY_MS = 700;
const SECOND_MS = 1000;

export type Page = { readonly records: readonly ReadRecord[]; readonly after: string; readonly upTo: string | null };

export class RecordReader {
  readonly #rest: SalesforceRest;
  readonly #timing: Timing;
  readonly #object: string;
  readonly #fields: readonly string[];

  constructor(rest: SalesforceRest, timing: Timing, bindings: readonly [EntityBinding, ...EntityBinding[]]) {
    this.#rest = rest;
    this.#timing = timing;
    this.#object = bindings[0].object;
    this.#fields = fieldsToRead(bindings);
  }

  /**
   * One entry per id; records that are nowhere any more are told as deleted. `since` is, by id, the commit time of the last
   * event that the row is known to contain, or 0. Rows that are not `wanted` are not waited for.
   */
  async read(
    since: ReadonlyMap<string, number>,
    wanted: (row: Row) => boolean = () => true,
  ): Promise<Map<string, ReadRecord>> {
    const found = new Map<string, ReadRecord>();
    const entries = [...since];
    for (let from = 0; from < entries.length; from += IDS_PER_QUERY_MAX) {
      const chunk = new Map(entries.slice(from, from + IDS_PER_QUERY_MAX));
      for (const record of await this.#readSettled(chunk, wanted)) found.set(record.nativeId, record);
    }
    return found;
  }

  /** All records that fulfil the binding's filter, by ascending id. Ranges join without a gap and the last has no end. */
  async *pages({ filter }: EntityBinding): AsyncGenerator<Page> {
    for (let after = '', isLast = false; !isLast;) {
      const conditions = [...(after === '' ? [] : [`Id > ${soqlLiteral(after)}`]), ...soqlEquals(filter)];
      const soql = soqlSelect(this.#object, this.#fields, conditions, ` ORDER BY Id LIMIT ${ROWS_PER_PAGE}`);
      const { rows, asOf } = await this.#rest.query(soql);
      isLast = rows.length < ROWS_PER_PAGE;
      const upTo = isLast ? null : idOf(rows.at(-1) as Row);
      const settled = rows.filter((row) => isSettled(row, 0, asOf));
      const unsettled = rows.filter((row) => !isSettled(row, 0, asOf));
      const again = await this.read(new Map(unsettled.map((row) => [idOf(row), 0])));
      yield { records: [...settled.map((row) => recordOf(row, settledAt(row, 0))), ...again.values()], after, upTo };
      after = upTo ?? after;
    }
  }

  async #readSettled(since: ReadonlyMap<string, number>, wanted: (row: Row) => boolean): Promise<ReadRecord[]> {
    const records: ReadRecord[] = [];
    let waiting: readonly string[] = [...since.keys()];
    for (let attempt = 1; waiting.length > 0; attempt += 1) {
      const soql = soqlSelect(this.#object, this.#fields, [soqlIn('Id', waiting)]);
      const { rows, asOf, answeredAt } = await this.#rest.query(soql, { includeDeleted: true });
      const byId = new Map(rows.map((row) => [idOf(row), row]));
      const unsettled: string[] = [];
      for (const nativeId of waiting) {
        const row = byId.get(nativeId);
        const contained = since.get(nativeId) ?? 0;
        // What has gone from the recycle bin too cannot come back, so the latest possible moment is right.
        if (row === undefined)
          records.push({ nativeId, row: null, isDeleted: true, at: Math.max(answeredAt, contained) });
        else if (isSettled(row, contained, asOf) || !wanted(row))
          records.push(recordOf(row, settledAt(row, contained)));
        else if (attempt === SETTLE_ATTEMPTS_MAX) records.push(recordOf(row, restlessAt(row, contained)));
        else unsettled.push(nativeId);
      }
      waiting = unsettled;
      if (waiting.length > 0) await this.#timing.sleep(SETTLE_DELAY_MS);
    }
    return records;
  }
}

function isSettled(row: Row, contained: number, asOf: number): boolean {
  return asOf > settledAt(row, contained);
}

function settledAt(row: Row, contained: number): number {
  return endOfSecond(Math.max(changedAt(row), contained));
}

function restlessAt(row: Row, contained: number): number {
  return Math.max(endOfSecond(changedAt(row)) - SECOND_MS, endOfSecond(contained));
}

function recordOf(row: Row, at: number): ReadRecord {
  return { nativeId: idOf(row), row, isDeleted: row['IsDeleted'] === true, at };
}

function idOf(row: Row): string {
  return String(row['Id']);
}

function changedAt(row: Row): number {
  return Date.parse(String(row['SystemModstamp']).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
}

function endOfSecond(moment: number): number {
  return Math.floor(moment / SECOND_MS) * SECOND_MS + SECOND_MS - 1;
}
