/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * What waits for people (I7): a field whose policy is `manual`, and existence where the delete policy is. While a review is
 * open nobody is told the field, the rest flows, and an answer counts only if its author had seen all candidates.
 */
import { asTold, entityRules, playStory } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from './encoding.ts';
import type { EntityRules } from './types.ts';

const RULES = entityRules({ policy: { kind: 'manual' } });
const THREE = entityRules({ policy: { kind: 'manual' }, systems: ['P', 'S', 'Q'] });
const IN_STEP = `
  P creates a=0 b=0      → existence_fast_forwarded fast_forwarded | S create a=0 b=0
  S applies              →
  S echoes               → echoed
`;
const THREE_IN_STEP = `
  P creates a=0 b=0      → existence_fast_forwarded fast_forwarded | S create a=0 b=0, Q create a=0 b=0
  S applies              →
  S echoes               → echoed
  Q applies              →
  Q echoes               → echoed
`;
const OPEN = `
  P edits a=1            → fast_forwarded | S update a=1/0
  S edits a=2            → review_opened(a)
  S stales a             →
`;

function expectStory(story: string, rules: EntityRules = RULES): ReturnType<typeof playStory> {
  const start = rules.systems['Q'] === undefined ? IN_STEP : THREE_IN_STEP;
  const played = playStory(rules, start + story);
  expect(played.told).toBe(asTold(start + story));
  return played;
}

