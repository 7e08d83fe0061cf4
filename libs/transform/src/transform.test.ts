/** The laws of both classes, over texts that are meant and texts that nobody means. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf, isInvertible, normalizerOf, phoneCountries, type Conversion, type Normalization } from './index.ts';

const WORDS = [
  '  Foo  Bar ',
  'straße',
  'ΑΣ',
  'İi',
  '(555) 123-4567',
  '+47 22 33 44 55',
  '22334455 ext. 5',
  '0',
  'Hot',
  '1',
  '2',
];
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...WORDS));

const STEPS: { readonly [Kind in Normalization['kind']]: Normalization } = {
  trim: { kind: 'trim' },
  collapse_spaces: { kind: 'collapse_spaces' },
  lowercase: { kind: 'lowercase' },
  uppercase: { kind: 'uppercase' },
  format_phone: { kind: 'format_phone', country: 'NO' },
};

describe('a normalization', () => {
  it('done twice is done once, alone and in any sequence', () => {
    const steps = fc.array(fc.constantFrom(...Object.values(STEPS)), { maxLength: 4 });
    fc.assert(
      fc.property(steps, text, (sequence, value) => {
        const normalize = normalizerOf(sequence);
        const once = normalize(value);
        expect(normalize(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['trim', ' a b ', 'a b'],
    ['collapse_spaces', 'a \t\n b', 'a b'],
    ['lowercase', 'ÅSE', 'åse'],
    ['uppercase', 'straße', 'STRASSE'],
    ['format_phone', '22 33 44 55', '+4722334455'],
    ['format_phone', '+47 (22) 33 44 55', '+4722334455'],
    ['format_phone', '+1 213-373-4253', '+12133734253'],
    ['format_phone', '22 33 44 55 ext. 7', '22 33 44 55 ext. 7'],
    ['format_phone', 'call me', 'call me'],
    ['format_phone', '1', '1'],
  ] as const)('%s %j', (kind, from, to) => {
    expect(normalizerOf([STEPS[kind]])(from)).toBe(to);
  });

  it('without a country reads international numbers only', () => {
    const normalize = normalizerOf([{ kind: 'format_phone' }]);
    expect(normalize('+47 22 33 44 55')).toBe('+4722334455');
    expect(normalize('22 33 44 55')).toBe('22 33 44 55');
    expect(phoneCountries()).toContain('NO');
  });
});

describe('a conversion', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const oneToOne = fc.uniqueArray(fc.tuple(name, name), { selector: ([own]) => own }).map((pairs) => {
    const free = new Map(pairs.map(([own, other]) => [other, own]));
    return Object.fromEntries([...free].map(([other, own]) => [own, other]));
  });
  const step: fc.Arbitrary<Conversion> = fc.oneof(
    fc.record({ kind: fc.constant('value_map' as const), values: oneToOne }),
    fc.record({ kind: fc.constant('scale' as const), powerOfTen: fc.integer({ min: -6, max: 6 }) }),
  );
  const decimal = fc.tuple(fc.integer(), fc.nat({ max: 999 })).map(([whole, thousandths]) => {
    const fraction = String(thousandths).padStart(3, '0').replace(/0+$/, '');
    return fraction === '' ? String(whole) : `${whole}.${fraction}`;
  });
  const value = fc.oneof(name, text, decimal, fc.constant(null), fc.boolean());

  it('there and back is where one was, whatever the value, in both directions', () => {
    // Numbers in other than their normal form stand for the same number, so they come back in normal form.
    const isNormal = (one: unknown) => typeof one !== 'string' || !/^-?\d+(\.\d+)?$/.test(one) || isNormalDecimal(one);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3 }), value, (steps, one) => {
        fc.pre(isNormal(one));
        const { read, write } = codecOf(steps);
        expect(write(read(one))).toBe(one);
        expect(read(write(one))).toBe(one);
      }),
      { numRuns: 2000 },
    );
  });

  it('that makes one of two is one-way, and only read', () => {
    const steps: readonly Conversion[] = [
      { kind: 'value_map', values: { Hot: 'yes', Warm: 'yes' } },
      { kind: 'constant', value: 5 },
      { kind: 'default', value: 'none' },
    ];
    expect(steps.map(isInvertible)).toEqual([false, false, false]);
    expect(steps.map((one) => codecOf([one]).read('Warm'))).toEqual(['yes', 5, 'Warm']);
    expect(steps.map((one) => codecOf([one]).read(null))).toEqual([null, 5, 'none']);
    expect(isInvertible({ kind: 'value_map', values: { Hot: 'yes', Warm: 'no' } })).toBe(true);
  });

  it('names what is named, leaves the rest, and never makes two of one', () => {
    const { read, write } = codecOf([{ kind: 'value_map', values: { Hot: '1', Warm: '2' } }]);
    expect(['Hot', 'Warm', 'Cold', '1', null, true].map(read)).toEqual(['1', '2', 'Cold', 'Hot', null, true]);
    expect(write('1')).toBe('Hot');
  });

  it.each([
    ['1.5', 2, '150'],
    ['150', -2, '1.5'],
    ['-0.05', 3, '-50'],
    ['7', -3, '0.007'],
    ['0', 4, '0'],
    ['NaN', 2, 'NaN'],
    [12, 1, '120'],
  ])('%j times ten to the %j is %j', (from, powerOfTen, to) => {
    expect(codecOf([{ kind: 'scale', powerOfTen }]).read(from)).toBe(to);
  });
});

function isNormalDecimal(value: string): boolean {
  return /^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/.test(value);
}
