/**
 * Level-triggered: whatever happened, a system that will not hold what the canonical record says is told so, in one command
 * for just those fields. Nothing is remembered about why a command is due, so nothing can be forgotten, and an echo never
 * causes one (I5). One command in flight per record and system: what changes meanwhile folds into the next.
 */
import { project, same } from './projection.ts';
import { reviewOf } from './review.ts';
import type { CompiledField, CompiledSystem } from './rules.ts';
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
  return { sequence, operation: 'update', nativeId, values, versions, expected };
}

type DueField = { readonly name: string; readonly value: Value; readonly version: number; readonly held: Value };

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
  return hasRefused && !hasChanged ? due.filter((one) => entry(known.rejected, one.name) !== one.version) : due;
}

function dueField(state: RecordState, known: SystemState, field: CompiledField): DueField | null {
  const { name, access } = field;
  if (!access.write) return null;
  const canonical = canonicalOf(state, name);
  const held = willHold(known, name);
  if (held === undefined || held.version === canonical.version) return null;
  if (known.waiting.includes(name) || known.kept.includes(name) || reviewOf(state, name) !== undefined) return null;
  const value = project(access.type, canonical.value);
  if (same(access.type, held.value, value)) return null;
  return { name, value, version: canonical.version, held: held.value };
}

/** Versions are told for every field of the system: what the create does not write is null there, knowingly. */
function createCommand(state: RecordState, system: CompiledSystem, sequence: CommandSequence): Command {
  const values: Record<string, Value> = {};
  const versions: Record<string, number> = { [EXISTS]: state.exists.version };
  for (const { name, access } of system.fields) {
    const canonical = canonicalOf(state, name);
    // The one who is created without a field in review has to be told it later.
    const isInReview = reviewOf(state, name) !== undefined;
    versions[name] = isInReview ? VERSION_NONE : canonical.version;
    if (isInReview) continue;
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