describe('a field in review', () => {
  test('I7 the canonical value stays, the field waits, the rest flows on', () => {
    const { state, decisions } = expectStory(`${OPEN}
      S edits b=5            → fast_forwarded | P update b=5/0
      P edits b=6            → review_opened(b)
    `);
    expect(state.fields['a']?.value).toBe('1');
    expect(state.reviews['a']).toMatchObject({
      kind: 'update_update',
      candidates: { S: { value: '2', baseVersion: 1 } },
    });
    expect(decisions.find(({ type }) => type === 'review_opened')).toMatchObject({
      policy: 'manual',
      incoming: { system: 'S', value: '2' },
      canonical: { system: 'P', value: '1' },
    });
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  test('I7 a candidate that is chosen becomes the value and goes to everybody else', () => {
    const { state } = expectStory(`${OPEN}
      ann resolves a from S  → review_resolved(a) | P update a=2/1
      P applies              →
      P echoes               → echoed
    `);
    expect(state.fields['a']).toMatchObject({ value: '2', origin: '' });
    expect(state.reviews).toEqual({});
  });

  test('I7 the canonical value that is chosen replaces the candidate where it is held', () => {
    expectStory(`${OPEN}
      ann resolves a canonical → review_resolved(a) | S update a=1/2
    `);
  });

  test('I7 a value of the person’s own goes to all', () => {
    expectStory(`${OPEN}
      ann resolves a with 3  → review_resolved(a) | P update a=3/1, S update a=3/2
    `);
  });

  test('I7 an edit that did not know of the answer is in conflict with it', () => {
    expectStory(`${OPEN}
      ann resolves a from S  → review_resolved(a) | P update a=2/1
      P edits a=9            → review_opened(a)
      P stales a             →
      ann resolves a from P  → review_resolved(a) | S update a=9/2
    `);
  });

  test('I7 nobody decides on what they have not seen, on nothing, or for what is no candidate', () => {
    expectStory(`${OPEN}
      S edits a=3            → review_updated(a)
      ann resolves a from S #1 → resolution_refused(outdated)
      ann resolves a from P  → resolution_refused(no_candidate)
      ann resolves b from S  → resolution_refused(no_review)
      ann resolves a from S  → review_resolved(a) | P update a=3/1
      bob resolves a from S  → resolution_refused(no_review)
    `);
  });

  test('I7 a revision is never used twice, not even by a later review of the same field', () => {
    expectStory(`${OPEN}
      S edits a=1            → agreed review_updated(a) review_closed(a)
      P edits a=4            → fast_forwarded | S update a=4/1
      S edits a=5            → review_opened(a)
      ann resolves a from S #1 → resolution_refused(outdated)
    `);
  });

  test('I1 what anybody writes meanwhile is a candidate, also where the canonical value was known', () => {
    const { state } = expectStory(
      `P edits a=1            → fast_forwarded | S update a=1/0, Q update a=1/0
       S edits a=2            → review_opened(a)
       Q applies              →
       Q echoes               → echoed
       Q edits a=3            → review_updated(a)
       P edits a=4            → review_updated(a)
       S stales a             →
       Q edits a=1            → agreed review_updated(a)
       S edits a=1            → agreed review_updated(a)
       ann resolves a from P  → review_resolved(a) | S update a=4/1, Q update a=4/1`,
      THREE,
    );
    expect(state.fields['a']?.value).toBe('4');
  });

  test('I4 when all have arrived at the same value by themselves, nothing is left to ask', () => {
    const { state } = expectStory(`${OPEN}
      P edits a=2            → review_updated(a)
      P edits a=1            → agreed review_updated(a)
      S edits a=1            → agreed review_updated(a) review_closed(a)
    `);
    expect(state.systems['S']?.shadows['a']?.version).toBe(state.fields['a']?.version);
  });

  test('I5 what a system makes of our write meanwhile is nobody’s candidate, and is undone by the answer', () => {
    expectStory(
      `P edits a=1            → fast_forwarded | S update a=1/0, Q update a=1/0
       S edits a=2            → review_opened(a)
       Q applies              →
       Q echoes a=1!          → echoed derived_superseded
       S stales a             →
       S edits a=1            → agreed review_updated(a) review_closed(a) | Q update a=1/1!`,
      THREE,
    );
  });

  test('I4 who is created meanwhile is told the field afterwards', () => {
    expectStory(
      `Q deletes              → existence_fast_forwarded | P delete, S delete
       P applies              →
       P deletes              → echoed
       S applies              →
       S deletes              → echoed
       P creates a=1 b=1      → existence_fast_forwarded fast_forwarded | S create a=1 b=1, Q create a=1 b=1
       S creates a=2 b=1      → agreed review_opened(a)
       Q rejects              →
       P edits b=2            → fast_forwarded | Q create b=2
       S stales               → | S update b=2/1
       Q applies              →
       Q echoes               → echoed
       ann resolves a canonical → review_resolved(a) | Q update a=1/-`,
      THREE,
    );
  });

  test('I6 the record is deleted: nothing is left to ask', () => {
    const { state } = expectStory(`${OPEN}
      P deletes              → existence_fast_forwarded review_closed(a) | S delete
      ann resolves a from S  → resolution_refused(no_review)
    `);
    expect(state.reviews).toEqual({});
  });

  test('a deleted record is not shown to anybody: there the later edit wins', () => {
    expectStory(`
      P edits a=1 and P deletes → fast_forwarded existence_fast_forwarded | S delete
      S edits a=2               → update_delete($exists:canonical) update_update(a:incoming)
    `);
  });
});

describe('existence in review', () => {
  const rules = entityRules({ deletePolicy: 'manual' });

  test('I7 a delete that met an unseen edit: nothing is deleted or created until a person answers', () => {
    const story = `
      P edits a=1            → fast_forwarded | S update a=1/0
      S deletes              → review_opened($exists)
      S stales               →
      P edits a=2            → fast_forwarded
    `;
    expectStory(`${story} ann resolves $exists from S → review_resolved($exists) | P delete`, rules);
    const { state } = expectStory(
      `${story} ann resolves $exists canonical → review_resolved($exists) | S create a=2 b=0`,
      rules,
    );
    expect(state.exists).toMatchObject({ value: true, origin: '' });
  });

  test('I7 an edit that met an unseen delete: the copy stays until a person answers', () => {
    const story = `
      P deletes              → existence_fast_forwarded | S delete
      S edits a=9            → review_opened($exists) fast_forwarded
      S stales a             →
      S edits a=8            → review_updated($exists) fast_forwarded
    `;
    expectStory(`${story} ann resolves $exists with false → review_resolved($exists) | S delete`, rules);
    expectStory(`${story} ann resolves $exists with true → review_resolved($exists) | P create a=8 b=0`, rules);
    expectStory(`${story} ann resolves $exists with 5 → resolution_refused(no_candidate)`, rules);
  });

  test('I6 a delete or an undelete that settles it by itself closes the review', () => {
    expectStory(
      `P deletes              → existence_fast_forwarded | S delete
       S edits a=9            → review_opened($exists) fast_forwarded
       S stales a             →
       S deletes              → review_updated($exists) review_closed($exists)`,
      rules,
    );
    expectStory(
      `P edits a=1            → fast_forwarded | S update a=1/0
       S deletes              → review_opened($exists)
       S stales               →
       S creates a=1 b=0      → review_updated($exists) review_closed($exists) agreed`,
      rules,
    );
  });

  test('I6 fields in review are closed when the person says that the record is gone', () => {
    expectStory(
      `P edits a=1            → fast_forwarded | S update a=1/0
       S edits a=2            → review_opened(a)
       S stales a             →
       P edits b=1            → fast_forwarded | S update b=1/0
       S deletes              → review_opened($exists)
       ann resolves $exists from S → review_resolved($exists) review_closed(a) | P delete`,
      entityRules({ deletePolicy: 'manual', policy: { kind: 'manual' } }),
    );
  });
});
