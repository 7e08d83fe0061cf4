import type { CommandOutcome } from '@concord/core';
import { outcome } from '@concord/testing';
import { expect, test } from 'vitest';
import { HeldOutcomes } from './held-outcomes.ts';
import type { RecordIntake } from './intake.ts';

const hasEcho = (system: string): boolean => system !== 'unheard';

function recordOf(recordId: string, offset: bigint, told: Partial<CommandOutcome> = {}): RecordIntake {
  const input = outcome('S', Number(offset), told);
  return { recordId, entity: 'things', partition: 1, inputs: [input], outcomesFrom: offset, changedAt: 0 };
}

test('what only confirms waits for something else about its record, and comes before it', () => {
  const held = new HeldOutcomes();
  const first = recordOf('a', 5n);
  expect(held.hold(first, hasEcho, 0)).toBe(true);
  expect(held.floor(1)).toBe(5n);
  const next = recordOf('a', 9n, { result: 'stale' });
  expect(held.join(next).inputs).toEqual([...first.inputs, ...next.inputs]);
  expect(held.join(next)).toBe(next);
  expect(held.floor(1)).toBeNull();
});

test.each(['stale', 'rejected', 'waiting'] as const)('%s does not wait', (result) => {
  expect(new HeldOutcomes().hold(recordOf('a', 5n, { result }), hasEcho, 0)).toBe(false);
});

test('the outcome that the next command waits for is decided at once', () => {
  const held = new HeldOutcomes();
  held.setUrgent('a', true);
  expect(held.hold(recordOf('a', 5n), hasEcho, 0)).toBe(false);
  held.setUrgent('a', false);
  expect(held.hold(recordOf('a', 5n), hasEcho, 0)).toBe(true);
});

test('an echo is waited for longer than none', () => {
  const held = new HeldOutcomes();
  held.hold(recordOf('a', 5n), hasEcho, 0);
  held.hold(recordOf('b', 6n, { system: 'unheard' }), hasEcho, 0);
  expect(held.waitMs(0)).toBe(100);
  expect(held.takeDue(99)).toEqual([]);
  expect(held.takeDue(100).map(({ recordId }) => recordId)).toEqual(['b']);
  expect(held.floor(1)).toBe(5n);
  expect(held.waitMs(100)).toBe(1_900);
  expect(held.takeDue(2_000).map(({ recordId }) => recordId)).toEqual(['a']);
  expect(held.waitMs(2_000)).toBe(Infinity);
});

test('I10 what is held is bounded: the oldest is decided, whether it is due or not', () => {
  const held = new HeldOutcomes();
  for (let index = 0; index < 20_003; index++) held.hold(recordOf(`r${index}`, BigInt(index)), hasEcho, 0);
  expect(held.takeDue(0).map(({ recordId }) => recordId)).toEqual(['r0', 'r1', 'r2']);
  expect(held.floor(1)).toBe(3n);
});
