/** Goal: the store knows of every review as it stands, and how it ended, whatever of it happens in one step. */
import { initialState, step, type EntityRules, type Input, type RecordState, type ReviewChoice } from '@concord/core';
import { change, entityRules, outcome } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { conflictsOf } from './reports.ts';
import { reviewsOf } from './reviews.ts';

const rules = entityRules({ policy: { kind: 'manual' } });
const record = { recordId: 'r', entity: 'things', partition: 0, inputs: [], outcomesFrom: null, changedAt: 7 };

function told(before: RecordState, inputs: readonly Input[], by: EntityRules = rules) {
  const resolved = { record, before, result: step(before, inputs, by, 10) };
  const winners = conflictsOf(resolved).map(({ row, message }) => [row.winner, message.winner]);
  return { ...reviewsOf(resolved), state: resolved.result.state, winners };
}

function answerOf(choice: ReviewChoice) {
  return { kind: 'resolution', field: 'a', choice, revision: 1, by: 'grace', at: 9 } as const;
}

const synced = told(initialState(), [
  change('P', 1, { a: '1', b: '2' }, { complete: true }),
  outcome('S', 10, { nativeId: 'S-1' }),
  change('S', 2, { a: '1', b: '2' }, { complete: true, echo: 10 }),
]).state;
const edits = [change('P', 3, { a: 'from P' }), change('S', 4, { a: 'from S' })];
const opened = told(synced, edits);
const since = opened.state.fields['a']?.version ?? 0;

describe('a review', () => {
  test('is open with the wish of the one and the value that stands, and its conflict is open', () => {
    expect(opened.open).toEqual([
      {
        ...{ recordId: 'r', entity: 'things', field: 'a', kind: 'update_update' },
        ...{ revision: 1, sinceVersion: since },
        candidates: { S: { value: 'from S', at: 4, baseVersion: 1 } },
        ...{ canonicalSystem: 'P', canonicalValue: '"from P"', canonicalAt: 3 },
      },
    ]);
    expect(opened.ended).toEqual([]);
    expect(opened.winners).toEqual([['open', 'canonical']]);
  });

  test('changes with the wishes', () => {
    const changed = told(opened.state, [change('P', 5, { a: 'again' })]);
    expect(changed.open).toMatchObject([
      { revision: 2, candidates: { P: { value: 'again' }, S: { value: 'from S' } } },
    ]);
    expect(told(opened.state, [change('P', 5, { b: 'x' })])).toMatchObject({ open: [], ended: [] });
  });

  test('ends with the answer, and who gave it is told', () => {
    const answer = answerOf({ value: 'mine' });
    expect(told(opened.state, [answer])).toMatchObject({
      open: [],
      ended: [
        {
          ...{ recordId: 'r', field: 'a', sinceVersion: since, winner: 'person', isReopened: false },
          ...{ decidedBy: 'grace', decidedValue: '"mine"', decidedAt: 9 },
        },
      ],
    });
    expect(told(opened.state, [{ ...answer, revision: 7 }])).toMatchObject({ open: [], ended: [] });
  });

  test('ends when all agree, and with the record', () => {
    expect(told(opened.state, [change('S', 5, { a: 'from P' })]).ended).toMatchObject([{ winner: 'agreed' }]);
    const deleted = change('P', 5, {}, { existence: 'deleted' });
    expect(told(opened.state, [deleted]).ended).toMatchObject([{ winner: 'deleted', decidedBy: null }]);
  });

  test('that begins and ends in one step never waits for anybody', () => {
    const brief = told(synced, [...edits, change('S', 5, { a: 'from P' })]);
    expect(brief).toMatchObject({ open: [], ended: [], winners: [['canonical', 'canonical']] });
  });

  test('that is opened anew in the step in which it ended is both', () => {
    const answer = answerOf({ system: 'S' });
    const again = told(opened.state, [answer, change('P', 10, { a: 'late' })]);
    expect(again.ended).toMatchObject([{ winner: 'person', sinceVersion: since, isReopened: true }]);
    expect(again.open).toMatchObject([{ field: 'a', candidates: { P: { value: 'late' } } }]);
    expect(again.winners).toEqual([['open', 'canonical']]);
  });

  test('of existence has the two answers yes and no', () => {
    const manual = entityRules({ deletePolicy: 'manual' });
    const gone = [change('P', 3, {}, { existence: 'deleted' }), change('S', 4, { a: 'edited' })];
    const { open } = told(synced, gone, manual);
    expect(open).toMatchObject([{ field: '$exists', canonicalValue: 'false', candidates: { S: { value: true } } }]);
  });
});
