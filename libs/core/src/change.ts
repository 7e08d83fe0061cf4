/**
 * Decides on one change of a system's stream, in this order: is it new, is it our own write, what does it say of existence,
 * what of each field. Design section 3; the numbers S and I are those of SPEC.md.
 */
import { decideEcho, isDisturbed } from './echo.ts';
import { markChange, markOutdated } from './echo-kinds.ts';
import { decideExistence } from './existence.ts';
import { decideFields } from './fields.ts';
import { claimOf } from './ownership.ts';
import { closeReviews } from './review.ts';
import type { CompiledSystem } from './rules.ts';
import { asSpoken } from './spoken-at.ts';
import { isUncertain, systemOf } from './state.ts';
import type { SystemState } from './state.ts';
import { take } from './turn.ts';
import type { MarkedChange, Turn } from './turn.ts';
import type { SourceChange } from './types.ts';

export function decideChange(turn: Turn, told: SourceChange): void {
  const { system: name, position, nativeId } = told;
  const system = turn.rules.bySystem.get(name);
  if (system === undefined) {
    return take(turn, { type: 'change_ignored', system: name, position, reason: 'unknown_system', nativeId });
  }
  const known = systemOf(turn.draft.state, name);
  const reason = duplicateReason(known, told, system);
  if (reason !== null) return dropDuplicate(turn, told, system, reason);
  if (isHeld(turn, known, told, system)) return take(turn, { type: 'row_held', system: name, position, row: told });
  if (isSecondCopy(known, told)) {
    return take(turn, { type: 'change_ignored', system: name, position, reason: 'second_copy', nativeId });
  }
  const change = markChange(told, known, system);
  observe(turn, change, system, known);
  const echoed = decideEcho(turn, change, system, false);
  if (echoed === null) voidDelete(turn, change, system);
  const version = turn.draft.state.version + 1;
  const isNew = !systemOf(turn.draft.state, name).exists.value;
  const spoken = asSpoken(change, system, known);
  const incoming = { change: spoken, system, version, isNew, echoed, claim: claimOf(turn, system) };
  decideExistence(turn, incoming);
  closeReviews(turn, name, position);
  if (change.existence === 'exists') decideFields(turn, incoming);
}

/**
 * Somebody else has deleted the row that our delete is said to have deleted. An executor that looks after a lost reply
 * cannot tell whose delete it was, so no mark of ours is waited for.
 */
function voidDelete(turn: Turn, change: MarkedChange, system: CompiledSystem): void {
  const [first] = systemOf(turn.draft.state, system.name).applied;
  if (change.existence !== 'deleted' || change.snapshot || system.rules.deletesMarked !== true) return;
  if (first?.operation !== 'delete' || first.nativeId !== change.nativeId) return;
  const { sequence, operation } = first;
  const place = { system: system.name, position: change.position };
  take(turn, { type: 'echoed', ...place, sequence, operation, fields: [], implied: [], outdated: true });
}

/** Whatever the input was, it may have told what became of a command. */
export function decideHeldRows(turn: Turn, name: string): void {
  const known = systemOf(turn.draft.state, name);
  const { heldRows } = known;
  if (heldRows.length === 0 || isUncertain(known)) return;
  take(turn, { type: 'rows_released', system: name });
  for (const row of heldRows) decideChange(turn, row);
}

/** S7: the system holds the record already, under another id, and this change does not say that it was renamed. */
function isSecondCopy({ exists, nativeId }: SystemState, change: SourceChange): boolean {
  if (!exists.value || nativeId === null) return false;
  return change.nativeId !== nativeId && change.previousNativeId !== nativeId;
}

type DuplicateReason = 'position_seen' | 'before_snapshot' | 'snapshot_outdated';

/** S1: positions of one system only grow. A snapshot row without a position is ordered by time instead (S5). */
function duplicateReason(known: SystemState, change: SourceChange, { rules }: CompiledSystem): DuplicateReason | null {
  const isHeldAlready = known.heldRows.some(({ position, at }) => position === change.position && change.at <= at);
  if (isHeldAlready && change.snapshot) return 'snapshot_outdated';
  if (change.position === '') {
    // Where nothing but rows is told, only their moments tell that one comes again.
    if (rules.echoes === 'polled') return change.at <= (known.snapshotAt ?? -Infinity) ? 'snapshot_outdated' : null;
    return known.position !== '' && change.at <= known.at ? 'snapshot_outdated' : null;
  }
  if (change.position <= known.position) return change.snapshot ? 'snapshot_outdated' : 'position_seen';
  return known.snapshotAt !== null && change.at <= known.snapshotAt ? 'before_snapshot' : null;
}

/**
 * Where there is nothing but rows, one may be what our create or delete has left, or be older, or somebody's since. Where
 * there is a stream, it only matters if the record is deleted: then the row is our create or a user's will.
 */
function isHeld(turn: Turn, known: SystemState, { snapshot }: SourceChange, { rules }: CompiledSystem): boolean {
  if (!snapshot || !isUncertain(known)) return false;
  if (rules.echoes === 'polled') return true;
  return !turn.draft.state.exists.value && !known.exists.value && known.inFlight?.operation === 'create';
}

function dropDuplicate(turn: Turn, told: SourceChange, system: CompiledSystem, reason: DuplicateReason): void {
  const known = systemOf(turn.draft.state, told.system);
  // A snapshot row may have told the value before, but only the stream tells that a command of ours has arrived. An event
  // seen before has had its say, and a row is no event: without a command's name they would be taken for the next one's.
  const isFirst = reason === 'before_snapshot';
  const change = isFirst
    ? markOutdated(told, known, system)
    : { ...told, echo: told.echo === 'ours' ? null : told.echo };
  // A delete may be unmarked: if ours was executed, a row that is newer than a delete was undeleted since.
  const isOurDelete = isFirst && change.existence === 'deleted' && known.applied[0]?.operation === 'delete';
  if (change.echo !== null || isOurDelete) decideEcho(turn, change, system, true);
  take(turn, { type: 'duplicate_dropped', system: change.system, position: change.position, reason });
}

function observe(turn: Turn, change: MarkedChange, system: CompiledSystem, known: SystemState): void {
  const { position, at, snapshot } = change;
  const nativeId = change.existence === 'deleted' ? null : change.nativeId;
  const showsExecution = snapshot && known.inFlight !== null && isDisturbed(known, known.inFlight, change, system);
  take(turn, { type: 'observed', system: change.system, position, at, nativeId, snapshot, showsExecution });
}
