/**
 * What a decision does to the state. A decision carries everything that is needed, so the decisions of a record, replayed
 * from the initial state, give the state again (law in step.test.ts): the audit is the history.
 */
import type { ConflictResolved, Decision, FieldChange, FieldSighting, Merged } from './decisions.ts';
import { draftOf, writableFields, writableRecord, writableShadows, writableSystem } from './draft.ts';
import type { Draft, WritableSystem } from './draft.ts';
import { changeReview } from './review-state.ts';
import type { EvolvingReview } from './review-state.ts';
import {
  canonicalOf,
  entry,
  EXISTS,
  initialState,
  initialSystem,
  NO_CHAINS,
  ROW,
  SHOWN,
  systemOf,
  VERSION_NONE,
  withRow,
} from './state.ts';
import type { CanonicalValue, ChainLink, RecordState } from './state.ts';
import type { Command, SourceChange, Value } from './types.ts';

export function evolve(state: RecordState, decision: Decision): RecordState {
  const draft = draftOf(state);
  apply(draft, decision);
  return draft.state;
}

export function apply(draft: Draft, decision: Decision): void {
  switch (decision.type) {
    case 'observed':
      return observe(draft, decision);
    case 'row_held':
    case 'rows_released':
      return holdRow(writableSystem(draft, decision.system), decision.type === 'row_held' ? decision.row : null);
    case 'echoed':
      return settle(draft, decision);
    case 'learned':
    case 'agreed':
    case 'derived_superseded':
      return sightFields(draft, decision.system, decision.fields);
    case 'existence_learned':
    case 'existence_agreed':
      return sightExistence(draft, decision.system, decision.exists, decision.version);
    case 'existence_fast_forwarded':
      return changeExistence(draft, decision);
    case 'fast_forwarded':
    case 'derived':
      for (const change of decision.fields) changeField(draft, decision, change);
      return undefined;
    case 'conflict_resolved':
      return decision.field === EXISTS ? resolveExistence(draft, decision) : resolveField(draft, decision);
    case 'review_opened':
    case 'loop_detected':
    case 'review_updated':
    case 'review_closed':
    case 'review_resolved':
      return review(draft, decision);
    case 'record_absorbed':
      return takeOver(draft, decision);
    case 'record_merged':
      return becomeAlias(draft, decision);
    case 'copy_detached':
      return detachCopy(draft, decision);
    case 'computed':
      return setComputed(draft, decision);
    case 'merged':
      return mergeField(draft, decision);
    case 'override_reported':
      return override(draft, decision);
    case 'command_issued':
      return issue(writableSystem(draft, decision.system), decision.command);
    case 'outcome_recorded':
      return recordOutcome(draft, decision);
    case 'duplicate_dropped':
    case 'change_ignored':
    case 'outcome_dropped':
    case 'resolution_refused':
    case 'absorb_refused':
    case 'change_forwarded':
      return undefined;
    default:
      return unreachable(decision);
  }
}

type Of<Type extends Decision['type']> = Extract<Decision, { type: Type }>;
/** Who set a canonical value, when, and as which version. */
type Authorship = { readonly system: string; readonly version: number; readonly at: number };

function observe(draft: Draft, decision: Of<'observed'>): void {
  const system = writableSystem(draft, decision.system);
  if (decision.position > system.position) system.position = decision.position;
  if (decision.at > system.at) system.at = decision.at;
  const isRenamed = system.nativeId !== null && decision.nativeId !== null && system.nativeId !== decision.nativeId;
  system.nativeId = decision.nativeId;
  if (isRenamed) {
    // What was sent to the old id failed or will fail for this very reason: it goes to the new one.
    system.waiting = [];
    touch(system, EXISTS);
  }
  if (!decision.snapshot) return;
  // The row may contain edits whose events will be dropped as older than it: nobody need wait for those.
  system.waiting = [];
  touch(system, ROW);
  if (decision.showsExecution) touch(system, SHOWN);
  if (decision.position === '') system.snapshotAt = Math.max(decision.at, system.snapshotAt ?? decision.at);
}

function holdRow(system: WritableSystem, row: SourceChange | null): void {
  system.heldRows = row === null ? [] : withRow(system.heldRows, row);
}

