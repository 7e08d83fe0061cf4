/** The order behind `max` and `min`: a table of neighbours and the laws of a total order (I7). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareValues } from './order.ts';
import type { FieldType, Value } from './types.ts';

const DECIMAL: FieldType = { kind: 'decimal' };
const TIMESTAMP: FieldType = { kind: 'timestamp', fractionDigits: 6 };
const TEXT: FieldType = { kind: 'string' };

/** Values of one type, each greater than the one before it. */
const LADDERS: readonly (readonly [FieldType, readonly Value[]])[] = [
  [DECIMAL, [null, '-Infinity', '-10', -9, '-0.5', 0, '0.10', '0.2', '9', '10', '1e2', 'Infinity', 'NaN', 'ten']],
  [DECIMAL, ['9007199254740992.1', '9007199254740992.2', '9007199254740993']],
  [TIMESTAMP, [null, '-infinity', '-0044-03-15T00:00:00Z', '-0043-03-15T00:00:00Z', '0001-01-01T00:00:00Z']],
  [TIMESTAMP, ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.05Z', '2024-01-01T00:00:00.5Z', '2024-01-01T00:00:01Z']],
  [TIMESTAMP, ['9999-12-31T00:00:00Z', '10000-01-01T00:00:00Z', 'infinity']],
  [{ kind: 'date' }, ['2023-12-31', '2024-01-01', '10000-01-01']],
  [{ kind: 'time' }, ['09:00:00', '10:00:00', '10:00:00.5', '10:00:01']],
  [{ kind: 'boolean' }, [null, false, true]],
  [TEXT, [null, '', 'B', 'a', 'ab', 'b', 'é', '｡', '😀', '😁']],
];

describe('I7 the order of values', () => {
  test.each(LADDERS)('%j: %j', (type, ladder) => {
    const steps = ladder.flatMap((left, index) => ladder.map((right, place) => [left, right, index - place] as const));
    for (const [left, right, steepness] of steps) {
      expect(Math.sign(compareValues(type, left, right)), `${String(left)} ${String(right)}`).toBe(
        Math.sign(steepness),
      );
    }
  });

  const types = fc.constantFrom<FieldType>(DECIMAL, TIMESTAMP, TEXT, { kind: 'boolean' }, { kind: 'date' });
  const value: fc.Arbitrary<Value> = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.integer({ min: -3, max: 3 }),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom(null, true, false, 'NaN', 'Infinity', 'infinity', '1.0', '1', '01'),
  );

  test('swapping the sides swaps the sign, and what is above another is above all below that', () => {
    fc.assert(
      fc.property(types, value, value, value, (type, one, two, three) => {
        expect(Math.sign(compareValues(type, one, two)) + Math.sign(compareValues(type, two, one))).toBe(0);
        const [low, middle, high] = [one, two, three].toSorted((left, right) => compareValues(type, left, right));
        if (low === undefined || middle === undefined || high === undefined) return;
        expect(compareValues(type, low, middle)).toBeLessThanOrEqual(0);
        expect(compareValues(type, low, high)).toBeLessThanOrEqual(0);
        expect(compareValues(type, middle, high)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
