/** What people are told of a decision: conflicts with both values, the audit lines, what a system refused. */
import {
  EXISTS,
  type ConflictResolved,
  type Decision,
  type FieldChange,
  type LoopDetected,
  type ReviewOpened,
} from '@concord/core';
import type { AuditLine, ConflictMessage, RecordDecisions } from '@concord/contracts';
import type { AuditRow, ConflictRow, QuarantineRow } from '@concord/store';
import type { ResolvedRecord } from './commit-builder.ts';

type OverrideReported = Extract<Decision, { type: 'override_reported' }>;
type AbsorbRefused = Extract<Decision, { type: 'absorb_refused' }>;
type Reported<Row, Message> = { readonly row: Row; readonly message: Message };

/** True concurrent edits, and edits where edits may not flow from: both sides, whoever won. */
export function conflictsOf({ record, result }: ResolvedRecord): Reported<ConflictRow, ConflictMessage>[] {
  const found: Reported<ConflictRow, ConflictMessage>[] = [];
  for (const decision of result.decisions) {
    const message = conflictIn(decision, record);
    if (message === null) continue;
    const { incomingValue, canonicalValue } = message;
    const row = {
      ...message,
      ...(isOpen(decision, result.state.reviews) ? { winner: 'open' as const } : {}),
      incomingValue: JSON.stringify(incomingValue),
      canonicalValue: JSON.stringify(canonicalValue),
    };
    found.push({ row, message });
  }
  return found;
}

/** A person is awaited, unless nothing was left to decide before the step was over. */
function isOpen(decision: Decision, reviews: ResolvedRecord['result']['state']['reviews']): boolean {
  if (decision.type !== 'review_opened' && decision.type !== 'loop_detected') return false;
  return reviews[decision.field]?.since === decision.canonicalVersion;
}

function conflictIn(decision: Decision, record: ResolvedRecord['record']): ConflictMessage | null {
  const { recordId, entity } = record;
  if (decision.type === 'conflict_resolved') return { recordId, entity, ...sidesOf(decision, decision.winner) };
  // Until a person answers, the canonical side stands.
  if (decision.type === 'review_opened' || decision.type === 'loop_detected')
    return { recordId, entity, ...sidesOf(decision, 'canonical') };
  if (decision.type === 'absorb_refused') return { recordId, entity, ...ambiguityOf(decision) };
  // What a system made of our own write is no one's edit, and an emptied field that says nothing is no other value: they
  // stand in the audit, nobody has to look at them.
  if (decision.type === 'override_reported' && !decision.derived && decision.reason !== 'nulls_ignored')
    return { recordId, entity, ...overrideOf(decision, record.changedAt) };
  return null;
}

function sidesOf(conflict: ConflictResolved | ReviewOpened | LoopDetected, winner: ConflictMessage['winner']) {
  const { field, kind, policy, baseVersion, canonicalVersion, incoming, canonical } = conflict;
  return {
    field,
    kind,
    policy,
    baseVersion: baseVersion ?? 0,
    canonicalVersion,
    incomingSystem: incoming.system,
    incomingValue: incoming.value,
    incomingAt: incoming.at,
    canonicalSystem: canonical.system,
    canonicalValue: canonical.value,
    canonicalAt: canonical.at,
    winner,
  };
}

function overrideOf({ field, system, held, canonical, canonicalVersion, treatment }: OverrideReported, at: number) {
  return {
    field,
    kind: 'override',
    policy: treatment,
    baseVersion: canonicalVersion,
    canonicalVersion,
    incomingSystem: system,
    incomingValue: held,
    incomingAt: at,
    canonicalSystem: '',
    canonicalValue: canonical,
    canonicalAt: at,
    winner: 'canonical' as const,
  };
}

/** Two records are said to be one, and only people know whether and how. */
function ambiguityOf({ record, reason, systems, at }: AbsorbRefused) {
  return {
    field: EXISTS,
    kind: 'ambiguous_match',
    policy: reason,
    baseVersion: 0,
    canonicalVersion: 0,
    incomingSystem: systems[0] ?? '',
    incomingValue: record,
    incomingAt: at,
    canonicalSystem: systems[0] ?? '',
    canonicalValue: null,
    canonicalAt: at,
    winner: 'canonical' as const,
  };
}

/** The lines of one record; null when nothing was decided that has a consequence. */
export function auditOf({ record, result }: ResolvedRecord, now: number): Reported<AuditRow, RecordDecisions> | null {
  const lines = result.decisions.filter(hasConsequence);
  if (lines.length === 0) return null;
  const { recordId, entity } = record;
  const { version } = result.state;
  const at = record.changedAt === 0 ? now : record.changedAt;
  return {
    row: { recordId, entity, version, decisions: JSON.stringify(lines.map(retold)), at },
    message: { recordId, entity, version, at, decisions: lines.map(auditLine) },
  };
}

/** Bookkeeping is not told: that a stream moved on, that a command was executed as meant (its echo will say so). */
function hasConsequence(decision: Decision): boolean {
  switch (decision.type) {
    case 'observed':
    case 'learned':
    case 'existence_learned':
    case 'duplicate_dropped':
    case 'rows_released':
    case 'outcome_dropped':
      return false;
    case 'outcome_recorded':
      return decision.result !== 'applied';
    default:
      return true;
  }
}

/** A decision without what stands elsewhere: a command's guard and versions are in the decisions before it. */
function retold(decision: Decision): unknown {
  if (decision.type === 'command_issued') {
    const { sequence, operation, nativeId, values } = decision.command;
    return { ...decision, command: { sequence, operation, nativeId, values } };
  }
  if (decision.type !== 'fast_forwarded' && decision.type !== 'derived') return decision;
  return { ...decision, fields: decision.fields.map((change) => changeRetold(change, decision.version)) };
}

