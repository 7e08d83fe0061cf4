/**
 * What a change says about existence, which is versioned like a field. A delete that met an update it had not seen, and
 * an update that met a delete it had not seen, are concurrent; the delete policy answers before anything is written, which
 * is why nothing that was deleted comes back by accident (I6, A2).
 */
import { resolved, versionAfter } from './conflict.ts';
import type { ConflictSide } from './decisions.ts';
import { CANONICAL_STAYS, INCOMING_WINS } from './policies.ts';
import { project, sameInCoarser } from './projection.ts';
import { openReview, reviewOf, stand, withdraw } from './review.ts';
import type { CompiledField } from './rules.ts';
import { canonicalOf, entry, EXISTS, systemOf, VERSION_NONE } from './state.ts';
import type { RecordState, SystemState } from './state.ts';
import { take } from './turn.ts';
import type { Incoming, Turn } from './turn.ts';
import type { Values } from './types.ts';

export function decideExistence(turn: Turn, incoming: Incoming): void {
  const exists = incoming.change.existence === 'exists';
  const known = systemOf(turn.draft.state, incoming.system.name);
  if (exists && !known.exists.value) return appear(turn, incoming);
  if (!exists && known.exists.value) return vanish(turn, incoming, known);
}

function appear(turn: Turn, incoming: Incoming): void {
  const { change, system, version } = incoming;
  const of = { system: system.name, position: change.position };
  const { exists } = turn.draft.state;
  if (exists.value) return agree(turn, incoming);
  // A create of ours that we had given up has happened after all: no user wants this copy.
  if (change.echo !== null)
    return take(turn, { ...of, type: 'existence_learned', exists: true, version: VERSION_NONE });
  if (!system.rules.readExistence) {
    return take(turn, { ...of, type: 'existence_learned', exists: true, version: exists.version });
  }
  if (isInReview(turn)) return reviewExistence(turn, incoming, { exists: true, baseVersion: exists.version });
  const sourced = system.fields.filter(({ access }) => access.read).map(({ name }) => name);
  // Only a whole row says what is in the new record; else it is the old one that was brought back.
  const reset = exists.version === 0 || !change.complete ? [] : sourced;
  const baseVersion = systemOf(turn.draft.state, system.name).exists.version;
  const type = 'existence_fast_forwarded';
  take(turn, { ...of, type, exists: true, version, baseVersion, at: change.at, reset, values: {} });
}

function vanish(turn: Turn, incoming: Incoming, known: SystemState): void {
  const { change, system, version, claim } = incoming;
  const of = { system: system.name, position: change.position };
  const { exists } = turn.draft.state;
  if (!exists.value) return agree(turn, incoming);
  // A delete of ours that we had given up has happened after all: it was no user's will. Marked with an update, it is a
  // trigger's answer to what we wrote.
  if (change.echo !== null && (incoming.echoed === null || incoming.echoed.operation === 'delete')) {
    return take(turn, { ...of, type: 'existence_learned', exists: false, version: VERSION_NONE });
  }
  if (!system.rules.readExistence || claim?.entitled === false) return reportDelete(turn, incoming);
  if (isInReview(turn)) return reviewExistence(turn, incoming, { exists: false, baseVersion: known.exists.version });
  const baseVersion = known.exists.version;
  const unseen = latestUnseen(turn.draft.state, incoming, known);
  if (unseen !== null) {
    const canonical = { ...unseen, values: canonicalValues(turn.draft.state) };
    return meetUnseen(turn, incoming, { exists: false, baseVersion, canonical });
  }
  take(turn, {
    ...of,
    type: 'existence_fast_forwarded',
    exists: false,
    version,
    baseVersion,
    at: change.at,
    reset: [],
    values: canonicalValues(turn.draft.state),
  });
}

function reportDelete(turn: Turn, { change, system, claim }: Incoming): void {
  const { exists } = turn.draft.state;
  const { readExistence, targetDelete = 'overwritten' } = system.rules;
  take(turn, {
    type: 'override_reported',
    system: system.name,
    position: change.position,
    field: EXISTS,
    held: false,
    canonical: true,
    canonicalVersion: exists.version,
    treatment: readExistence && claim !== null ? claim.targetEdit : targetDelete,
    derived: false,
    ...(readExistence ? { reason: 'record_ownership' as const } : {}),
  });
}

