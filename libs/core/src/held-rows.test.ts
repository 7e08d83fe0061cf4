/**
 * Rows that come while a create of ours is without outcome (I1, I6): they may be its work, so they are kept and decided as
 * soon as it is known, and never dropped, for nobody tells them again.
 */
import { change, entityRules, outcome, playStory, systemRules, access } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { step } from './step.ts';
import { HELD_ROWS_MAX } from './state.ts';
import type { RecordState } from './state.ts';
import type { Input, SourceChange, Values } from './types.ts';

const fields = { a: access(), b: access() };
const POLLED = entityRules({ differing: { S: systemRules(fields, { echoes: 'polled' }) } });
const MARKED = entityRules();

const row = (time: number, nativeId: string, values: Values): SourceChange =>
  change('S', time, values, { nativeId, complete: true, snapshot: true, position: '' });
const gone = (time: number, nativeId: string): SourceChange => ({
  ...row(time, nativeId, {}),
  existence: 'deleted',
  complete: false,
});

/** The decisions that say something, in the words of `story.ts`. */
function decided(state: RecordState, rules: typeof POLLED, ...inputs: Input[]): { told: string; state: RecordState } {
  const result = step(state, inputs, rules, 50);
  const untold = new Set(['observed', 'learned', 'outcome_recorded', 'rows_released']);
  const types = result.decisions.filter(({ type }) => !untold.has(type)).map(({ type }) => type);
  return { told: types.join(' '), state: result.state };
}

describe('S5 of a polled system', () => {
  const creating = playStory(POLLED, 'P creates a=0 b=0 →').state;

  test('I1 a create that was executed, deleted and made anew by users before the next look ends with its row', () => {
    const held = decided(creating, POLLED, gone(30, 'S-1'), row(31, 'S-2', { a: '7', b: '7' }));
    expect(held.told).toBe('row_held row_held');
    const known = decided(held.state, POLLED, outcome('S', 1, { nativeId: 'S-1' }));
    expect(known.told).toBe('echoed existence_fast_forwarded existence_fast_forwarded fast_forwarded command_issued');
    expect(known.state.systems['S']).toMatchObject({ applied: [], heldRows: [], nativeId: 'S-2' });
    expect(known.state.fields['a']).toMatchObject({ value: '7', origin: 'S' });
  });

  test('I5 a row that turns out to be our create is its echo', () => {
    const held = decided(creating, POLLED, row(30, 'S-1', { a: '0', b: '5' }));
    const known = decided(held.state, POLLED, outcome('S', 1, { nativeId: 'S-1' }));
    expect(known.told).toBe('echoed fast_forwarded command_issued');
    expect(known.state.fields['b']).toMatchObject({ value: '5', origin: 'S' });
  });

  test('I6 that a row of somebody else is gone does not delete what we created', () => {
    const applied = decided(creating, POLLED, outcome('S', 1, { nativeId: 'S-2' })).state;
    const { told, state } = decided(applied, POLLED, gone(30, 'S-1'));
    expect(told).toBe('');
    expect(state.exists.value).toBe(true);
    expect(state.systems['S']?.applied).toHaveLength(1);
  });

  test('I2 the same row again is dropped, and an older one too', () => {
    const first = decided(creating, POLLED, row(30, 'S-2', { a: '7' }));
    const again = decided(first.state, POLLED, row(30, 'S-2', { a: '7' }), row(29, 'S-2', { a: '6' }));
    expect(again.told).toBe('duplicate_dropped duplicate_dropped');
    expect(again.state).toBe(first.state);
  });

  test('I10 a newer row takes the place of an older one, and what is kept is bounded', () => {
    const many = Array.from({ length: 40 }, (_, index) => [
      gone(30 + 2 * index, `S-${index}`),
      row(31 + 2 * index, `S-${index + 1}`, { a: String(index) }),
    ]).flat();
    const { heldRows } = decided(creating, POLLED, ...many).state.systems['S'] ?? { heldRows: [] };
    expect(heldRows).toHaveLength(HELD_ROWS_MAX);
    expect(heldRows.filter(({ existence }) => existence === 'exists')).toHaveLength(1);
    expect(heldRows.at(-1)).toMatchObject({ nativeId: 'S-40' });
  });

  test('I10 what was executed on a row that is gone by then is not waited for', () => {
    const inStep = 'P creates a=0 b=0 →\nS applies →\nS reads a=0 b=0 →\nP edits a=1 →\nS lacks →';
    const { state } = playStory(POLLED, inStep);
    const { told, state: after } = decided(state, POLLED, outcome('S', 2));
    expect(told).toBe('');
    expect(after.systems['S']).toMatchObject({ applied: [], inFlight: null });
  });
});

describe('S5 of a polled system, with the moments of execution', () => {
  const IN_STEP = 'P creates a=0 b=0 →\nS applies →\nS reads a=0 b=0 →\n';
  const deleting = playStory(POLLED, `${IN_STEP}P deletes →`).state;
  const same = { a: '0', b: '0' };

  test('I6 a row that was undeleted after our delete is a user’s will', () => {
    const held = decided(deleting, POLLED, row(80, 'S-1', same));
    const { told, state } = decided(held.state, POLLED, outcome('S', 2, { at: 70 }));
    expect(told).toBe('echoed existence_fast_forwarded fast_forwarded command_issued');
    expect(state.systems['S']).toMatchObject({ applied: [], nativeId: 'S-1', exists: { value: true } });
  });

  test('I6 a row that was read before our delete says nothing', () => {
    const held = decided(deleting, POLLED, row(80, 'S-1', same));
    const { told, state } = decided(held.state, POLLED, outcome('S', 2, { at: 90 }));
    expect(told).toBe('');
    expect(state.systems['S']?.applied).toHaveLength(1);
    expect(decided(state, POLLED, gone(100, 'S-1')).told).toBe('echoed');
  });

  test('I5 a row read after a write is its echo, whatever it shows; one read before is not', () => {
    const writing = playStory(POLLED, `${IN_STEP}P edits a=1 →`).state;
    const applied = decided(writing, POLLED, outcome('S', 2, { at: 70 })).state;
    expect(decided(applied, POLLED, row(60, 'S-1', { ...same, b: '5' })).told).toBe('fast_forwarded command_issued');
    expect(decided(applied, POLLED, row(80, 'S-1', { a: '0', b: '5' })).told).toBe(
      'echoed fast_forwarded command_issued',
    );
  });
});

describe('of a deleted record', () => {
  const deleted = playStory(MARKED, 'P creates a=0 b=0 →\nP deletes →').state;
  const held = decided(deleted, MARKED, row(60, 'S-2', { a: '7' }));

  test('I1 a row that is not ours is a user’s will once our create has failed', () => {
    expect(held.told).toBe('row_held');
    const { told, state } = decided(held.state, MARKED, outcome('S', 1, { result: 'stale' }));
    expect(told).toBe('existence_fast_forwarded fast_forwarded command_issued');
    expect(state.exists).toMatchObject({ value: true, origin: 'S' });
  });

  test('I6 a row that is ours is deleted with the record', () => {
    const ours = decided(deleted, MARKED, row(60, 'S-2', { a: '0', b: '0' }));
    const { told, state } = decided(ours.state, MARKED, outcome('S', 1, { nativeId: 'S-2' }));
    expect(told).toBe('echoed command_issued');
    expect(state.exists.value).toBe(false);
    expect(state.systems['S']?.inFlight?.operation).toBe('delete');
  });
});
