/**
 * Every kind of input in every standing of a field, one table, total by type: a new input or standing does not compile until
 * every cell is answered. A cell tells the decisions (without `observed`) and who is told something then. Numbers S1 to S7
 * and S9 of SPEC.md. Of existence there is a table of its own in existence-table.test.ts.
 */
import { access, cellsOf, change, entityRules, outcome, playStory, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { initialState } from './state.ts';
import type { RecordState } from './state.ts';
import { decide, step } from './step.ts';
import type { EntityRules, Input, SourceChange } from './types.ts';

const MARKED = entityRules();
const MANUAL = entityRules({ policy: { kind: 'manual' } });
const POLLED: EntityRules['systems'] = {
  S: systemRules({ a: access(), b: access() }, { echoes: 'polled' }),
};
const START = 'P creates a=0 b=0 →\nS applies →\nS echoes →\n';

/** How field `a` stands at S when the input comes. The command to S, if there is one, writes 1 and has the sequence 2. */
type Standing =
  | 'in step'
  | 'command in flight'
  | 'command executed'
  | 'lost a conflict'
  | 'guard failed'
  | 'refused'
  | 'in review'
  | 'in review for another';
type Told =
  | 'edit: the value it had'
  | 'edit: the canonical value'
  | 'edit: another value'
  | 'echo as written'
  | 'echo, altered'
  | 'echo of nobody'
  | 'row: the value it had'
  | 'row: what the command writes'
  | 'row: another value'
  | 'polled: the value it had'
  | 'polled: what the command writes'
  | 'polled: another value'
  | 'outcome: applied'
  | 'outcome: stale'
  | 'outcome: rejected'
  | 'outcome: waiting'
  | 'resolution: for S'
  | 'resolution: as it stands'
  | 'resolution: of what was';

const STANDINGS: Record<Standing, { readonly story: string; readonly rules: EntityRules }> = {
  'in step': { story: START, rules: MARKED },
  'command in flight': { story: `${START}P edits a=1 →`, rules: MARKED },
  'command executed': { story: `${START}P edits a=1 →\nS applies →`, rules: MARKED },
  'lost a conflict': { story: `${START}P edits a=1 →\nS edits a=0.5 @1 →`, rules: MARKED },
  'guard failed': { story: `${START}P edits a=1 →\nS stales a →`, rules: MARKED },
  refused: { story: `${START}P edits a=1 →\nS rejects →`, rules: MARKED },
  'in review': { story: `${START}P edits a=1 →\nS edits a=0.5 →`, rules: MANUAL },
  'in review for another': { story: `${START}S edits a=1 →\nP edits a=0.5 →`, rules: MANUAL },
};

function inputOf(told: Told, state: RecordState): Input {
  const held = String(state.systems['S']?.shadows['a']?.value);
  const canonical = String(state.fields['a']?.value);
  const edit = (a: string, options: Partial<SourceChange> = {}): Input => change('S', 900, { a }, options);
  const row = (a: string): Input => edit(a, { snapshot: true });
  const polled = (a: string): Input => edit(a, { snapshot: true, position: '' });
  const seen = state.reviews['a']?.revision ?? 0;
  const answer = { kind: 'resolution', field: 'a', by: 'ann', at: 900 } as const;
  const inputs: Record<Told, Input> = {
    'edit: the value it had': edit(held),
    'edit: the canonical value': edit(canonical),
    'edit: another value': edit('7'),
    'echo as written': edit('1', { echo: 2 }),
    'echo, altered': edit('1!', { echo: 2 }),
    'echo of nobody': edit('7', { echo: 99 }),
    'row: the value it had': row(held),
    'row: what the command writes': row('1'),
    'row: another value': row('7'),
    'polled: the value it had': polled(held),
    'polled: what the command writes': polled('1'),
    'polled: another value': polled('7'),
    'outcome: applied': outcome('S', 2),
    'outcome: stale': outcome('S', 2, { result: 'stale', staleFields: ['a'] }),
    'outcome: rejected': outcome('S', 2, { result: 'rejected' }),
    'outcome: waiting': outcome('S', 2, { result: 'waiting' }),
    'resolution: for S': { ...answer, choice: { system: 'S' }, revision: seen },
    'resolution: as it stands': { ...answer, choice: { canonical: true }, revision: seen },
    'resolution: of what was': { ...answer, choice: { canonical: true }, revision: seen - 1 },
  };
  return inputs[told];
}

const TABLE: Record<Standing, Record<Told, string>> = {
  'in step': {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'nothing',
    'edit: another value': 'fast_forwarded → P',
    'echo as written': 'derived → P',
    'echo, altered': 'derived → P',
    'echo of nobody': 'derived → P',
    'row: the value it had': 'nothing',
    'row: what the command writes': 'fast_forwarded → P',
    'row: another value': 'fast_forwarded → P',
    'polled: the value it had': 'nothing',
    'polled: what the command writes': 'fast_forwarded → P',
    'polled: another value': 'fast_forwarded → P',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: for S': 'resolution_refused',
    'resolution: as it stands': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'command in flight': {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'agreed',
    'edit: another value': 'conflict_resolved → P',
    'echo as written': 'echoed',
    'echo, altered': 'echoed derived → P',
    'echo of nobody': 'derived_superseded',
    'row: the value it had': 'nothing',
    'row: what the command writes': 'echoed',
    'row: another value': 'conflict_resolved',
    'polled: the value it had': 'nothing',
    'polled: what the command writes': 'echoed',
    'polled: another value': 'conflict_resolved',
    'outcome: applied': 'outcome_recorded',
    'outcome: stale': 'outcome_recorded',
    'outcome: rejected': 'outcome_recorded',
    'outcome: waiting': 'outcome_recorded',
    'resolution: for S': 'resolution_refused',
    'resolution: as it stands': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'command executed': {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'agreed',
    'edit: another value': 'conflict_resolved → P S',
    'echo as written': 'echoed',
    'echo, altered': 'echoed derived → P',
    'echo of nobody': 'derived_superseded',
    'row: the value it had': 'nothing',
    'row: what the command writes': 'echoed',
    'row: another value': 'echoed fast_forwarded → P',
    'polled: the value it had': 'nothing',
    'polled: what the command writes': 'echoed',
    'polled: another value': 'echoed fast_forwarded → P',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: for S': 'resolution_refused',
    'resolution: as it stands': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'lost a conflict': {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'agreed',
    'edit: another value': 'conflict_resolved → P',
    'echo as written': 'echoed',
    'echo, altered': 'echoed derived → P',
    'echo of nobody': 'derived_superseded',
    'row: the value it had': 'nothing',
    'row: what the command writes': 'echoed',
    'row: another value': 'conflict_resolved',
    'polled: the value it had': 'nothing',
    'polled: what the command writes': 'echoed',
    'polled: another value': 'conflict_resolved',
    'outcome: applied': 'outcome_recorded',
    'outcome: stale': 'outcome_recorded → S',
    'outcome: rejected': 'outcome_recorded',
    'outcome: waiting': 'outcome_recorded',
    'resolution: for S': 'resolution_refused',
    'resolution: as it stands': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'guard failed': {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'agreed',
    'edit: another value': 'conflict_resolved → P',
    'echo as written': 'agreed',
    'echo, altered': 'derived_superseded → S',
    'echo of nobody': 'derived_superseded → S',
    'row: the value it had': 'nothing → S',
    'row: what the command writes': 'agreed',
    'row: another value': 'conflict_resolved → P',
    'polled: the value it had': 'nothing → S',
    'polled: what the command writes': 'agreed',
    'polled: another value': 'conflict_resolved → P',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: for S': 'resolution_refused',
    'resolution: as it stands': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  refused: {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'agreed',
    'edit: another value': 'conflict_resolved → P',
    'echo as written': 'agreed',
    'echo, altered': 'derived_superseded',
    'echo of nobody': 'derived_superseded',
    'row: the value it had': 'nothing',
    'row: what the command writes': 'agreed',
    'row: another value': 'conflict_resolved → P',
    'polled: the value it had': 'nothing',
    'polled: what the command writes': 'agreed',
    'polled: another value': 'conflict_resolved → P',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: for S': 'resolution_refused',
    'resolution: as it stands': 'resolution_refused',
    'resolution: of what was': 'resolution_refused',
  },
  'in review': {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'agreed review_updated review_closed',
    'edit: another value': 'review_updated',
    'echo as written': 'echoed',
    'echo, altered': 'echoed derived_superseded',
    'echo of nobody': 'derived_superseded',
    'row: the value it had': 'nothing',
    'row: what the command writes': 'echoed',
    'row: another value': 'review_updated',
    'polled: the value it had': 'nothing',
    'polled: what the command writes': 'echoed',
    'polled: another value': 'review_updated',
    'outcome: applied': 'outcome_recorded',
    'outcome: stale': 'outcome_recorded',
    'outcome: rejected': 'outcome_recorded',
    'outcome: waiting': 'outcome_recorded',
    'resolution: for S': 'review_resolved → P',
    'resolution: as it stands': 'review_resolved',
    'resolution: of what was': 'resolution_refused',
  },
  'in review for another': {
    'edit: the value it had': 'nothing',
    'edit: the canonical value': 'nothing',
    'edit: another value': 'review_updated',
    'echo as written': 'nothing',
    'echo, altered': 'derived_superseded',
    'echo of nobody': 'derived_superseded',
    'row: the value it had': 'nothing',
    'row: what the command writes': 'nothing',
    'row: another value': 'review_updated',
    'polled: the value it had': 'nothing',
    'polled: what the command writes': 'nothing',
    'polled: another value': 'review_updated',
    'outcome: applied': 'outcome_dropped',
    'outcome: stale': 'outcome_dropped',
    'outcome: rejected': 'outcome_dropped',
    'outcome: waiting': 'outcome_dropped',
    'resolution: for S': 'resolution_refused',
    'resolution: as it stands': 'review_resolved',
    'resolution: of what was': 'resolution_refused',
  },
};

describe('S3 S4 S5 S9 one field, whatever its standing and whatever is told', () => {
  test.each(cellsOf(TABLE))('%s: %s', (standing, told, verdict) => {
    expect(verdictOf(standing, told)).toBe(verdict);
  });
});

/** What is decided, and who is told something then. */
function verdictOf(standing: Standing, told: Told): string {
  const { story, rules } = STANDINGS[standing];
  const { state } = playStory(rules, story);
  const isPolled = told.startsWith('polled');
  const asTold = isPolled ? { ...rules, systems: { ...rules.systems, ...POLLED } } : rules;
  const { decisions, commands } = step(state, [inputOf(told, state)], asTold, 900);
  const types = decisions.map(({ type }) => type).filter((type) => type !== 'observed' && type !== 'command_issued');
  const decided = types.length === 0 ? 'nothing' : types.join(' ');
  return commands.length === 0 ? decided : `${decided} → ${commands.map(({ system }) => system).join(' ')}`;
}

describe('what is taken for granted', () => {
  test('S2 what a complete event of a new record leaves out is null, and unchanged in a known one', () => {
    const created = step(initialState(), [change('S', 1, { a: '1' }, { complete: true })], MARKED, 1).state;
    expect(created.systems['S']?.shadows['b']).toEqual({ value: null, version: 0 });
    const later = step(created, [change('S', 2, { b: '2' }, { complete: true })], MARKED, 2).state;
    expect(later.fields['a']?.value).toBe('1');
  });

  test('S2 a field of which nothing was told is never written', () => {
    const { state } = step(initialState(), [change('S', 1, { a: '1' })], MARKED, 1);
    const both = step(state, [change('P', 1, { a: '1', b: '5' }, { complete: true })], MARKED, 2);
    expect(both.commands).toEqual([]);
  });

  test('S6 a clock that is years off changes who wins, not whether there is a conflict', () => {
    const verdicts = [-1e12, 0, 1e12].map((skew) => {
      const { state } = playStory(MARKED, STANDINGS['command in flight'].story);
      const decisions = decide(state, change('S', 900, { a: '7' }, { at: 900 + skew }), MARKED);
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
    const { state } = playStory(MARKED, START);
    const result = step(state, [change('S', 900, { a: '7' }, { nativeId: 'S-other' })], MARKED, 9);
    expect(result.decisions).toMatchObject([{ type: 'change_ignored', reason: 'second_copy', nativeId: 'S-other' }]);
    expect(result.state).toBe(state);
  });

  test('S7 a change that says it renamed the copy is followed', () => {
    const { state } = playStory(MARKED, START);
    const renamed = change('S', 900, { a: '7' }, { nativeId: 'S-2', previousNativeId: 'S-1' });
    const result = step(state, [renamed], MARKED, 9);
    expect(result.decisions.map(({ type }) => type)).toEqual(['observed', 'fast_forwarded', 'command_issued']);
    expect(result.state.systems['S']?.nativeId).toBe('S-2');
    const next = step(result.state, [change('S', 901, { b: '8' }, { nativeId: 'S-2' })], MARKED, 10);
    expect(next.decisions.map(({ type }) => type)).toEqual(['observed', 'fast_forwarded']);
  });

  test.each(['before', 'after'])(
    'S7 what was sent to the old id is sent to the new one (outcome %s the event)',
    (when) => {
      const { state } = playStory(MARKED, `${START}P edits a=1 →`);
      const renamed = change('S', 900, { b: '7' }, { nativeId: 'S-2', previousNativeId: 'S-1' });
      const missed = outcome('S', state.systems['S']?.inFlight?.sequence ?? 0, { result: 'stale' });
      const result = step(state, when === 'before' ? [missed, renamed] : [renamed, missed], MARKED, 9);
      expect(result.commands.filter(({ system }) => system === 'S')).toMatchObject([
        { operation: 'update', nativeId: 'S-2', values: { a: '1' } },
      ]);
    },
  );

  test('S1 a change whose position was seen is dropped', () => {
    const { state } = playStory(MARKED, START);
    const result = step(state, [change('S', 0, { a: '7' })], MARKED, 9);
    expect(result.decisions).toMatchObject([{ type: 'duplicate_dropped', reason: 'position_seen' }]);
    expect(result.state).toBe(state);
  });

  test('S7 a change of a system that the rules do not know is ignored, on record', () => {
    const { decisions } = step(initialState(), [change('Z', 1, { a: '1' })], MARKED, 1);
    expect(decisions).toMatchObject([{ type: 'change_ignored', reason: 'unknown_system' }]);
  });
});
