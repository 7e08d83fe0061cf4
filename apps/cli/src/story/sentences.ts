/** What the core decided about a record, in plain sentences: what was known, what was done, and why. */
import { EXISTS, type Decision, type Value } from '@concord/core';

/** One sentence a decision. Bookkeeping without consequence has none. */
export function sentenceOf(decision: Decision): string | null {
  switch (decision.type) {
    case 'duplicate_dropped':
      return `${decision.system} told something again that was known already; nothing happened.`;
    case 'change_ignored':
      return `A change of ${decision.system} (${decision.nativeId}) was ignored: ${IGNORED[decision.reason]}.`;
    case 'observed':
      return null;
    case 'echoed':
      return `${decision.system} shows what command ${decision.sequence} wrote (${decision.operation}): an echo, not an edit.`;
    case 'learned':
      return `First sight of ${list(decision.fields.map(sightingText))} in ${decision.system}.`;
    case 'existence_learned':
      return `${decision.system} ${decision.exists ? 'holds' : 'no longer holds'} the record.`;
    case 'existence_agreed':
      return `${decision.system} ${decision.exists ? 'has created' : 'has deleted'} the record as well, by itself.`;
    case 'existence_fast_forwarded':
      return `A user of ${decision.system} ${decision.exists ? 'created' : 'deleted'} the record at ${time(decision.at)}.`;
    case 'fast_forwarded':
      return `A user of ${decision.system} changed ${list(decision.fields.map(changeText))} at ${time(decision.at)}, knowing the values before.`;
    case 'derived':
      return `${decision.system} itself changed ${list(decision.fields.map(changeText))} on top of command ${decision.sequence}.`;
    case 'derived_superseded':
      return `${decision.system} itself changed ${list(decision.fields.map(sightingText))}, but newer values are on their way.`;
    case 'agreed':
      return `${decision.system} arrived at ${list(decision.fields.map(sightingText))} by itself.`;
    case 'conflict_resolved':
      return conflictText(decision);
    case 'review_opened':
    case 'loop_detected':
    case 'review_updated':
    case 'review_closed':
    case 'review_resolved':
    case 'resolution_refused':
      return `Review of ${decision.field}: ${decision.type}.`;
    case 'merged':
      return mergedText(decision);
    case 'record_absorbed':
    case 'absorb_refused':
    case 'record_merged':
    case 'change_forwarded':
    case 'copy_detached':
      return `Identity: ${decision.type}.`;
    case 'override_reported':
      return overrideText(decision);
    case 'command_issued':
      return commandText(decision);
    case 'outcome_recorded':
      return outcomeText(decision);
    case 'outcome_dropped':
      return null;
    default:
      return unknownText(decision);
  }
}

/** The audit outlives versions: a decision that this one does not know is still shown. */
function unknownText(decision: never): string {
  return `Decision ${JSON.stringify(decision)}.`;
}

type Of<T extends Decision['type']> = Extract<Decision, { type: T }>;

const IGNORED: Readonly<Record<Of<'change_ignored'>['reason'], string>> = {
  unknown_system: 'the plan does not know this system',
  second_copy: 'the system holds the record under another id',
};

function changeText({ field, previous, value }: Of<'fast_forwarded'>['fields'][number]): string {
  return `${field} from ${shown(previous)} to ${shown(value)}`;
}

function sightingText({ field, held }: Of<'learned'>['fields'][number]): string {
  return `${field} = ${shown(held)}`;
}

function conflictText(decision: Of<'conflict_resolved'>): string {
  const { field, incoming, canonical, winner, policy, byTieBreak } = decision;
  const sides = [incoming, canonical].map(({ system, value, at }) => {
    const what = field === EXISTS ? (value === true ? 'kept it alive' : 'deleted it') : `wrote ${shown(value)}`;
    return `${system} ${what} (${time(at)})`;
  });
  const won = winner === 'incoming' ? incoming.system : canonical.system;
  const what = field === EXISTS ? 'the record' : field;
  return `Conflict on ${what}: ${sides.join(', ')}, neither knowing of the other. ${won} won by ${policy}${byTieBreak === true ? ', by its tie-break' : ''}.`;
}

function mergedText({ field, base, incoming, canonical, value, policy }: Of<'merged'>): string {
  const edit = `${incoming.system} made ${shown(incoming.value)} of ${shown(base)} (${time(incoming.at)})`;
  const other = `${canonical.system}'s ${shown(canonical.value)} (${time(canonical.at)})`;
  return `Both count for ${field}: ${edit}, not knowing of ${other}; ${policy} makes it ${shown(value)}.`;
}

function overrideText(decision: Of<'override_reported'>): string {
  const { system, field, held, canonical, treatment, derived } = decision;
  const who = derived ? `${system} itself` : `A user of ${system}`;
  const then = { overwritten: 'it is overwritten', kept: 'it is kept there', reported: 'it is left and reported' };
  return `${who} set ${field} to ${shown(held)} instead of ${shown(canonical)}, where edits do not flow from; ${then[treatment]}.`;
}

function commandText({ system, command }: Of<'command_issued'>): string {
  const values = Object.entries(command.values).map(([field, value]) => `${field} = ${shown(value)}`);
  const what = {
    create: `create the record with ${list(values)}`,
    update: `set ${list(values)}`,
    delete: 'delete the record',
  };
  return `${system} is told to ${what[command.operation]} (command ${command.sequence}).`;
}

function outcomeText(decision: Of<'outcome_recorded'>): string {
  const { system, sequence, result, waiting, nativeId, code, reason } = decision;
  switch (result) {
    case 'applied':
      return `${system} executed command ${sequence}${nativeId === null ? '' : `; the record is ${nativeId} there`}.`;
    case 'stale': {
      const fields = waiting.length === 0 ? '' : ` (${list(waiting)})`;
      return `${system} had been edited meanwhile${fields}, so command ${sequence} left it alone; that edit is waited for.`;
    }
    case 'rejected':
      return `${system} refused command ${sequence}: ${reason ?? 'no reason given'}${code === null ? '' : ` (${code})`}.`;
    case 'waiting':
      return `Command ${sequence} waits at ${system}: ${reason ?? 'no reason given'}.`;
    default:
      return unknownText(result);
  }
}

/** A value as people read it; long texts are cut. */
export function shown(value: Value): string {
  if (value === null) return 'nothing';
  if (typeof value !== 'string') return String(value);
  return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
}

function list(items: readonly string[]): string {
  if (items.length === 0) return 'no field';
  return items.length <= 1 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

export function time(at: number): string {
  return at === 0
    ? 'an unknown time'
    : new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.?0*Z$/, ' UTC');
}
