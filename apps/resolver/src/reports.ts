/** What people are told of a decision: conflicts with both values, the audit lines, what a system refused. */
import { EXISTS, type ConflictResolved, type Decision } from '@concord/core';
import type { AuditLine, AuditMessage, ConflictMessage } from '@concord/contracts';
import type { AuditRow, ConflictRow, QuarantineRow } from '@concord/store';
import type { ResolvedRecord } from './commit-builder.ts';

type OverrideReported = Extract<Decision, { type: 'override_reported' }>;
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
      incomingValue: JSON.stringify(incomingValue),
      canonicalValue: JSON.stringify(canonicalValue),
    };
    found.push({ row, message });
  }
  return found;
}

function conflictIn(decision: Decision, record: ResolvedRecord['record']): ConflictMessage | null {
  const { recordId, entity } = record;
  if (decision.type === 'conflict_resolved') return { recordId, entity, ...sidesOf(decision) };
  // What a system made of our own write is no one's edit: it stands in the audit, nobody has to look at it.
  if (decision.type === 'override_reported' && !decision.derived)
    return { recordId, entity, ...overrideOf(decision, record.changedAt) };
  return null;
}

function sidesOf({
  field,
  kind,
  policy,
  baseVersion,
  canonicalVersion,
  incoming,
  canonical,
  winner,
}: ConflictResolved) {
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

/** The lines of one record; null when nothing was decided that has a consequence. */
export function auditOf({ record, result }: ResolvedRecord, now: number): Reported<AuditRow, AuditMessage> | null {
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
    case 'outcome_dropped':
      return false;
    case 'outcome_recorded':
      return decision.result !== 'applied' || decision.nativeId !== null;
    default:
      return true;
  }
}

/** A decision without what stands elsewhere: a command's guard and versions are in the decisions before it. */
function retold(decision: Decision): unknown {
  if (decision.type !== 'command_issued') return decision;
  const { sequence, operation, nativeId, values } = decision.command;
  return { ...decision, command: { sequence, operation, nativeId, values } };
}

/** On the topic a line names what it is about in columns of its own; `why` holds the rest. */
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

const TOLD_IN_COLUMNS = new Set(['type', 'system', 'position', 'sequence']);

function whyOf(decision: Decision): Record<string, unknown> {
  if (decision.type === 'command_issued') {
    const { operation, nativeId } = decision.command;
    return { operation, nativeId };
  }
  if (decision.type === 'echoed') return { operation: decision.operation };
  return Object.fromEntries(Object.entries(decision).filter(([name]) => !TOLD_IN_COLUMNS.has(name)));
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

/** What systems refused in this step and still refuse after it. */
export function quarantineOf({ record, result }: ResolvedRecord): QuarantineRow[] {
  const rows = new Map<string, QuarantineRow>();
  for (const decision of result.decisions) {
    if (decision.type !== 'outcome_recorded' || decision.result !== 'rejected') continue;
    const { system, sequence, code, reason } = decision;
    if (!refuses(result.state, system)) continue;
    const { recordId, entity } = record;
    rows.set(system, { recordId, system, entity, sequence, code: code ?? 'unknown', reason: reason ?? '' });
  }
  return [...rows.values()];
}

/** Systems that refused something of the record before this step and no longer do. */
export function releasesOf({ record, before, result }: ResolvedRecord): { recordId: string; system: string }[] {
  return Object.keys(before.systems)
    .filter((system) => refuses(before, system) && !refuses(result.state, system))
    .map((system) => ({ recordId: record.recordId, system }));
}

/** A refusal is over once what was refused is no longer what the record says: corrected, taken back or deleted. */
function refuses({ version, fields, systems }: ResolvedRecord['before'], system: string): boolean {
  const rejected = Object.entries(systems[system]?.rejected ?? {});
  return rejected.some(([field, refused]) => refused === (field === EXISTS ? version : fields[field]?.version));
}
