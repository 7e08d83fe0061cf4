/**
 * What became of a command, as its executor says. An outcome never moves a shadow: only the stream tells what a system
 * held when. It only frees the way for the next command, or says what that has to wait for.
 */
import { canonicalOf, entry, EXISTS, ROW, SHOWN, systemOf } from './state.ts';
import type { RecordState, SystemState } from './state.ts';
import { take } from './turn.ts';
import type { Turn } from './turn.ts';
import type { Command, CommandOutcome, SystemRules } from './types.ts';

export function decideOutcome(turn: Turn, outcome: CommandOutcome): void {
  const { system, sequence, nativeId, code, reason, at } = outcome;
  const rules = turn.rules.bySystem.get(system)?.rules;
  const unobserved = rules?.unobserved === true;
  // Where nobody listens there is no event to wait for: a person has to look.
  const result = unobserved && outcome.result === 'stale' ? 'rejected' : outcome.result;
  const known = systemOf(turn.draft.state, system);
  const command = known.inFlight;
  if (command === null || command.sequence !== sequence || command.record !== outcome.record) {
    return take(turn, { type: 'outcome_dropped', system, sequence });
  }
  const waiting = result === 'stale' ? fieldsToWaitFor(known, command, outcome.staleFields) : [];
  const shown = result === 'applied' && isKnownExecuted(known, command, outcome, rules?.echoes);
  const rejected = result === 'rejected' ? rejectedVersions(turn.draft.state, command) : {};
  take(turn, {
    type: 'outcome_recorded',
    system,
    sequence,
    result,
    shown,
    waiting,
    rejected,
    nativeId,
    ...(at === undefined ? {} : { at }),
    code,
    reason,
  });
  if (unobserved && result === 'applied')
    countAsSeen(turn, system, { ...command, nativeId: nativeId ?? command.nativeId });
}

/** No echo is waited for where what came of the execution has been told, or cannot be told any more. */
function isKnownExecuted(
  known: SystemState,
  command: Command,
  { nativeId, at }: CommandOutcome,
  echoes: SystemRules['echoes'],
): boolean {
  if (echoes === 'polled' && at !== undefined && at >= (known.snapshotAt ?? -Infinity)) return false;
  if (isShown(known, command, nativeId)) return true;
  // An executor that looks after a lost reply cannot tell whose delete it was; and rows tell nothing more of one that is gone.
  if (command.operation === 'delete' || echoes === 'polled') return isGone(known, command);
  return echoes === 'values' && isAltered(known, command, nativeId);
}

/** The row that was written to has come, and has gone again. */
function isGone({ nativeId, applied }: SystemState, command: Command): boolean {
  if (command.operation === 'create' || command.nativeId === nativeId) return false;
  return !applied.some((one) => one.operation === 'create' && one.nativeId === command.nativeId);
}

/**
 * Where echoes are known by their values alone, one that was altered passed for an edit: the guard tells that nobody else
 * can have changed those fields between the issue of a command and its execution.
 */
function isAltered(known: SystemState, command: Command, nativeId: string | null): boolean {
  if (!isOfRow(known, command, nativeId)) return false;
  if (command.operation !== 'update') return known.touched.includes(EXISTS);
  // Where the row is still as the guard expects, or an earlier write is yet to be seen, it was told by whoever undeleted it.
  return Object.keys(command.values).some((field) => {
    if (known.applied.some(({ values }) => Object.hasOwn(values, field))) return false;
    return known.touched.includes(field) && entry(known.shadows, field)?.value !== entry(command.expected, field);
  });
}

/** Nobody listens to the system, so its word for it takes the place of the echo. */
function countAsSeen(turn: Turn, system: string, { sequence, operation, nativeId, values }: Command): void {
  const place = { system, position: '' };
  const id = operation === 'delete' ? null : nativeId;
  if (id !== null || operation === 'delete') {
    take(turn, { type: 'observed', ...place, at: 0, nativeId: id, snapshot: false, showsExecution: false });
  }
  const fields = Object.keys(values);
  take(turn, { type: 'echoed', ...place, sequence, operation, fields, implied: [], outdated: false });
}

function isShown(known: SystemState, command: Command, nativeId: string | null): boolean {
  return known.touched.includes(SHOWN) && isOfRow(known, command, nativeId);
}

/** What was told while ours was under way may be of a row of somebody else's, gone before ours came: its id tells. */
function isOfRow(known: SystemState, command: Command, created: string | null): boolean {
  const nativeId = command.operation === 'create' ? created : command.nativeId;
  return nativeId === null || nativeId === known.nativeId;
}

/**
 * A guard fails because of an edit whose event is on its way; trying again before it comes would only fail again. If the
 * stream has touched one of the fields since the command was issued, that may have been the event: then try again, and
 * each new failure needs a new event, so there is no spinning and no waiting for what has already come.
 */
function fieldsToWaitFor(known: SystemState, command: Command, staleFields: readonly string[]): readonly string[] {
  const guarded = [...Object.keys(command.expected), EXISTS];
  const failed = staleFields.length > 0 ? staleFields : guarded;
  return [...failed, EXISTS, ROW].some((one) => known.touched.includes(one)) ? [] : failed;
}

function rejectedVersions(state: RecordState, command: Command): Readonly<Record<string, number>> {
  if (command.operation !== 'update') return { [EXISTS]: state.version };
  const fields = Object.keys(command.values);
  return Object.fromEntries(
    fields.map((field) => [field, entry(command.versions, field) ?? canonicalOf(state, field).version]),
  );
}
