import { expect, test } from 'vitest';
import { median, quantile } from './statistics.ts';

test('the median of an even count lies between the two in the middle', () => {
  expect(median([3])).toBe(3);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a quantile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, index) => index + 1);
  expect(quantile(values, 0.5)).toBe(100);
  expect(quantile(values, 0.99)).toBe(198);
  expect(quantile(values, 1)).toBe(200);
  expect(quantile([7], 0.99)).toBe(7);
});

test('there are no statistics of nothing', () => {
  expect(() => median([])).toThrow('nothing');
  expect(() => quantile([], 0.5)).toThrow('nothing');
});