function agree(turn: Turn, incoming: Incoming): void {
  const { change, system } = incoming;
  const { value: exists, version } = turn.draft.state.exists;
  take(turn, { type: 'existence_agreed', system: system.name, position: change.position, exists, version });
  if (isInReview(turn)) for (const decision of withdraw(turn, incoming, EXISTS, exists)) take(turn, decision);
}

function isInReview(turn: Turn): boolean {
  return reviewOf(turn.draft.state, EXISTS) !== undefined;
}

type ExistenceDoubt = {
  readonly exists: boolean;
  readonly baseVersion: number;
  readonly values?: Values;
  /** The side that it meets; not needed where the review is open already. */
  readonly canonical?: ConflictSide;
};

/** A delete that met an update it had not seen, or the reverse: the delete policy answers, or a person. */
export function meetUnseen(
  turn: Turn,
  incoming: Incoming,
  doubt: ExistenceDoubt & { readonly canonical: ConflictSide },
): void {
  const { deletePolicy } = turn.rules;
  if (deletePolicy === 'manual') return reviewExistence(turn, incoming, doubt);
  const verdict = (deletePolicy === 'update_wins') === doubt.exists ? INCOMING_WINS : CANONICAL_STAYS;
  const canonicalVersion = turn.draft.state.exists.version;
  const met = { ...sidesOf(incoming, doubt, doubt.canonical), policy: deletePolicy, canonicalVersion };
  take(turn, resolved(met, verdict, versionAfter(turn, incoming, verdict)));
}

/** The same for people, and whatever is said of existence until one of them answers. */
function reviewExistence(turn: Turn, incoming: Incoming, doubt: ExistenceDoubt): void {
  const { exists, baseVersion } = doubt;
  if (isInReview(turn)) return take(turn, stand(turn, incoming, EXISTS, { held: exists, value: exists, baseVersion }));
  const canonical = doubt.canonical ?? { system: '', value: !exists, at: 0 };
  take(turn, openReview(turn, { ...sidesOf(incoming, doubt, canonical), policy: 'manual' }));
}

function sidesOf(
  { change, system }: Incoming,
  { exists, baseVersion, values }: ExistenceDoubt,
  canonical: ConflictSide,
) {
  const side = { system: system.name, value: exists, at: change.at };
  return {
    system: system.name,
    position: change.position,
    field: EXISTS,
    kind: exists ? 'update_delete' : 'delete_update',
    baseVersion,
    held: exists,
    incoming: values === undefined ? side : { ...side, values },
    canonical,
    derived: change.echo !== null,
  } as const;
}

function canonicalValues({ fields }: RecordState): Values {
  return Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value]));
}

/** The newest of the values that came from elsewhere and that the deleting system could have seen but had not. */
function latestUnseen(state: RecordState, { system }: Incoming, known: SystemState): ConflictSide | null {
  let latest: ConflictSide | null = null;
  for (const field of system.fields) {
    if (!isUnseen(state, known, field, system.name)) continue;
    const canonical = canonicalOf(state, field.name);
    if (latest === null || canonical.at > latest.at)
      latest = { system: canonical.origin, value: true, at: canonical.at };
  }
  return latest;
}

function isUnseen(state: RecordState, known: SystemState, field: CompiledField, system: string): boolean {
  const shadow = entry(known.shadows, field.name);
  if (shadow === undefined || !field.access.write || known.kept.includes(field.name)) return false;
  const canonical = canonicalOf(state, field.name);
  if (shadow.version === canonical.version) return false;
  // A merged value holds what others said too, whoever's edit came last.
  if (canonical.origin === system && field.merge === null) return false;
  return !sameInCoarser(
    [field.canonicalType, field.access.type],
    project(field.access.type, shadow.value),
    canonical.value,
  );
}
