/**
 * Every kind of input in every state of a field, one table, total by type. The rows are what a system's stream can tell of
 * one field; the columns are how the field stands at that system. Numbers S1, S2, S3, S6 and S7 of SPEC.md.
 */
import { change, entityRules, outcome, playStory } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import type { Decision } from './decisions.ts';
import { initialState } from './state.ts';
import { decide, step } from './step.ts';
import type { SourceChange } from './types.ts';

const RULES = entityRules();
const START = 'P creates a=0 b=0 →\nS applies →\nS echoes →\n';

/** How field `a` stands at S when the event comes. The command under way to S, if any, writes 1. */
type Standing = 'in step' | 'command in flight' | 'command executed' | 'lost a conflict' | 'guard failed';
type Told =
  'the value it had' | 'the canonical value' | 'another value' | 'echo as written' | 'echo, altered' | 'echo of nobody';
type Verdict = Decision['type'] | 'unchanged';

const STANDINGS: Record<Standing, string> = {
  'in step': START,
  'command in flight': `${START}P edits a=1 →`,
  'command executed': `${START}P edits a=1 →\nS applies →`,
  'lost a conflict': `${START}P edits a=1 →\nS edits a=0.5 @1 →`,
  'guard failed': `${START}P edits a=1 →\nS stales a →`,
};

const TABLE: Record<Standing, Record<Told, Verdict>> = {
  'in step': {
    'the value it had': 'unchanged',
    'the canonical value': 'unchanged',
    'another value': 'fast_forwarded',
    // Of commands that are not under way: changed in a transaction of ours, so derived, but new all the same.
    'echo as written': 'derived',
    'echo, altered': 'derived',
    'echo of nobody': 'derived',
  },
  'command in flight': {
    'the value it had': 'unchanged',
    'the canonical value': 'agreed',
    'another value': 'conflict_resolved',
    'echo as written': 'echoed',
    'echo, altered': 'derived',
    'echo of nobody': 'derived_superseded',
  },
  'command executed': {
    'the value it had': 'unchanged',
    'the canonical value': 'agreed',
    'another value': 'conflict_resolved',
    'echo as written': 'echoed',
    'echo, altered': 'derived',
    'echo of nobody': 'derived_superseded',
  },
  'lost a conflict': {
    'the value it had': 'unchanged',
    'the canonical value': 'agreed',
    'another value': 'conflict_resolved',
    'echo as written': 'echoed',
    'echo, altered': 'derived',
    'echo of nobody': 'derived_superseded',
  },
  'guard failed': {
    'the value it had': 'unchanged',
    'the canonical value': 'agreed',
    'another value': 'conflict_resolved',
    'echo as written': 'agreed',
    'echo, altered': 'derived_superseded',
    'echo of nobody': 'derived_superseded',
  },
};
function eventOf(told: Told, held: string, canonical: string): Partial<SourceChange> {
  const events: Record<Told, Partial<SourceChange>> = {
    'the value it had': { values: { a: held } },
    'the canonical value': { values: { a: canonical } },
    'another value': { values: { a: '7' } },
    'echo as written': { values: { a: '1' }, echo: 2 },
    'echo, altered': { values: { a: '1!' }, echo: 2 },
    'echo of nobody': { values: { a: '7' }, echo: 99 },
  };
  return { ...events[told], at: 900 };
}

describe('S3 one field, whatever its standing and whatever is told', () => {
  const cells = Object.entries(TABLE).flatMap(([standing, row]) =>
    Object.entries(row).map(([told, verdict]) => [standing as Standing, told as Told, verdict] as const),
  );
  test.each(cells)('%s: %s', (standing, told, verdict) => {
    const { state } = playStory(RULES, STANDINGS[standing]);
    const held = String(state.systems['S']?.shadows['a']?.value);
    const canonical = String(state.fields['a']?.value);
    const decisions = decide(state, change('S', 900, {}, eventOf(told, held, canonical)), RULES);
    const last = decisions.findLast(({ type }) => type !== 'observed');
    expect(last?.type ?? 'unchanged').toBe(verdict);
  });
});

