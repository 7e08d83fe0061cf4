import { expect, test } from 'vitest';
import { describeDifferences, isSame } from './agreement.ts';

test.each([
  ['12.50', 12.5, true],
  ['12.50', '12.51', false],
  [null, undefined, true],
  [null, '', false],
  ['2026-11-21 08:00:00', '2026-11-21T08:00:00.000+0000', true],
  ['2026-11-21 08:00:00+02', '2026-11-21T06:00:00.000Z', true],
  ['2026-11-21 08:00:01', '2026-11-21T08:00:00.000+0000', false],
  ['t', true, true],
  ['true', false, false],
  ['Energy', 'Energie', false],
  ['0012', '12', true],
  [{ a: 1 }, '{"a":1}', true],
])('%j and %j are the same value: %j', (left, right, expected) => {
  expect(isSame(left, right)).toBe(expected);
});

test('of many differences the first few are told and the rest counted', () => {
  const text = describeDifferences({ records: 9, differences: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
  expect(text.split('\n')).toEqual(['a', 'b', 'c', 'd', 'e', 'and 2 more']);
});
