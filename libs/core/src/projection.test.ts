/** Projections: a table of what each type makes of a value, and the laws that keep precision from bouncing (I4, I5). */
import { access, asTold, entityRules, playStory, systemRules } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalDecimal } from './decimal.ts';
import { project, same, sameInCoarser } from './projection.ts';
import type { FieldType, Value } from './types.ts';

const TEXT_6: FieldType = { kind: 'string', lengthMax: 6 };
const SALESFORCE_TEXT: FieldType = { kind: 'string', lengthMax: 6, trimmed: true, emptyIsNull: true };
const MONEY: FieldType = { kind: 'decimal', scale: 2 };
const MILLIS: FieldType = { kind: 'timestamp', fractionDigits: 3 };
const SECONDS: FieldType = { kind: 'timestamp', fractionDigits: 0 };

describe('project', () => {
  test.each<[FieldType, Value, Value]>([
    [TEXT_6, 'abcdefgh', 'abcdef'],
    [TEXT_6, 'Zoë & 😀😀😀', 'Zoë & '],
    [{ kind: 'string', lengthMax: 2 }, '😀😀😀', '😀😀'],
    [SALESFORCE_TEXT, '  ab  ', 'ab'],
    [SALESFORCE_TEXT, 'abcde fgh', 'abcde'],
    [SALESFORCE_TEXT, '   ', null],
    [{ kind: 'boolean', nullIsFalse: true }, null, false],
    [{ kind: 'boolean' }, null, null],
    [{ kind: 'integer' }, '9007199254740993', '9007199254740993'],
    [{ kind: 'integer' }, '00042', 42],
    [{ kind: 'integer' }, '2.5', 3],
    [{ kind: 'decimal' }, '10.50', '10.5'],
    [{ kind: 'decimal' }, 1e21, '1000000000000000000000'],
    [{ kind: 'decimal' }, '-0.00', '0'],
    [{ kind: 'decimal' }, 'NaN', 'NaN'],
    [MONEY, '2.345', '2.35'],
    [MONEY, '-2.345', '-2.35'],
    [MONEY, '0.004', '0'],
    [MONEY, '99999999999999999.995', '100000000000000000'],
    [MONEY, 0.1 + 0.2, '0.3'],
    [{ kind: 'double' }, '0.1', 0.1],
    [{ kind: 'date' }, '2024-02-29T12:00:00Z', '2024-02-29'],
    [MILLIS, '2024-01-01T00:00:00.123456Z', '2024-01-01T00:00:00.123Z'],
    [MILLIS, '2024-01-01 00:00:00.500+00', '2024-01-01T00:00:00.5Z'],
    [SECONDS, '2024-01-01T00:00:00.999999Z', '2024-01-01T00:00:00Z'],
    [{ kind: 'time' }, '12:00:00.500', '12:00:00.5'],
  ])('%j: %j → %j', (type, value, expected) => {
    expect(project(type, value)).toBe(expected);
  });

  const types = fc.constantFrom<FieldType>(
    TEXT_6,
    SALESFORCE_TEXT,
    { kind: 'integer' },
    { kind: 'decimal' },
    MONEY,
    { kind: 'double' },
    MILLIS,
    SECONDS,
    { kind: 'date' },
    { kind: 'json' },
  );
  const values: fc.Arbitrary<Value> = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.bigInt().map((n) => `${n}.${n < 0 ? -n : n}`),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.boolean(),
    fc.constant(null),
  );

  test('projecting is idempotent', () => {
    fc.assert(
      fc.property(types, values, (type, value) => {
        expect(project(type, project(type, value))).toBe(project(type, value));
      }),
    );
  });

  test('a value and what a system keeps of it are the same to that system', () => {
    fc.assert(
      fc.property(types, types, values, (finer, coarser, value) => {
        const fine = project(finer, value);
        expect(sameInCoarser([finer, coarser], project(coarser, fine), project(coarser, fine))).toBe(true);
        expect(same(coarser, project(coarser, fine), project(coarser, fine))).toBe(true);
      }),
    );
  });

  test('same is symmetric', () => {
    fc.assert(
      fc.property(types, values, values, (type, left, right) => {
        expect(same(type, left, right)).toBe(same(type, right, left));
      }),
    );
  });

  test('decimals keep every digit', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(30), (units, scale) => {
        const text = `${units}`.padStart(scale + 2, '0');
        fc.pre(units >= 0n);
        const written = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
        expect(normalDecimal(`${units}e-${scale}`)).toBe(normalDecimal(written));
      }),
    );
  });
});

describe('json', () => {
  test.each([
    ['{"a":1,"b":[1,2]}', '{ "b": [1, 2.0], "a": 1e0 }', true],
    ['{"id":12345678901234567890}', '{"id":12345678901234567891}', false],
    ['[1,2]', '[2,1]', false],
    ['"1"', '1', false],
    ['not json', 'not json', true],
    ['not json', 'nor this', false],
  ])('%s and %s: same is %s', (left, right, expected) => {
    expect(same({ kind: 'json' }, left, right)).toBe(expected);
  });
});

describe('coarser systems', () => {
  const rules = entityRules({
    fields: ['n', 't'],
    differing: { S: systemRules({ n: access({ type: MONEY }), t: access({ type: TEXT_6 }) }) },
  });
  const fine = {
    ...rules,
    fields: { ...rules.fields, n: { type: { kind: 'decimal' }, policy: { kind: 'last_write_wins' } } },
  } as const;

  test('I4 an echo of the projection is agreement and never shortens the canonical value', () => {
    const story = `
      P creates n=1.2345 t=longer-text   → existence_fast_forwarded fast_forwarded | S create n=1.23 t=longer
      S applies                          →
      S echoes n=1.230                   → echoed
      P edits n=1.2346                   → fast_forwarded
      S edits n=1.23 t=longer            →
      S edits n=5                        → fast_forwarded | P update n=5/1.2346
    `;
    const { told, state } = playStory(fine, story);
    expect(told).toBe(asTold(story));
    expect(state.fields['t']?.value).toBe('longer-text');
  });
});
