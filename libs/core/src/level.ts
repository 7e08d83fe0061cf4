/**
 * Level-triggered: whatever happened, a system that will not hold what the canonical record says is told so, in one command
 * for just those fields. Nothing is remembered about why a command is due, so nothing can be forgotten, and an echo never
 * causes one (I5). One command in flight per record and system: what changes meanwhile folds into the next.
 */
import { project, same } from './projection.ts';
import { isInReview, reviewOf } from './review.ts';
import type { CompiledField, CompiledGroup, CompiledSystem } from './rules.ts';
import {
  canonicalOf,
  entry,
  EXISTS,
  systemOf,
  UNECHOED_MAX,
  VERSION_NONE,
  willBeKnownAs,
  willExist,
  willHold,
} from './state.ts';
import type { RecordState, SystemState } from './state.ts';
import { take } from './turn.ts';
import type { Turn } from './turn.ts';
import type { Command, CommandSequence, Value } from './types.ts';

export function levelSystems(turn: Turn, firstSequence: CommandSequence): void {
  if (turn.draft.state.mergedInto !== null) return;
  let sequence = firstSequence;
  for (const system of turn.rules.systems) {
    const command = levelSystem(turn.draft.state, system, sequence);
    if (command === null) continue;
    sequence += 1;
    take(turn, { type: 'command_issued', system: system.name, command });
  }
}

function levelSystem(state: RecordState, system: CompiledSystem, sequence: CommandSequence): Command | null {
  const known = systemOf(state, system.name);
  if (known.inFlight !== null || known.applied.length >= UNECHOED_MAX) return null;
  const exists = willExist(known);
  if (exists && state.exists.value) return updateCommand(state, known, system, sequence);
  // A delete is guarded by every field: whichever it waits for, it would only fail again.
  if (exists === state.exists.value || !system.rules.writeExistence || known.waiting.length > 0) return null;
  if (reviewOf(state, EXISTS) !== undefined || known.kept.includes(EXISTS)) return null;
  if (entry(known.rejected, EXISTS) === state.version) return null;
  return exists ? deleteCommand(state, known, system, sequence) : createCommand(state, system, sequence);
}

function updateCommand(
  state: RecordState,
  known: SystemState,
  system: CompiledSystem,
  sequence: CommandSequence,
): Command | null {
  const nativeId = willBeKnownAs(known);
  if (nativeId === null) return null;
  const due = dueFields(state, known, system);
  if (due.length === 0) return null;
  const values: Record<string, Value> = {};
  const versions: Record<string, number> = {};
  const expected: Record<string, Value> = {};
  for (const { name, value, version, held } of due) {
    values[name] = value;
    versions[name] = version;
    if (system.rules.unobserved !== true) expected[name] = held;
  }
  if (system.groups.length > 0 && system.rules.unobserved !== true) guardUnits(known, system, due, expected);
  return { sequence, operation: 'update', nativeId, values, versions, expected };
}

/** A field of a unit is written only if the whole unit is still what it is taken for: no mix, not even for a moment. */
function guardUnits(
  known: SystemState,
  { fields }: CompiledSystem,
  due: readonly DueField[],
  expected: Record<string, Value>,
): void {
  for (const { name, group } of fields) {
    if (group === null || Object.hasOwn(expected, name) || !due.some((one) => one.group === group)) continue;
    const held = willHold(known, name);
    if (held !== undefined) expected[name] = held.value;
  }
}

type DueField = {
  readonly group: CompiledGroup | null;
  readonly name: string;
  readonly value: Value;
  readonly version: number;
  readonly held: Value;
};

const NOTHING_DUE: readonly DueField[] = [];

