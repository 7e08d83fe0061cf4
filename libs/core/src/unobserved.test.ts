/**
 * Goal: a target that nobody listens to is kept up to date by what its executor says, without an end and without echoes.
 * Method: one system writes, the other only executes.
 */
import { change, entityRules, outcome, systemRules, access } from '@concord/testing';
import { expect, test } from 'vitest';
import { initialState } from './state.ts';
import { step } from './step.ts';
import type { Input } from './types.ts';

const target = { ...systemRules({ a: access({}), b: access({}) }), unobserved: true };
const rules = entityRules({ differing: { S: target } });

test('S8 every change becomes one command, however many come', () => {
  let state = initialState();
  const told: string[] = [];
  for (let time = 1; time <= 40; time++) {
    const input: Input = change('P', time, { a: String(time), b: 'same' }, { complete: true });
    const changed = step(state, [input], rules, time);
    const [command] = changed.commands;
    told.push(
      `${command?.operation} ${Object.keys(command?.values ?? {}).join()} expecting ${Object.keys(command?.expected ?? {}).length}`,
    );
    const done = step(changed.state, [outcome('S', time, { nativeId: 'n' })], rules, time + 1);
    expect(done.commands).toEqual([]);
    ({ state } = done);
  }
  expect(told[0]).toBe('create a,b expecting 0');
  expect(new Set(told.slice(1))).toEqual(new Set(['update a expecting 0']));
  expect(state.systems['S']).toMatchObject({ nativeId: 'n', inFlight: null, applied: [] });
});

test('a row that is missing at the target is shown to people instead of waited for', () => {
  const created = step(initialState(), [change('P', 1, { a: '1' }, { complete: true })], rules, 1);
  const held = step(created.state, [outcome('S', 1, { nativeId: 'n' }), change('P', 2, { a: '2' })], rules, 2);
  const missing = step(
    held.state,
    [outcome('S', 2, { result: 'stale', code: 'sink.row_missing', reason: 'gone' })],
    rules,
    3,
  );
  expect(missing.decisions).toMatchObject([{ type: 'outcome_recorded', result: 'rejected' }]);
  expect(missing.commands).toEqual([]);
});

test('a delete goes over and a new record may come after it', () => {
  const created = step(initialState(), [change('P', 1, { a: '1' }, { complete: true })], rules, 1);
  const held = step(created.state, [outcome('S', 1, { nativeId: 'n' })], rules, 2);
  const deleted = step(held.state, [change('P', 2, {}, { existence: 'deleted' })], rules, 2);
  expect(deleted.commands).toMatchObject([{ operation: 'delete', nativeId: 'n', expected: {} }]);
  const gone = step(deleted.state, [outcome('S', 2)], rules, 3);
  expect(gone.state.systems['S']).toMatchObject({ nativeId: null, exists: { value: false } });
});
