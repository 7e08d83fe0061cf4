/** Numbered changes of one object to facts, with as few look-ups as possible: one in the store, then reads of 200 records. */
import type { SourceFact } from '@concord/connector-kit';
import type { EntityBinding } from '../normalize/binding.ts';
import { factOfChange, factOfRecord, mustReread, type ReadRecord } from '../normalize/facts.ts';
import { matchRow, routeChange, type Route } from '../normalize/router.ts';
import type { Row } from '../rest/rest-client.ts';
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
    const records = await this.#read(planned.filter(({ route }) => route.kind === 'read'));
    const told = new Map<string, SourceFact[]>();
    return planned.flatMap(({ number, change, route }) => {
      const position = positionOf(generation, number);
      if (route.kind === 'ignore') return [];
      if (route.kind === 'to') return factsOfChange(change, route.bindings, position);
      const record = records.get(change.nativeId) as ReadRecord;
      const before = told.get(change.nativeId);
      const facts = before ?? factsOfRead(record, route);
      told.set(change.nativeId, facts);
      // The row contains the event; only that a command of ours has arrived is not in the row.
      const bindings = this.#bindings.filter(({ entity }) => facts.some((fact) => fact.entity === entity));
      const events = record.isDeleted || change.needsReread ? [] : factsOfChange(change, bindings, position);
      return before === undefined ? [...facts, ...events] : events;
    });
  }

  /** Records of which only a look tells that they belong to no sync are many, and nothing is waited for on their behalf. */
  async #read(planned: readonly Planned[]): Promise<Map<string, ReadRecord>> {
    const decided = new Set(planned.filter(hasDecidedRoute).map(({ change }) => change.nativeId));
    const wanted = (row: Row): boolean => decided.has(String(row['Id'])) || matchRow(row, this.#bindings) !== undefined;
    return await this.#reader.read(lastCommits(planned), wanted);
  }

  /** Facts of records read outside the stream: known ones for their entities, others by the filters. */
  async translateRecords(records: readonly ReadRecord[]): Promise<SourceFact[]> {
    const known = await this.#entitiesOf(records.map(({ nativeId }) => nativeId));
    return records.flatMap((record) => {
      const own = this.#bindings.filter(({ entity }) => known.get(record.nativeId)?.includes(entity));
      return own.length > 0
        ? factsOfRead(record, { candidates: own, isDecided: true })
        : factsOfRead(record, { candidates: this.#bindings, isDecided: false });
    });
  }

  /** Where each change goes. A record that is read is read once, and stands for everything the batch tells of it after. */
  async #plan(changes: readonly NumberedChange[]): Promise<Planned[]> {
    const known = new Map(await this.#entitiesOf(changes.map(({ change }) => change.nativeId)));
    const reads = new Map<string, Route>();
    return changes.map(({ number, change }) => {
      const { nativeId } = change;
      const route = reads.get(nativeId) ?? this.#route(change, known.get(nativeId) ?? []);
      if (route.kind === 'read') reads.set(nativeId, route);
      if (route.kind === 'to') {
        known.set(
          nativeId,
          route.bindings.map(({ entity }) => entity),
        );
      }
      return { number, change, route };
    });
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

function hasDecidedRoute({ route }: Planned): boolean {
  return route.kind === 'read' && route.isDecided;
}

/** The latest commit told of each record. The rows are read after the batch has arrived, so they contain all of it. */
function lastCommits(planned: readonly Planned[]): Map<string, number> {
  const commits = new Map<string, number>();
  for (const { change } of planned) {
    commits.set(change.nativeId, Math.max(change.committedAt, commits.get(change.nativeId) ?? 0));
  }
  return commits;
}

function factsOfChange(
  change: NumberedChange['change'],
  bindings: readonly EntityBinding[],
  position: string,
): SourceFact[] {
  return bindings.map((binding) => factOfChange(change, binding, position)).filter((fact) => fact !== null);
}

function factsOfRead(
  record: ReadRecord,
  { candidates, isDecided }: { candidates: readonly EntityBinding[]; isDecided: boolean },
): SourceFact[] {
  if (isDecided) return candidates.map((binding) => factOfRecord(record, binding));
  const match = record.isDeleted || record.row === null ? undefined : matchRow(record.row, candidates);
  return match === undefined ? [] : [factOfRecord(record, match)];
}
