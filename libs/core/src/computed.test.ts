/* oxlint-disable vitest/expect-expect -- tell asserts that the story is told as written. */
/** Paired fields: no own value is ever touched by the partner, and the effective value is a function of the own ones (I1, I4). */
import { asTold, change, Copies, entityRules, HAPPENINGS, playStory } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from './encoding.ts';
import { evolve } from './evolve.ts';
import { initialState } from './state.ts';
import { decide } from './step.ts';
import type { EffectiveRule, EntityRules } from './types.ts';

const OWN = { P: 'erp', S: 'crm' } as const;

function paired(effective: EffectiveRule, systems: readonly string[] = ['P', 'S']): EntityRules {
  const rules = entityRules({ fields: ['erp', 'crm', 'ship'], systems });
  return {
    ...rules,
    fields: { ...rules.fields, ship: { type: { kind: 'string' }, policy: { kind: 'paired', own: OWN, effective } } },
  };
}

const BY_PRIORITY = paired({ kind: 'source_priority', order: ['P', 'S'] });
const START = `
  P creates erp=A  → existence_fast_forwarded fast_forwarded computed(ship:A) | P update ship=A/-, S create erp=A ship=A
  P applies        →
  P echoes         → echoed
  S applies        →
  S echoes         → echoed
`;

function tell(rules: EntityRules, story: string): ReturnType<typeof playStory> {
  const played = playStory(rules, START + story);
  expect(played.told).toBe(asTold(START + story));
  return played;
}

describe('I1 both own values stay, and the effective one follows', () => {
  test('an own value that does not count is shown beside the other and changes nothing', () => {
    tell(BY_PRIORITY, `S edits crm=B     → fast_forwarded | P update crm=B/-`);
  });

  test('edits at once on both sides never meet', () => {
    const { state } = tell(
      BY_PRIORITY,
      `
      S edits crm=B     → fast_forwarded | P update crm=B/-
      P edits erp=C     → fast_forwarded computed(ship:C) | S update erp=C/A ship=C/A
      P applies         → | P update ship=C/A
      P echoes          → echoed
      S edits crm=D     → fast_forwarded
    `,
    );
    expect([state.fields['erp']?.value, state.fields['crm']?.value, state.fields['ship']?.value]).toEqual([
      'C',
      'D',
      'C',
    ]);
  });

  test('nothing is no opinion: the next in rank counts, and nobody’s is nothing', () => {
    const { decisions } = tell(
      BY_PRIORITY,
      `
      S edits crm=B     → fast_forwarded | P update crm=B/-
      P applies         →
      P echoes          → echoed
      P edits erp=-     → fast_forwarded computed(ship:B) | P update ship=B/A, S update erp=-/A ship=B/A
      P applies         →
      P echoes          → echoed
      S edits crm=-     → fast_forwarded computed(ship:-) | P update crm=-/B ship=-/B
    `,
    );
    expect(decisions.findLast(({ type }) => type === 'computed')).toMatchObject({
      policy: 'paired',
      rule: 'source_priority',
      chosen: null,
      previous: 'B',
      sources: [
        { system: 'P', field: 'erp', value: null },
        { system: 'S', field: 'crm', value: null },
      ],
    });
  });

  test.each([
    [{ kind: 'last_write_wins' }, 'P creates erp=A @10 →\nS edits crm=B @9 →\nS edits crm=C @11 →', 'C'],
    [{ kind: 'max' }, 'P creates erp=M →\nS edits crm=B →', 'M'],
    [{ kind: 'min' }, 'P creates erp=M →\nS edits crm=B →', 'B'],
  ] as const)('%j', (rule, story, expected) => {
    const lines = story.replace('→\n', '→\nS applies →\nS echoes →\n');
    expect(playStory(paired(rule), lines).state.fields['ship']?.value).toBe(expected);
  });

  test('an edit of the effective field, or of the other’s own, is an override', () => {
    tell(
      BY_PRIORITY,
      `
      S edits ship=X    → override_reported | S update ship=A/X
      S edits erp=X     → override_reported
    `,
    );
  });

  test('I9 decisions carry it all: replayed one by one they give the state, and it is stored like any value', () => {
    const first = change('P', 1, { erp: 'A' }, { complete: true });
    const decided = decide(initialState(), first, BY_PRIORITY);
    const state = decided.reduce(evolve, initialState());
    expect(state.fields['ship']).toMatchObject({ value: 'A', version: 1, origin: 'P' });
    expect(decodeState(encodeState(state))).toEqual(state);
    expect(decide(state, change('P', 2, { erp: 'A' }), BY_PRIORITY).map(({ type }) => type)).toEqual(['observed']);
  });
});

test('I4 in every interleaving all copies show both own values and the effective one that follows from them', () => {
  const actions = fc.array(
    fc.record({
      what: fc.constantFrom('edit' as const, ...HAPPENINGS),
      system: fc.constantFrom('P' as const, 'S' as const),
      value: fc.constantFrom('a', 'b', 'c', null),
    }),
    { maxLength: 40 },
  );
  const RULES = fc.constantFrom<EffectiveRule>(
    { kind: 'source_priority', order: ['S', 'P'] },
    { kind: 'last_write_wins' },
    { kind: 'max' },
    { kind: 'min' },
  );
  fc.assert(
    fc.property(RULES, actions, (effective, history) => {
      const rules = paired(effective, ['P', 'S', 'Q']);
      const world = new Copies(rules, { erp: 'a' });
      const own: Record<'P' | 'S', string | null> = { P: 'a', S: null };
      for (const { what, system, value } of history) {
        if (what === 'edit') {
          own[system] = value;
          world.edit(system, { [OWN[system]]: value });
        } else world[what](system);
        expect(world.row(system)[OWN[system]] ?? null).toBe(own[system]);
      }
      expect(world.settle()).toBe(true);
      const values = [own.P, own.S].filter((value) => value !== null).sort();
      const ship = world.row('Q')['ship'] ?? null;
      for (const row of world.rows()) {
        expect([row['erp'] ?? null, row['crm'] ?? null, row['ship'] ?? null]).toEqual([own.P, own.S, ship]);
      }
      const expected = {
        source_priority: own.S ?? own.P,
        last_write_wins: ship === null ? (values[0] ?? null) : values.includes(ship as string) ? ship : 'one of them',
        max: values.at(-1) ?? null,
        min: values[0] ?? null,
      };
      expect(ship).toBe(expected[effective.kind]);
    }),
  );
});
