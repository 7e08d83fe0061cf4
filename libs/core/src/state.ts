/**
 * The state of one record: the canonical truth, and for every system what its own change stream has told so far.
 *
 * A *shadow* is the heart of it: the value that a system holds in a field as far as its stream tells, and the canonical
 * version which that value is. A user of the system who edits the field has seen that version and no later one, whatever
 * the clocks say. What we have sent to a system but have not yet seen in its stream is kept beside the shadow
 * (`inFlight`, then `applied`), because it decides what the system *will* hold, not what its users have seen.
 *
 * State is immutable, is bounded (at most one command in flight, `UNECHOED_MAX` not yet echoed), and does not grow with history.
 */
import type { ReviewKind } from './decisions.ts';
import type { Command, Position, SourceChange, Value } from './types.ts';

/** The name under which existence travels wherever fields are named. */
export const EXISTS = '$exists';

/** In `touched`: a row was read beside the stream. */
export const ROW = '$row';
/** In `touched`: that row differed where the command in flight writes, so it was read after the execution. */
export const SHOWN = '$shown';

/** A shadow version that is no canonical version: an edit that must not stay. */
export const VERSION_NONE = -1;

/** Commands that may be executed without having been seen in the stream before no further one is issued. */
export const UNECHOED_MAX = 16;

/** Rows that are kept until it is known whose they are: of the newest one its values, of others that they are gone. */
export const HELD_ROWS_MAX = 16;

export type CanonicalValue<V = Value> = {
  readonly value: V;
  /** The record's version at which this value was accepted; 0 when there never was one. */
  readonly version: number;
  /**
   * The oldest version since which only systems' automation has touched the value (a trigger's answer to what we wrote).
   * Whoever has seen that one has seen all that any user said.
   */
  readonly basis: number;
  /** The system it came from, '' when there never was one. */
  readonly origin: string;
  /** Commit time at the origin, by its clock. */
  readonly at: number;
};

export type Shadow<V = Value> = { readonly value: V; readonly version: number };

export type SystemState = {
  /** The id under which the system knows the record, as its stream tells; null while it does not hold one. */
  readonly nativeId: string | null;
  /** Place of the last change seen, '' before the first. */
  readonly position: Position;
  /** Commit time of the last change seen. */
  readonly at: number;
  /** The moment of the last snapshot row that had no place in the stream. */
  readonly snapshotAt: number | null;
  readonly exists: Shadow<boolean>;
  /** A field that is missing here is unknown: never told, therefore never written. */
  readonly shadows: Readonly<Record<string, Shadow>>;
  readonly inFlight: Command | null;
  /** Fields that the stream changed since the command in flight was issued. */
  readonly touched: readonly string[];
  /** Commands that were executed and are not yet seen in the stream, oldest first. */
  readonly applied: readonly Command[];
  /** Fields whose guard failed: they wait for the event of the edit that made it fail. */
  readonly waiting: readonly string[];
  /** Canonical versions that the system refused, by field; for existence the record's version. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Fields that the system's users have overridden for good. */
  readonly kept: readonly string[];
  /** Rows that came while a create or delete of ours was without outcome: only that tells what they mean. */
  readonly heldRows: readonly SourceChange[];
};

/** What one system would have instead of the canonical value while people have not yet answered. */
export type Candidate = { readonly value: Value; readonly at: number; readonly baseVersion: number | null };

/** A field (or existence) whose value waits for a person's answer: meanwhile nobody is told any. */
export type Review = {
  readonly kind: ReviewKind;
  /** The record's `revision` when the review last changed: an answer has to name it. */
  readonly revision: number;
  /** The canonical version that stays until the answer comes. */
  readonly since: number;
  readonly candidates: Readonly<Record<string, Candidate>>;
};

/** One change of a field since a user last spoke (loop.ts). */
export type ChainLink = {
  readonly system: string;
  readonly value: Value;
  readonly at: number;
  /** Made by a system's automation, as far as can be told. */
  readonly automated: boolean;
};

