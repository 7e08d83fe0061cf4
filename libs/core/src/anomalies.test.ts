/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * The six anomalies of a well-known competitor, each as the steps that its own documentation gives (A1–A6 of SPEC.md).
 * In every story the copies must agree at the end and no value may go back. P is the database, S the service.
 */
import { asTold, entityRules, playStory } from '@concord/testing';
import { expect, test } from 'vitest';

const RULES = entityRules();

function expectStory(story: string, rules = RULES): ReturnType<typeof playStory> {
  const played = playStory(rules, story);
  expect(played.told).toBe(asTold(story));
  return played;
}

const IN_STEP = `
  P creates a=0 b=0      → existence_fast_forwarded fast_forwarded | S create a=0 b=0
  S applies              →
  S echoes               → echoed
`;

test('A1 flip-flop: two quick edits pass through and no echo causes a write', () => {
  const { state } = expectStory(`${IN_STEP}
    P edits a=1          → fast_forwarded | S update a=1/0
    P edits a=2          → fast_forwarded
    S applies            → | S update a=2/1
    S echoes             → echoed
    S applies            →
    S echoes             → echoed
  `);
  expect(state.fields['a']).toMatchObject({ value: '2', origin: 'P' });
});

test('A2 revived delete: an edit that had not seen the delete does not bring the record back', () => {
  const { state } = expectStory(`${IN_STEP}
    P deletes            → existence_fast_forwarded | S delete
    S edits a=9          → update_delete($exists:canonical) fast_forwarded
    S stales a           → | S delete
    S applies            →
    S deletes            → echoed
  `);
  expect(state.exists.value).toBe(false);
  expect(state.systems['S']?.exists.value).toBe(false);
});

test('A3 re-insert (merged writes): created and deleted before the other side had an id', () => {
  expectStory(`
    P creates a=1        → existence_fast_forwarded fast_forwarded | S create a=1
    P deletes            → existence_fast_forwarded
    S applies            → | S delete
    S echoes             → echoed
    S applies            →
    S deletes            → echoed
  `);
});

test('A3 re-insert (merged writes): nothing is sent at all when both come in one poll', () => {
  expectStory(`
    P creates a=1 and P deletes    → existence_fast_forwarded fast_forwarded existence_fast_forwarded
  `);
});

test('A4 re-insert (ordered writes): deleted at the service while the create was in doubt', () => {
  // The executor finds the record, deleted, and does not create it again: it says so as applied.
  const { state } = expectStory(`
    P creates a=1        → existence_fast_forwarded fast_forwarded | S create a=1
    S deletes            → echoed existence_fast_forwarded | P delete
    S applies            →
    P applies            →
    P deletes            → echoed
  `);
  expect(state.exists.value).toBe(false);
});

test('A5 counters: a slow echo never undoes the next increment', () => {
  const { state } = expectStory(`${IN_STEP}
    P edits a=1          → fast_forwarded | S update a=1/0
    P edits a=2          → fast_forwarded
    S applies            → | S update a=2/1
    S echoes             → echoed
    P edits a=3          → fast_forwarded
    S applies            → | S update a=3/2
    S echoes             → echoed
    S applies            →
    S echoes             → echoed
  `);
  expect(state.fields['a']?.value).toBe('3');
});

test('A6 lost update: fields travel alone, so an old image of one cannot hide an edit of the other', () => {
  const { state } = expectStory(`
    P creates a=name b=true       → existence_fast_forwarded fast_forwarded | S create a=name b=true
    S applies                     →
    S echoes                      → echoed
    P images a=new-name b=true    → fast_forwarded | S update a=new-name/name
    P images a=new-name b=false   → fast_forwarded
    S applies                     → | S update b=false/true
    S echoes                      → echoed
    P images a=new-name b=true    → fast_forwarded
    S applies                     → | S update b=true/false
    S echoes                      → echoed
    S applies                     →
    S echoes                      → echoed
  `);
  expect(state.fields['b']?.value).toBe('true');
  expect(state.fields['a']?.value).toBe('new-name');
});
