import { describe, expect, it } from 'vitest';
import type { FieldType } from '@concord/core';
import { fromNative, toNative } from './values.ts';

const string: FieldType = { kind: 'string' };
const integer: FieldType = { kind: 'integer' };
const decimal: FieldType = { kind: 'decimal', scale: 2 };
const moment: FieldType = { kind: 'timestamp', fractionDigits: 0 };
const date: FieldType = { kind: 'date' };
const time: FieldType = { kind: 'time' };
const boolean: FieldType = { kind: 'boolean' };

describe('reading', () => {
  it.each([
    ['currency of an event', 1234.5, decimal, decimal, '1234.5'],
    ['number into a text column', 42, { kind: 'decimal', scale: 0 } as const, string, '42'],
    ['number into an integer column', 42, { kind: 'decimal', scale: 0 } as const, integer, 42],
    [
      '18 digits into an integer column',
      123456789012345680,
      { kind: 'decimal', scale: 0 } as const,
      integer,
      '123456789012345680',
    ],
    ['date-time of an event', 1_777_629_600_000n, moment, moment, '2026-05-01T10:00:00Z'],
    ['date-time of REST', '2026-05-01T10:00:00.000+0000', moment, moment, '2026-05-01T10:00:00Z'],
    ['date of an event', 1_777_593_600_000n, date, date, '2026-05-01'],
    ['date of REST', '2026-05-01', date, date, '2026-05-01'],
    ['date into a timestamp column', '2026-05-01', date, moment, '2026-05-01T00:00:00Z'],
    ['time of an event', 36_000_000n, time, time, '10:00:00'],
    ['time of REST', '10:00:00.000Z', time, time, '10:00:00'],
    ['checkbox', true, boolean, boolean, true],
    ['nothing', null, decimal, decimal, null],
    ['sum of doubles', 0.1 + 0.2, decimal, { kind: 'decimal' } as const, '0.3'],
    ['large double', 1e21, decimal, string, '1000000000000000000000'],
    ['unset checkbox', null, { kind: 'boolean', nullIsFalse: true } as const, boolean, false],
    ['text longer than the column', 'abc', string, { kind: 'string', lengthMax: 2 } as const, 'abc'],
  ] as const)('%s', (...[, raw, type, canonical, expected]) => {
    expect(fromNative(raw, { type, nativeType: '' }, canonical)).toBe(expected);
  });

  it('refuses what its type cannot mean', () => {
    expect(() => fromNative('tomorrow', { type: moment, nativeType: 'datetime' }, moment)).toThrow('a moment');
    expect(() => fromNative({ a: 1 }, { type: string, nativeType: 'string' }, string)).toThrow('string');
  });
});

describe('a field that spells values otherwise', () => {
  const cents = { type: decimal, storedType: { kind: 'decimal', scale: 0 }, nativeType: 'double' } as const;
  const inCents = { ...cents, conversions: [{ kind: 'scale', powerOfTen: -2 }] } as const;
  const text = { type: string, storedType: string, nativeType: 'picklist' } as const;
  const named = { ...text, conversions: [{ kind: 'value_map', values: { Hot: 'A' } }] } as const;
  const filled = { ...text, conversions: [{ kind: 'default', value: 'none' }] } as const;

  it('is read as what others call them, and written as its own', () => {
    expect(fromNative(1234, inCents, decimal)).toBe('12.34');
    expect(toNative('12.34', inCents)).toBe(1234);
    expect(fromNative('Hot', named, string)).toBe('A');
    expect([toNative('A', named), toNative('Hot', named), toNative(null, named)]).toEqual(['Hot', 'A', null]);
    expect(fromNative(null, filled, string)).toBe('none');
  });
});

describe('writing', () => {
  it.each([
    ['decimal', '1234.50', decimal, 1234.5],
    ['decimal that no double names', '123456789012345678.91', decimal, '123456789012345678.91'],
    ['timestamp', '2026-05-01T10:00:00.123456Z', moment, '2026-05-01T10:00:00.000Z'],
    ['date column into date-time', '2026-05-01', moment, '2026-05-01T00:00:00.000Z'],
    ['timestamp into date', '2026-05-01T10:00:00Z', date, '2026-05-01'],
    ['time', '10:00:00', time, '10:00:00Z'],
    ['text', 'Žluťoučký', string, 'Žluťoučký'],
    ['number into text', 5, string, '5'],
    ['null', null, string, null],
    ['null into a checkbox', null, { kind: 'boolean', nullIsFalse: true } as const, false],
    ['empty text', '', { kind: 'string', emptyIsNull: true } as const, null],
    ['text longer than the field', 'abc', { kind: 'string', lengthMax: 2 } as const, 'abc'],
  ])('%s', (_, value, type, expected) => {
    expect(toNative(value, { type, nativeType: '' })).toBe(expected);
  });
});
