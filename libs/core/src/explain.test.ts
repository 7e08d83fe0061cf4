/** Every decision is told in a plain sentence with the names and values that matter, whatever its type, policy and history. */
import { change, entityRules, outcome, playStory } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision, PolicyName } from './decisions.ts';
import { explain } from './explain.ts';
import { absorb, detach } from './identity.ts';
import { initialState } from './state.ts';
import { step } from './step.ts';
import type { EntityRules } from './types.ts';
import { showTime } from './words.ts';

const IN_STEP = 'P creates a=0 b=0 →\nS applies →\nS echoes →\n';

function sentencesOf(story: string, rules: EntityRules = entityRules()): string[] {
  const { decisions } = playStory(rules, IN_STEP + story);
  const before = playStory(rules, IN_STEP).decisions.length;
  return decisions
    .slice(before)
    .filter(({ type }) => type !== 'observed')
    .map(explain);
}

describe('sentences', () => {
  test('I9 sentences of an edit, a conflict and what follows', () => {
    expect(sentencesOf('P edits a=1 @2000 →\nS edits a=2 @1000 →\nS stales a →')).toMatchInlineSnapshot(`
      [
        "A user of P changed a from "0" to "1" at 1970-01-01 00:00:02 UTC, knowing the values before.",
        "S is told to set a = "1" (command 2).",
        "Conflict on a: a user of S wrote "2" at 1970-01-01 00:00:01 UTC, having seen version 1; P wrote "1" at 1970-01-01 00:00:02 UTC (version 2). P won by last_write_wins: P was later; "2" of S is kept on record.",
        "S had been edited meanwhile, so command 2 left it alone; that edit has come already.",
        "S is told to set a = "1" (command 3).",
      ]
    `);
  });

  test('I9 sentences of units and of values that follow from others', () => {
    const grouped: EntityRules = { ...entityRules(), groups: { address: ['a', 'b'] } };
    expect(sentencesOf('P edits a=1 →\nS edits b=2 @99 →', grouped)[2]).toContain('S won with its whole address by');
    const own = { kind: 'paired', own: { P: 'a', S: 'b' }, effective: { kind: 'max' } } as const;
    const rules = entityRules({ fields: ['a', 'b', 'e'] });
    const paired: EntityRules = { ...rules, fields: { ...rules.fields, e: { type: { kind: 'string' }, policy: own } } };
    expect(sentencesOf('P edits a=3 →', paired)[1]).toBe(
      'e went from "0" to "3": of P\'s a = "3" and S\'s b = nothing, max chose that of P.',
    );
  });

  test('I9 sentences of deletes', () => {
    expect(sentencesOf('P deletes →\nS edits a=9 →')).toMatchInlineSnapshot(`
      [
        "A user of P deleted the record at 1970-01-01 00:00:00.044 UTC.",
        "S is told to delete the record (command 2).",
        "Conflict on the record: a user of S kept it alive at 1970-01-01 00:00:00.055 UTC, having seen version 1; P deleted it at 1970-01-01 00:00:00.044 UTC (version 2). P won by delete_wins: a delete wins over an edit; the edit of S is kept on record.",
        "A user of S changed a from "0" to "9" at 1970-01-01 00:00:00.055 UTC, knowing the values before.",
      ]
    `);
  });

  test('I9 sentences of reviews', () => {
    const rules = entityRules({ policy: { kind: 'manual' } });
    const story = `
      P edits a=1 →
      S edits a=2 →
      S edits a=3 →
      ann resolves a from P →
      ann resolves a from S →
      P edits a=4 →
      P edits a=3 →
    `;
    expect(sentencesOf(story, rules)).toMatchInlineSnapshot(`
      [
        "A user of P changed a from "0" to "1" at 1970-01-01 00:00:00.044 UTC, knowing the values before.",
        "S is told to set a = "1" (command 2).",
        "Conflict on a: a user of S wrote "2" at 1970-01-01 00:00:00.055 UTC, having seen version 1; P wrote "1" at 1970-01-01 00:00:00.044 UTC (version 2). A person has to decide a; until then "1" of P stays, and no system is told.",
        "S would now have "3" for a, which waits for a person (revision 2).",
        "The answer of ann for a (revision 2) was refused: there is no such choice.",
        "ann decided a at 1970-01-01 00:00:00.088 UTC: "3", as in S, where it was "1".",
        "P is told to set a = "3" (command 3).",
        "Conflict on a: a user of P wrote "4" at 1970-01-01 00:00:00.099 UTC, having seen version 2; a person wrote "3" at 1970-01-01 00:00:00.088 UTC (version 3). A person has to decide a; until then "3" of a person stays, and no system is told.",
        "P arrived at a = "3" by itself.",
        "P has come to what stands for a, so it is no side of the review any more.",
        "Nobody has to decide a any more: all systems have come to the same by themselves.",
      ]
    `);
  });

  test('I9 sentences of loops and answers', () => {
    const rules = entityRules({ loopPrevention: { maxUpdates: 1, windowMs: 1000 } });
    const story = `
      P edits a=1 →
      S echoes a=1! →
      P echoes a=1 →
    `;
    expect(sentencesOf(story, rules)).toMatchInlineSnapshot(`
      [
        "A user of P changed a from "0" to "1" at 1970-01-01 00:00:00.044 UTC, knowing the values before.",
        "S is told to set a = "1" (command 2).",
        "S shows what command 2 wrote (update): an echo, not an edit.",
        "S itself changed a from "1" to "1!" on top of command 2.",
        "P is told to set a = "1!" (command 3).",
        "P shows what command 3 wrote (update): an echo, not an edit.",
        "Systems answer each other on a without an end (S "1!" → P "1"): it is frozen at "1!" until a person decides; the other fields flow on.",
      ]
    `);
  });

  test('I9 sentences of owners', () => {
    const ownership = { rules: [{ when: { field: 'b', in: ['0'] }, owner: 'P' }], targetEdit: 'kept' } as const;
    expect(sentencesOf('S edits a=5 →\nS deletes →', entityRules({ ownership }))).toMatchInlineSnapshot(`
      [
        "A user of S set a to "5" instead of "0", but the record is another system’s; it is kept there.",
        "A user of S deleted the record, but the record is another system’s; it stays away there.",
      ]
    `);
  });

  test('I9 sentences of records found to be one, and links that move', () => {
    const rules = entityRules();
    const [one, other] = ['P', 'S'].map((system) =>
      step(initialState(), [change(system, 1, { a: system, b: '1' }, { complete: true })], rules, 1),
    );
    if (one === undefined || other === undefined) throw new Error('two records');
    const alone = step(other.state, [outcome('P', 1, { result: 'rejected' })], rules, 2).state;
    const alive = step(one.state, [outcome('S', 1, { result: 'rejected' })], rules, 2).state;
    const refused = absorb({ record: 'r1', state: one.state }, { record: 'r2', state: other.state }, rules, 9);
    const merged = absorb({ record: 'r1', state: alive }, { record: 'r2', state: alone }, rules, 9);
    const forwarded = step(merged.absorbed.state, [change('S', 9, { a: '1' })], rules, 3);
    const moved = detach(merged.survivor.state, 'S', rules, 10);
    const all = [refused.survivor, merged.survivor, merged.absorbed, forwarded, moved].flatMap(
      ({ decisions }) => decisions,
    );
    expect(all.map(explain)).toMatchInlineSnapshot(`
      [
        "The record r2 is said to be this one, but they were not merged: both have a copy in the same system (S and P).",
        "The record r2, held by S, was found to be this one.",
        "Conflict on a: the record r2, found to be this one, has "S" of S (1970-01-01 00:00:00.001 UTC), this one "P" of P (1970-01-01 00:00:00.001 UTC). S won by last_write_wins: nothing else could tell the two apart, so the tie-break did; "P" of P is kept on record.",
        "This record was found to be r1, which goes on for both.",
        "What came from S under this id was handed on to r1, which this record has turned out to be.",
        "The copy in S (S-1) belongs to another record and has left this one; nothing was deleted.",
      ]
    `);
  });
});

