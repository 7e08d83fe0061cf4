/**
 * Every decision as a plain sentence: what was known, what was done, and why. A decision carries all that is needed, so
 * `trace`, the console and a simulation's story tell the same. Audits outlive releases: what a reader of an earlier or
 * later one lacks is left out, and a decision that this release does not know is shown as it stands.
 */
import type { Decision, FieldChange, FieldSighting, LoopDetected } from './decisions.ts';
import { explainConflict, explainMerged, explainReview } from './explain-conflict.ts';
import { EXISTS } from './state.ts';
import { showList, showSystem, showTime, showValue } from './words.ts';

type Of<Type extends Decision['type']> = Extract<Decision, { type: Type }>;

type Sentences = { readonly [Type in Decision['type']]: (decision: Of<Type>) => string };

/** One sentence for each type: the compiler demands that none is missing. */
const SENTENCES: Sentences = {
  duplicate_dropped: ({ system, reason }) => `${system} told something again: ${DUPLICATES[reason]}; nothing happened.`,
  change_ignored: ({ system, nativeId, reason }) =>
    `A change of ${system} (${nativeId}) was ignored: ${IGNORED[reason]}.`,
  row_held: ({ system, row }) =>
    `A row of ${system} (${row.nativeId}) may be what our create made: it waits for what became of that.`,
  rows_released: ({ system }) =>
    `It is known now what became of our create in ${system}: the rows that waited are next.`,
  observed: ({ system, position, at, snapshot }) =>
    snapshot
      ? `A row was read in ${system} as of ${showTime(at)}.`
      : `The stream of ${system} has come to ${position}, ${showTime(at)}.`,
  echoed: ({ system, sequence, operation, outdated }) => {
    const seen = outdated ? ' What it holds since is known already from a row.' : '';
    return `${system} shows what command ${sequence} wrote (${operation}): an echo, not an edit.${seen}`;
  },
  learned: ({ system, fields }) => `First sight of ${showList(fields.map(sighting))} in ${system}.`,
  existence_learned: ({ system, exists }) => `${system} ${exists ? 'holds' : 'no longer holds'} the record.`,
  existence_agreed: ({ system, exists }) =>
    `${system} ${exists ? 'has created' : 'has deleted'} the record as well, by itself.`,
  existence_fast_forwarded: ({ system, exists, at }) =>
    `A user of ${system} ${exists ? 'created' : 'deleted'} the record at ${showTime(at)}.`,
  fast_forwarded: ({ system, fields, at }) =>
    `A user of ${system} changed ${showList(fields.map(change))} at ${showTime(at)}, knowing the values before.`,
  derived: ({ system, fields, sequence }) =>
    `${system} itself changed ${showList(fields.map(change))} on top of command ${sequence}.`,
  derived_superseded: ({ system, fields }) =>
    `${system} itself changed ${showList(fields.map(sighting))}, but newer values are on their way.`,
  agreed: ({ system, fields }) => {
    const stronger = fields.filter(({ spokenAt }) => spokenAt !== undefined).map(({ field }) => field);
    const counts = stronger.length === 0 ? '' : ` Its word is the stronger one and counts for ${showList(stronger)}.`;
    return `${system} arrived at ${showList(fields.map(sighting))} by itself.${counts}`;
  },
  conflict_resolved: explainConflict,
  merged: explainMerged,
  computed: ({ field, sources, rule, chosen, previous, value }) => {
    const own = sources.map((source) => `${source.system}'s ${source.field} = ${showValue(source.value)}`);
    const whose = chosen === null ? 'none of them is set' : `${rule} chose that of ${chosen}`;
    return `${field} went from ${showValue(previous)} to ${showValue(value)}: of ${showList(own)}, ${whose}.`;
  },
  review_opened: explainReview,
  loop_detected: loop,
  review_updated: ({ system, field, candidate, revision }) =>
    candidate === null
      ? `${system} has come to what stands for ${named(field)}, so it is no side of the review any more.`
      : `${system} would now have ${valueOf(field, candidate.value)} for ${named(field)}, which waits for a person (revision ${revision}).`,
  review_closed: ({ field, reason }) => `Nobody has to decide ${named(field)} any more: ${CLOSED[reason]}.`,
  review_resolved: ({ field, by, at, value, previous, choice }) => {
    const how = 'system' in choice ? `, as in ${choice.system}` : 'canonical' in choice ? ', as it stood' : '';
    return `${by} decided ${named(field)} at ${showTime(at)}: ${valueOf(field, value)}${how}, where it was ${valueOf(field, previous)}.`;
  },
  resolution_refused: ({ field, by, reason, revision }) =>
    `The answer of ${by} for ${named(field)} (revision ${revision}) was refused: ${REFUSED[reason]}.`,
  override_reported: override,
  command_issued: command,
  outcome_recorded: outcome,
  outcome_dropped: ({ system, sequence }) =>
    `What ${system} said of command ${sequence} was known already, or concerns nobody any more.`,
  record_absorbed: ({ record, copies, fields }) => {
    const taken = fields.map(({ field, value, origin }) => `${field} = ${showValue(value)} of ${showSystem(origin)}`);
    const values = taken.length === 0 ? '' : `; it brings ${showList(taken)}`;
    const names = Object.keys(copies ?? {});
    const held = names.length === 0 ? '' : `, held by ${showList(names)},`;
    return `The record ${record}${held} was found to be this one${values}.`;
  },
  absorb_refused: ({ record, reason, systems }) => {
    const where = systems.length === 0 ? '' : ` (${showList(systems)})`;
    return `The record ${record} is said to be this one, but they were not merged: ${APART[reason]}${where}.`;
  },
  record_merged: ({ record }) => `This record was found to be ${record}, which goes on for both.`,
  change_forwarded: ({ system, record }) =>
    `What came from ${showSystem(system)} under this id was handed on to ${record}, which this record has turned out to be.`,
  copy_detached: ({ system, nativeId, isLast }) => {
    const end = isLast ? ' Nobody else holds this record, so it has ended.' : '';
    return `The copy in ${system}${nativeId === null ? '' : ` (${nativeId})`} belongs to another record and has left this one; nothing was deleted.${end}`;
  },
};