/** The echoed command and all that was executed before it: the shadows are what the newest of them wrote. */
function settle(draft: Draft, decision: Of<'echoed'>): void {
  const system = writableSystem(draft, decision.system);
  const { sequence, record } = decision;
  const isEchoed = (command: Command): boolean => command.sequence === sequence && command.record === record;
  const isInFlight = system.inFlight !== null && isEchoed(system.inFlight);
  const count = isInFlight ? system.applied.length : system.applied.findIndex(isEchoed) + 1;
  const settled = system.applied.slice(0, count);
  system.applied = system.applied.slice(count);
  if (isInFlight && system.inFlight !== null) {
    settled.push(system.inFlight);
    system.inFlight = null;
    system.touched = [];
  }
  if (!decision.outdated) {
    for (const command of settled) arrive(draft, decision.system, command);
    return;
  }
  // The events that a guard waits for, or will, may have been dropped as older than the snapshot row.
  system.waiting = [];
  touch(system, ROW);
}

function arrive(draft: Draft, name: string, command: Command): void {
  const system = writableSystem(draft, name);
  const exists = entry(command.versions, EXISTS);
  if (exists !== undefined) system.exists = { value: command.operation === 'create', version: exists };
  // The id is that of the very event: null, or of the row that has come since.
  if (command.operation === 'delete') return forget(system);
  const shadows = writableShadows(draft, name);
  for (const [field, version] of Object.entries(command.versions)) {
    if (field !== EXISTS) shadows[field] = { value: entry(command.values, field) ?? null, version };
  }
}

/** Of a record that is gone nothing that was told, refused, overridden or awaited concerns the next one. */
function forget(system: WritableSystem): void {
  system.touched = system.touched.filter((one) => one === EXISTS || one === ROW);
  system.waiting = [];
  system.rejected = {};
  system.kept = [];
}

function sightFields(draft: Draft, name: string, fields: readonly FieldSighting[]): void {
  for (const { field, held, version, spokenAt } of fields) {
    sight(draft, name, field, { value: held, version });
    if (spokenAt === undefined) continue;
    writableFields(draft)[field] = { ...canonicalOf(draft.state, field), origin: name, at: spokenAt };
  }
}

/** The stream told a value: the shadow moves, and whoever waits for an event of this field need not wait any more. */
function sight(draft: Draft, name: string, field: string, shadow: { value: Value; version: number }): void {
  writableShadows(draft, name)[field] = shadow;
  const system = writableSystem(draft, name);
  touch(system, field);
  if (system.kept.includes(field)) system.kept = system.kept.filter((kept) => kept !== field);
}

function touch(system: WritableSystem, field: string): void {
  if (system.inFlight !== null && !system.touched.includes(field)) system.touched = [...system.touched, field];
  if (system.waiting.includes(field)) system.waiting = [];
}

function sightExistence(draft: Draft, name: string, exists: boolean, version: number): void {
  const system = writableSystem(draft, name);
  system.exists = { value: exists, version };
  touch(system, EXISTS);
  if (!exists) {
    system.nativeId = null;
    forget(system);
  } else if (system.kept.includes(EXISTS)) system.kept = [];
}

function changeExistence(draft: Draft, decision: Of<'existence_fast_forwarded'>): void {
  setExistence(draft, decision.exists, decision);
  sightExistence(draft, decision.system, decision.exists, decision.version);
  for (const field of decision.reset) {
    const wasSet = Object.hasOwn(draft.state.fields, field);
    if (wasSet) writableFields(draft)[field] = canonical<Value>(null, decision);
    writableShadows(draft, decision.system)[field] = { value: null, version: wasSet ? decision.version : 0 };
  }
}

function changeField(draft: Draft, by: Authorship, change: FieldChange): void {
  keepChain(draft, change.field, change.chain);
  writableRecord(draft).version = by.version;
  writableFields(draft)[change.field] = canonical(change.value, by, change.basis);
  sight(draft, by.system, change.field, { value: change.held, version: change.shadow ?? by.version });
}

