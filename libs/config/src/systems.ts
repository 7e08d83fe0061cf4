/**
 * Gathers what is said of each system: the credentials inline in syncs, over them the `systems` documents, over them the
 * environment (`CONCORD_SYSTEM_<NAME>_<KEY>`). Then references are followed, except those to secrets, and all is checked.
 */
import { dirname } from 'node:path';
import { check } from './check.ts';
import type { SyncDocument } from './documents.ts';
import { environmentName } from './environment.ts';
import type { ConfigFault } from './fault.ts';
import { knownKeysAt } from './known-keys.ts';
import { mergeAll, overlay } from './merge.ts';
import type { Place } from './place.ts';
import { REFERENCE, resolveReference, secretFrom, type Environment, type Secret } from './secret.ts';
import { secretKeys, SYSTEM_TYPES, systemShapes, type SystemType } from './shapes/systems.ts';
import { misspeltKey, suggestion } from './suggest.ts';
import { systemConfigFrom } from './system-config.ts';
import { descend, mapTree, placeOf, toPlain, withEntry, type MapTree, type Scalar } from './tree.ts';
import type { SystemConfig } from './types.ts';

export type Systems = {
  /** The sound ones. */
  readonly configs: Readonly<Record<string, SystemConfig>>;
  /** All that are spoken of, with their types. */
  readonly types: ReadonlyMap<string, SystemType>;
  readonly faults: readonly ConfigFault[];
};

export function gatherSystems(declared: MapTree, syncs: readonly SyncDocument[], environment: Environment): Systems {
  const inline = mergeAll(syncs.flatMap(({ tree }) => [inlineSystem(tree, 'source'), inlineSystem(tree, 'target')]));
  const trees = overlay(inline.tree, declared);
  const faults = [...inline.faults];
  const configs: Record<string, SystemConfig> = {};
  const types = new Map<string, SystemType>();
  for (const [name, { keyPlace, value }] of trees.entries) {
    if (value.kind !== 'map') continue;
    const type = typeOf(name, value);
    if (type === null) {
      faults.push(typeFault(name, value, keyPlace));
      continue;
    }
    types.set(name, type);
    const read = readSystem({ name, type, tree: value, place: keyPlace, environment });
    faults.push(...read.faults);
    if (read.config !== null) configs[name] = read.config;
  }
  return { configs, types, faults };
}

/** What a sync says of the system of one of its sides, under the system's name. */
function inlineSystem(sync: MapTree, side: 'source' | 'target'): MapTree {
  const [system, type] = ['system', 'type'].map((key) => descend(sync, [side, key]));
  const named = system?.kind === 'scalar' ? system : type;
  if (named?.kind !== 'scalar' || typeof named.value !== 'string') return mapTree(sync.place);
  const credentials = descend(sync, [side, 'credentials']);
  let tree = credentials?.kind === 'map' ? credentials : mapTree(named.place);
  if (type?.kind === 'scalar') {
    tree = withEntry(tree, ['type'], { keyPlace: placeOf(sync, [side, 'type']), value: type });
  }
  if (tree.entries.size === 0) return mapTree(sync.place);
  const keyPlace = placeOf(sync, [side, credentials === null ? 'type' : 'credentials']);
  return mapTree(sync.place, [[named.value, { keyPlace, value: tree }]]);
}

function typeOf(name: string, tree: MapTree): SystemType | null {
  const written = descend(tree, ['type']);
  const type = written?.kind === 'scalar' ? written.value : name;
  return SYSTEM_TYPES.find((known) => known === type) ?? null;
}

function typeFault(name: string, tree: MapTree, place: Place): ConfigFault {
  const written = descend(tree, ['type']);
  const misspelt = misspeltKey(tree, 'type');
  if (written === null && misspelt !== null) {
    const message = `unknown key "${misspelt}" in "systems.${name}"`;
    return { code: 'config.unknown_key', place: placeOf(tree, [misspelt]), message, remedy: 'Did you mean "type"?' };
  }
  if (written?.kind !== 'scalar') {
    const remedy = `Add "type": one of ${SYSTEM_TYPES.join(', ')}.`;
    return { code: 'config.incomplete', place, message: `the system "${name}" does not say what it is`, remedy };
  }
  const type = String(written.value);
  const message = `"systems.${name}.type" cannot be "${type}"`;
  return { code: 'config.value', place: placeOf(tree, ['type']), message, remedy: suggestion(type, SYSTEM_TYPES) };
}

type SystemTree = {
  readonly name: string;
  readonly type: SystemType;
  readonly tree: MapTree;
  readonly place: Place;
  readonly environment: Environment;
};

function readSystem(system: SystemTree): { config: SystemConfig | null; faults: readonly ConfigFault[] } {
  const { name, type, place, environment } = system;
  const overridden = overlay(system.tree, environmentTree(system));
  const resolved = resolveAll(overridden, environment);
  const checked = check(systemShapes[type], resolved.tree, ['systems', name]);
  const secret = (key: string): Secret | null => {
    const node = descend(checked.tree, [key]);
    if (node?.kind !== 'scalar' || typeof node.value !== 'string') return null;
    return secretFrom(node.value, { environment, folder: dirname(node.place.file), place: node.place });
  };
  const faults = [...resolved.faults, ...checked.faults];
  const made = systemConfigFrom({ name, type, plain: toPlain(checked.tree), secret, place });
  // What is written but wrong has been reported; it is not missing as well.
  const missing = made.faults.filter(() => faults.length === 0);
  return { config: faults.length + missing.length === 0 ? made.config : null, faults: [...faults, ...missing] };
}

/** What the environment says of a system, as references: so secrets stay where they are. */
function environmentTree({ name, type, place, environment }: SystemTree): MapTree {
  const keys = knownKeysAt(systemShapes[type], []).filter((key) => key !== 'type' && key !== 'aliases');
  const given = keys.filter((key) => (environment[environmentName(name, key)] ?? '') !== '');
  return mapTree(
    place,
    given.map((key) => {
      const variable = environmentName(name, key);
      const there: Place = { file: `the environment variable ${variable}`, line: 0, column: 0 };
      return [key, { keyPlace: there, value: { kind: 'scalar', place: there, value: `env:${variable}` } }];
    }),
  );
}

/** Follows the references of everything that is not a secret. */
function resolveAll(tree: MapTree, environment: Environment): { tree: MapTree; faults: readonly ConfigFault[] } {
  const faults: ConfigFault[] = [];
  let current = tree;
  for (const [key, { keyPlace, value }] of tree.entries) {
    if (secretKeys.has(key) || value.kind !== 'scalar' || !REFERENCE.test(String(value.value))) continue;
    const { place } = value;
    const result = resolveReference(String(value.value), { environment, folder: dirname(place.file), place });
    if (!('value' in result)) faults.push({ code: 'config.reference', place, ...result });
    const found = 'value' in result ? typed(key, result.value) : null;
    current = withEntry(current, [key], { keyPlace, value: { kind: 'scalar', place, value: found } });
  }
  return { tree: faults.length === 0 ? current : tree, faults };
}

/** Text from outside in the type that the key has in a file. */
function typed(key: string, text: string): Scalar {
  if (key === 'port' && /^\d+$/.test(text)) return Number(text);
  if (['ssl', 'pubsub_tls'].includes(key) && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
