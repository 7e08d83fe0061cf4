/**
 * Every kind of input in every standing of existence, one table, total by type (I6). A cell tells what is decided about
 * existence and reviews, and who is told something then. The fields of the record are in spec-table.test.ts; the policies
 * for deletes in existence.test.ts.
 */
import { cellsOf, change, entityRules, outcome, playStory } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { EXISTS } from './state.ts';
import type { RecordState } from './state.ts';
import { step } from './step.ts';
import type { Decision } from './decisions.ts';
import type { EntityRules, Input } from './types.ts';

/** How the record stands at S when the input comes. The last command to S has the highest sequence there is. */
type Standing =
  | 'nowhere'
  | 'create in flight'
  | 'create executed'
  | 'create refused'
  | 'at both'
  | 'delete in flight'
  | 'delete executed'
  | 'delete failed its guard'
  | 'deleted everywhere'
  | 'delete met an edit, in review'
  | 'edit met a delete, in review';
type Told =
  | 'a row appears'
  | 'a row is edited'
  | 'a row vanishes'
  | 'echo of the create'
  | 'echo of the delete'
  | 'a row is read'
  | 'a row is missed'
  | 'outcome: applied'
  | 'outcome: stale'
  | 'outcome: rejected'
  | 'outcome: waiting'
  | 'resolution: it exists'
  | 'resolution: it is deleted'
  | 'resolution: of what was';

const PLAIN = entityRules();
const MANUAL = entityRules({ deletePolicy: 'manual' });
const CREATED = 'P creates a=0 b=0 →';
const IN_STEP = `${CREATED}\nS applies →\nS echoes →`;
const STANDINGS: Record<Standing, { readonly story: string; readonly rules: EntityRules }> = {
  nowhere: { story: '', rules: PLAIN },
  'create in flight': { story: CREATED, rules: PLAIN },
  'create executed': { story: `${CREATED}\nS applies →`, rules: PLAIN },
  'create refused': { story: `${CREATED}\nS rejects →`, rules: PLAIN },
  'at both': { story: IN_STEP, rules: PLAIN },
  'delete in flight': { story: `${IN_STEP}\nP deletes →`, rules: PLAIN },
  'delete executed': { story: `${IN_STEP}\nP deletes →\nS applies →`, rules: PLAIN },
  'delete failed its guard': { story: `${IN_STEP}\nP deletes →\nS stales a →`, rules: PLAIN },
  'deleted everywhere': { story: `${IN_STEP}\nP deletes →\nS applies →\nS deletes →`, rules: PLAIN },
  'delete met an edit, in review': { story: `${IN_STEP}\nP edits a=1 →\nS deletes →\nS stales →`, rules: MANUAL },
  'edit met a delete, in review': { story: `${IN_STEP}\nP deletes →\nS edits a=9 →\nS stales a →`, rules: MANUAL },
};

function inputOf(told: Told, { systems, reviews }: RecordState): Input {
  const { inFlight = null, applied = [] } = systems['S'] ?? {};
  const sequence = inFlight?.sequence ?? applied[0]?.sequence ?? 9;
  const seen = reviews[EXISTS]?.revision ?? 0;
  const answer = { kind: 'resolution', field: EXISTS, by: 'ann', at: 900 } as const;
  const gone = { existence: 'deleted' } as const;
  const row = { a: '7', b: '0' };
  const inputs: Record<Told, Input> = {
    'a row appears': change('S', 900, row, { complete: true }),
    'a row is edited': change('S', 900, { b: '7' }),
    'a row vanishes': change('S', 900, {}, gone),
    'echo of the create': change('S', 900, { a: '0', b: '0' }, { complete: true, echo: sequence }),
    'echo of the delete': change('S', 900, {}, { ...gone, echo: sequence }),
    'a row is read': change('S', 900, row, { complete: true, snapshot: true, position: '' }),
    'a row is missed': change('S', 900, {}, { ...gone, snapshot: true, position: '' }),
    'outcome: applied': outcome('S', sequence, { nativeId: 'S-1' }),
    'outcome: stale': outcome('S', sequence, { result: 'stale' }),
    'outcome: rejected': outcome('S', sequence, { result: 'rejected' }),
    'outcome: waiting': outcome('S', sequence, { result: 'waiting' }),
    'resolution: it exists': { ...answer, choice: { value: true }, revision: seen },
    'resolution: it is deleted': { ...answer, choice: { value: false }, revision: seen },
    'resolution: of what was': { ...answer, choice: { canonical: true }, revision: seen - 1 },
  };
  return inputs[told];
}