/** No shadow moves: every system that shows the value is now behind. */
function setComputed(draft: Draft, { field, value, chosen, system, version, at }: Of<'computed'>): void {
  writableRecord(draft).version = version;
  writableFields(draft)[field] = canonical(value, { system: chosen ?? system, version, at });
}

function mergeField(draft: Draft, merged: Merged): void {
  const { system, field, held, value, version, shadow, incoming, canonical: before } = merged;
  keepChain(draft, field, merged.chain);
  if (value !== before.value) {
    writableRecord(draft).version = version;
    writableFields(draft)[field] = canonical(value, { system, version, at: incoming.at });
  }
  sight(draft, system, field, { value: held, version: shadow });
}

/** A change that continues no chain is a user's word: what automation did before it is forgotten. */
function keepChain(draft: Draft, field: string, chain: readonly ChainLink[] | undefined): void {
  const { chains } = draft.state;
  if (chain !== undefined) writableRecord(draft).chains = { ...chains, [field]: chain };
  else if (chains !== NO_CHAINS && Object.hasOwn(chains, field)) {
    const { [field]: _ended, ...others } = chains;
    writableRecord(draft).chains = Object.keys(others).length === 0 ? NO_CHAINS : others;
  }
}

function resolveField(draft: Draft, conflict: ConflictResolved): void {
  const { system, field, held, incoming, version, baseVersion } = conflict;
  // Of an absorbed record no system spoke just now: its copies come with it.
  if (conflict.absorbed !== undefined) {
    if (conflict.winner === 'canonical') return undefined;
    writableFields(draft)[field] = canonical(incoming.value, { system: incoming.system, version, at: incoming.at });
    return undefined;
  }
  if (conflict.winner === 'canonical') {
    // A field that lost with its unit may have seen its own canonical version; it must not count as level all the same.
    const isCurrent = baseVersion === conflict.canonicalVersion;
    return sight(draft, system, field, {
      value: held,
      version: isCurrent ? VERSION_NONE : (baseVersion ?? VERSION_NONE),
    });
  }
  const change = {
    field,
    held,
    value: incoming.value,
    baseVersion,
    previous: conflict.canonical.value,
    basis: version,
  };
  return changeField(draft, { system, version, at: incoming.at }, change);
}

/** An update against a delete or the reverse. What the update wrote follows in decisions of its own if it won. */
function resolveExistence(draft: Draft, conflict: ConflictResolved): void {
  const { system, incoming, version, winner } = conflict;
  if (winner === 'incoming') setExistence(draft, incoming.value === true, { system, version, at: incoming.at });
  if (conflict.kind === 'delete_update') {
    return sightExistence(draft, system, false, winner === 'incoming' ? version : VERSION_NONE);
  }
  if (winner === 'incoming') sightExistence(draft, system, true, version);
  return undefined;
}

function review(draft: Draft, decision: EvolvingReview): void {
  changeReview(draft, decision);
  switch (decision.type) {
    case 'loop_detected':
      keepChain(draft, decision.field, undefined);
      return sightCandidate(draft, decision, decision.baseVersion, decision.canonicalVersion);
    case 'review_opened':
      if (decision.absorbed !== undefined) return undefined;
      return sightCandidate(draft, decision, decision.baseVersion, decision.canonicalVersion);
    case 'review_updated': {
      const { candidate, field } = decision;
      if (candidate === null) return undefined;
      const current = field === EXISTS ? draft.state.exists : canonicalOf(draft.state, field);
      return sightCandidate(draft, decision, candidate.baseVersion, current.version);
    }
    case 'review_resolved': {
      const { field, value, version } = decision;
      if (field === EXISTS) return setExistence(draft, value === true, decision);
      keepChain(draft, field, undefined);
      writableRecord(draft).version = version;
      writableFields(draft)[field] = canonical(value, decision);
      return undefined;
    }
    default:
      return undefined;
  }
}

/** What the system holds stays different for a while; never under the canonical version, or it would count as level. */
function sightCandidate(
  draft: Draft,
  { system, field, held }: Of<'review_opened' | 'loop_detected' | 'review_updated'>,
  baseVersion: number | null,
  current: number,
): void {
  if (field !== EXISTS) {
    const version = baseVersion === null || baseVersion === current ? VERSION_NONE : baseVersion;
    return sight(draft, system, field, { value: held, version });
  }
  const known = systemOf(draft.state, system).exists.value;
  if (known !== held) sightExistence(draft, system, held === true, VERSION_NONE);
  return undefined;
}