/** Usually a system holds the very value, and it rests on nothing but itself: that need not be said. */
function changeRetold(whole: FieldChange, version: number): unknown {
  const { field, held, value, baseVersion, previous, basis, shadow } = whole;
  const change = { field, previous, value, baseVersion, ...(shadow === undefined ? {} : { shadow }) };
  if (held === value && basis === version) return change;
  return { ...change, held, basis };
}

/**
 * On the topic a line names what it is about in columns of its own; `why` holds the rest, without the values: those are on
 * `changes`, `records` and `conflicts`, and whoever may read decisions need not be allowed to read values.
 */
function auditLine(decision: Decision): AuditLine {
  return {
    decision: decision.type,
    system: decision.system,
    position: 'position' in decision ? decision.position : null,
    sequence: sequenceOf(decision),
    fields: fieldsOf(decision),
    why: JSON.stringify(whyOf(decision)),
  };
}

const COLUMNS = 'type system position sequence field fields';
const VALUES =
  'value values base sources held canonical incoming previous candidate candidates choice chain cycle copies';
const TOLD_ELSEWHERE = new Set(`${COLUMNS} ${VALUES}`.split(' '));

function whyOf(decision: Decision): Record<string, unknown> {
  if (decision.type === 'command_issued') {
    const { operation, nativeId } = decision.command;
    return { operation, nativeId };
  }
  if (decision.type === 'echoed') return { operation: decision.operation };
  const why = Object.fromEntries(Object.entries(decision).filter(([name]) => !TOLD_ELSEWHERE.has(name)));
  if (decision.type === 'fast_forwarded' || decision.type === 'derived') {
    why['baseVersions'] = [...new Set(decision.fields.map(({ baseVersion }) => baseVersion))];
  }
  return why;
}

function sequenceOf(decision: Decision): number | null {
  if (decision.type === 'command_issued') return decision.command.sequence;
  return 'sequence' in decision ? decision.sequence : null;
}

function fieldsOf(decision: Decision): string[] {
  if (decision.type === 'command_issued') return Object.keys(decision.command.values);
  if ('fields' in decision) return decision.fields.map((field) => (typeof field === 'string' ? field : field.field));
  return 'field' in decision ? [decision.field] : [];
}

/** What systems refused in this step and still refuse after it, and copies that are nobody's. */
export function quarantineOf(resolved: ResolvedRecord): QuarantineRow[] {
  const { record, result } = resolved;
  const rows = new Map<string, QuarantineRow>();
  for (const decision of result.decisions) {
    if (isSecondCopy(decision) && !isGone(resolved, decision))
      rows.set(decision.system, secondCopyRow(resolved, decision));
    if (decision.type !== 'outcome_recorded' || decision.result !== 'rejected') continue;
    const { system, sequence, code, reason } = decision;
    if (!refuses(result.state, system)) continue;
    const { recordId, entity } = record;
    rows.set(system, { recordId, system, entity, sequence, code: code ?? 'unknown', reason: reason ?? '' });
  }
  return [...rows.values()];
}

type Ignored = Extract<Decision, { type: 'change_ignored' }>;

function isSecondCopy(decision: Decision): decision is Ignored {
  return decision.type === 'change_ignored' && decision.reason === 'second_copy';
}

/** The change that was ignored was the end of the second copy. */
function isGone({ record }: ResolvedRecord, { system, nativeId }: Ignored): boolean {
  const last = record.inputs.findLast(
    (input) => input.kind === 'change' && input.system === system && input.nativeId === nativeId,
  );
  return last?.kind === 'change' && last.existence === 'deleted';
}

function secondCopyRow({ record, result }: ResolvedRecord, { system, nativeId }: Ignored): QuarantineRow {
  const first = result.state.systems[system]?.nativeId ?? 'another id';
  const reason = `${nativeId} claims to be the record that is ${first} in ${system} already; nothing of it is synced`;
  const { recordId, entity } = record;
  return { recordId, system, entity, sequence: 0, code: 'ingest.second_copy', reason };
}

/** Systems that refused something of the record before this step and no longer do, or that lost its second copy. */
export function releasesOf(resolved: ResolvedRecord): { recordId: string; system: string }[] {
  const { record, before, result } = resolved;
  if (!hasRefusals(before) && !result.decisions.some(isSecondCopy)) return NONE;
  const lost = result.decisions.filter((decision) => isSecondCopy(decision) && isGone(resolved, decision));
  return [...new Set([...Object.keys(before.systems), ...lost.map(({ system }) => system)])]
    .filter((system) => refuses(before, system) || lost.some((decision) => decision.system === system))
    .filter((system) => !refuses(result.state, system))
    .map((system) => ({ recordId: record.recordId, system }));
}

const NONE: { recordId: string; system: string }[] = [];

/** Few records have any, and this is asked for every one. */
function hasRefusals({ systems }: ResolvedRecord['before']): boolean {
  for (const name in systems) for (const _ in systems[name]?.rejected) return true;
  return false;
}

/** A refusal is over once what was refused is no longer what the record says: corrected, taken back or deleted. */
function refuses({ version, fields, systems }: ResolvedRecord['before'], system: string): boolean {
  const rejected = Object.entries(systems[system]?.rejected ?? {});
  return rejected.some(([field, refused]) => refused === (field === EXISTS ? version : fields[field]?.version));
}
