/** Projections: a table of what each type makes of a value, and the laws that keep precision from bouncing (I4, I5). */
import { access, asTold, Copies, entityRules, playStory, systemRules } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalDecimal } from './decimal.ts';
import { project, same, sameInCoarser } from './projection.ts';
import type { EntityRules, FieldType, Value } from './types.ts';

const TEXT_6: FieldType = { kind: 'string', lengthMax: 6 };
const SALESFORCE_TEXT: FieldType = { kind: 'string', lengthMax: 6, trimmed: true, emptyIsNull: true };
const MONEY: FieldType = { kind: 'decimal', scale: 2 };
const MILLIS: FieldType = { kind: 'timestamp', fractionDigits: 3 };
const PICKLIST: FieldType = { kind: 'set', emptyIsNull: true };
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
    [{ kind: 'set' }, '["b","a","b"]', '["a","b"]'],
    [{ kind: 'set' }, ' [ ] ', '[]'],
    [{ kind: 'set' }, null, null],
    [{ kind: 'set' }, '[1,2]', '[1,2]'],
    [{ kind: 'set' }, 'no set', 'no set'],
    [PICKLIST, '[]', null],
  ])('%j: %j → %j', (type, value, expected) => {
    expect(project(type, value)).toBe(expected);
  });

  /** Of each kind all that differ: a new kind does not compile until it stands here. */
  const KINDS: { readonly [Kind in FieldType['kind']]: readonly FieldType[] } = {
    string: [TEXT_6, SALESFORCE_TEXT, { kind: 'string' }],
    boolean: [{ kind: 'boolean' }, { kind: 'boolean', nullIsFalse: true }],
    integer: [{ kind: 'integer' }],
    decimal: [{ kind: 'decimal' }, MONEY],
    double: [{ kind: 'double' }],
    date: [{ kind: 'date' }],
    timestamp: [MILLIS, SECONDS],
    time: [{ kind: 'time' }],
    json: [{ kind: 'json' }],
    bytes: [{ kind: 'bytes' }],
    set: [{ kind: 'set' }, PICKLIST],
  };
  const types = fc.constantFrom(...Object.values(KINDS).flat());
  const values: fc.Arbitrary<Value> = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.bigInt().map((n) => `${n}.${n < 0 ? -n : n}`),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.constantFrom('a', 'b', 'c')).map((elements) => JSON.stringify(elements)),
    fc.json(),
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

  test('same is an equivalence of what a field of the type holds', () => {
    fc.assert(
      fc.property(types, fc.tuple(values, values, values), fc.nat(2), (type, [one, two, three], twin) => {
        // Random values are seldom the same: sometimes a value meets itself as the type holds it.
        const held = [one, two, [one, two, three][twin] ?? null].map((value) => project(type, value));
        const [left = null, middle = null, right = null] = held;
        expect(same(type, left, left)).toBe(true);
        expect(same(type, left, middle)).toBe(same(type, middle, left));
        const isChain = same(type, left, middle) && same(type, middle, right);
        expect(!isChain || same(type, left, right)).toBe(true);
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

  /** A type, and one that keeps less of its values. */
  const PAIRS: readonly (readonly [FieldType, FieldType, fc.Arbitrary<Value>])[] = [
    [{ kind: 'decimal' }, MONEY, fc.tuple(fc.integer(), fc.nat(5)).map(([units, scale]) => `${units}e-${scale}`)],
    [{ kind: 'decimal' }, { kind: 'double' }, fc.bigInt().map((units) => `${units}.25`)],
    [{ kind: 'decimal' }, { kind: 'integer' }, fc.integer().map((tenths) => `${tenths}e-1`)],
    [{ kind: 'string' }, SALESFORCE_TEXT, fc.string({ unit: 'grapheme' })],
    [MILLIS, SECONDS, moments()],
    [SECONDS, { kind: 'date' }, moments()],
    [{ kind: 'boolean' }, { kind: 'boolean', nullIsFalse: true }, fc.constantFrom(true, false, null)],
    [{ kind: 'set' }, PICKLIST, fc.subarray(['a', 'b']).map((elements) => JSON.stringify(elements))],
  ];

  test('I4 I5 what a coarser system shows of a value is never an edit, and nothing is sent because of it', () => {
    const pair = fc
      .constantFrom(...PAIRS)
      .chain(([type, coarser, value]) => fc.tuple(fc.constant(type), fc.constant(coarser), value, value));
    fc.assert(
      fc.property(pair, ([type, coarser, first, second]) => {
        const paired: EntityRules = {
          ...entityRules({ fields: ['n'] }),
          fields: { n: { type, policy: { kind: 'last_write_wins' } } },
          systems: { P: systemRules({ n: access({ type }) }), S: systemRules({ n: access({ type: coarser }) }) },
        };
        const world = new Copies(paired, { n: first });
        world.edit('P', { n: second });
        world.settle();
        // Its own rows come again, as after any save of another field there.
        world.edit('S', { n: project(coarser, world.row('S')['n'] ?? null) });
        const before = world.state;
        world.hear('S');
        expect(world.state.fields).toBe(before.fields);
        expect(world.settle()).toBe(true);
        expect(same(type, world.row('P')['n'] ?? null, project(type, second))).toBe(true);
        expect(same(type, world.state.fields['n']?.value ?? null, project(type, second))).toBe(true);
      }),
    );
  });
});

/** Timestamps with milliseconds, as services write them. */
function moments(): fc.Arbitrary<string> {
  const digits = (length: number, min: number, max: number) =>
    fc.integer({ min, max }).map((value) => String(value).padStart(length, '0'));
  return fc
    .tuple(
      digits(4, 1, 9999),
      digits(2, 1, 12),
      digits(2, 1, 28),
      digits(2, 0, 23),
      digits(2, 0, 59),
      digits(2, 0, 59),
      digits(3, 0, 999),
    )
    .map(
      ([year, month, day, hour, minute, second, millis]) =>
        `${year}-${month}-${day}T${hour}:${minute}:${second}.${millis}Z`,
    );
}
