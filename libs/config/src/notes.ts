/**
 * What is accepted but does not work yet, or works otherwise than a reader might expect. Each such key that a config uses
 * is named by `validate`, so that nobody relies on it unknowingly. A key leaves this list when it takes effect.
 */
import type { ConfigNote } from './fault.ts';
import { descend, placeOf, type MapTree } from './tree.ts';

type NotedKey = { readonly path: readonly string[]; readonly says: string; readonly unless?: string };

const LATER = (feature: string): string => `is accepted; it takes effect with ${feature}`;

/** `unless`: the value that needs no note. */
const SYNC_NOTES: readonly NotedKey[] = [
  {
    path: ['field_selection'],
    says: LATER('automatic mappings; exactly the mapped fields are synced'),
    unless: 'explicit',
  },
  { path: ['validation_rules'], says: LATER('validation; until then values pass unchecked') },
  { path: ['error_handling', 'notifications'], says: LATER('notifications; until then see `concord status`') },
  { path: ['error_handling', 'fallback'], says: LATER('the review queue; until then refused changes are quarantined') },
  { path: ['performance_settings'], says: LATER('performance settings; batches are sized by load until then') },
  { path: ['monitoring', 'dashboard_enabled'], says: LATER('the console') },
  { path: ['monitoring', 'metrics'], says: 'is accepted; every service serves all of its metrics at /metrics' },
  { path: ['monitoring', 'alerting'], says: LATER('alerting') },
  { path: ['monitoring', 'logging', 'level'], says: LATER('monitoring; until then CONCORD_LOG_LEVEL sets it') },
  { path: ['monitoring', 'logging', 'retention_days'], says: LATER('retention; until then nothing is removed') },
  { path: ['ongoing_sync', 'mode'], says: LATER('polled systems; changes are streamed'), unless: 'real_time' },
  { path: ['ongoing_sync', 'polling_interval_seconds'], says: LATER('polled systems; changes are streamed') },
  {
    path: ['initial_sync', 'strategy'],
    says: LATER('initial load settings; a full load is made'),
    unless: 'full_load',
  },
];

const HUB_NOTES: readonly NotedKey[] = ['sync_hub', 'connected_systems'].map((key) => ({
  path: [key],
  says: LATER('the hub'),
}));

export function notesOf(syncs: readonly MapTree[], documents: readonly MapTree[]): ConfigNote[] {
  return [
    ...syncs.flatMap((tree) => SYNC_NOTES.flatMap((noted) => noteFor(noted, tree))),
    ...syncs.flatMap(timestampNotes),
    ...documents.flatMap((tree) => HUB_NOTES.flatMap((noted) => noteFor(noted, tree))),
  ];
}

function noteFor({ path, says, unless }: NotedKey, tree: MapTree): ConfigNote[] {
  const node = descend(tree, path);
  if (node === null || (node.kind === 'scalar' && unless !== undefined && node.value === unless)) return [];
  return [{ place: placeOf(tree, path), message: `"${path.join('.')}" ${says}` }];
}

/** A field that is not mapped does not travel with a change. */
function timestampNotes(tree: MapTree): ConfigNote[] {
  const path = ['conflict_resolution', 'timestamp_field'];
  const field = descend(tree, path);
  const mappings = descend(tree, ['field_mappings']);
  if (field?.kind !== 'scalar' || mappings?.kind !== 'list') return [];
  const names = mappings.items.flatMap((item) => [descend(item, ['source']), descend(item, ['target'])]);
  if (names.some((name) => name?.kind === 'scalar' && name.value === field.value)) return [];
  const message = `"${String(field.value)}" is not mapped: a change counts as made when it was committed, as its system's stream says`;
  return [{ place: placeOf(tree, path), message }];
}
