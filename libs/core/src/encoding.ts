/**
 * The stored form of a record's state: text, its first character the version of the format. A quiet record is mostly
 * agreement, so a shadow is written only where it differs from the canonical value; times and origins are written against
 * the newest and most frequent of the record. Readers of a later release keep reading every earlier version.
 *
 * Format 1: `1` and the JSON of StoredRecord. Trailing empty parts of a system and of the record are left out.
 */
import { entry, initialSystem, NO_CHAINS, NO_REVIEWS } from './state.ts';
import type { CanonicalValue, RecordState, Shadow, SystemState } from './state.ts';
import type { Command, SourceChange, Value } from './types.ts';

const FORMAT = '1';

/** Value and version, then only where it is not 0: origin (index of the system), time and basis as distances. */
type StoredValue<V> = readonly [value: V, version: number, origin?: number, ago?: number, behind?: number];
/** A shadow that is not the canonical value; null where nothing is known. */
type StoredShadow = readonly [value: Value, version: number] | null;
type StoredSystem = readonly [
  nativeId: string | null,
  position: string,
  ago: number,
  exists: readonly [0 | 1, number] | 0,
  shadows: Readonly<Record<string, StoredShadow>> | 0,
  pending?: StoredPending,
];
type StoredPending = {
  readonly f?: Command;
  readonly t?: readonly string[];
  readonly a?: readonly Command[];
  readonly w?: readonly string[];
  readonly r?: Readonly<Record<string, number>>;
  readonly k?: readonly string[];
  readonly s?: number;
  readonly h?: readonly SourceChange[];
};
type StoredRecord = readonly [
  version: number,
  at: number,
  /** Names of systems; origins are indexes into it, -1 for a name that is ''. */
  names: readonly string[],
  exists: StoredValue<0 | 1>,
  fields: Readonly<Record<string, StoredValue<Value>>>,
  systems: readonly (StoredSystem | 0)[],
  /** What few records have; left out by all others. */
  rare?: StoredRare,
];
type RareName = 'revision' | 'reviews' | 'chains' | 'mergedInto';
type StoredRare = {
  readonly n?: number;
  readonly v?: RecordState['reviews'];
  readonly c?: RecordState['chains'];
  readonly m?: string;
};

export class StateFormatError extends Error {
  readonly code = 'core.state_format';
  readonly reaction = 'halt';
  readonly hint = 'The record was stored by a newer release, or is damaged: run the release that wrote it.';
  constructor(format: string, options?: ErrorOptions) {
    super(`Record state of format "${format}" cannot be read; this release reads format ${FORMAT}`, options);
    this.name = 'StateFormatError';
  }
}

export function encodeState(state: RecordState): string {
  const names = Object.keys(state.systems);
  const at = newestOf(state);
  const exists = storeValue<0 | 1>(state.exists, state.exists.value ? 1 : 0, { names, at });
  const fields: Record<string, StoredValue<Value>> = {};
  for (const name in state.fields) {
    const field = state.fields[name] as CanonicalValue;
    fields[name] = storeValue(field, field.value, { names, at });
  }
  const systems = names.map((name) => {
    const system = entry(state.systems, name);
    return system === undefined ? 0 : storeSystem(state, system, at);
  });
  const rare = storeRare(state);
  const always = [state.version, at, names, exists, fields, systems] as const;
  const stored: StoredRecord = rare === null ? always : [...always, rare];
  return FORMAT + JSON.stringify(stored);
}

export function decodeState(text: string | Uint8Array): RecordState {
  const stored = parse(typeof text === 'string' ? text : new TextDecoder().decode(text));
  const [version, at, names, exists, storedFields, storedSystems, rare] = stored;
  const fields: Record<string, CanonicalValue> = {};
  for (const name in storedFields) {
    const field = storedFields[name] as StoredValue<Value>;
    fields[name] = loadValue(field, field[0], { names, at });
  }
  const canonical = { exists: loadValue(exists, exists[0] === 1, { names, at }), fields };
  const systems: Record<string, SystemState> = {};
  for (let index = 0; index < storedSystems.length; index += 1) {
    const system = storedSystems[index];
    const name = names[index];
    if (name !== undefined && system !== undefined && system !== 0) systems[name] = loadSystem(canonical, system, at);
  }
  return { version, ...loadRare(rare), ...canonical, systems };
}

function storeRare({ revision, reviews, chains, mergedInto }: RecordState): StoredRare | null {
  if (revision === 0 && reviews === NO_REVIEWS && chains === NO_CHAINS && mergedInto === null) return null;
  return {
    ...(revision === 0 ? {} : { n: revision }),
    ...(Object.keys(reviews).length === 0 ? {} : { v: reviews }),
    ...(Object.keys(chains).length === 0 ? {} : { c: chains }),
    ...(mergedInto === null ? {} : { m: mergedInto }),
  };
}

function loadRare(rare: StoredRare | undefined): Pick<RecordState, RareName> {
  return {
    revision: rare?.n ?? 0,
    reviews: rare?.v ?? NO_REVIEWS,
    chains: rare?.c ?? NO_CHAINS,
    mergedInto: rare?.m ?? null,
  };
}

