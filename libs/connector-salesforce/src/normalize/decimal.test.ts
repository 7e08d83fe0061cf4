import { expect, it } from 'vitest';
import { decimalText, normalizeDecimal } from './decimal.ts';

it.each([
  [0.1, 2, '0.1'],
  [0.1 + 0.2, 2, '0.3'],
  [1e21, undefined, '1000000000000000000000'],
  [1.5e-7, 9, '0.00000015'],
  [-0, 2, '0'],
  [-1234.565, 2, '-1234.57'],
  [2.5, 0, '3'],
  [99.999, 2, '100'],
  [1_000_000, 2, '1000000'],
  [0.004, 2, '0'],
  [-0.004, 2, '0'],
])('%d with scale %s is %s', (value, scale, expected) => {
  expect(decimalText(value, scale)).toBe(expected);
});

it.each([
  ['0012.500', undefined, '12.5'],
  ['.5', undefined, '0.5'],
  ['+7.', undefined, '7'],
  ['123456789012345678.91', 2, '123456789012345678.91'],
  ['1.2E+3', undefined, '1200'],
])('%s with scale %s is %s', (text, scale, expected) => {
  expect(normalizeDecimal(text, scale)).toBe(expected);
});

it.each(['', '.', 'abc', '1,5', 'NaN'])('refuses %j', (text) => {
  expect(() => normalizeDecimal(text)).toThrow(RangeError);
});
