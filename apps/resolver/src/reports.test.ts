/** Goal: people are told what matters, once: conflicts with both values, decisions with their reason, refusals while they last. */
import { absorb, initialState, step, type Input, type RecordState, type StepResult } from '@concord/core';
import { change, entityRules, outcome } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { auditOf, conflictsOf, quarantineOf, releasesOf } from './reports.ts';

const rules = entityRules();
const record = { recordId: 'r', entity: 'things', partition: 0, inputs: [], outcomesFrom: null, changedAt: 7 };

function told(before: RecordState, inputs: readonly Input[], sequence = 1) {
  const result: StepResult = step(before, inputs, rules, sequence);
  return { record, before, result };
}

const created = told(initialState(), [change('P', 1, { a: '1', b: '2' }, { complete: true })]);
const held = told(created.result.state, [
  outcome('S', 1, { nativeId: 's1' }),
  change('S', 2, { a: '1', b: '2' }, { complete: true, echo: 1, nativeId: 's1' }),
]);

describe('the audit', () => {
  test('tells a change and the command it caused, without what the command repeats', () => {
    const audit = auditOf(created, 0);
    const decisions = JSON.parse(audit?.row.decisions ?? '[]') as { type: string; command?: Record<string, unknown> }[];
    expect(decisions.map(({ type }) => type)).toEqual(['existence_fast_forwarded', 'fast_forwarded', 'command_issued']);
    expect(decisions.at(-1)?.command).toEqual({
      sequence: 1,
      operation: 'create',
      nativeId: null,
      values: { a: '1', b: '2' },
    });
    expect(audit?.message.decisions.map(({ decision, fields, sequence }) => [decision, fields, sequence])).toEqual([
      ['existence_fast_forwarded', [], null],
      ['fast_forwarded', ['a', 'b'], null],
      ['command_issued', ['a', 'b'], 1],
    ]);
  });

  test('does not tell that a command was executed as meant', () => {
    const changed = told(held.result.state, [change('P', 3, { a: '9' })], 2);
    const done = told(changed.result.state, [outcome('S', 2)], 3);
    expect(auditOf(done, 0)).toBeNull();
  });
});

test('a conflict is told with both values', () => {
  const both = told(
    held.result.state,
    [change('P', 3, { a: 'from P' }), change('S', 4, { a: 'from S' }, { nativeId: 's1' })],
    2,
  );
  expect(conflictsOf(both).map(({ message }) => message)).toMatchObject([
    { field: 'a', kind: 'update_update', incomingValue: 'from S', canonicalValue: 'from P', winner: 'incoming' },
  ]);
  expect(conflictsOf(both)[0]?.row).toMatchObject({ incomingValue: '"from S"', canonicalValue: '"from P"' });
});

test('what waits for people is told as a conflict in which the canonical side stands, without values in the reasons', () => {
  const edits = [change('P', 3, { a: 'from P' }), change('S', 4, { a: 'from S' }, { nativeId: 's1' })];
  const manual = entityRules({ policy: { kind: 'manual' } });
  const looping = entityRules({ loopPrevention: { maxUpdates: 0, windowMs: 1000 } });
  const answer = change('S', 4, { a: 'from S' }, { nativeId: 's1', echo: 9 });
  const cases = [
    { result: step(held.result.state, edits, manual, 2), kind: 'update_update', policy: 'manual' },
    { result: step(held.result.state, [answer], looping, 2), kind: 'loop', policy: 'loop_prevention' },
  ];
  for (const { result, kind, policy } of cases) {
    const resolved = { record, before: held.result.state, result };
    expect(conflictsOf(resolved).map(({ message }) => message)).toMatchObject([
      { field: 'a', kind, policy, incomingValue: 'from S', winner: 'canonical' },
    ]);
    const why = auditOf(resolved, 0)?.message.decisions.map((line) => line.why);
    expect(JSON.stringify(why)).not.toContain('from S');
  }
});

