/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * Whose a copy is (I6, S7): records found to be one, links that move, records brought back, keys used again. Every merge
 * and every move is replayed from its decisions (I9).
 */
import { access, asTold, change, entityRules, outcome, playStory, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import type { Decision } from './decisions.ts';
import { decodeState, encodeState } from './encoding.ts';
import { evolve } from './evolve.ts';
import { absorb, detach } from './identity.ts';
import type { Decided } from './identity.ts';
import { initialState } from './state.ts';
import type { RecordState } from './state.ts';
import { step } from './step.ts';
import type { EntityRules, FieldPolicy } from './types.ts';

const AT = 500;

/** P and S are only linked, never created by us; Q gets a copy of everything. */
function linked(policy?: FieldPolicy): EntityRules {
  const base = entityRules({ systems: ['P', 'S', 'Q'], ...(policy === undefined ? {} : { policy }) });
  const [P, S] = [base.systems['P'], base.systems['S']].map((one) => one && { ...one, writeExistence: false });
  return { ...base, systems: { ...base.systems, ...(P && { P }), ...(S && { S }) } };
}
const RULES = linked();

function recordOf(story: string, rules: EntityRules = RULES): RecordState {
  return playStory(rules, story).state;
}

const AT_P = 'P creates a=1 b=- →\nQ rejects →';

function merged(one: RecordState, other: RecordState, rules: EntityRules = RULES): { kept: Decided; alias: Decided } {
  const result = absorb({ record: 'r1', state: one }, { record: 'r2', state: other }, rules, AT);
  expect(replay(one, result.survivor)).toEqual(result.survivor.state);
  expect(replay(other, result.absorbed)).toEqual(result.absorbed.state);
  expect(decodeState(encodeState(result.absorbed.state))).toEqual(result.absorbed.state);
  expect(decodeState(encodeState(result.survivor.state))).toEqual(result.survivor.state);
  return { kept: result.survivor, alias: result.absorbed };
}

function replay(before: RecordState, { decisions }: Decided): RecordState {
  return decisions.reduce(evolve, before);
}

function types(decisions: readonly Decision[]): string[] {
  return decisions.map(({ type }) => type);
}

/** What each system is told next. */
function told(state: RecordState, rules: EntityRules = RULES): Record<string, unknown> {
  const { commands } = step(state, [], rules, 50);
  return Object.fromEntries(commands.map(({ system, operation, values }) => [system, { operation, ...values }]));
}

describe('I6 two records found to be one', () => {
  test('I6 equal values agree, nothing is no opinion, and both copies stay', () => {
    const { kept } = merged(recordOf(AT_P), recordOf('S creates a=1 b=2 →\nQ rejects →'));
    expect(types(kept.decisions)).toEqual(['record_absorbed']);
    expect(kept.state.fields).toMatchObject({ a: { value: '1', origin: 'P' }, b: { value: '2', origin: 'S' } });
    expect(kept.state.systems['S']).toMatchObject({ nativeId: 'S-1', exists: { value: true } });
    expect(told(kept.state)).toMatchObject({ P: { operation: 'update', b: '2' } });
    expect(told(kept.state)).not.toHaveProperty('S');
  });

  test('I7 different values are create_create for the policy, both on record', () => {
    const { kept } = merged(recordOf(AT_P), recordOf('S creates a=7 b=2 @99 →\nQ rejects →'));
    expect(kept.decisions).toMatchObject([
      { type: 'record_absorbed', record: 'r2' },
      {
        type: 'conflict_resolved',
        kind: 'create_create',
        policy: 'last_write_wins',
        incoming: { system: 'S', value: '7' },
        canonical: { system: 'P', value: '1' },
        winner: 'incoming',
        absorbed: 'r2',
      },
    ]);
    expect(told(kept.state)).toMatchObject({ P: { a: '7', b: '2' } });
    const other = merged(
      recordOf('P creates a=1 b=- @200 →\nQ rejects →'),
      recordOf('S creates a=7 b=2 →\nQ rejects →'),
    );
    expect(told(other.kept.state)).toMatchObject({ P: { b: '2' }, S: { a: '1' } });
  });

  test('I7 what people decide waits for them', () => {
    const manual = linked({ kind: 'manual' });
    const { kept } = merged(recordOf(AT_P, manual), recordOf('S creates a=7 →\nQ rejects →', manual), manual);
    expect(types(kept.decisions)).toEqual(['record_absorbed', 'review_opened']);
    expect(kept.state.reviews['a']?.candidates).toMatchObject({ S: { value: '7' } });
    expect(told(kept.state, manual)).not.toHaveProperty('S');
  });

  test('I7 sets are united', () => {
    const sets: EntityRules = {
      ...RULES,
      fields: { ...RULES.fields, a: { type: { kind: 'set' }, policy: { kind: 'set_delta' } } },
    };
    const { kept } = merged(
      recordOf('P creates a=["x"] →\nQ rejects →', sets),
      recordOf('S creates a=["y"] →\nQ rejects →', sets),
      sets,
    );
    expect(kept.state.fields['a']?.value).toBe('["x","y"]');
    expect(types(kept.decisions)).toEqual(['record_absorbed']);
  });

  test('I3 a unit is never mixed: the emptier one is filled, else one wins whole', () => {
    const grouped: EntityRules = { ...linked(), groups: { address: ['a', 'b'] } };
    const one = recordOf('P creates a=1 b=- →\nQ rejects →', grouped);
    const filled = merged(one, recordOf('S creates a=1 b=2 →\nQ rejects →', grouped), grouped).kept;
    expect(filled.state.fields).toMatchObject({ a: { value: '1' }, b: { value: '2' } });
    const won = merged(one, recordOf('S creates a=7 b=2 @99 →\nQ rejects →', grouped), grouped).kept;
    expect(won.state.fields).toMatchObject({ a: { value: '7' }, b: { value: '2' } });
    const late = recordOf('P creates a=1 b=- @200 →\nQ rejects →', grouped);
    const lost = merged(late, recordOf('S creates a=7 b=2 →\nQ rejects →', grouped), grouped).kept;
    expect(lost.state.fields).toMatchObject({ a: { value: '1' } });
    expect(lost.state.fields['b']?.value ?? null).toBe(null);
    expect(lost.decisions).toMatchObject([{}, { field: 'a', group: 'address' }, { field: 'b', group: 'address' }]);
  });

  test('I4 what is computed follows from what both said', () => {
    const policy = { kind: 'paired', own: { P: 'a', S: 'b' }, effective: { kind: 'max' } } as const;
    const base = linked();
    const all = ['P', 'S', 'Q'].map((name) => [name, systemRules({ a: access(), b: access(), e: access() })] as const);
    const paired: EntityRules = {
      ...base,
      fields: { ...base.fields, e: { type: { kind: 'string' }, policy } },
      systems: Object.fromEntries(all.map(([name, system]) => [name, { ...system, writeExistence: name === 'Q' }])),
    };
    const one = recordOf('P creates a=1 →\nQ rejects →', paired);
    const { kept } = merged(one, recordOf('S creates b=2 →\nQ rejects →', paired), paired);
    expect(kept.state.fields).toMatchObject({ a: { value: '1' }, b: { value: '2' }, e: { value: '2' } });
    expect(types(kept.decisions)).toEqual(['record_absorbed', 'computed']);
  });

  test('I1 an edit under way is concurrent with what it had not seen, and a fast-forward on what both shared', () => {
    const { kept } = merged(recordOf(AT_P), recordOf('S creates a=7 b=2 →\nQ rejects →'));
    const edits = [change('S', 900, { a: '8', b: '3' })];
    const { decisions } = step(kept.state, edits, RULES, 50);
    expect(decisions).toMatchObject([
      { type: 'observed' },
      { type: 'fast_forwarded', fields: [{ field: 'a' }, { field: 'b' }] },
      { type: 'command_issued', system: 'P' },
      { type: 'command_issued', system: 'Q' },
    ]);
    const lost = merged(
      recordOf('P creates a=1 b=- @800 →\nQ rejects →'),
      recordOf('S creates a=7 b=2 →\nQ rejects →'),
    );
    expect(step(lost.kept.state, [change('S', 900, { a: '8' })], RULES, 50).decisions).toMatchObject([
      { type: 'observed' },
      { type: 'conflict_resolved', field: 'a', kind: 'update_update' },
      { type: 'command_issued' },
      { type: 'command_issued' },
    ]);
  });

  test('S7 commands of both are told apart by their record, though they have the same number', () => {
    const one = recordOf('P creates a=1 →\nQ rejects →');
    const other = recordOf('S creates a=1 →\nQ applies →\nQ echoes →\nS edits a=2 →');
    const { inFlight } = other.systems['Q'] ?? {};
    expect(inFlight?.sequence).toBe(2);
    const { kept } = merged(one, other);
    // The survivor's own stream has come to the same number when it next tells Q something.
    const applied = step(kept.state, [outcome('Q', 2, { record: 'r2' }), change('S', 90, { b: '5' })], RULES, 2);
    const own = applied.commands.find(({ system }) => system === 'Q');
    const sequence = own?.sequence ?? 0;
    expect(sequence).toBeGreaterThanOrEqual(2);
    const foreign = step(applied.state, [outcome('Q', sequence, { record: 'r2' })], RULES, 50);
    expect(types(foreign.decisions)).toEqual(['outcome_dropped']);
    const echo = change('Q', 91, { a: '2' }, { echo: 2, record: 'r2', nativeId: 'Q-1' });
    const echoed = step(applied.state, [echo], RULES, 50);
    expect(echoed.decisions).toMatchObject([{ type: 'observed' }, { type: 'echoed', sequence: 2, record: 'r2' }]);
    expect(echoed.state.systems['Q']).toMatchObject({ applied: [], inFlight: { sequence } });
    expect(echoed.decisions.reduce(evolve, applied.state)).toEqual(echoed.state);
  });

  test('S7 the alias keeps nothing, issues nothing, and forwards what still comes', () => {
    const { alias } = merged(recordOf(AT_P), recordOf('S creates a=7 →'));
    expect(alias.state).toMatchObject({ mergedInto: 'r1', fields: {}, systems: {}, exists: { value: false } });
    const inputs = [change('S', 900, { a: '9' }), outcome('Q', 1)];
    const result = step(alias.state, inputs, RULES, 50);
    expect(result.state).toBe(alias.state);
    expect(result.decisions).toMatchObject([
      { type: 'change_forwarded', system: 'S', position: '00000900', record: 'r1' },
      { type: 'change_forwarded', system: 'Q', sequence: 1, record: 'r1' },
    ]);
  });

  test.each<[string, string, string, string]>([
    ['two_copies', 'P creates a=1 →\nQ applies →', 'S creates a=7 →', 'both are on their way to Q'],
    ['two_copies', 'P creates a=1 →\nQ rejects →', 'P creates a=7 →\nQ rejects →', 'both are rows of P'],
    ['deleted', 'P creates a=1 →\nQ rejects →\nP deletes →', 'S creates a=7 →\nQ rejects →', 'the survivor is deleted'],
    ['deleted', AT_P, 'S creates a=7 →\nQ applies →\nQ echoes →\nS deletes →', 'a copy of a deleted record'],
  ])('I6 nothing is merged: %s', (reason, first, second) => {
    const [one, other] = [recordOf(first), recordOf(second)];
    const { kept, alias } = merged(one, other);
    expect(kept.decisions).toMatchObject([{ type: 'absorb_refused', record: 'r2', reason }]);
    expect([kept.state, alias.state]).toEqual([one, other]);
  });

  test('I6 an alias is not merged again, and a review is answered first', () => {
    const { kept, alias } = merged(recordOf(AT_P), recordOf('S creates a=7 →\nQ rejects →'));
    expect(merged(kept.state, alias.state).kept.decisions).toMatchObject([{ reason: 'is_alias' }]);
    const manual = linked({ kind: 'manual' });
    const open = merged(recordOf(AT_P, manual), recordOf('S creates a=7 →\nQ rejects →', manual), manual).kept.state;
    const third = recordOf('Q creates a=1 →', manual);
    expect(merged(open, third, manual).kept.decisions).toMatchObject([{ reason: 'in_review' }]);
  });

  test('I6 a record that was deleted long ago becomes an alias and brings nothing back', () => {
    const gone = recordOf('S creates a=7 b=2 →\nQ rejects →\nS deletes →');
    const { kept } = merged(recordOf(AT_P), gone);
    expect(kept.state.fields['a']?.value).toBe('1');
    expect(told(kept.state)).not.toHaveProperty('S');
  });
});

const BOTH = entityRules();
const IN_STEP = `
  P creates a=0 b=0      → existence_fast_forwarded fast_forwarded | S create a=0 b=0
  S applies              →
  S echoes               → echoed
`;

function moved(before: RecordState, system: string, rules: EntityRules = BOTH): Decided {
  const result = detach(before, system, rules, AT);
  expect(replay(before, result)).toEqual(result.state);
  return result;
}

describe('I6 a link that moves', () => {
  test('I6 the copy leaves without a delete, and arrives elsewhere as on first contact', () => {
    const before = recordOf(`${IN_STEP}P edits a=1 →`, BOTH);
    const { state, decisions } = moved(before, 'S');
    expect(decisions).toMatchObject([{ type: 'copy_detached', system: 'S', nativeId: 'S-1', isLast: false }]);
    expect(state.exists.value).toBe(true);
    expect(state.systems['S']).toMatchObject({ nativeId: null, exists: { value: false }, shadows: {}, inFlight: null });
    // The record it leaves has no copy in S any more, so it gets one; nobody is told to delete anything.
    expect(told(state, BOTH)).toEqual({ S: { operation: 'create', a: '1', b: '0' } });
    const elsewhere = recordOf('P creates a=5 b=- →\nS rejects →', BOTH);
    const row = change('S', 900, { a: '0', b: '0' }, { complete: true, snapshot: true });
    expect(step(elsewhere, [row], BOTH, 50).decisions).toMatchObject([
      { type: 'observed' },
      { type: 'existence_agreed', exists: true },
      { type: 'fast_forwarded', fields: [{ field: 'b', value: '0' }] },
      { type: 'conflict_resolved', field: 'a', kind: 'create_create' },
      { type: 'command_issued', system: 'P' },
    ]);
  });

  test('I6 what was under way to it is forgotten', () => {
    const before = recordOf(`${IN_STEP}P edits a=1 →`, BOTH);
    const { state } = moved(before, 'S');
    expect(types(step(state, [outcome('S', 2)], BOTH, 50).decisions)[0]).toBe('outcome_dropped');
  });

  test('I6 a record whose last copy leaves ends, without a delete anywhere', () => {
    const before = recordOf('S creates a=1 →\nP rejects →', BOTH);
    const { state, decisions } = moved(before, 'S');
    expect(decisions).toMatchObject([{ type: 'copy_detached', isLast: true }]);
    expect(state.exists.value).toBe(false);
    expect(told(state, BOTH)).toEqual({});
    expect(moved(state, 'S').decisions).toEqual([]);
  });

  test('I7 its wishes in a review go with it', () => {
    const manual = entityRules({ policy: { kind: 'manual' } });
    const before = recordOf(`${IN_STEP}P edits a=1 →\nS edits a=2 →`, manual);
    const { decisions } = moved(before, 'S', manual);
    expect(types(decisions)).toEqual(['review_updated', 'review_closed', 'copy_detached']);
  });
});

describe('I6 brought back', () => {
  const gone = `${IN_STEP}
    S deletes              → existence_fast_forwarded | P delete
    P applies              →
    P deletes              → echoed
  `;
  const expectStory = (story: string): ReturnType<typeof playStory> => {
    const played = playStory(BOTH, gone + story);
    expect(played.told).toBe(asTold(gone + story));
    return played;
  };

  test('I6 an undelete that tells only what it changed brings back the record as it was', () => {
    expectStory('S edits a=9 → existence_fast_forwarded fast_forwarded | P create a=9 b=0');
  });

  test('I6 an undelete that tells the whole row brings back what that says', () => {
    expectStory('S creates a=0 b=0 → existence_fast_forwarded fast_forwarded | P create a=0 b=0');
  });

  test('I6 a new row under the same key starts from what its maker says', () => {
    const { state } = expectStory('S creates a=9 → existence_fast_forwarded fast_forwarded | P create a=9');
    expect(state.fields['b']?.value).toBe(null);
  });

  test('I6 a key that is used again while the delete is under way: the old copy goes, the new one comes', () => {
    const { state } = playStory(
      BOTH,
      `${IN_STEP}
       P deletes              →
       P creates a=5          →
       S applies              →
       S deletes              →
       S skips                →
       S applies              →
       S echoes               →`,
    );
    expect(state.exists.value).toBe(true);
    expect(state.systems['S']?.shadows).toMatchObject({ a: { value: '5' }, b: { value: null } });
    expect(state.systems['S']).toMatchObject({ exists: { value: true }, inFlight: null, applied: [] });
  });

  test('I6 a new row under another id is followed, and the old id is nobody’s', () => {
    const state = recordOf(gone, BOTH);
    const row = change('S', 900, { a: '1', b: '1' }, { complete: true, nativeId: 'S-2' });
    const result = step(state, [row], BOTH, 50);
    expect(result.state.systems['S']?.nativeId).toBe('S-2');
    const late = step(result.state, [change('S', 901, { a: '7' }, { nativeId: 'S-1' })], BOTH, 60);
    expect(late.decisions).toMatchObject([{ type: 'change_ignored', reason: 'second_copy' }]);
  });
});

test('the initial state is nobody’s alias', () => {
  expect(initialState().mergedInto).toBe(null);
});
