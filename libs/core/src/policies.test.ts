/** Laws of every policy: total, deterministic, and the answer does not depend on which side happens to come in. */
import { asTold, entityRules, playStory } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveConflict } from './policies.ts';
import type { Contender, Winner } from './policies.ts';
import type { ConflictPolicy, FieldType } from './types.ts';

const SYSTEMS = ['P', 'Q', 'S'];
const DECIMAL: FieldType = { kind: 'decimal' };
const contender: fc.Arbitrary<Contender> = fc.record({
  system: fc.constantFrom(...SYSTEMS),
  at: fc.integer({ min: 0, max: 3 }),
  value: fc.constantFrom(null, '-1', '0', '2', '10', '2.50', 'NaN', true),
});
/** One of each kind: the type demands that a new one is added here. */
const POLICIES: { readonly [Kind in ConflictPolicy['kind']]: fc.Arbitrary<ConflictPolicy> } = {
  last_write_wins: fc.record({
    kind: fc.constant('last_write_wins' as const),
    skewBoundMs: fc.constantFrom(0, 1, 2),
    tieBreak: fc.subarray(SYSTEMS),
  }),
  field_level_priority: fc.record({
    kind: fc.constant('field_level_priority' as const),
    system: fc.constantFrom(...SYSTEMS),
  }),
  source_priority: fc.record({ kind: fc.constant('source_priority' as const), order: fc.subarray(SYSTEMS) }),
  max: fc.constant({ kind: 'max' }),
  min: fc.constant({ kind: 'min' }),
  manual: fc.constant({ kind: 'manual' }),
};
const policy = fc.oneof(...Object.values(POLICIES));
const other = (winner: Winner): Winner => (winner === 'incoming' ? 'canonical' : 'incoming');
const winnerOf = (rule: ConflictPolicy, incoming: Contender, canonical: Contender): Winner =>
  resolveConflict(rule, DECIMAL, incoming, canonical).winner;
/** The one that is left when sides meet one after the other. */
const survivor = (rule: ConflictPolicy, order: readonly Contender[]): Contender | undefined =>
  order.reduce((best, next) => (winnerOf(rule, next, best) === 'incoming' ? next : best));

