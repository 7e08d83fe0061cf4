/** Joins partial documents. The same key at the same place may be given twice only with the same value. */
import type { ConfigFault } from './fault.ts';
import { formatPlace, type Place } from './place.ts';
import { mapTree, toPlain, type Entry, type MapTree, type Tree } from './tree.ts';

export type Merged = { readonly tree: MapTree; readonly faults: readonly ConfigFault[] };

export function mergeAll(trees: readonly MapTree[]): Merged {
  const [first, ...others] = trees;
  const faults: ConfigFault[] = [];
  const start = first ?? mapTree({ file: 'config', line: 0, column: 0 });
  return { tree: others.reduce((merged, next) => mergeMaps(merged, next, faults), start), faults };
}

/** `over` wins wherever both say something. */
export function overlay(under: MapTree, over: MapTree): MapTree {
  const entries = new Map(under.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)?.value;
    const both = below?.kind === 'map' && entry.value.kind === 'map';
    entries.set(key, both ? { ...entry, value: overlay(below, entry.value) } : entry);
  }
  return { ...over, entries };
}

function mergeMaps(one: MapTree, other: MapTree, faults: ConfigFault[]): MapTree {
  const entries = new Map(one.entries);
  for (const [key, entry] of other.entries) {
    const known = entries.get(key);
    entries.set(key, known === undefined ? entry : mergeEntries(key, known, entry, faults));
  }
  return { ...one, entries };
}

function mergeEntries(key: string, one: Entry, other: Entry, faults: ConfigFault[]): Entry {
  if (one.value.kind === 'map' && other.value.kind === 'map') {
    return { ...one, value: mergeMaps(one.value, other.value, faults) };
  }
  if (!isSame(one.value, other.value)) faults.push(contradiction(key, one.keyPlace, other.keyPlace));
  return one;
}

function isSame(one: Tree, other: Tree): boolean {
  return JSON.stringify(sorted(toPlain(one))) === JSON.stringify(sorted(toPlain(other)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function contradiction(key: string, one: Place, other: Place): ConfigFault {
  return {
    code: 'config.contradiction',
    place: other,
    message: `"${key}" is given here and at ${formatPlace(one)} with different values`,
    remedy: 'Keep one of the two; if they belong to two syncs, give each its "connection_name".',
  };
}