export type RecordState = {
  /** Rises with every input that changes the canonical record. */
  readonly version: number;
  /** Rises with every input that changes a review. */
  readonly revision: number;
  readonly reviews: Readonly<Record<string, Review>>;
  /** By field; only where loops are watched for and a chain has begun. */
  readonly chains: Readonly<Record<string, readonly ChainLink[]>>;
  /** The record that this one has turned out to be: it is an alias, keeps nothing and forwards what comes (identity.ts). */
  readonly mergedInto: string | null;
  readonly exists: CanonicalValue<boolean>;
  readonly fields: Readonly<Record<string, CanonicalValue>>;
  readonly systems: Readonly<Record<string, SystemState>>;
};

const NEVER_EXISTED: CanonicalValue<boolean> = { value: false, version: 0, basis: 0, origin: '', at: 0 };
const NEVER_SET: CanonicalValue = { value: null, version: 0, basis: 0, origin: '', at: 0 };
const NOTHING: Readonly<Record<string, never>> = {};
const NONE: readonly never[] = [];

/** The reviews of a record that has none: always this reference, so that the question costs nothing. */
export const NO_REVIEWS: Readonly<Record<string, Review>> = NOTHING;

export const NO_CHAINS: RecordState['chains'] = NOTHING;

const INITIAL: RecordState = {
  version: 0,
  revision: 0,
  reviews: NO_REVIEWS,
  chains: NO_CHAINS,
  mergedInto: null,
  exists: NEVER_EXISTED,
  fields: NOTHING,
  systems: NOTHING,
};

const INITIAL_SYSTEM: SystemState = {
  nativeId: null,
  position: '',
  at: 0,
  snapshotAt: null,
  exists: { value: false, version: 0 },
  shadows: NOTHING,
  inFlight: null,
  touched: NONE,
  applied: NONE,
  waiting: NONE,
  rejected: NOTHING,
  kept: NONE,
  heldRows: NONE,
};

export function initialState(): RecordState {
  return INITIAL;
}

export function initialSystem(): SystemState {
  return INITIAL_SYSTEM;
}

/** An own entry of a map keyed by names that users choose: a column may well be called `constructor`. */
export function entry<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  const found = map[key];
  return found !== undefined && Object.hasOwn(map, key) ? found : undefined;
}

export function systemOf(state: RecordState, system: string): SystemState {
  return entry(state.systems, system) ?? INITIAL_SYSTEM;
}

export function canonicalOf(state: RecordState, field: string): CanonicalValue {
  return entry(state.fields, field) ?? NEVER_SET;
}

/** All that was sent and is not yet seen in the stream, oldest first. */
export function pendingOf({ applied, inFlight }: SystemState): readonly Command[] {
  return inFlight === null ? applied : [...applied, inFlight];
}

/** A create or delete of ours is without outcome: whether a row that comes meanwhile was read before it, nobody knows. */
export function isUncertain({ inFlight }: SystemState): boolean {
  return inFlight !== null && inFlight.operation !== 'update';
}

/** A newer row takes the place of an older one; that others are gone stays known. */
export function withRow(rows: readonly SourceChange[], row: SourceChange): readonly SourceChange[] {
  return [...rows.filter(({ existence }) => existence === 'deleted'), row].slice(-HELD_ROWS_MAX);
}

/** Whether the system will hold the record once everything that we sent has arrived. */
export function willExist(system: SystemState): boolean {
  const last = lastOf(system, (command) => command.operation !== 'update');
  return last === undefined ? system.exists.value : last.operation === 'create';
}

/** The id under which the system will know the record; null while only the executor of a create knows it. */
export function willBeKnownAs(system: SystemState): string | null {
  const last = lastOf(system, (command) => command.operation !== 'update');
  return last === undefined ? system.nativeId : last.nativeId;
}

/** What the system will hold in a field once everything that we sent has arrived; undefined when that is not known. */
export function willHold(system: SystemState, field: string): Shadow | undefined {
  const last = lastOf(system, (command) => command.operation !== 'update' || Object.hasOwn(command.versions, field));
  if (last === undefined) return entry(system.shadows, field);
  return { value: entry(last.values, field) ?? null, version: entry(last.versions, field) ?? 0 };
}

function lastOf(system: SystemState, matches: (command: Command) => boolean): Command | undefined {
  if (system.inFlight !== null && matches(system.inFlight)) return system.inFlight;
  for (let index = system.applied.length - 1; index >= 0; index--) {
    const command = system.applied[index];
    if (command !== undefined && matches(command)) return command;
  }
  return undefined;
}
