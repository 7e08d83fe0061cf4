/**
 * Reads records by REST so that the core can tell exactly which streamed events a row contains.
 *
 * A row says when it was last changed (SystemModstamp) only to the second, and the stream's commit times have seconds too.
 * A row read while that second is still running may miss a later change of the same second. So a row counts as settled when
 * the server read it after its second was over; others are read again a moment later. A settled row stands for everything
 * up to the end of its second. A record that never comes to rest is given the end of the second before: its events are then
 * applied once more on top, which repeats values but loses none.
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

  /** One entry per id; records that are nowhere any more are told as deleted. */
  async read(ids: readonly string[]): Promise<Map<string, ReadRecord>> {
    const found = new Map<string, ReadRecord>();
    for (let from = 0; from < ids.length; from += IDS_PER_QUERY_MAX) {
      const chunk = ids.slice(from, from + IDS_PER_QUERY_MAX);
      for (const record of await this.#readSettled(chunk)) found.set(record.nativeId, record);
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
      const settled = rows.filter((row) => isSettled(row, asOf));
      const unsettled = rows.filter((row) => !isSettled(row, asOf)).map(idOf);
      const again = await this.read(unsettled);
      yield { records: [...settled.map(settledRecord), ...again.values()], after, upTo };
      after = upTo ?? after;
    }
  }

  async #readSettled(ids: readonly string[]): Promise<ReadRecord[]> {
    const records: ReadRecord[] = [];
    let waiting: readonly string[] = ids;
    for (let attempt = 1; waiting.length > 0; attempt += 1) {
      const soql = soqlSelect(this.#object, this.#fields, [soqlIn('Id', waiting)]);
      const { rows, asOf } = await this.#rest.query(soql, { includeDeleted: true });
      const byId = new Map(rows.map((row) => [idOf(row), row]));
      const unsettled: string[] = [];
      for (const nativeId of waiting) {
        const row = byId.get(nativeId);
        if (row === undefined) records.push({ nativeId, row: null, isDeleted: true, at: Math.floor(asOf) });
        else if (isSettled(row, asOf)) records.push(settledRecord(row));
        else if (attempt === SETTLE_ATTEMPTS_MAX) records.push(recordOf(row, secondOf(row) - 1));
        else unsettled.push(nativeId);
      }
      waiting = unsettled;
      if (waiting.length > 0) await this.#timing.sleep(SETTLE_DELAY_MS);
    }
    return records;
  }
}

function isSettled(row: Row, asOf: number): boolean {
  return asOf >= secondOf(row) + SECOND_MS;
}

function settledRecord(row: Row): ReadRecord {
  return recordOf(row, secondOf(row) + SECOND_MS - 1);
}

function recordOf(row: Row, at: number): ReadRecord {
  return { nativeId: idOf(row), row, isDeleted: row['IsDeleted'] === true, at };
}

function idOf(row: Row): string {
  return String(row['Id']);
}

/** The start of the second in which the row was last changed. */
function secondOf(row: Row): number {
  const changedAt = Date.parse(String(row['SystemModstamp']).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Math.floor(changedAt / SECOND_MS) * SECOND_MS;
}