describe('I7 policies', () => {
  test('the same sides give the same answer, and swapping two sides of different systems swaps it', () => {
    fc.assert(
      fc.property(policy, contender, contender, (rule, left, right) => {
        fc.pre(left.system !== right.system);
        const verdict = resolveConflict(rule, DECIMAL, left, right);
        expect(resolveConflict(rule, DECIMAL, left, right)).toEqual(verdict);
        expect(resolveConflict(rule, DECIMAL, right, left)).toEqual({ ...verdict, winner: other(verdict.winner) });
      }),
    );
  });

  test('there is always one side that wins against all others, in whatever order they meet', () => {
    const sides = fc.uniqueArray(contender, { selector: ({ system }) => system, minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(policy, sides, fc.nat(), (rule, all, turned) => {
        // Times within a bound form no order (next test).
        fc.pre(rule.kind !== 'last_write_wins' || (rule.skewBoundMs ?? 0) === 0);
        const order = [...all.slice(turned % all.length), ...all.slice(0, turned % all.length)];
        expect(survivor(rule, order)).toEqual(survivor(rule, all));
        expect(survivor(rule, order.toReversed())).toEqual(survivor(rule, all));
      }),
    );
  });

  test('a skew bound is a law for two sides only: of three, each may beat another', () => {
    const rule: ConflictPolicy = { kind: 'last_write_wins', skewBoundMs: 4, tieBreak: ['P', 'Q', 'S'] };
    const [first, second, third] = SYSTEMS.map((system, index) => ({ system, at: index * 3, value: null }));
    if (first === undefined || second === undefined || third === undefined) throw new RangeError('three systems');
    expect(winnerOf(rule, first, second)).toBe('incoming');
    expect(winnerOf(rule, second, third)).toBe('incoming');
    expect(winnerOf(rule, third, first)).toBe('incoming');
  });

  test.each([
    [{ kind: 'last_write_wins' }, { system: 'S', at: 9 }, { system: 'P', at: 1 }, 'incoming'],
    [{ kind: 'last_write_wins' }, { system: 'S', at: 1 }, { system: 'P', at: 9 }, 'canonical'],
    [{ kind: 'last_write_wins' }, { system: 'S', at: 5 }, { system: 'P', at: 5 }, 'incoming, tie-break'],
    [{ kind: 'last_write_wins' }, { system: 'P', at: 5 }, { system: 'S', at: 5 }, 'canonical, tie-break'],
    [{ kind: 'last_write_wins' }, { system: 'P', at: 1 }, { system: 'P', at: 9 }, 'incoming'],
    [
      { kind: 'last_write_wins', skewBoundMs: 3 },
      { system: 'P', at: 9 },
      { system: 'S', at: 6 },
      'canonical, tie-break',
    ],
    [{ kind: 'last_write_wins', skewBoundMs: 3 }, { system: 'P', at: 9 }, { system: 'S', at: 5 }, 'incoming'],
    [
      { kind: 'last_write_wins', skewBoundMs: 3, tieBreak: ['P'] },
      { system: 'S', at: 9 },
      { system: 'P', at: 6 },
      'canonical, tie-break',
    ],
    [
      { kind: 'last_write_wins', tieBreak: ['P', 'Q'] },
      { system: 'Q', at: 5 },
      { system: 'S', at: 5 },
      'incoming, tie-break',
    ],
    [{ kind: 'field_level_priority', system: 'P' }, { system: 'P', at: 1 }, { system: 'S', at: 9 }, 'incoming'],
    [{ kind: 'field_level_priority', system: 'P' }, { system: 'S', at: 9 }, { system: 'P', at: 1 }, 'canonical'],
    [{ kind: 'field_level_priority', system: 'P' }, { system: 'S', at: 9 }, { system: 'Q', at: 1 }, 'incoming'],
    [{ kind: 'source_priority', order: ['Q', 'P'] }, { system: 'P', at: 1 }, { system: 'S', at: 9 }, 'incoming'],
    [{ kind: 'source_priority', order: ['Q', 'P'] }, { system: 'P', at: 9 }, { system: 'Q', at: 1 }, 'canonical'],
    [{ kind: 'max' }, { system: 'P', at: 1, value: '10' }, { system: 'S', at: 9, value: '9.99' }, 'incoming'],
    [{ kind: 'max' }, { system: 'P', at: 9, value: null }, { system: 'S', at: 1, value: '-3' }, 'canonical'],
    [{ kind: 'max' }, { system: 'P', at: 9, value: '1.0' }, { system: 'S', at: 1, value: '1' }, 'incoming'],
    [{ kind: 'min' }, { system: 'P', at: 1, value: '10' }, { system: 'S', at: 9, value: '9.99' }, 'canonical'],
    [{ kind: 'min' }, { system: 'P', at: 9, value: null }, { system: 'S', at: 1, value: '3' }, 'canonical'],
  ] as const)('%j: %j against %j → %s', (rule, incoming, canonical, expected) => {
    const verdict = resolveConflict(rule, DECIMAL, { value: null, ...incoming }, { value: null, ...canonical });
    expect(`${verdict.winner}${verdict.byTieBreak ? ', tie-break' : ''}`).toBe(expected);
  });

  test('S6 within the skew bound times do not count, and the decision says so', () => {
    const bounded: ConflictPolicy = { kind: 'last_write_wins', skewBoundMs: 60_000, tieBreak: ['P', 'S'] };
    const { decisions } = playStory(
      entityRules({ policy: bounded }),
      'P creates a=0 →\nS applies →\nS echoes →\nP edits a=1 @100 →\nS edits a=2 @50000 →',
    );
    const conflict = decisions.find(({ type }) => type === 'conflict_resolved');
    expect(conflict).toMatchObject({ winner: 'canonical', byTieBreak: true, policy: 'last_write_wins' });
  });

  test('a fast-forward is taken as it is, whatever the policy measures', () => {
    const story = `
      P creates a=5     → existence_fast_forwarded fast_forwarded | S create a=5
      S applies         →
      S echoes          → echoed
      P edits a=3       → fast_forwarded | S update a=3/5
      S edits a=4       → update_update(a:incoming) | P update a=4/3
    `;
    const rules = entityRules({ fields: ['a'], policy: { kind: 'max' } });
    expect(playStory(rules, story).told).toBe(asTold(story));
  });
});
