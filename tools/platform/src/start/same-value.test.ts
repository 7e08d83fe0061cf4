import { expect, test } from 'vitest';
import { isSame, isSameIn } from './same-value.ts';

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

test.each([
  [
    [
      { kind: 'decimal', scale: 2 },
      { kind: 'decimal', scale: 0 },
    ],
    '1250000.50',
    1250001,
    true,
  ],
  [
    [
      { kind: 'decimal', scale: 2 },
      { kind: 'decimal', scale: 0 },
    ],
    '1250000.50',
    1250002,
    false,
  ],
  [[{ kind: 'string', lengthMax: 3 }, { kind: 'string' }], 'abc', 'abcd', true],
  [[{ kind: 'string' }, { kind: 'string', trimmed: true, emptyIsNull: true }], '  ', null, true],
  [[{ kind: 'string' }, { kind: 'string' }], '', null, false],
  [[{ kind: 'boolean' }, { kind: 'boolean', nullIsFalse: true }], null, false, true],
  [
    [
      { kind: 'timestamp', fractionDigits: 6 },
      { kind: 'timestamp', fractionDigits: 0 },
    ],
    '2026-11-21 08:00:00.75',
    '2026-11-21T08:00:00.000+0000',
    true,
  ],
] as const)('in the coarser of %j, %j and %j are the same: %j', (types, left, right, expected) => {
  expect(isSameIn(types, left, right)).toBe(expected);
});
