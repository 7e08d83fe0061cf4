/**
 * Laws of the three functions, over random inputs that need not make sense: the core is total, deterministic, and its
 * decisions are the whole truth about what it did (I9).
 */
import { access, change, entityRules, outcome, systemRules } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from './encoding.ts';
import { evolve } from './evolve.ts';
import { EXISTS, initialState } from './state.ts';
import type { RecordState } from './state.ts';
import { decide, level, step } from './step.ts';
import type { EntityRules, Input, Resolution, SourceChange } from './types.ts';

const oneWay = systemRules({
  a: access({ read: false, targetEdit: 'reported' }),
  b: access({ type: { kind: 'string', lengthMax: 1 } }),
});
const RULES = fc.constantFrom<EntityRules>(
  entityRules(),
  entityRules({ deletePolicy: 'update_wins', policy: { kind: 'source_priority', order: ['S', 'P'] } }),
  entityRules({ differing: { S: oneWay } }),
  entityRules({ loopPrevention: { maxUpdates: 1, windowMs: 20 } }),
  entityRules({ differing: { S: oneWay }, loopPrevention: { maxUpdates: 1, windowMs: 20 } }),
  entityRules({
    ownership: {
      rules: [
        { when: { field: 'a', in: ['1'] }, owner: 'P' },
        { when: { field: 'a', in: ['2'] }, owner: 'S' },
      ],
      targetEdit: 'kept',
    },
  }),
  ...(['ours', 'values', 'polled'] as const).map((echoes) =>
    entityRules({ differing: { S: systemRules({ a: access(), b: access() }, { echoes }) } }),
  ),
  entityRules({ deletePolicy: 'manual', policy: { kind: 'manual' } }),
);

const changes: fc.Arbitrary<SourceChange> = fc
  .record({
    system: fc.constantFrom('P', 'S', 'unknown'),
    time: fc.nat(30),
    values: fc.dictionary(fc.constantFrom('a', 'b', 'x'), fc.constantFrom('1', '2', 'long', null), {
      noNullPrototype: true,
    }),
    complete: fc.boolean(),
    snapshot: fc.boolean(),
    placed: fc.boolean(),
    echo: fc.option(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant('ours' as const))),
    existence: fc.constantFrom('exists' as const, 'exists' as const, 'exists' as const, 'deleted' as const),
  })
  .map(({ system, time, values, placed, ...options }) =>
    change(system, time, values, options.snapshot && !placed ? { ...options, position: '' } : options),
  );
const outcomes = fc
  .record({
    system: fc.constantFrom('P', 'S'),
    sequence: fc.integer({ min: 1, max: 6 }),
    result: fc.constantFrom(
      'applied' as const,
      'applied' as const,
      'stale' as const,
      'rejected' as const,
      'waiting' as const,
    ),
    staleFields: fc.subarray(['a', 'b']),
  })
  .map(({ system, sequence, result, staleFields }) =>
    outcome(system, sequence, { result, staleFields, nativeId: `${system}-1` }),
  );
const resolutions: fc.Arbitrary<Resolution> = fc.record({
  kind: fc.constant('resolution' as const),
  field: fc.constantFrom('a', 'b', EXISTS),
  choice: fc.oneof(
    fc.record({ system: fc.constantFrom('P', 'S') }),
    fc.record({ canonical: fc.constant(true as const) }),
    fc.record({ value: fc.constantFrom('1', true, null) }),
  ),
  revision: fc.integer({ min: 0, max: 4 }),
  by: fc.constant('ann'),
  at: fc.nat(30),
});
const oneInput = fc.oneof<fc.MaybeWeightedArbitrary<Input>[]>(
  { weight: 6, arbitrary: changes },
  { weight: 4, arbitrary: outcomes },
  { weight: 1, arbitrary: resolutions },
);
const inputs = fc.array(oneInput, { maxLength: 25 });

