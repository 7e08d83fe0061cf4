/** The stored form: what is read back is what was written, old formats stay readable, a quiet record is small (I10). */
import { entityRules, playStory } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState, StateFormatError } from './encoding.ts';
import { initialState } from './state.ts';
import type { RecordState, Shadow, SystemState } from './state.ts';
import type { Command, SourceChange, Value } from './types.ts';

const names = fc
  .oneof(fc.constantFrom('a', 'b', 'constructor', 'toString'), fc.string())
  .filter((name) => name !== '__proto__');
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const version = fc.integer({ min: -1, max: 99 });
const shadow: fc.Arbitrary<Shadow> = fc.record({ value, version });
const mapOf = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(names, of, { maxKeys: 4, noNullPrototype: true });
const canonical = <T>(
  of: fc.Arbitrary<T>,
): fc.Arbitrary<{ value: T; version: number; basis: number; origin: string; at: number }> =>
  fc.record({ value: of, version, basis: version, origin: fc.oneof(names, fc.constant('')), at: fc.nat() });
const command: fc.Arbitrary<Command> = fc.record({
  sequence: fc.nat(),
  operation: fc.constantFrom('create', 'update', 'delete'),
  nativeId: fc.option(names),
  values: mapOf(value),
  versions: mapOf(version),
  expected: mapOf(value),
});
const row: fc.Arbitrary<SourceChange> = fc.record({
  kind: fc.constant('change' as const),
  system: names,
  position: fc.string(),
  at: fc.nat(),
  nativeId: names,
  existence: fc.constantFrom('exists', 'deleted'),
  values: mapOf(value),
  complete: fc.boolean(),
  snapshot: fc.boolean(),
  echo: fc.constant(null),
  transaction: fc.string(),
});
const system: fc.Arbitrary<SystemState> = fc.record({
  nativeId: fc.option(names),
  position: fc.string(),
  at: fc.nat(),
  snapshotAt: fc.option(fc.nat()),
  exists: fc.record({ value: fc.boolean(), version }),
  shadows: mapOf(shadow),
  inFlight: fc.option(command),
  touched: fc.array(names, { maxLength: 2 }),
  applied: fc.array(command, { maxLength: 2 }),
  waiting: fc.array(names, { maxLength: 2 }),
  rejected: mapOf(version),
  kept: fc.array(names, { maxLength: 2 }),
  heldRows: fc.array(row, { maxLength: 2 }),
});
const candidate = fc.record({ value, at: fc.nat(), baseVersion: fc.option(version) });
const review = fc.record({
  kind: fc.constantFrom('update_update' as const, 'delete_update' as const),
  revision: fc.nat(),
  since: version,
  candidates: mapOf(candidate),
});
const record: fc.Arbitrary<RecordState> = fc.record({
  version: fc.nat(),
  revision: fc.nat(),
  reviews: mapOf(review),
  mergedInto: fc.option(names),
  chains: mapOf(fc.array(fc.record({ system: names, value, at: fc.nat(), automated: fc.boolean() }), { maxLength: 3 })),
  exists: canonical(fc.boolean()),
  fields: mapOf(canonical(value)),
  systems: mapOf(system),
});

describe('the stored form', () => {
  test('reading back gives what was written, as text and as bytes', () => {
    fc.assert(
      fc.property(record, (state) => {
        const text = encodeState(state);
        expect(decodeState(text)).toEqual(state);
        // Half a surrogate pair has no bytes; the encoder would write U+FFFD for it.
        fc.pre(text.isWellFormed());
        expect(decodeState(new TextEncoder().encode(text))).toEqual(state);
      }),
    );
  });

  test('the initial state is stored too', () => {
    expect(decodeState(encodeState(initialState()))).toEqual(initialState());
  });

  test('format 1 stays readable', () => {
    const stored =
      '1[3,20,["P","S"],[1,1,0,10],{"a":["x",3,1],"b":["1.5",1,0,10,0]},[["7","05",0,0,{"a":["w",2],"b":null}],' +
      '["001A","02",5,[0,2],0,{"f":{"sequence":4,"operation":"create","nativeId":null,"values":{},"versions":{},"expected":{}},"w":["a"]}]]]';
    const state = decodeState(stored);
    expect(state.fields['a']).toEqual({ value: 'x', version: 3, basis: 3, origin: 'S', at: 20 });
    expect(state.systems['P']).toMatchObject({ nativeId: '7', at: 20, shadows: { a: { value: 'w', version: 2 } } });
    expect(state.systems['S']).toMatchObject({
      exists: { value: false, version: 2 },
      waiting: ['a'],
      inFlight: { sequence: 4 },
    });
    expect(encodeState(state)).toBe(stored.replace(',0,10,0]', ',0,10]'));
  });

  test('what cannot be read is refused with the remedy', () => {
    expect(() => decodeState('9[]')).toThrow(StateFormatError);
    expect(() => decodeState('1[')).toThrow(/cannot be read/);
  });

  test('I10 a quiet record of five fields and two systems needs no more than 250 bytes beside its values', () => {
    const fields = ['name', 'phone', 'city', 'website', 'description'];
    const rules = entityRules({ fields, systems: ['postgres', 'salesforce'] });
    const words = fields.map((field) => `${field}=value-of-${field}`).join(' ');
    const life = `postgres creates ${words} →\nsalesforce applies →\nsalesforce echoes →`;
    const { state } = playStory(rules, life);
    const valueBytes = fields.map((field) => `"value-of-${field}"`).join('').length;
    const systems = Object.entries(state.systems).map(([name, one]) => [name, realistic(name, one)] as const);
    const stored = encodeState({ ...state, systems: Object.fromEntries(systems) });
    expect(stored.length - valueBytes).toBeLessThanOrEqual(250);
  });
});

/** Ids and positions of the length that they have in life. */
function realistic(name: string, one: SystemState): SystemState {
  const position = name === 'postgres' ? '00000000016B374800000001' : '65A1B2C30000000000000007';
  return { ...one, position, nativeId: name === 'postgres' ? '4711' : '001A000001LKJHGXYZ' };
}