function parse(text: string): StoredRecord {
  const format = text.slice(0, 1);
  if (format !== FORMAT) throw new StateFormatError(format);
  try {
    return JSON.parse(text.slice(1)) as StoredRecord;
  } catch (cause) {
    throw new StateFormatError(format, { cause });
  }
}

function newestOf({ exists, fields }: RecordState): number {
  let { at } = exists;
  for (const name in fields) at = Math.max(at, (fields[name] as CanonicalValue).at);
  return at;
}

/** Names that are no system of this record any more are added behind. */
function indexOfName(names: string[], name: string): number {
  if (name === '') return -1;
  const index = names.indexOf(name);
  return index < 0 ? names.push(name) - 1 : index;
}

/** What times and origins of a record are written against. */
type Against<Names extends readonly string[]> = { readonly names: Names; readonly at: number };

function storeValue<V>(of: CanonicalValue<unknown>, value: V, { names, at }: Against<string[]>): StoredValue<V> {
  const { version } = of;
  const origin = indexOfName(names, of.origin);
  const ago = at - of.at;
  const behind = version - of.basis;
  if (behind !== 0) return [value, version, origin, ago, behind];
  if (ago !== 0) return [value, version, origin, ago];
  return origin !== 0 ? [value, version, origin] : [value, version];
}

function loadValue<V>(
  stored: StoredValue<unknown>,
  value: V,
  { names, at }: Against<readonly string[]>,
): CanonicalValue<V> {
  const version = stored[1];
  const origin = stored[2] ?? 0;
  return {
    value,
    version,
    basis: version - (stored[4] ?? 0),
    origin: origin < 0 ? '' : (names[origin] ?? ''),
    at: at - (stored[3] ?? 0),
  };
}

type Canonical = Pick<RecordState, 'exists' | 'fields'>;

function storeSystem(state: Canonical, system: SystemState, at: number): StoredSystem {
  const { value, version } = system.exists;
  const agrees = value === state.exists.value && version === state.exists.version;
  const exists = agrees ? 0 : ([value ? 1 : 0, version] as const);
  const shadows = storeShadows(state, system.shadows);
  const pending = storePending(system);
  const always = [system.nativeId, system.position, at - system.at, exists, shadows] as const;
  return pending === null ? always : [...always, pending];
}

function storeShadows(state: Canonical, shadows: SystemState['shadows']): Record<string, StoredShadow> | 0 {
  let stored: Record<string, StoredShadow> | 0 = 0;
  for (const name in shadows) {
    const { value, version } = shadows[name] as Shadow;
    const canonical = entry(state.fields, name);
    if (canonical !== undefined && canonical.value === value && canonical.version === version) continue;
    (stored ||= {})[name] = [value, version];
  }
  for (const name in state.fields) {
    if (!Object.hasOwn(shadows, name)) (stored ||= {})[name] = null;
  }
  return stored;
}

function storePending(system: SystemState): StoredPending | null {
  const { inFlight, touched, applied, waiting, rejected, kept, snapshotAt, heldRows } = system;
  const pending = {
    ...(inFlight === null ? {} : { f: inFlight }),
    ...(touched.length === 0 ? {} : { t: touched }),
    ...(applied.length === 0 ? {} : { a: applied }),
    ...(waiting.length === 0 ? {} : { w: waiting }),
    ...(Object.keys(rejected).length === 0 ? {} : { r: rejected }),
    ...(kept.length === 0 ? {} : { k: kept }),
    ...(snapshotAt === null ? {} : { s: snapshotAt }),
    ...(heldRows.length === 0 ? {} : { h: heldRows }),
  };
  return Object.keys(pending).length === 0 ? null : pending;
}

function loadSystem(state: Canonical, stored: StoredSystem, at: number): SystemState {
  const [nativeId, position, ago, exists, shadows, pending] = stored;
  const none = initialSystem();
  return {
    nativeId,
    position,
    at: at - ago,
    snapshotAt: pending?.s ?? null,
    exists:
      exists === 0
        ? { value: state.exists.value, version: state.exists.version }
        : { value: exists[0] === 1, version: exists[1] },
    shadows: loadShadows(state, shadows === 0 ? {} : shadows),
    inFlight: pending?.f ?? null,
    touched: pending?.t ?? none.touched,
    applied: pending?.a ?? none.applied,
    waiting: pending?.w ?? none.waiting,
    rejected: pending?.r ?? none.rejected,
    kept: pending?.k ?? none.kept,
    heldRows: pending?.h ?? none.heldRows,
  };
}

function loadShadows(state: Canonical, stored: Readonly<Record<string, StoredShadow>>): Record<string, Shadow> {
  const shadows: Record<string, Shadow> = {};
  for (const name in state.fields) {
    const { value, version } = state.fields[name] as CanonicalValue;
    if (!Object.hasOwn(stored, name)) shadows[name] = { value, version };
  }
  for (const name in stored) {
    const shadow = stored[name] as StoredShadow;
    if (shadow !== null) shadows[name] = { value: shadow[0], version: shadow[1] };
  }
  return shadows;
}