test('two records that may be one but cannot be merged are an ambiguous match', () => {
  const [survivor, absorbed] = ['r', 'other'].map((id) => ({ record: id, state: held.result.state }));
  if (survivor === undefined || absorbed === undefined) throw new Error('two records');
  const refused = absorb(survivor, absorbed, rules, 9).survivor;
  const result = { ...refused, commands: [], recordChanged: false };
  expect(conflictsOf({ record, before: held.result.state, result }).map(({ message }) => message)).toMatchObject([
    { kind: 'ambiguous_match', policy: 'two_copies', incomingValue: 'other' },
  ]);
});

test('edits that both count are a change of the record and in the audit, but nobody has to look at them', () => {
  const type = { kind: 'integer' } as const;
  const counting = { ...rules, fields: { ...rules.fields, a: { type, policy: { kind: 'counter' } } } } as const;
  const edits = [change('P', 3, { a: '5' }), change('S', 4, { a: '3' }, { nativeId: 's1' })];
  const both = { record, before: held.result.state, result: step(held.result.state, edits, counting, 2) };
  expect(both.result.state.fields['a']?.value).toBe(7);
  expect(both.result.recordChanged).toBe(true);
  expect(conflictsOf(both)).toEqual([]);
  const line = auditOf(both, 0)?.message.decisions.find(({ decision }) => decision === 'merged');
  expect(line).toMatchObject({ system: 'S', fields: ['a'] });
  expect(Object.keys(JSON.parse(line?.why ?? '{}') as object)).not.toContain('base');
});

test('a refusal stands until the system accepts the record again', () => {
  const changed = told(held.result.state, [change('P', 3, { a: 'bad' })], 2);
  const refused = told(changed.result.state, [outcome('S', 2, { result: 'rejected', code: 'X', reason: 'why' })], 3);
  expect(quarantineOf(refused)).toMatchObject([{ system: 'S', sequence: 2, code: 'X', reason: 'why' }]);
  expect(releasesOf(refused)).toEqual([]);
  const corrected = told(refused.result.state, [change('P', 4, { a: 'good' })], 3);
  expect(releasesOf(corrected)).toEqual([{ recordId: 'r', system: 'S' }]);
  const takenBack = told(refused.result.state, [change('P', 4, { a: '1' })], 3);
  expect(takenBack.result.commands).toEqual([]);
  expect(releasesOf(takenBack)).toEqual([{ recordId: 'r', system: 'S' }]);
});

test('a second copy in one system is parked until it is gone', () => {
  const second = { complete: true, nativeId: 's2' };
  const parked = told(held.result.state, [change('S', 3, { a: 'x', b: 'y' }, second)], 2);
  expect(parked.result.state).toBe(held.result.state);
  const [row] = quarantineOf({ ...parked, record: { ...record, inputs: [change('S', 3, {}, second)] } });
  expect(row).toMatchObject({ system: 'S', code: 'ingest.second_copy' });
  expect(row?.reason).toBe('s2 claims to be the record that is s1 in S already; nothing of it is synced');
  const deleted = change('S', 4, {}, { nativeId: 's2', existence: 'deleted' });
  const gone = { ...told(held.result.state, [deleted], 2), record: { ...record, inputs: [deleted] } };
  expect(quarantineOf(gone)).toEqual([]);
  expect(releasesOf(gone)).toEqual([{ recordId: 'r', system: 'S' }]);
});

test('a record that was refused and is deleted leaves quarantine', () => {
  const refused = told(created.result.state, [outcome('S', 1, { result: 'rejected', code: 'X', reason: 'why' })], 2);
  expect(quarantineOf(refused)).toMatchObject([{ system: 'S', code: 'X' }]);
  const deleted = told(refused.result.state, [change('P', 2, {}, { existence: 'deleted' })], 2);
  expect(deleted.result.commands).toEqual([]);
  expect(releasesOf(deleted)).toEqual([{ recordId: 'r', system: 'S' }]);
});
