/**
 * Makes one spelling of the several that a sync may be written in:
 * `sync` = `connection_name`; `sync_settings.sync_type` = `sync_type` (the same for the other keys of `sync_settings`);
 * `"conflict_resolution": "x"` = `{"strategy": "x"}`; `notification` = `notifications`; `log_level` = `logging.level`;
 * `metric_collection` = `metrics`. Saying the same thing in both spellings is fine, contradicting oneself is a fault.
 */
import type { ConfigFault } from './fault.ts';
import { mergeAll } from './merge.ts';
import { descend, mapTree, placeOf, withEntry, without, type MapTree, type Tree } from './tree.ts';

const MOVES: readonly (readonly [from: readonly string[], to: readonly string[]])[] = [
  [['sync'], ['connection_name']],
  [['sync_settings', 'sync_type'], ['sync_type']],
  [['sync_settings', 'source_to_target'], ['source_to_target']],
  [['sync_settings', 'target_to_source'], ['target_to_source']],
  [['sync_settings', 'conflict_resolution'], ['conflict_resolution']],
  [['sync_settings', 'initial_sync'], ['initial_sync']],
  [['sync_settings', 'ongoing_sync'], ['ongoing_sync']],
  [
    ['error_handling', 'notification'],
    ['error_handling', 'notifications'],
  ],
  [
    ['monitoring', 'log_level'],
    ['monitoring', 'logging', 'level'],
  ],
  [
    ['monitoring', 'metric_collection'],
    ['monitoring', 'metrics'],
  ],
];

export function canonicalize(tree: MapTree): { tree: MapTree; faults: readonly ConfigFault[] } {
  const faults: ConfigFault[] = [];
  let current = longForm(longForm(tree, ['conflict_resolution']), ['sync_settings', 'conflict_resolution']);
  for (const [from, to] of MOVES) {
    const value = descend(current, from);
    if (value === null) continue;
    const keyPlace = placeOf(current, from);
    const addition = withEntry(mapTree(current.place), to, { keyPlace, value: renamed(from, value) });
    const merged = mergeAll([without(current, from) as MapTree, addition]);
    faults.push(...merged.faults);
    current = merged.tree;
  }
  return { tree: without(current, ['sync_settings']) as MapTree, faults };
}

/** A strategy given by its name alone, written out. */
function longForm(tree: MapTree, path: readonly string[]): MapTree {
  const value = descend(tree, path);
  if (value?.kind !== 'scalar') return tree;
  const keyPlace = placeOf(tree, path);
  return withEntry(tree, path, { keyPlace, value: mapTree(value.place, [['strategy', { keyPlace, value }]]) });
}

function renamed(from: readonly string[], value: Tree): Tree {
  if (from.at(-1) !== 'metric_collection' || value.kind !== 'list') return value;
  const items = value.items.map((item) =>
    item.kind === 'scalar' && item.value === 'latency' ? { ...item, value: 'sync_latency' } : item,
  );
  return { ...value, items };
}
