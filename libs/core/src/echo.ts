/**
 * Which command of ours a change is the echo of, if any. Marks in the stream tell (S3). Two things carry none: a delete in
 * a system that cannot mark it, and a snapshot row, which was read beside the stream; those are known by what they show.
 */
import { project, same } from './projection.ts';
import type { CompiledSystem } from './rules.ts';
import { entry, pendingOf, systemOf } from './state.ts';
import type { SystemState } from './state.ts';
import { take } from './turn.ts';
import type { Turn } from './turn.ts';
import type { Command, SourceChange } from './types.ts';

export function decideEcho(turn: Turn, change: SourceChange, system: CompiledSystem, outdated: boolean): void {
  const known = systemOf(turn.draft.state, change.system);
  const command = echoedCommand(known, change, system);
  if (command === null) return;
  const { sequence, operation } = command;
  const fields = Object.keys(command.values);
  const implied = known.applied.filter((earlier) => earlier.sequence < sequence).map((earlier) => earlier.sequence);
  const content = { sequence, operation, fields, implied, outdated };
  take(turn, { type: 'echoed', system: change.system, position: change.position, ...content });
}

function echoedCommand(known: SystemState, change: SourceChange, system: CompiledSystem): Command | null {
  const pending = pendingOf(known);
  if (change.echo !== null) return pending.find(({ sequence }) => sequence === change.echo) ?? null;
  if (change.snapshot) return pending.findLast((command) => isShown(known, command, change, system)) ?? null;
  if (change.existence === 'exists' || system.rules.deletesMarked === true) return null;
  // A record that goes before it was seen to come must have come: the create is implied by its end.
  const expected = known.exists.value ? 'delete' : 'create';
  return pending.find(({ operation }) => operation === expected) ?? null;
}

/**
 * Whether a row shows that a command was executed before it was read. Of an executed command any difference from the
 * shadow in a field that it wrote is a sign: the guard excludes an edit from before it. A command whose outcome is not
 * known must be seen in every field.
 */
function isShown(known: SystemState, command: Command, change: SourceChange, system: CompiledSystem): boolean {
  if (command.operation === 'delete') return false;
  const isExecuted = command !== known.inFlight;
  if (command.operation === 'create' && isExecuted) return !known.exists.value;
  const written = system.fields.filter(({ name }) => Object.hasOwn(command.values, name));
  const isChanged = written.some(({ name, access }) => {
    const shadow = entry(known.shadows, name);
    const held = project(access.type, entry(change.values, name) ?? null);
    return shadow === undefined || !same(access.type, held, shadow.value);
  });
  if (isExecuted || !isChanged) return isChanged;
  return written.every(({ name, access }) => {
    const held = project(access.type, entry(change.values, name) ?? null);
    return same(access.type, held, entry(command.values, name) ?? null);
  });
}