function play(history: readonly Input[], rules: EntityRules): RecordState {
  let sequence = 1;
  return history.reduce((state, input) => {
    const result = step(state, [input], rules, sequence);
    sequence += result.commands.length;
    return result.state;
  }, initialState());
}

describe('laws', () => {
  test('I9 replaying the decisions gives the state, in one step or in many', () => {
    fc.assert(
      fc.property(inputs, inputs, RULES, (before, poll, rules) => {
        const state = play(before, rules);
        const result = step(state, poll, rules, 100);
        expect(result.decisions.reduce(evolve, state)).toEqual(result.state);
      }),
    );
  });

  test('a step is its decisions one by one, then a levelling', () => {
    fc.assert(
      fc.property(inputs, inputs, RULES, (before, poll, rules) => {
        const state = play(before, rules);
        const decided = poll.reduce((one, input) => decide(one, input, rules).reduce(evolve, one), state);
        const levelled = level(decided, rules, 100).reduce(evolve, decided);
        expect(step(state, poll, rules, 100).state).toEqual(levelled);
      }),
    );
  });

  test('S3 what an event is marked with counts the same whether its echo came in this poll or in an earlier one', () => {
    const rules = entityRules();
    const create = change('P', 1, { a: '1' }, { complete: true });
    const state = play([create, outcome('S', 1, { nativeId: 'S-1' })], rules);
    const echo = change('S', 1, { a: '1' }, { complete: true, echo: 1 });
    const events = [echo, change('S', 2, {}, { existence: 'deleted', echo: 1 })];
    const separately = events.reduce((one, event) => step(one, [event], rules, 100).state, state);
    expect(step(state, events, rules, 100).state).toEqual(separately);
  });

  test('a level system needs no command: levelling twice is levelling once', () => {
    fc.assert(
      fc.property(inputs, RULES, (before, rules) => {
        expect(level(play(before, rules), rules, 100)).toEqual([]);
      }),
    );
  });

  test('I2 the same change again leaves the very same state', () => {
    fc.assert(
      fc.property(inputs, changes, RULES, (before, again, rules) => {
        fc.pre(again.position !== '');
        const state = play([...before, again], rules);
        const known = state.systems[again.system];
        fc.pre(known !== undefined && known.position >= again.position);
        const settled = step(state, [again], rules, 100).state;
        expect(step(settled, [again], rules, 200).state).toBe(settled);
      }),
    );
  });

  test('storing and reading between steps changes nothing', () => {
    fc.assert(
      fc.property(inputs, inputs, RULES, (before, poll, rules) => {
        const state = play(before, rules);
        expect(step(decodeState(encodeState(state)), poll, rules, 100)).toEqual(step(state, poll, rules, 100));
      }),
    );
  });

  test('every input has at least one decision, and recordChanged says whether the version moved', () => {
    fc.assert(
      fc.property(inputs, changes, RULES, (before, one, rules) => {
        const state = play(before, rules);
        expect(decide(state, one, rules).length).toBeGreaterThan(0);
        const result = step(state, [one], rules, 100);
        expect(result.recordChanged).toBe(result.state.version !== state.version);
      }),
    );
  });

  test('at most one command per system and step, sequences are consecutive', () => {
    fc.assert(
      fc.property(inputs, inputs, RULES, (before, poll, rules) => {
        const { commands } = step(play(before, rules), poll, rules, 100);
        expect(new Set(commands.map(({ system }) => system)).size).toBe(commands.length);
        expect(commands.map(({ sequence }) => sequence)).toEqual(commands.map((_, index) => 100 + index));
      }),
    );
  });
});

describe('odd names', () => {
  test('a column may be called like something every object has', () => {
    const rules = entityRules({ fields: ['constructor', 'toString'] });
    const { state, commands } = step(
      initialState(),
      [change('P', 1, { constructor: '1' }, { complete: true })],
      rules,
      1,
    );
    expect(commands[0]?.values).toEqual({ constructor: '1' });
    expect(decodeState(encodeState(state))).toEqual(state);
  });
});
