/** Numbered changes of one object to facts, with as few look-ups as possible: one in the store, then reads of 200 records. */
import type { SourceFact } from '@concord/connector-kit';
import type { EntityBinding } from '../normalize/binding.ts';
import { factOfChange, factOfRecord, mustReread, type ReadRecord } from '../normalize/facts.ts';
import { matchRow, routeChange, type Route } from '../normalize/router.ts';
import type { KnownRecords } from './ports.ts';
import { positionOf } from './position.ts';
import type { RecordReader } from './record-reader.ts';
import type { NumberedChange } from './steps.ts';

type Planned = { readonly number: bigint; readonly change: NumberedChange['change']; readonly route: Route };

export class Translator {
  readonly #bindings: readonly EntityBinding[];
  readonly #system: string;
  readonly #known: KnownRecords;
  readonly #reader: RecordReader;

  constructor(bindings: readonly [EntityBinding, ...EntityBinding[]], known: KnownRecords, reader: RecordReader) {
    this.#bindings = bindings;
    this.#system = bindings[0].system;
    this.#known = known;
    this.#reader = reader;
  }

  async translate(changes: readonly NumberedChange[], generation: bigint): Promise<SourceFact[]> {
    const planned = await this.#plan(changes);
    const toRead = planned.filter(({ route }) => route.kind === 'read').map(({ change }) => change.nativeId);
    const records = await this.#reader.read(toRead);
    return planned.flatMap(({ number, change, route }) => {
      const position = positionOf(generation, number);
      if (route.kind === 'ignore') return [];
      if (route.kind === 'to') {
        return route.bindings.map((binding) => factOfChange(change, binding, position)).filter((fact) => fact !== null);
      }
      return factsOfRead(records.get(change.nativeId) as ReadRecord, route, position);
    });
  }

  /** Facts of records read outside the stream: known ones for their entities, others by the filters. */
  async translateRecords(records: readonly ReadRecord[], position: string): Promise<SourceFact[]> {
    const known = await this.#entitiesOf(records.map(({ nativeId }) => nativeId));
    return records.flatMap((record) => {
      const own = this.#bindings.filter(({ entity }) => known.get(record.nativeId)?.includes(entity));
      return own.length > 0
        ? own.map((binding) => factOfRecord(record, binding, position))
        : factsOfRead(record, { candidates: this.#bindings, isDecided: false }, position);
    });
  }

  /**
   * What happens to each change. A record that is read stands for everything that this batch tells of it from there on,
   * because it is read after the batch has arrived.
   */
  async #plan(changes: readonly NumberedChange[]): Promise<Planned[]> {
    const known = new Map(await this.#entitiesOf(changes.map(({ change }) => change.nativeId)));
    const covered = new Set<string>();
    const planned: Planned[] = [];
    for (const { number, change } of changes) {
      if (covered.has(change.nativeId)) continue;
      const route = this.#route(change, known.get(change.nativeId) ?? []);
      if (route.kind === 'read') covered.add(change.nativeId);
      if (route.kind === 'to')
        known.set(
          change.nativeId,
          route.bindings.map(({ entity }) => entity),
        );
      planned.push({ number, change, route });
    }
    return planned;
  }

  #route(change: NumberedChange['change'], known: readonly string[]): Route {
    const route = routeChange(change, this.#bindings, known);
    if (route.kind !== 'to' || !route.bindings.some((binding) => mustReread(change, binding))) return route;
    return { kind: 'read', candidates: route.bindings, isDecided: true };
  }

  async #entitiesOf(nativeIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const distinct = [...new Set(nativeIds)];
    return distinct.length === 0 ? new Map() : await this.#known.entitiesOf(this.#system, distinct);
  }
}

function factsOfRead(
  record: ReadRecord,
  { candidates, isDecided }: { candidates: readonly EntityBinding[]; isDecided: boolean },
  position: string,
): SourceFact[] {
  if (isDecided) return candidates.map((binding) => factOfRecord(record, binding, position));
  const match = record.isDeleted || record.row === null ? undefined : matchRow(record.row, candidates);
  return match === undefined ? [] : [factOfRecord(record, match, position)];
}
