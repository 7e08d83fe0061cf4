/**
 * Which command of ours a change is the echo of, if any. Marks in the stream tell (S3). Two things carry none: a delete in
 * a system that cannot mark it, and a snapshot row, which was read beside the stream; those are known by what they show.
 */
import type { Echoed } from './decisions.ts';
import { absentCommand, isLater, isOfRow } from './echo-kinds.ts';
import { project, same } from './projection.ts';
import type { CompiledField, CompiledSystem } from './rules.ts';
import { entry, pendingOf, systemOf } from './state.ts';
import type { SystemState } from './state.ts';
import { take } from './turn.ts';
import type { MarkedChange, Turn } from './turn.ts';
import type { Command, SourceChange, Value } from './types.ts';

type Told = Pick<SourceChange, 'values'>;
type Row = Pick<SourceChange, 'values' | 'nativeId' | 'previousNativeId'>;

/** What it finds is taken and returned: the event's other decisions depend on whose write it is. */
export function decideEcho(turn: Turn, change: MarkedChange, system: CompiledSystem, outdated: boolean): Echoed | null {
  const known = systemOf(turn.draft.state, change.system);
  const command = echoedCommand(known, change, system);
  if (command === null) return null;
  const { sequence, operation, record } = command;
  const fields = Object.keys(command.values);
  const index = known.applied.indexOf(command);
  const earlier = index < 0 ? known.applied : known.applied.slice(0, index);
  const implied = earlier.map((one) => one.sequence);
  const content = { sequence, operation, fields, implied, outdated };
  const echoed = { type: 'echoed', system: change.system, position: change.position, ...content } as const;
  const named: Echoed = record === undefined ? echoed : { ...echoed, record };
  take(turn, named);
  return named;
}

/** S7: two records that became one may have sent commands of the same number; the id under which a change came tells. */
function namedCommand(pending: readonly Command[], { echo, record }: MarkedChange): Command | null {
  const named = pending.filter(({ sequence }) => sequence === echo);
  return named.find((command) => command.record === record) ?? named[0] ?? null;
}

function echoedCommand(known: SystemState, change: MarkedChange, system: CompiledSystem): Command | null {
  const pending = pendingOf(known);
  if (change.echo !== null) return namedCommand(pending, change);
  if (change.snapshot && change.existence === 'deleted') return absentCommand(known, change);
  if (change.snapshot) return shownCommand(known, change, system);
  if (change.existence === 'exists' || system.rules.deletesMarked === true) return null;
  // Echoes come in order: a delete can only be ours if all that was sent before it has been seen. A record that goes before
  // it was seen to come must have come: its create is implied by its end.
  const [first] = pending;
  const expected = known.exists.value ? 'delete' : 'create';
  const isOurs = first?.operation === expected && (first.nativeId ?? change.nativeId) === change.nativeId;
  return isOurs ? first : null;
}

/**
 * The newest command that a row shows to have been executed before it was read. Where the moments of execution are known,
 * they tell. Else one of which the row holds a value is, unless an earlier one explains that value, too; and one whose
 * fields the row shows neither as they were before it nor as anything of ours left them, because its guard excludes an
 * edit from before it. A command whose outcome is not known must be seen in every field.
 */
function shownCommand(known: SystemState, change: MarkedChange, system: CompiledSystem): Command | null {
  const changed = system.fields.filter((field) => isChanged(known, change, field));
  const applied = known.applied.filter((command) => isOfRow(command, change) && !isLater(command, change));
  const { inFlight } = known;
  if (inFlight !== null && inFlight.operation !== 'delete' && isOfRow(inFlight, change)) {
    const written = system.fields.filter(({ name }) => Object.hasOwn(inFlight.values, name));
    const isNew = (field: CompiledField): boolean => !applied.some((earlier) => leaves(earlier, change, field));
    const isShown = written.some((field) => changed.includes(field) && isNew(field));
    if (isShown && written.every((field) => writes(inFlight, change, field))) return inFlight;
  }
  if (known.applied.some(({ executedAt }) => executedAt !== undefined)) return applied.at(-1) ?? null;
  const explaining = changed.map((field) => applied.findIndex((command) => leaves(command, change, field)));
  const shown = applied[Math.max(-1, ...explaining)];
  if (shown !== undefined) return shown;
  return applied.findLast((one) => one.operation !== 'delete' && isDisturbed(known, one, change, system)) ?? null;
}

function writes({ values }: Command, change: Told, field: CompiledField): boolean {
  const { name, access } = field;
  return Object.hasOwn(values, name) && same(access.type, heldIn(change, field), entry(values, name) ?? null);
}

/** As `writes`; what a create does not write is empty in the row that it makes. */
function leaves(command: Command, change: Told, field: CompiledField): boolean {
  const isEmpty = command.operation === 'create' && !Object.hasOwn(command.values, field.name);
  return isEmpty ? heldIn(change, field) === null : writes(command, change, field);
}

function isChanged(known: SystemState, change: Told, field: CompiledField): boolean {
  const shadow = entry(known.shadows, field.name);
  return shadow === undefined || !same(field.access.type, heldIn(change, field), shadow.value);
}

/** Whether a row differs from the shadow where a command writes: only its execution lets anybody do that unseen. */
export function isDisturbed(known: SystemState, command: Command, change: Row, system: CompiledSystem): boolean {
  if (!isOfRow(command, change)) return false;
  if (command.operation === 'create') return !known.exists.value;
  return system.fields.some((field) => {
    if (!Object.hasOwn(command.values, field.name) || !isChanged(known, change, field)) return false;
    // What another command wrote, not seen in the stream yet, says nothing about this one.
    if (known.applied.some((other) => leaves(other, change, field))) return false;
    return !same(field.access.type, heldIn(change, field), entry(command.expected, field.name) ?? null);
  });
}

function heldIn(change: Told, { name, access }: CompiledField): Value {
  return project(access.type, entry(change.values, name) ?? null);
}