const TABLE: Record<Standing, Record<Told, string>> = {
  nowhere: {
    'a row appears': 'existence_fast_forwarded → create P',
    'a row is edited': 'existence_fast_forwarded → create P',
    'a row vanishes': 'nothing',
    'echo of the create': 'existence_learned',
    'echo of the delete': 'nothing',
    'a row is read': 'existence_fast_forwarded → create P',
    'a row is missed': 'nothing',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'create in flight': {
    'a row appears': 'existence_agreed → update P',
    'a row is edited': 'existence_agreed → update P',
    'a row vanishes': 'echoed existence_fast_forwarded → delete P',
    'echo of the create': 'echoed',
    'echo of the delete': 'echoed existence_fast_forwarded → delete P',
    'a row is read': 'existence_agreed',
    'a row is missed': 'nothing',
    'outcome: applied': 'outcome_recorded',
    'outcome: stale': 'outcome_recorded',
    'outcome: rejected': 'outcome_recorded',
    'outcome: waiting': 'outcome_recorded',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'create executed': {
    'a row appears': 'existence_agreed → update P, update S',
    'a row is edited': 'existence_agreed → update P, update S',
    'a row vanishes': 'echoed existence_fast_forwarded → delete P',
    'echo of the create': 'echoed',
    'echo of the delete': 'echoed existence_fast_forwarded → delete P',
    'a row is read': 'echoed → update P',
    'a row is missed': 'echoed existence_fast_forwarded → delete P',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'create refused': {
    'a row appears': 'existence_agreed → update P',
    'a row is edited': 'existence_agreed → update P',
    'a row vanishes': 'nothing',
    'echo of the create': 'existence_agreed',
    'echo of the delete': 'nothing',
    'a row is read': 'existence_agreed → update P',
    'a row is missed': 'nothing',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'at both': {
    'a row appears': 'nothing → update P',
    'a row is edited': 'nothing → update P',
    'a row vanishes': 'existence_fast_forwarded → delete P',
    'echo of the create': 'nothing',
    'echo of the delete': 'existence_learned → create S',
    'a row is read': 'nothing → update P',
    'a row is missed': 'existence_fast_forwarded → delete P',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'delete in flight': {
    'a row appears': 'update_delete:canonical',
    'a row is edited': 'update_delete:canonical',
    'a row vanishes': 'echoed',
    'echo of the create': 'echoed existence_learned → delete S',
    'echo of the delete': 'echoed',
    'a row is read': 'update_delete:canonical',
    'a row is missed': 'echoed',
    'outcome: applied': 'outcome_recorded',
    'outcome: stale': 'outcome_recorded',
    'outcome: rejected': 'outcome_recorded',
    'outcome: waiting': 'outcome_recorded',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'delete executed': {
    'a row appears': 'update_delete:canonical',
    'a row is edited': 'update_delete:canonical',
    'a row vanishes': 'echoed',
    'echo of the create': 'echoed existence_learned → delete S',
    'echo of the delete': 'echoed',
    'a row is read': 'update_delete:canonical',
    'a row is missed': 'echoed',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'delete failed its guard': {
    'a row appears': 'update_delete:canonical → delete S',
    'a row is edited': 'update_delete:canonical',
    'a row vanishes': 'existence_agreed',
    'echo of the create': 'nothing',
    'echo of the delete': 'existence_agreed',
    'a row is read': 'update_delete:canonical → delete S',
    'a row is missed': 'existence_agreed',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'deleted everywhere': {
    'a row appears': 'existence_fast_forwarded → create P',
    'a row is edited': 'existence_fast_forwarded → create P',
    'a row vanishes': 'nothing',
    'echo of the create': 'existence_learned → delete S',
    'echo of the delete': 'nothing',
    'a row is read': 'existence_fast_forwarded → create P',
    'a row is missed': 'nothing',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'resolution_refused',
    'resolution: it is deleted': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'delete met an edit, in review': {
    'a row appears': 'existence_agreed review_updated review_closed → update P',
    'a row is edited': 'existence_agreed review_updated review_closed → update P, update S',
    'a row vanishes': 'nothing',
    'echo of the create': 'existence_agreed review_updated review_closed → update S',
    'echo of the delete': 'nothing',
    'a row is read': 'existence_agreed review_updated review_closed → update P',
    'a row is missed': 'nothing',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'review_resolved → create S',
    'resolution: it is deleted': 'review_resolved → delete P',
    'resolution: of what was': 'resolution_refused',
  },
  'edit met a delete, in review': {
    'a row appears': 'review_updated',
    'a row is edited': 'review_updated',
    'a row vanishes': 'existence_agreed review_updated review_closed',
    'echo of the create': 'nothing',
    'echo of the delete': 'existence_agreed review_updated review_closed',
    'a row is read': 'review_updated',
    'a row is missed': 'existence_agreed review_updated review_closed',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: it exists': 'review_resolved → create P',
    'resolution: it is deleted': 'review_resolved → delete S',
    'resolution: of what was': 'resolution_refused',
  },
};

describe('I6 existence, whatever its standing and whatever is told', () => {
  test.each(cellsOf(TABLE))('%s: %s', (standing, told, verdict) => {
    expect(verdictOf(standing, told)).toBe(verdict);
  });
});

/** What is decided about existence, and who is told to do what then. */
function verdictOf(standing: Standing, told: Told): string {
  const { story, rules } = STANDINGS[standing];
  const { state } = playStory(rules, story);
  const { decisions, commands } = step(state, [inputOf(told, state)], rules, 900);
  const decided = decisions.filter(isAboutExistence).map(nameOf);
  const said = decided.length === 0 ? 'nothing' : decided.join(' ');
  if (commands.length === 0) return said;
  return `${said} → ${commands.map(({ system, operation }) => `${operation} ${system}`).join(', ')}`;
}

function isAboutExistence(decision: Decision): boolean {
  if ('field' in decision) return decision.field === EXISTS;
  return /^(existence|echoed|duplicate|change_ignored|outcome|resolution)/.test(decision.type);
}

function nameOf(decision: Decision): string {
  return decision.type === 'conflict_resolved' ? `${decision.kind}:${decision.winner}` : decision.type;
}
