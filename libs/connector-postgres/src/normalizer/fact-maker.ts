/**
 * One row event as facts of the entities that the table is mapped to.
 *
 * An update that changed the primary key arrives as a delete of the old key followed by an insert of the new one, both with a
 * header. It is *one* fact here: the record exists under its new id and is linked to the old one, so identity lookup finds
 * the same record, and nothing is deleted anywhere. (A row moved between partitions is a plain delete and insert: Postgres
 * itself does not tell more.)
 */
import type { SourceFact } from '@concord/connector-kit';
import type { EntityPlan } from '@concord/contracts';
import { postgresError } from '../errors.ts';
import { parseObject } from '../names.ts';
import { keyChangeHeaders, type RawRecord, type Row, type RowEvent, type Source } from './debezium.ts';
import { RowMapper } from './row-mapper.ts';

export type FactPlace = { readonly position: string; readonly transaction: string };

export function tableKey({ schema, table }: Pick<Source, 'schema' | 'table'>): string {
  return `${schema}\u0000${table}`;
}

export class FactMaker {
  readonly #system: string;
  readonly #mappers = new Map<string, RowMapper[]>();
  /** The first half of a key change: the row as it was. */
  #keyChange: { readonly table: string; readonly before: Row } | null = null;

  constructor(system: string, plans: readonly EntityPlan[]) {
    this.#system = system;
    for (const plan of plans) {
      const planned = plan.systems[system];
      if (planned?.type !== 'postgres') continue;
      const table = tableKey(parseObject(planned.object));
      this.#mappers.set(table, [...(this.#mappers.get(table) ?? []), new RowMapper(plan, planned)]);
    }
  }

  isMapped(table: string): boolean {
    return this.#mappers.has(table);
  }

  make(event: RowEvent, headers: RawRecord['headers'], place: FactPlace): SourceFact[] {
    const table = tableKey(event.source);
    const mappers = this.#mappers.get(table);
    if (mappers === undefined) return [];
    if (event.op === 'd' && keyChangeHeaders.delete in headers && event.before !== null) {
      this.#keyChange = { table, before: event.before };
      return [];
    }
    const moved = this.#takeKeyChange(event, headers, table);
    const facts: SourceFact[] = [];
    for (const mapper of mappers) {
      const fact = this.#fact(mapper, moved === null ? event : { ...event, before: moved }, place, moved);
      if (fact !== null) facts.push(fact);
    }
    return facts;
  }

  /** A delete that waits for its insert when the transaction ends was cut in two. */
  expectNoKeyChange(): void {
    if (this.#keyChange === null) return;
    this.#keyChange = null;
    throw postgresError('ingest.malformed', 'halt', {
      message: 'The second half of a changed primary key is missing',
      hint: 'Resync the table: the row’s old and new id could not be joined.',
    });
  }

  #takeKeyChange(event: RowEvent, headers: RawRecord['headers'], table: string): Row | null {
    if (this.#keyChange === null) return null;
    if (event.op !== 'c' || table !== this.#keyChange.table || !(keyChangeHeaders.create in headers))
      this.expectNoKeyChange();
    const { before } = this.#keyChange;
    this.#keyChange = null;
    return before;
  }

  #fact(mapper: RowMapper, event: RowEvent, place: FactPlace, moved: Row | null): SourceFact | null {
    const { before, after } = event;
    const belongs = after !== null && mapper.matches(after);
    // A row that leaves the filter is gone for this entity; without the old row any could be such a one.
    const leaves =
      !belongs && event.op !== 'c' && event.op !== 'r' && (!mapper.tells(before) || mapper.matches(before));
    const row = belongs ? after : leaves ? (before ?? after) : null;
    if (row === null) return null;
    const { values, complete } = belongs ? mapper.values(row) : { values: {}, complete: false };
    const isSnapshot = event.op === 'r';
    return {
      entity: mapper.entity,
      change: {
        kind: 'change',
        system: this.#system,
        position: place.position,
        at: Number(event.source.ts_ms),
        nativeId: mapper.nativeId(row),
        ...(moved === null ? null : { previousNativeId: mapper.nativeId(moved) }),
        existence: belongs ? 'exists' : 'deleted',
        values,
        complete,
        snapshot: isSnapshot,
        echo: null,
        transaction: place.transaction,
      },
      before: mapper.before(before),
      recordId: null,
      links:
        moved === null
          ? mapper.links(values)
          : [{ system: this.#system, nativeId: mapper.nativeId(moved) }, ...mapper.links(values)],
    };
  }
}