export function explain(decision: Decision): string {
  if (!Object.hasOwn(SENTENCES, decision.type)) return `Decision ${JSON.stringify(decision)}.`;
  const sentence = SENTENCES[decision.type] as (one: Decision) => string;
  return sentence(decision);
}

const DUPLICATES: Readonly<Record<Of<'duplicate_dropped'>['reason'], string>> = {
  position_seen: 'it was seen before',
  before_snapshot: 'a row that was read later has shown it',
  snapshot_outdated: 'its stream has told later things than this row',
};

const IGNORED: Readonly<Record<Of<'change_ignored'>['reason'], string>> = {
  unknown_system: 'the plan does not know this system',
  second_copy: 'the system holds the record under another id',
};

const CLOSED: Readonly<Record<Of<'review_closed'>['reason'], string>> = {
  agreed: 'all systems have come to the same by themselves',
  deleted: 'the record is deleted',
  detached: 'the copy that differed belongs to another record',
};

const REFUSED: Readonly<Record<Of<'resolution_refused'>['reason'], string>> = {
  no_review: 'there is nothing to decide',
  outdated: 'it has changed since it was shown',
  no_candidate: 'there is no such choice',
};

const APART: Readonly<Record<Of<'absorb_refused'>['reason'], string>> = {
  two_copies: 'both have a copy in the same system',
  is_alias: 'one of them has been merged already',
  in_review: 'one of them waits for a person’s decision first',
  deleted: 'one of them is deleted',
};

function change({ field, previous, value }: FieldChange): string {
  return `${field} from ${showValue(previous)} to ${showValue(value)}`;
}

function sighting({ field, held }: FieldSighting): string {
  return `${field} = ${showValue(held)}`;
}

function named(field: string): string {
  return field === EXISTS ? 'whether the record exists' : field;
}

function valueOf(field: string, value: FieldChange['value']): string {
  if (field !== EXISTS) return showValue(value);
  return value === true ? 'that it exists' : 'that it is deleted';
}

function loop({ field, cycle, canonical }: LoopDetected): string {
  const steps = cycle.map(({ system, value }) => `${showSystem(system)} ${showValue(value)}`);
  return `Systems answer each other on ${field} without an end (${steps.join(' → ')}): it is frozen at ${showValue(canonical.value)} until a person decides; the other fields flow on.`;
}

function override(decision: Of<'override_reported'>): string {
  const { system, field, held, canonical, treatment, derived, reason } = decision;
  const who = derived ? `${system} itself` : `A user of ${system}`;
  if (reason === 'nulls_ignored') {
    return `${who} emptied ${field}, which says nothing there: it stays ${showValue(canonical)} elsewhere.`;
  }
  const where = reason === 'record_ownership' ? 'but the record is another system’s' : 'where edits do not flow from';
  if (field === EXISTS) {
    const then = { overwritten: 'it is created again', kept: 'it stays away there', reported: 'it stays away there' };
    return `${who} deleted the record, ${where}; ${then[treatment]}.`;
  }
  const then = { overwritten: 'it is overwritten', kept: 'it is kept there', reported: 'it is left and reported' };
  return `${who} set ${field} to ${showValue(held)} instead of ${showValue(canonical)}, ${where}; ${then[treatment]}.`;
}

function command({ system, command: issued }: Of<'command_issued'>): string {
  const values = Object.entries(issued.values).map(([field, value]) => `${field} = ${showValue(value)}`);
  const what = {
    create: `create the record with ${showList(values)}`,
    update: `set ${showList(values)}`,
    delete: 'delete the record',
  };
  return `${system} is told to ${what[issued.operation]} (command ${issued.sequence}).`;
}

function outcome({ system, sequence, result, waiting, nativeId, code, reason }: Of<'outcome_recorded'>): string {
  const why = `${reason ?? 'no reason given'}${code === null ? '' : ` (${code})`}`;
  const fields = waiting.length === 0 ? '' : ` (${showList(waiting)})`;
  const edit = waiting.length === 0 ? 'has come already' : 'is waited for';
  const sentences: Record<typeof result, string> = {
    applied: `${system} executed command ${sequence}${nativeId === null ? '' : `; the record is ${nativeId} there`}.`,
    stale: `${system} had been edited meanwhile${fields}, so command ${sequence} left it alone; that edit ${edit}.`,
    rejected: `${system} refused command ${sequence}: ${why}.`,
    waiting: `Command ${sequence} waits at ${system}: ${reason ?? 'no reason given'}.`,
  };
  return sentences[result];
}
