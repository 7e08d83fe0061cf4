/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * Who owns a record by what is in it, and hand-over while edits are in flight. S is the service (Salesforce), P the ERP:
 * a lead is shared, a prospect the service's, a customer the ERP's. In the stories `s` is the status, `a` the phone number.
 */
import { access, asTold, change, entityRules, playStory, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { claimOf } from './ownership.ts';
import { compile } from './rules.ts';
import { draftOf } from './draft.ts';
import { initialState } from './state.ts';
import { step } from './step.ts';
import type { Condition, EntityRules, RecordOwnership, TargetEdit } from './types.ts';

function owned(targetEdit: TargetEdit = 'overwritten', differing: EntityRules['systems'] = {}): EntityRules {
  const ownership: RecordOwnership = {
    rules: [
      { when: { field: 's', in: ['prospect'] }, owner: 'S' },
      { when: { field: 's', in: ['customer'] }, owner: 'P' },
    ],
    targetEdit,
  };
  return entityRules({ fields: ['s', 'a'], ownership, differing });
}

const start = (status: string): string => `
  S creates s=${status} a=0   → existence_fast_forwarded fast_forwarded | P create s=${status} a=0
  P applies                   →
  P echoes                    → echoed
`;

function expectStory(status: string, story: string, rules = owned()): ReturnType<typeof playStory> {
  const played = playStory(rules, start(status) + story);
  expect(played.told).toBe(asTold(start(status) + story));
  return played;
}

describe('who owns the record', () => {
  test('I1 the owner’s edits flow, those of others are overrides', () => {
    const { decisions } = expectStory(
      'prospect',
      `S edits a=1            → fast_forwarded | P update a=1/0
       P applies              →
       P echoes               → echoed
       P edits a=2            → override_reported | P update a=1/2`,
    );
    expect(decisions.findLast(({ type }) => type === 'override_reported')).toMatchObject({
      held: '2',
      canonical: '1',
      treatment: 'overwritten',
      reason: 'record_ownership',
    });
  });

  test.each<TargetEdit>(['overwritten', 'kept', 'reported'])(
    'I1 who makes the record its own without being entitled to has no right by that (%s)',
    (treatment) => {
      const fought = treatment === 'overwritten';
      expectStory(
        'prospect',
        `P edits s=customer → override_reported${fought ? ' | P update s=prospect/customer' : ''}
         P edits a=2        → override_reported`,
        owned(treatment),
      );
    },
  );

  test('I1 a record that no rule gives to anybody is shared', () => {
    expectStory('lead', 'P edits a=2 → fast_forwarded | S update a=2/0');
  });

  test.each<[TargetEdit, string]>([
    ['kept', 'S edits a=1 → fast_forwarded'],
    ['reported', 'S edits a=1 → fast_forwarded | P update a=1/2'],
  ])('I1 an edit of another can be %s', (targetEdit, next) => {
    expectStory('prospect', `P edits a=2 → override_reported\n${next}`, owned(targetEdit));
  });

  test('I6 a delete by another is made good, or kept away until the record is made anew', () => {
    expectStory('prospect', 'P deletes → override_reported | P create s=prospect a=0');
    const story = `
      P deletes              → override_reported
      S edits a=1            → fast_forwarded
      S deletes and S creates s=prospect a=1 → existence_fast_forwarded existence_fast_forwarded fast_forwarded | P create s=prospect a=1
    `;
    expectStory('prospect', story, owned('kept'));
  });

  test('I6 whoever makes a record may, also where a former one was another’s', () => {
    expectStory(
      'customer',
      `P deletes              → existence_fast_forwarded | S delete
       S applies              →
       S deletes              → echoed
       S creates s=customer a=5 → existence_fast_forwarded fast_forwarded | P create s=customer a=5
       S edits a=6            → override_reported | S update a=5/6`,
    );
  });

  test('I5 what a system keeps by itself is its own, whoever owns the record', () => {
    const differing = { S: systemRules({ s: access(), a: access({ write: false }) }) };
    expectStory('customer', 'S edits a=2 → fast_forwarded | P update a=2/0', owned('overwritten', differing));
  });
});

describe('hand-over while edits are in flight', () => {
  test('I1 the edit that hands over is made under the ownership before it, with all that comes with it', () => {
    expectStory(
      'prospect',
      `S edits s=customer a=1 → fast_forwarded | P update s=customer/prospect a=1/0
       S edits a=2            → override_reported | S update a=1/2`,
    );
  });

  test('I1 the new owner may speak before its own stream has told it so', () => {
    expectStory(
      'prospect',
      `S edits s=customer     → fast_forwarded | P update s=customer/prospect
       P edits a=2            → fast_forwarded | S update a=2/0`,
    );
  });

  test('I1 who had not heard of the hand-over speaks as it was; the present owner wins, whatever the clocks say', () => {
    const { decisions } = expectStory(
      'lead',
      `P edits s=customer a=1 → fast_forwarded | S update s=customer/lead a=1/0
       S edits a=2 @900       → update_update(a:canonical)
       S stales a             → | S update s=customer/lead a=1/2
       S applies              →
       S echoes               → echoed
       S edits a=3            → override_reported | S update a=1/3`,
    );
    expect(decisions.find(({ type }) => type === 'conflict_resolved')).toMatchObject({
      policy: 'record_ownership',
      incoming: { system: 'S', value: '2' },
      canonical: { system: 'P', value: '1' },
    });
  });

  test('I1 the present owner wins also where the other’s edit came first', () => {
    expectStory(
      'lead',
      'S edits s=prospect and P edits a=1 → fast_forwarded fast_forwarded | P update s=prospect/lead, S update a=1/0',
    );
    expectStory(
      'lead',
      `P edits a=1            → fast_forwarded | S update a=1/0
       S edits s=prospect     → fast_forwarded | P update s=prospect/lead
       S edits a=2 @1         → update_update(a:incoming)
       P applies              → | P update a=2/1`,
    );
  });

  test('I1 of a field that nobody owns at the moment, an unaware edit flows as ever', () => {
    expectStory(
      'lead',
      `S edits s=prospect     → fast_forwarded | P update s=prospect/lead
       P edits a=2            → fast_forwarded | S update a=2/0`,
    );
  });

  test('I6 who had not heard of the hand-over may still delete', () => {
    expectStory(
      'lead',
      `S edits a=1 and S edits s=prospect → fast_forwarded fast_forwarded | P update s=prospect/lead a=1/0
       P deletes              → delete_update($exists:incoming) | S delete`,
    );
  });
});

test('I1 conditions are data: all, any, not, and values compared in the field’s own type', () => {
  const amount = { type: { kind: 'decimal' }, policy: { kind: 'last_write_wins' } } as const;
  const when: Condition = {
    all: [
      {
        any: [
          { field: 'n', in: ['10.50'] },
          { field: 's', in: [null] },
        ],
      },
      { not: { field: 's', in: ['no'] } },
    ],
  };
  const base = owned();
  const rules: EntityRules = {
    ...base,
    fields: { ...base.fields, n: amount },
    systems: Object.fromEntries(
      ['P', 'S'].map((name) => [name, systemRules({ s: access(), n: access({ type: amount.type }) })]),
    ),
    ownership: { rules: [{ when, owner: 'P' }], targetEdit: 'reported' },
  };
  const ownerOf = (s: string | null, n: string): string | null | undefined => {
    const { state } = step(initialState(), [change('P', 1, { s, n }, { complete: true })], rules, 1);
    const compiled = compile(rules);
    const turn = { draft: draftOf(state), rules: compiled, decisions: [] };
    const system = compiled.bySystem.get('S');
    return system === undefined ? undefined : claimOf(turn, system)?.owner;
  };
  expect(ownerOf('x', '10.5')).toBe('P');
  expect(ownerOf(null, '1')).toBe('P');
  expect(ownerOf('no', '10.5')).toBe(null);
  expect(ownerOf('x', '1')).toBe(null);
});

describe('deletes in a target (one-way existence)', () => {
  const rules = (targetDelete: TargetEdit): EntityRules =>
    entityRules({
      fields: ['s', 'a'],
      differing: { P: systemRules({ s: access(), a: access() }, { readExistence: false, targetDelete }) },
    });

  test.each<TargetEdit>(['kept', 'reported'])('I6 a delete there can be %s: the record stays away', (targetDelete) => {
    expectStory(
      'x',
      `P deletes              → override_reported
       S edits a=1            → fast_forwarded
       P creates s=x a=1      → agreed`,
      rules(targetDelete),
    );
  });
});
