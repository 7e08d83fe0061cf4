/** True concurrent edits in plain sentences: who wrote what, what each had seen, which rule answered, what became of the loser. */
import type { ConflictResolved, ConflictSide, Merged, PolicyName, ReviewOpened } from './decisions.ts';
import { EXISTS } from './state.ts';
import { showSystem, showTime, showValue } from './words.ts';

export function explainConflict(conflict: ConflictResolved): string {
  const isIncoming = conflict.winner === 'incoming';
  const [winner, loser] = isIncoming
    ? [conflict.incoming, conflict.canonical]
    : [conflict.canonical, conflict.incoming];
  const kept = `${sideOf(conflict.field, loser)} of ${showSystem(loser.system)} is kept on record`;
  return `${meeting(conflict)}. ${showSystem(winner.system)} won${unitOf(conflict)} by ${conflict.policy}: ${reasonOf(conflict, winner, loser)}; ${kept}.`;
}

/** Fields of a group have one winner. */
function unitOf({ group }: ConflictResolved): string {
  return group === undefined ? '' : ` with its whole ${group}`;
}

export function explainReview(review: ReviewOpened): string {
  const { field, canonical } = review;
  const what = field === EXISTS ? 'whether the record exists' : field;
  return `${meeting(review)}. A person has to decide ${what}; until then ${sideOf(field, canonical)} of ${showSystem(canonical.system)} stays, and no system is told.`;
}

export function explainMerged(merged: Merged): string {
  const { field, system, incoming, base, canonical, value, policy, derived } = merged;
  const who = derived ? `${system} itself` : `A user of ${system}`;
  const edit = `${who} changed ${field} from ${showValue(base)} to ${showValue(incoming.value)} at ${showTime(incoming.at)}`;
  const other = `while it was ${showValue(canonical.value)} by ${showSystem(canonical.system)} (${showTime(canonical.at)})`;
  return `${edit}, ${other}: both count by ${policy}, and it is ${showValue(value)} now.`;
}

type Met = Pick<
  ConflictResolved,
  'field' | 'kind' | 'baseVersion' | 'canonicalVersion' | 'incoming' | 'canonical' | 'derived' | 'absorbed'
>;

function meeting(met: Omit<Met, 'kind'> & { readonly kind: string }): string {
  const { field, incoming, canonical, derived, absorbed } = met;
  const what = field === EXISTS ? 'the record' : field;
  if (absorbed !== undefined) {
    return `Conflict on ${what}: the record ${absorbed}, found to be this one, has ${sideOf(field, incoming)} of ${showSystem(incoming.system)} (${showTime(incoming.at)}), this one ${sideOf(field, canonical)} of ${showSystem(canonical.system)} (${showTime(canonical.at)})`;
  }
  const who = derived ? `${incoming.system} itself` : `a user of ${incoming.system}`;
  return `Conflict on ${what}: ${who} ${deedOf(field, incoming)} at ${showTime(incoming.at)}, ${sightOf(met)}; ${showSystem(canonical.system)} ${deedOf(field, canonical)} at ${showTime(canonical.at)} (version ${met.canonicalVersion})`;
}

function sightOf({ baseVersion }: Met | Omit<Met, 'kind'>): string {
  if (baseVersion === null) return 'having seen no value before';
  return baseVersion < 0 ? 'having seen another value' : `having seen version ${baseVersion}`;
}

function deedOf(field: string, { value }: ConflictSide): string {
  if (field !== EXISTS) return `wrote ${showValue(value)}`;
  return value === true ? 'kept it alive' : 'deleted it';
}

function sideOf(field: string, { value }: ConflictSide): string {
  if (field !== EXISTS) return showValue(value);
  return value === true ? 'the edit' : 'the delete';
}

function reasonOf(conflict: ConflictResolved, winner: ConflictSide, loser: ConflictSide): string {
  if (conflict.derived && conflict.winner === 'canonical')
    return 'an answer to our own write is never set against an edit';
  const { byTieBreak, policy } = conflict;
  if (byTieBreak === true) return 'nothing else could tell the two apart, so the tie-break did';
  const [won, lost] = [showSystem(winner.system), showSystem(loser.system)];
  const later = won === lost ? 'its own stream tells that this came later' : `${won} was later`;
  const reasons: Record<PolicyName, string> = {
    last_write_wins: later,
    field_level_priority: `${won} comes first in this field, or the two are equal there and it was later`,
    source_priority: `${won} comes before ${lost}, or they are equal and it was later`,
    max: 'its value is the larger one',
    min: 'its value is the smaller one',
    counter: `there was nothing to count from, and ${later}`,
    set_union: `there was nothing to unite, and ${later}`,
    set_delta: `there was nothing to add to, and ${later}`,
    paired: later,
    manual: `the record is deleted, so nobody is asked, and ${later}`,
    delete_wins: 'a delete wins over an edit',
    update_wins: 'an edit wins over a delete',
    loop_prevention: 'automation is stopped',
    record_ownership: `the record is ${won}'s now`,
  };
  return reasons[policy];
}
