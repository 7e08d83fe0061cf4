/** A parsed document that remembers where each key and value stands. Plain data comes out of it, places go with it. */
import type { Place } from './place.ts';

export type Scalar = string | number | boolean | null;
export type Tree = MapTree | ListTree | ScalarTree;
export type Entry = { readonly keyPlace: Place; readonly value: Tree };
export type MapTree = { readonly kind: 'map'; readonly place: Place; readonly entries: ReadonlyMap<string, Entry> };
type ListTree = { readonly kind: 'list'; readonly place: Place; readonly items: readonly Tree[] };
type ScalarTree = { readonly kind: 'scalar'; readonly place: Place; readonly value: Scalar };
export type Path = readonly PropertyKey[];

export function mapTree(place: Place, entries: Iterable<readonly [string, Entry]> = []): MapTree {
  return { kind: 'map', place, entries: new Map(entries) };
}

export function toPlain(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(toPlain);
    case 'map':
      return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, toPlain(value)]));
  }
}

/** The subtree at a path, or null. */
export function descend(tree: Tree, path: Path): Tree | null {
  let current: Tree | undefined = tree;
  for (const step of path) {
    if (current?.kind === 'map') current = current.entries.get(String(step))?.value;
    else if (current?.kind === 'list') current = current.items[Number(step)];
    else return null;
  }
  return current ?? null;
}

/** The place of the key at a path (of the item in a list); of what encloses it when it does not exist. */
export function placeOf(tree: Tree, path: Path): Place {
  const parent = descend(tree, path.slice(0, -1));
  if (path.length === 0) return tree.place;
  if (parent === null) return placeOf(tree, path.slice(0, -1));
  const step = path.at(-1) as PropertyKey;
  if (parent.kind === 'map') return parent.entries.get(String(step))?.keyPlace ?? placeOf(tree, path.slice(0, -1));
  if (parent.kind === 'list') return parent.items[Number(step)]?.place ?? parent.place;
  return parent.place;
}

/** The tree without what stands at the path. */
export function without(tree: Tree, path: Path): Tree {
  const [step, ...rest] = path;
  if (step === undefined) return tree;
  if (tree.kind === 'list') {
    const index = Number(step);
    const items =
      rest.length === 0
        ? tree.items.filter((_, i) => i !== index)
        : tree.items.map((item, i) => (i === index ? without(item, rest) : item));
    return { ...tree, items };
  }
  if (tree.kind !== 'map') return tree;
  const entries = new Map(tree.entries);
  const entry = entries.get(String(step));
  if (entry === undefined) return tree;
  if (rest.length === 0) entries.delete(String(step));
  else entries.set(String(step), { ...entry, value: without(entry.value, rest) });
  return { ...tree, entries };
}

/** The tree with a value put at a path; maps on the way are made where they are missing. */
export function withEntry(tree: MapTree, path: readonly string[], entry: Entry): MapTree {
  const [step, ...rest] = path;
  if (step === undefined) return tree;
  const entries = new Map(tree.entries);
  if (rest.length === 0) return { ...tree, entries: entries.set(step, entry) };
  const existing = entries.get(step);
  const inner = existing?.value.kind === 'map' ? existing.value : mapTree(entry.keyPlace);
  const keyPlace = existing?.keyPlace ?? entry.keyPlace;
  return { ...tree, entries: entries.set(step, { keyPlace, value: withEntry(inner, rest, entry) }) };
}
