/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * The six anomalies of a well-known competitor, each as the steps that its own documentation gives (A1–A6 of SPEC.md):
 * a line with a number is the step of that number, as far as it is not the fault itself. Steps of the kind "the value syncs
 * back" are echoes here, and what they caused there must not happen: nothing stands behind their arrows. In every story the
 * copies must agree at the end and no value may go back. P is the database, S the service.
 */
import { access, asTold, entityRules, playStory, systemRules } from '@concord/testing';
import { expect, test } from 'vitest';
import type { Decision } from './decisions.ts';
import type { RecordState } from './state.ts';
import type { EntityRules } from './types.ts';

const RULES = entityRules();

function expectStory(story: string, rules: EntityRules = RULES): ReturnType<typeof playStory> {
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
  const { state, decisions } = expectStory(`${IN_STEP}
    1. P edits a=1       → fast_forwarded | S update a=1/0
    2. P edits a=2       → fast_forwarded
    3. S applies         → | S update a=2/1
    4. S echoes          → echoed
    5. S applies         →
    6. S echoes          → echoed
  `);
  expect(state.fields['a']).toMatchObject({ value: '2', origin: 'P' });
  expectAgreement(state);
  expect(toldTo('P', decisions)).toEqual([]);
});

test('A2 revived delete: an edit that had not seen the delete does not bring the record back', () => {
  const { state, decisions } = expectStory(`${IN_STEP}
    1. P deletes         → existence_fast_forwarded | S delete
    2. S edits a=9       → update_delete($exists:canonical) fast_forwarded
    S stales a           → | S delete
    4. S applies         →
    S deletes            → echoed
  `);
  expect(state.exists.value).toBe(false);
  expect(state.systems['S']?.exists.value).toBe(false);
  expect(toldTo('P', decisions)).toEqual([]);
});

test('A2 revived delete: nor does one that is heard of before the delete', () => {
  const { state, decisions } = expectStory(`${IN_STEP}
    2. S edits a=9       → fast_forwarded | P update a=9/0
    1. P deletes         → delete_update($exists:incoming) | S delete
    P stales             →
    4. S applies         →
    S deletes            → echoed
  `);
  expect(state.exists.value).toBe(false);
  expect(toldTo('P', decisions)).toEqual(['update']);
});

test('A3 re-insert (merged writes): created and deleted before the other side had an id', () => {
  const { decisions } = expectStory(`
    1. P creates a=1     → existence_fast_forwarded fast_forwarded | S create a=1
    2. P deletes         → existence_fast_forwarded
    3. S applies         → | S delete
    5. S echoes          → echoed
    4. S applies         →
    S deletes            → echoed
  `);
  expect(toldTo('P', decisions)).toEqual([]);
});

test('A3 re-insert (merged writes): a poll that reads the row before its delete does not bring it back', () => {
  const { decisions, state } = expectStory(`
    1. P creates a=1     → existence_fast_forwarded fast_forwarded | S create a=1
    2. P deletes         → existence_fast_forwarded
    3. S applies         → | S delete
    5. S shows a=1 b=-   → echoed
    4. S applies         →
    S deletes            → echoed
  `);
  expect(toldTo('P', decisions)).toEqual([]);
  expect(state.exists.value).toBe(false);
});

test('A3 re-insert (merged writes): nothing is sent at all when both come in one poll', () => {
  expectStory(`
    1. P creates a=1 and P deletes → existence_fast_forwarded fast_forwarded existence_fast_forwarded
  `);
});

test.each([
  ['its event comes before the answer', '2. S echoes → echoed', 'existence_fast_forwarded'],
  ['its event was not read before the delete', '', 'echoed existence_fast_forwarded'],
])('A4 re-insert (ordered writes): deleted at the service while the create was in doubt (%s)', (_when, seen, told) => {
  // Step 5: the executor, started again, finds the record deleted, and does not create it again: it says so as applied.
  const { state, decisions } = expectStory(`
    1. P creates a=1     → existence_fast_forwarded fast_forwarded | S create a=1
    ${seen}
    4. S deletes         → ${told} | P delete
    5. S applies         →
    P applies            →
    P deletes            → echoed
  `);
  expect(state.exists.value).toBe(false);
  expect(toldTo('S', decisions)).toEqual(['create']);
});

test('A5 counters: a slow echo never undoes the next increment', () => {
  const { state, decisions } = expectStory(`${IN_STEP}
    1. P edits a=1       → fast_forwarded | S update a=1/0
    2. P edits a=2       → fast_forwarded
    3. S applies         → | S update a=2/1
    4. S echoes          → echoed
    5. P edits a=3       → fast_forwarded
    S applies            → | S update a=3/2
    S echoes             → echoed
    S applies            →
    S echoes             → echoed
  `);
  expect(state.fields['a']?.value).toBe('3');
  expect(toldTo('P', decisions)).toEqual([]);
  expectAgreement(state);
});

test('A5 counters: increments of both sides add up', () => {
  const type = { kind: 'integer' } as const;
  const system = systemRules({ a: access({ type }), b: access() });
  const base = entityRules({ differing: { P: system, S: system } });
  const rules = { ...base, fields: { ...base.fields, a: { type, policy: { kind: 'counter' } } } } as const;
  const { state } = expectStory(
    `${IN_STEP}
    1. P edits a=1       → fast_forwarded | S update a=1/0
    2. P edits a=2       → fast_forwarded
    S edits a=1          → merged(a:3) | P update a=3/2
    3. S stales a        → | S update a=3/1
    P applies            →
    P echoes             → echoed
    5. P edits a=4       → fast_forwarded
    S applies            → | S update a=4/3
    S echoes             → echoed
    S applies            →
    S echoes             → echoed
  `,
    rules,
  );
  expect(state.fields['a']?.value).toBe(4);
  expectAgreement(state);
});

test('A6 lost update: fields travel alone, so an old image of one cannot hide an edit of the other', () => {
  const { state, decisions } = expectStory(`
    P creates a=name b=true       → existence_fast_forwarded fast_forwarded | S create a=name b=true
    S applies                     →
    S echoes                      → echoed
    1. P images a=new-name b=true → fast_forwarded | S update a=new-name/name
    2. P images a=new-name b=false → fast_forwarded
    3. S applies                  → | S update b=false/true
    S echoes                      → echoed
    4. P images a=new-name b=true → fast_forwarded
    5. S applies                  → | S update b=true/false
    6. S echoes                   → echoed
    S applies                     →
    S echoes                      → echoed
  `);
  expect(state.fields['b']?.value).toBe('true');
  expect(state.fields['a']?.value).toBe('new-name');
  expect(toldTo('P', decisions)).toEqual([]);
  expectAgreement(state);
});

/** What a system was told to do, in order. */
function toldTo(system: string, decisions: readonly Decision[]): string[] {
  return decisions.flatMap((one) =>
    one.type === 'command_issued' && one.system === system ? [one.command.operation] : [],
  );
}

function expectAgreement({ fields, systems }: RecordState): void {
  for (const [field, { value }] of Object.entries(fields)) {
    expect(Object.values(systems).map(({ shadows }) => shadows[field]?.value)).toEqual([value, value]);
  }
}
