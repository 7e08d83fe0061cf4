/**
 * One edit of one field, and what can be asked about it: had its author seen the canonical value, is it the system's answer
 * to our own write, is it our write itself. Whatever decides on edits (fields.ts and what it calls) asks here.
 */
import type { Decision, FieldChange, FieldSighting } from './decisions.ts';
import { project, same, sameInCoarser } from './projection.ts';
import type { CompiledField } from './rules.ts';
import { entry, pendingOf, systemOf } from './state.ts';
import type { CanonicalValue, RecordState, Shadow } from './state.ts';
import type { Incoming, Turn } from './turn.ts';
import type { Value } from './types.ts';

/** An edit of one field: what the system holds now, what it held before, and what the canonical record says. */
export type Edit = {
  readonly field: CompiledField;
  readonly held: Value;
  readonly before: Shadow | undefined;
  readonly canonical: CanonicalValue;
};

/** Decisions in the making: fields of one kind travel together. */
export type Draw = {
  readonly learned: FieldSighting[];
  readonly agreed: FieldSighting[];
  readonly superseded: FieldSighting[];
  readonly changed: FieldChange[];
  readonly single: Decision[];
};

/**
 * What a system made of the very value that we wrote is its answer to that value and nobody's will: once the value is
 * superseded, so is the answer. A field that the command did not write is another matter and goes to the policy.
 */
export function isOwnAnswer({ change, echoed }: Incoming, field: string): boolean {
  if (change.echo === null) return false;
  // The command is settled already when a trigger answers in an event of its own.
  return echoed === null || echoed.fields.includes(field);
}

/** Whether a system that holds one value cannot tell it from the canonical other. */
export function isShownAs({ canonicalType, access }: CompiledField, held: Value, canonical: Value): boolean {
  return sameInCoarser([canonicalType, access.type], held, project(access.type, canonical));
}

/** What becomes canonical by an edit. What only automation did keeps the basis of what it answered. */
export function changeOf(incoming: Incoming, { field, held, before, canonical }: Edit, value: Value): FieldChange {
  const isAnswer = canonical.version > 0 && isOwnAnswer(incoming, field.name);
  const basis = isAnswer ? canonical.basis : incoming.version;
  return { field: field.name, held, value, baseVersion: before?.version ?? null, previous: canonical.value, basis };
}

/**
 * Version tells who had seen what. A value that is the same in all that the system can show counts as seen too: else a
 * record that went from A to B and back before the system heard of it would be in conflict there for ever.
 */
export function hasSeen({ field, before, canonical }: Edit, isNew: boolean): boolean {
  if (canonical.version === 0) return true;
  if (before === undefined) return false;
  if (before.version >= canonical.basis) return true;
  // A record made anew says nothing about what its maker saw in the one before.
  if (isNew) return false;
  return isShownAs(field, before.value, canonical.value);
}

/** A row read beside the stream may show what a command wrote whose outcome is not known yet. */
export function ourVersion(state: RecordState, { change, system }: Incoming, { field, held }: Edit): number | null {
  const command = change.snapshot ? systemOf(state, system.name).inFlight : null;
  if (command === null || !Object.hasOwn(command.values, field.name)) return null;
  const isOurs = same(field.access.type, entry(command.values, field.name) ?? null, held);
  return isOurs ? (entry(command.versions, field.name) ?? null) : null;
}

/**
 * A row that meets a command of ours under way shows an edit or what the system made of our write: it cannot tell which.
 * Then the canonical value stays, for an answer to an old value must never bring that value back; both are on record.
 */
export function isContested(turn: Turn, incoming: Incoming, field: string): boolean {
  const { change, echoed } = incoming;
  return change.snapshot && (isUnsettled(turn, incoming, field) || (echoed?.fields.includes(field) ?? false));
}

/** The same where even what the value was changed from is unknown: nobody knows whether our write is in it. */
export function isUnsettled(turn: Turn, { change, system }: Incoming, field: string): boolean {
  if (!change.snapshot) return false;
  const pending = pendingOf(systemOf(turn.draft.state, system.name));
  return pending.some(({ values }) => Object.hasOwn(values, field));
}