describe('what is taken for granted', () => {
  test('S2 what a complete event of a new record leaves out is null, and unchanged in a known one', () => {
    const created = step(initialState(), [change('S', 1, { a: '1' }, { complete: true })], RULES, 1).state;
    expect(created.systems['S']?.shadows['b']).toEqual({ value: null, version: 0 });
    const later = step(created, [change('S', 2, { b: '2' }, { complete: true })], RULES, 2).state;
    expect(later.fields['a']?.value).toBe('1');
  });

  test('S2 a field of which nothing was told is never written', () => {
    const { state } = step(initialState(), [change('S', 1, { a: '1' })], RULES, 1);
    const both = step(state, [change('P', 1, { a: '1', b: '5' }, { complete: true })], RULES, 2);
    expect(both.commands).toEqual([]);
  });

  test('S6 a clock that is years off changes who wins, not whether there is a conflict', () => {
    const verdicts = [-1e12, 0, 1e12].map((skew) => {
      const { state } = playStory(RULES, STANDINGS['command in flight']);
      const decisions = decide(state, change('S', 900, { a: '7' }, { at: 900 + skew }), RULES);
      return decisions.find(({ type }) => type === 'conflict_resolved');
    });
    expect(verdicts.map((one) => one?.type)).toEqual(['conflict_resolved', 'conflict_resolved', 'conflict_resolved']);
    expect(verdicts.map((one) => one?.type === 'conflict_resolved' && one.winner)).toEqual([
      'canonical',
      'incoming',
      'incoming',
    ]);
  });

  test('S7 a second copy under another id is not mixed with the first', () => {
    const { state } = playStory(RULES, START);
    const result = step(state, [change('S', 900, { a: '7' }, { nativeId: 'S-other' })], RULES, 9);
    expect(result.decisions).toMatchObject([{ type: 'change_ignored', reason: 'second_copy', nativeId: 'S-other' }]);
    expect(result.state).toBe(state);
  });

  test('S7 a change that says it renamed the copy is followed', () => {
    const { state } = playStory(RULES, START);
    const renamed = change('S', 900, { a: '7' }, { nativeId: 'S-2', previousNativeId: 'S-1' });
    const result = step(state, [renamed], RULES, 9);
    expect(result.decisions.map(({ type }) => type)).toEqual(['observed', 'fast_forwarded', 'command_issued']);
    expect(result.state.systems['S']?.nativeId).toBe('S-2');
    const next = step(result.state, [change('S', 901, { b: '8' }, { nativeId: 'S-2' })], RULES, 10);
    expect(next.decisions.map(({ type }) => type)).toEqual(['observed', 'fast_forwarded']);
  });

  test.each(['before', 'after'])(
    'S7 what was sent to the old id is sent to the new one (outcome %s the event)',
    (when) => {
      const { state } = playStory(RULES, `${START}P edits a=1 →`);
      const renamed = change('S', 900, { b: '7' }, { nativeId: 'S-2', previousNativeId: 'S-1' });
      const missed = outcome('S', state.systems['S']?.inFlight?.sequence ?? 0, { result: 'stale' });
      const result = step(state, when === 'before' ? [missed, renamed] : [renamed, missed], RULES, 9);
      expect(result.commands.filter(({ system }) => system === 'S')).toMatchObject([
        { operation: 'update', nativeId: 'S-2', values: { a: '1' } },
      ]);
    },
  );

  test('S1 a change whose position was seen is dropped', () => {
    const { state } = playStory(RULES, START);
    const result = step(state, [change('S', 0, { a: '7' })], RULES, 9);
    expect(result.decisions).toMatchObject([{ type: 'duplicate_dropped', reason: 'position_seen' }]);
    expect(result.state).toBe(state);
  });

  test('S7 a change of a system that the rules do not know is ignored, on record', () => {
    const { decisions } = step(initialState(), [change('Z', 1, { a: '1' })], RULES, 1);
    expect(decisions).toMatchObject([{ type: 'change_ignored', reason: 'unknown_system' }]);
  });
});