const POLICIES: Record<PolicyName, true> = {
  last_write_wins: true,
  field_level_priority: true,
  source_priority: true,
  max: true,
  min: true,
  manual: true,
  counter: true,
  set_union: true,
  set_delta: true,
  paired: true,
  delete_wins: true,
  update_wins: true,
  loop_prevention: true,
  record_ownership: true,
};

test.each(Object.keys(POLICIES) as PolicyName[])('I9 a conflict names %s, both values and the reason', (policy) => {
  const sentence = explain({
    type: 'conflict_resolved',
    system: 'S',
    position: '1',
    field: 'phone',
    kind: 'update_update',
    policy,
    baseVersion: 7,
    canonicalVersion: 9,
    held: 'C',
    incoming: { system: 'S', value: 'C', at: 1000 },
    canonical: { system: 'P', value: 'B', at: 2000 },
    winner: 'canonical',
    version: 9,
    derived: false,
  });
  expect(sentence).toMatch(
    new RegExp(
      `^Conflict on phone: .*"C".*version 7.*"B".*version 9.*P won by ${policy}: [^;]{10,}; "C" of S is kept on record\\.$`,
    ),
  );
});

test('I9 a decision of another release is shown as it stands, and lacking parts are left out', () => {
  expect(explain({ type: 'of_another_release', system: 'P' } as unknown as Decision)).toContain('of_another_release');
  const retold = { type: 'command_issued', system: 'P', command: { sequence: 1, operation: 'delete', values: {} } };
  expect(explain(retold as unknown as Decision)).toBe('P is told to delete the record (command 1).');
});

test('times are those of the calendar', () => {
  const moments = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), moments, (date, at) => {
      fc.pre(at !== 0);
      date.setTime(at);
      const [day, clock = ''] = date.toISOString().split('T');
      const [seconds, fraction = ''] = clock.replace('Z', '').split('.');
      const digits = fraction.replace(/0+$/, '');
      expect(showTime(at)).toBe(`${day} ${seconds}${digits === '' ? '' : `.${digits}`} UTC`);
    }),
    { numRuns: 2000 },
  );
  expect(showTime(0)).toBe('an unknown time');
});
