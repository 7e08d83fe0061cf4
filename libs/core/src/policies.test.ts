/** Laws of every policy: total, deterministic, and the answer does not depend on which side happens to come in. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveConflict } from './policies.ts';
import type { Contender, Winner } from './policies.ts';
import type { FieldPolicy } from './types.ts';

const SYSTEMS = ['P', 'Q', 'S'];
const contender = fc.record({ system: fc.constantFrom(...SYSTEMS), at: fc.integer({ min: 0, max: 3 }) });
const policy: fc.Arbitrary<FieldPolicy> = fc.oneof(
  fc.constant<FieldPolicy>({ kind: 'last_write_wins' }),
  fc.constantFrom(...SYSTEMS).map((system): FieldPolicy => ({ kind: 'field_level_priority', system })),
  fc.subarray(SYSTEMS).map((order): FieldPolicy => ({ kind: 'source_priority', order })),
);
const other = (winner: Winner): Winner => (winner === 'incoming' ? 'canonical' : 'incoming');

describe('I7 policies', () => {
  test('swapping two sides of different systems swaps the answer', () => {
    fc.assert(
      fc.property(policy, contender, contender, (rule, left, right) => {
        fc.pre(left.system !== right.system);
        expect(resolveConflict(rule, right, left)).toBe(other(resolveConflict(rule, left, right)));
      }),
    );
  });

  test('there is always one side that wins against all others, in whatever order they meet', () => {
    const sides = fc.uniqueArray(contender, { selector: ({ system }) => system, minLength: 2, maxLength: 3 });
    const winnerOf = (rule: FieldPolicy, order: readonly Contender[]): Contender | undefined =>
      order.reduce((best, next) => (resolveConflict(rule, next, best) === 'incoming' ? next : best));
    fc.assert(
      fc.property(policy, sides, (rule, all) => {
        expect(winnerOf(rule, all)).toEqual(winnerOf(rule, all.toReversed()));
      }),
    );
  });

  test.each([
    [{ kind: 'last_write_wins' }, { system: 'S', at: 9 }, { system: 'P', at: 1 }, 'incoming'],
    [{ kind: 'last_write_wins' }, { system: 'S', at: 1 }, { system: 'P', at: 9 }, 'canonical'],
    [{ kind: 'last_write_wins' }, { system: 'S', at: 5 }, { system: 'P', at: 5 }, 'incoming'],
    [{ kind: 'last_write_wins' }, { system: 'P', at: 5 }, { system: 'S', at: 5 }, 'canonical'],
    [{ kind: 'last_write_wins' }, { system: 'P', at: 1 }, { system: 'P', at: 9 }, 'incoming'],
    [{ kind: 'field_level_priority', system: 'P' }, { system: 'P', at: 1 }, { system: 'S', at: 9 }, 'incoming'],
    [{ kind: 'field_level_priority', system: 'P' }, { system: 'S', at: 9 }, { system: 'P', at: 1 }, 'canonical'],
    [{ kind: 'field_level_priority', system: 'P' }, { system: 'S', at: 9 }, { system: 'Q', at: 1 }, 'incoming'],
    [{ kind: 'source_priority', order: ['Q', 'P'] }, { system: 'P', at: 1 }, { system: 'S', at: 9 }, 'incoming'],
    [{ kind: 'source_priority', order: ['Q', 'P'] }, { system: 'P', at: 9 }, { system: 'Q', at: 1 }, 'canonical'],
  ] as const)('%j: %j against %j → %s', (rule, incoming, canonical, winner) => {
    expect(resolveConflict(rule, incoming, canonical)).toBe(winner);
  });
});
