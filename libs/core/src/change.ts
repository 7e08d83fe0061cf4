/**
 * Decides on one change of a system's stream, in this order: is it new, is it our own write, what does it say of existence,
 * what of each field. Design section 3; the numbers S and I are those of SPEC.md.
 */
import { decideExistence } from './existence.ts';
import { decideFields } from './fields.ts';
import { systemOf } from './state.ts';
import type { SystemState } from './state.ts';
import { take } from './turn.ts';
import type { Turn } from './turn.ts';
import type { Command, CommandSequence, SourceChange } from './types.ts';

export function decideChange(turn: Turn, change: SourceChange): void {
  const { system: name, position, nativeId } = change;
  const system = turn.rules.bySystem.get(name);
  if (system === undefined) {
    return take(turn, { type: 'change_ignored', system: name, position, reason: 'unknown_system', nativeId });
  }
  const known = systemOf(turn.draft.state, name);
  const reason = duplicateReason(known, change);
  if (reason !== null) return dropDuplicate(turn, change, reason);
  if (known.exists.value && known.nativeId !== null && known.nativeId !== nativeId) {
    return take(turn, { type: 'change_ignored', system: name, position, reason: 'second_copy', nativeId });
  }
  observe(turn, change);
  decideEcho(turn, change, false);
  const version = turn.draft.state.version + 1;
  const isNew = !systemOf(turn.draft.state, name).exists.value;
  const incoming = { change, system, version, isNew };
  decideExistence(turn, incoming);
  if (change.existence === 'exists') decideFields(turn, incoming);
}

type DuplicateReason = 'position_seen' | 'before_snapshot' | 'snapshot_outdated';

/** S1: positions of one system only grow. A snapshot row without a position is ordered by time instead (S5). */
function duplicateReason(known: SystemState, change: SourceChange): DuplicateReason | null {
  if (change.position === '') {
    return known.position !== '' && change.at <= known.at ? 'snapshot_outdated' : null;
  }
  if (change.position <= known.position) return change.snapshot ? 'snapshot_outdated' : 'position_seen';
  return known.snapshotAt !== null && change.at <= known.snapshotAt ? 'before_snapshot' : null;
}

function dropDuplicate(turn: Turn, change: SourceChange, reason: DuplicateReason): void {
  // A snapshot row may have told the value before, but only the stream tells that a command of ours has arrived.
  if (change.echo !== null) decideEcho(turn, change, true);
  take(turn, { type: 'duplicate_dropped', system: change.system, position: change.position, reason });
}

function observe(turn: Turn, change: SourceChange): void {
  const { system, position, at, snapshot } = change;
  const nativeId = change.existence === 'deleted' ? null : change.nativeId;
  take(turn, { type: 'observed', system, position, at, nativeId, snapshot });
}

function decideEcho(turn: Turn, change: SourceChange, outdated: boolean): void {
  const known = systemOf(turn.draft.state, change.system);
  const command = echoedCommand(known, change);
  if (command === null) return;
  const { system, position } = change;
  const { sequence, operation } = command;
  const implied = known.applied.filter((earlier) => earlier.sequence < sequence).map((earlier) => earlier.sequence);
  const fields = Object.keys(command.values);
  take(turn, { type: 'echoed', system, position, sequence, operation, fields, implied, outdated });
}

/** S3: our writes are marked in the stream, or (deletes, where nothing can carry a mark) known by what they do. */
function echoedCommand(known: SystemState, change: SourceChange): Command | null {
  if (change.echo !== null) return pendingCommand(known, change.echo);
  if (change.existence !== 'deleted') return null;
  const pending = known.inFlight === null ? known.applied : [...known.applied, known.inFlight];
  // A record that goes before it was seen to come must have come: the create is implied by its end.
  const expected = known.exists.value ? 'delete' : 'create';
  return pending.find((command) => command.operation === expected) ?? null;
}

function pendingCommand(known: SystemState, sequence: CommandSequence): Command | null {
  if (known.inFlight?.sequence === sequence) return known.inFlight;
  return known.applied.find((command) => command.sequence === sequence) ?? null;
}
