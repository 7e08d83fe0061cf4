/**
 * Which entity a record belongs to when several syncs share one object (two syncs on Account told apart by Type). A record
 * that is known stays with its entity, whatever its fields say now; an unknown one is judged by the filters, after it was
 * read where the event does not carry the fields that the filters ask for.
 */
import type { RawChange } from '../decode/change-event.ts';
import type { EntityBinding } from './binding.ts';

/** `isDecided`: the record is read for its values only; otherwise also to see which candidate it belongs to. */
export type Route =
  | { readonly kind: 'to'; readonly bindings: readonly EntityBinding[] }
  | { readonly kind: 'read'; readonly candidates: readonly EntityBinding[]; readonly isDecided: boolean }
  | { readonly kind: 'ignore' };

const IGNORE: Route = { kind: 'ignore' };

/** `known` are the entities that the record is known to belong to. */
export function routeChange(change: RawChange, bindings: readonly EntityBinding[], known: readonly string[]): Route {
  const own = bindings.filter(({ entity }) => known.includes(entity));
  if (own.length > 0) return { kind: 'to', bindings: own };
  if (change.kind === 'delete') return IGNORE;
  const candidates = bindings.filter((binding) => mayMatch(change, binding));
  if (candidates.length === 0) return IGNORE;
  const isWhole = change.kind !== 'update' && !change.needsReread;
  const first = candidates.find((binding) => isWhole && carriesFilter(change, binding));
  if (first !== undefined && first === candidates[0]) return { kind: 'to', bindings: [first] };
  return { kind: 'read', candidates, isDecided: false };
}

/** The first binding whose filter the row fulfils; filters that overlap are refused by `apply`. */
export function matchRow(
  row: Readonly<Record<string, unknown>>,
  candidates: readonly EntityBinding[],
): EntityBinding | undefined {
  return candidates.find(({ filter }) => Object.entries(filter).every(([field, value]) => row[field] === value));
}

function mayMatch({ values }: RawChange, { filter }: EntityBinding): boolean {
  return Object.entries(filter).every(([field, value]) => !values.has(field) || values.get(field) === value);
}

function carriesFilter({ values }: RawChange, { filter }: EntityBinding): boolean {
  return Object.keys(filter).every((field) => values.has(field));
}
