import type { FieldType } from '@concord/core';
import { expect, test } from 'vitest';
import { planOf, readRecorded } from '../testing/recorded.ts';
import { PostgresNormalizer } from './normalizer.ts';
import { converterOf } from './values.ts';

const text: FieldType = { kind: 'string' };
const timestamp: FieldType = { kind: 'timestamp', fractionDigits: 6 };
const types = planOf('ty', {
  i2: ['i2', { kind: 'integer' }, 'smallint'],
  n: ['n', { kind: 'decimal' }, 'numeric'],
  n2: ['n2', { kind: 'decimal', scale: 2 }, 'numeric(10,2)'],
  f4: ['f4', { kind: 'double' }, 'real'],
  f8: ['f8', { kind: 'double' }, 'double precision'],
  bo: ['bo', { kind: 'boolean' }, 'boolean'],
  d: ['d', { kind: 'date' }, 'date'],
  ts: ['ts', timestamp, 'timestamp without time zone'],
  ts3: ['ts3', { kind: 'timestamp', fractionDigits: 3 }, 'timestamp(3) without time zone'],
  tz: ['tz', timestamp, 'timestamp with time zone'],
  tm: ['tm', { kind: 'time' }, 'time without time zone'],
  ch: ['ch', { kind: 'string', lengthMax: 5 }, 'character(5)'],
  j: ['j', { kind: 'json' }, 'json'],
  jb: ['jb', { kind: 'json' }, 'jsonb'],
  u: ['u', text, 'uuid'],
  by: ['by', { kind: 'bytes' }, 'bytea'],
});
const toast = planOf('toast', {
  big: ['big', text, 'text'],
  bin: ['bin', { kind: 'bytes' }, 'bytea'],
  n: ['n', { kind: 'integer' }, 'integer'],
});

test('values of every type, recorded', () => {
  const { facts } = new PostgresNormalizer({ system: 'pg', plans: [types] }).push(readRecorded('types'));
  const told = facts.map(({ change }) => ({
    id: change.nativeId,
    ...Object.fromEntries(Object.entries(change.values).filter(([, value]) => value !== null)),
  }));
  expect(told).toMatchInlineSnapshot(`
    [
      {
        "bo": true,
        "by": "AP8=",
        "ch": "ab",
        "d": "-infinity",
        "f4": 1.1,
        "f8": "NaN",
        "i2": -1,
        "id": "9007199254740993",
        "j": "{"b":1, "a" : null}",
        "jb": "{"a": 1.0, "b": 1}",
        "n": "NaN",
        "n2": "1.5",
        "tm": "00:00:00",
        "ts": "infinity",
        "ts3": "2024-01-02T03:04:05.1Z",
        "tz": "2024-01-02T01:04:05.12Z",
        "u": "ab00ef1b-00bb-4d4c-a97c-4f24cb97fc74",
      },
      {
        "d": "-0043-03-15",
        "f4": "Infinity",
        "f8": "-Infinity",
        "id": "3",
        "n": "Infinity",
        "n2": "0",
        "tm": "23:59:59.999999",
        "ts": "-0043-03-15T10:00:00Z",
        "tz": "12345-01-01T00:00:00Z",
      },
      {
        "d": "infinity",
        "f4": 0.1,
        "f8": 1e+300,
        "id": "4",
        "n": "-Infinity",
        "n2": "-0.5",
        "tm": "01:02:03.5",
        "ts": "-infinity",
        "tz": "-infinity",
      },
      {
        "d": "2024-02-29",
        "f4": 16777216,
        "f8": 0.1,
        "id": "5",
        "n": "100000000000000000000",
        "tm": "00:00:00",
        "ts": "2024-01-02T03:04:05.123456Z",
        "tz": "infinity",
      },
    ]
  `);
});

test('large values that were not changed are left out, whatever their type', () => {
  const { facts } = new PostgresNormalizer({ system: 'pg', plans: [toast] }).push(readRecorded('types'));
  const [inserted, updated, deleted] = facts.map(({ change, before }) => ({ ...change, before }));
  expect(inserted).toMatchObject({ complete: true, values: { n: 1, big: 'x'.repeat(3000) } });
  expect(updated).toMatchObject({ complete: false, values: { n: 2 }, before: null });
  expect(Object.keys(updated?.values ?? {})).toEqual(['n']);
  expect(deleted).toMatchObject({ existence: 'deleted', nativeId: '1', values: {}, before: null });
});

test.each([
  [{ kind: 'integer' }, 'bigint', 9007199254740991n, 9007199254740991],
  [{ kind: 'integer' }, 'bigint', -9223372036854775808n, '-9223372036854775808'],
  [{ kind: 'integer' }, 'integer', '1', undefined],
  [{ kind: 'decimal' }, 'numeric', '-0.00', '0'],
  [{ kind: 'decimal' }, 'numeric', '100', '100'],
  [{ kind: 'decimal' }, 'numeric', '10.10', '10.1'],
  [{ kind: 'timestamp', fractionDigits: 6 }, 'timestamp with time zone', '-infinity', '-infinity'],
  [{ kind: 'boolean' }, 'boolean', 0, undefined],
  [{ kind: 'string' }, 'text', 7, undefined],
] as const)('%o %s %s is %s', (type, nativeType, raw, expected) => {
  expect(converterOf(type, nativeType)(raw)).toBe(expected);
});
