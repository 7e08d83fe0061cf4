/** Goal: a time that a system states of itself decides `last_write_wins`, and nothing else. */
import { access, change, entityRules, outcome, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { timeOf } from './spoken-at.ts';
import { initialState } from './state.ts';
import { step } from './step.ts';
import type { EntityRules, Values } from './types.ts';

const TIMESTAMP = access({ type: { kind: 'timestamp', fractionDigits: 3 } });

function rules(): EntityRules {
  const plain = entityRules({ fields: ['a', 'edited'] });
  const systemOf = (timestampField: string | null) =>
    systemRules({ a: access(), edited: TIMESTAMP }, timestampField === null ? {} : { timestampField });
  return { ...plain, systems: { P: systemOf('edited'), S: systemOf(null) } };
}

const seconds = (second: number): string => `1970-01-01T00:00:${String(second).padStart(2, '0')}Z`;

/** Both hold the record; then P's edit is heard, and S's that did not know of it. */
function afterBothEdited(edit: Values) {
  const known = step(initialState(), [change('P', 1, { a: 'x', edited: seconds(1) }, { complete: true })], rules(), 1);
  const told = [
    outcome('S', 1, { nativeId: 'S-1' }),
    change('S', 2, { a: 'x', edited: seconds(1) }, { complete: true, echo: 1 }),
    change('P', 50_000, { a: 'p', ...edit }),
    change('S', 40_000, { a: 's' }),
  ];
  return step(known.state, told, rules(), 2);
}

describe('S6 the field in which a system says when it edited', () => {
  test('an edit that changes it counts as made then', () => {
    const { state, decisions } = afterBothEdited({ edited: seconds(30) });
    expect(state.fields['a']).toMatchObject({ value: 's', origin: 'S' });
    const conflict = decisions.find(({ type }) => type === 'conflict_resolved');
    expect(conflict).toMatchObject({ canonical: { system: 'P', at: 30_000 }, incoming: { system: 'S', at: 40_000 } });
  });

  test('an edit that leaves it alone, empties it or writes no time there counts as made when it was committed', () => {
    for (const edit of [{}, { edited: seconds(1) }, { edited: null }, { edited: 'yesterday' }]) {
      expect(afterBothEdited(edit).state.fields['a']).toMatchObject({ value: 'p', origin: 'P', at: 50_000 });
    }
  });

  test('what order the stream gives is not touched', () => {
    const { state } = afterBothEdited({ edited: seconds(59) });
    expect(state.systems['P']?.at).toBe(50_000);
  });

  test('our own writes and what they cause are as late as their commit', () => {
    const known = step(initialState(), [change('S', 10_000, { a: 'x' }, { complete: true })], rules(), 1);
    const derived = change('P', 20_000, { a: 'x!', edited: seconds(1) }, { complete: true, echo: 1 });
    const { state } = step(known.state, [derived], rules(), 2);
    expect(state.fields['a']).toMatchObject({ value: 'x!', at: 20_000 });
  });
});

test('the milliseconds of a timestamp are those of the calendar', () => {
  expect(timeOf('1970-01-01T00:00:00Z')).toBe(0);
  expect(timeOf('2000-02-29T23:59:59.123456Z')).toBe(951_868_799_123);
  let expected = timeOf('1889-12-31T00:00:00Z') ?? 0;
  const wrong = [...daysOfYears(1890, 2110)].filter((date) => timeOf(`${date}T00:00:00Z`) !== (expected += 86_400_000));
  expect(wrong).toEqual([]);
  expect([null, 5, 'soon', '2020-01-01'].map(timeOf)).toEqual([null, null, null, null]);
});

const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function* daysOfYears(first: number, last: number): Generator<string> {
  for (let year = first; year <= last; year++) {
    const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    for (const [month, days] of DAYS_OF_MONTHS.entries()) {
      for (let day = 1; day <= days + (isLeap && month === 1 ? 1 : 0); day++) {
        yield [year, month + 1, day].map((part) => String(part).padStart(2, '0')).join('-');
      }
    }
  }
}