/** What the system refused is sent again once any of it has changed, and until then does not hold up the rest. */
function dueFields(state: RecordState, known: SystemState, system: CompiledSystem): readonly DueField[] {
  let due: DueField[] | null = null;
  let hasRefused = false;
  let hasChanged = false;
  for (const field of system.fields) {
    const one = dueField(state, known, field);
    if (one === null) continue;
    (due ??= []).push(one);
    const refused = entry(known.rejected, one.name);
    hasRefused ||= refused === one.version;
    hasChanged ||= refused !== undefined && refused !== one.version;
  }
  if (due === null) return NOTHING_DUE;
  if (system.groups.length > 0) addUnits(state, known, system, due);
  if (!hasRefused || hasChanged) return due;
  const isNew = (one: DueField): boolean => entry(known.rejected, one.name) !== one.version;
  const all = due;
  // A unit goes as a whole: what was refused of it is tried again with what is new in it.
  return due.filter((one) => isNew(one) || all.some((other) => isOfUnit(one, other) && isNew(other)));
}

/** A unit goes as a whole: with what is new in it goes what was overridden there on record and left as it was so far. */
function addUnits(state: RecordState, known: SystemState, system: CompiledSystem, due: DueField[]): void {
  for (const field of system.fields) {
    const { name, access, group } = field;
    if (group === null || !access.write || !due.some((one) => one.group === group && one.name !== name)) continue;
    const held = willHold(known, name);
    const { value: current, version } = canonicalOf(state, name);
    const value = project(access.type, current);
    if (held === undefined || due.some((one) => one.name === name) || same(access.type, held.value, value)) continue;
    due.push({ group, name, value, version, held: held.value });
  }
}

function isOfUnit(one: DueField, other: DueField): boolean {
  return one.group !== null && one.group === other.group;
}

function dueField(state: RecordState, known: SystemState, field: CompiledField): DueField | null {
  const { name, access, group } = field;
  if (!access.write) return null;
  const canonical = canonicalOf(state, name);
  const held = willHold(known, name);
  if (held === undefined || held.version === canonical.version) return null;
  if (isInReview(state, field)) return null;
  // Fields of a unit go together: so they wait together for an event of the system, and stay together where one is kept.
  const unit = group?.fields ?? [name];
  if (unit.some((one) => known.kept.includes(one) || known.waiting.includes(one))) return null;
  const value = project(access.type, canonical.value);
  if (same(access.type, held.value, value)) return null;
  return { group, name, value, version: canonical.version, held: held.value };
}

/** Versions are told for every field of the system: what the create does not write is null there, knowingly. */
function createCommand(state: RecordState, system: CompiledSystem, sequence: CommandSequence): Command {
  const values: Record<string, Value> = {};
  const versions: Record<string, number> = { [EXISTS]: state.exists.version };
  for (const field of system.fields) {
    const { name, access } = field;
    const canonical = canonicalOf(state, name);
    // The one who is created without a field in review has to be told it later.
    const isOpen = isInReview(state, field);
    versions[name] = isOpen ? VERSION_NONE : canonical.version;
    if (isOpen) continue;
    const value = access.write ? project(access.type, canonical.value) : null;
    if (value !== null) values[name] = value;
  }
  return { sequence, operation: 'create', nativeId: null, values, versions, expected: {} };
}

/** Guarded by all that we believe the system holds: an edit that we have not seen is not deleted unseen. */
function deleteCommand(
  state: RecordState,
  known: SystemState,
  system: CompiledSystem,
  sequence: CommandSequence,
): Command | null {
  const nativeId = willBeKnownAs(known);
  if (nativeId === null || state.exists.version === 0) return null;
  // A copy of which we have decided that it may stay: it is not part of the record that was deleted.
  if (known.exists.value && known.exists.version === state.exists.version) return null;
  const expected: Record<string, Value> = {};
  for (const { name } of system.fields) {
    const held = willHold(known, name);
    if (held !== undefined && system.rules.unobserved !== true) expected[name] = held.value;
  }
  const versions = { [EXISTS]: state.exists.version };
  return { sequence, operation: 'delete', nativeId, values: {}, versions, expected };
}