function override(draft: Draft, decision: Of<'override_reported'>): void {
  if (decision.field === EXISTS) {
    sightExistence(draft, decision.system, decision.held === true, VERSION_NONE);
    if (decision.treatment !== 'overwritten') writableSystem(draft, decision.system).kept = [EXISTS];
    return;
  }
  const stays = decision.treatment !== 'overwritten' || decision.derived || decision.canonicalVersion === 0;
  const version = stays ? decision.canonicalVersion : VERSION_NONE;
  sight(draft, decision.system, decision.field, { value: decision.held, version });
  if (decision.chain !== undefined) keepChain(draft, decision.field, decision.chain);
  if (decision.treatment !== 'kept' || decision.derived) return;
  const system = writableSystem(draft, decision.system);
  system.kept = [...system.kept, decision.field];
}

function issue(system: WritableSystem, command: Command): void {
  system.inFlight = command;
  system.touched = [];
  const refused = Object.entries(system.rejected);
  if (refused.length === 0) return;
  system.rejected = Object.fromEntries(refused.filter(([field]) => !Object.hasOwn(command.versions, field)));
}

function recordOutcome(draft: Draft, decision: Of<'outcome_recorded'>): void {
  if (decision.result === 'waiting') return;
  const system = writableSystem(draft, decision.system);
  const command = system.inFlight;
  system.inFlight = null;
  system.touched = [];
  if (decision.result === 'applied' && command !== null && !decision.shown) {
    // Until the stream tells the id of what was created, the command knows it.
    const nativeId = command.operation === 'create' ? decision.nativeId : command.nativeId;
    const executed = decision.at === undefined ? {} : { executedAt: decision.at };
    system.applied = [...system.applied, { ...command, nativeId, ...executed }];
  }
  for (const field of decision.waiting)
    if (!system.waiting.includes(field)) system.waiting = [...system.waiting, field];
  if (decision.result === 'rejected') system.rejected = { ...system.rejected, ...decision.rejected };
}

function takeOver(draft: Draft, { version, fields, copies }: Of<'record_absorbed'>): void {
  const record = writableRecord(draft);
  record.version = version;
  for (const { field, value, origin, at } of fields) {
    writableFields(draft)[field] = canonical(value, { system: origin, version, at });
  }
  const taken = Object.entries(copies).map(([name, one]) => [name, { ...one, shadows: { ...one.shadows } }] as const);
  record.systems = { ...record.systems, ...Object.fromEntries(taken) };
}

function becomeAlias(draft: Draft, { record: mergedInto, version, at }: Of<'record_merged'>): void {
  const exists = canonical(false, { system: '', version, at });
  Object.assign(writableRecord(draft), { ...initialState(), version, exists, mergedInto });
}

/** The place in the stream stays known: what came before comes again as little as for any other copy. */
function detachCopy(draft: Draft, decision: Of<'copy_detached'>): void {
  const record = writableRecord(draft);
  const { position, at, snapshotAt } = systemOf(record, decision.system);
  record.systems = { ...record.systems, [decision.system]: { ...initialSystem(), position, at, snapshotAt } };
  if (decision.isLast && record.exists.value) setExistence(draft, false, { ...decision, system: '' });
}

function setExistence(draft: Draft, value: boolean, by: Authorship): void {
  const record = writableRecord(draft);
  record.version = by.version;
  record.exists = canonical(value, by);
  if (!value) return;
  // Who had overridden the existence of the record before has said nothing about the next one.
  for (const [name, { kept }] of Object.entries(record.systems)) {
    if (kept.includes(EXISTS)) writableSystem(draft, name).kept = [];
  }
}

function canonical<V>(value: V, by: Authorship, basis: number = by.version): CanonicalValue<V> {
  return { value, version: by.version, basis, origin: by.system, at: by.at };
}

function unreachable(decision: never): never {
  throw new TypeError(`Unknown decision ${JSON.stringify(decision)}`);
}
