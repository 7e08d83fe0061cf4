/** Sorts checked documents into systems and syncs. Documents of one sync are joined. */
import { canonicalize } from './canonical.ts';
import type { ConfigFault } from './fault.ts';
import { mergeAll } from './merge.ts';
import { descend, without, type MapTree } from './tree.ts';

/** One sync, whole. */
export type SyncDocument = { readonly name: string | null; readonly tree: MapTree };

export type Documents = {
  readonly systems: MapTree;
  readonly syncs: readonly SyncDocument[];
  readonly faults: readonly ConfigFault[];
};

const NOT_OF_A_SYNC = ['$schema', 'systems', 'syncs', 'sync_hub', 'connected_systems'];

export function sortDocuments(documents: readonly MapTree[]): Documents {
  const systems = mergeAll(documents.map((tree) => descend(tree, ['systems'])).filter(isMap));
  const parts = documents.flatMap(syncPartsOf).map(canonicalize);
  const grouped = groupByName(parts.map(({ tree }) => tree));
  const merged = grouped.groups.map(({ name, trees }) => ({ name, ...mergeAll(trees) }));
  return {
    systems: systems.tree,
    syncs: merged.map(({ name, tree }) => ({ name, tree })),
    faults: [
      ...systems.faults,
      ...parts.flatMap(({ faults }) => faults),
      ...grouped.faults,
      ...merged.flatMap(({ faults }) => faults),
    ],
  };
}

function syncPartsOf(document: MapTree): MapTree[] {
  const list = descend(document, ['syncs']);
  const rest = NOT_OF_A_SYNC.reduce((tree: MapTree, key) => without(tree, [key]) as MapTree, document);
  return [...(list?.kind === 'list' ? list.items.filter(isMap) : []), ...(rest.entries.size > 0 ? [rest] : [])];
}

type Group = { readonly name: string | null; readonly trees: MapTree[] };

function groupByName(parts: readonly MapTree[]): { groups: readonly Group[]; faults: readonly ConfigFault[] } {
  const groups = new Map<string, Group>();
  const unnamed: MapTree[] = [];
  for (const part of parts) {
    const name = nameOf(part);
    if (name === null) unnamed.push(part);
    else if (groups.has(name)) groups.get(name)?.trees.push(part);
    else groups.set(name, { name, trees: [part] });
  }
  const [only, second] = [...groups.values()];
  if (only === undefined) return { groups: unnamed.length > 0 ? [{ name: null, trees: unnamed }] : [], faults: [] };
  if (second !== undefined) return { groups: [...groups.values()], faults: unnamed.map((t) => homeless(t, groups)) };
  only.trees.push(...unnamed);
  return { groups: [only], faults: [] };
}

function nameOf(tree: MapTree): string | null {
  const node = descend(tree, ['connection_name']);
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;
}

function homeless(tree: MapTree, groups: ReadonlyMap<string, Group>): ConfigFault {
  const [first] = tree.entries.values();
  return {
    code: 'config.reference',
    place: first?.keyPlace ?? tree.place,
    message: 'this document does not say to which sync it belongs',
    remedy: `Add "sync": one of ${[...groups.keys()].map((name) => `"${name}"`).join(', ')}.`,
  };
}

function isMap(tree: unknown): tree is MapTree {
  return (tree as MapTree | null)?.kind === 'map';
}
