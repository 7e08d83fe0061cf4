/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * Existence is a versioned field (I6). The first part is the truth table of all that can be told about existence in all
 * that can be known of it, total by type: a new situation or event does not compile until every cell is answered.
 */
import { access, asTold, cellsOf, change, entityRules, outcome, playStory, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import type { Decision } from './decisions.ts';
import { EXISTS } from './state.ts';
import type { EntityRules, SourceChange } from './types.ts';
import { decide, step } from './step.ts';

/** What the core knows when the change of system S comes. */
type Situation =
  | 'never existed'
  | 'exists at P only'
  | 'exists at both'
  | 'exists at both, P edited unseen'
  | 'deleted at P, unseen'
  | 'deleted everywhere';
type Event = 'a row appears' | 'a row is edited' | 'a row vanishes';
type Existence = { readonly kind: 'nothing' | 'agreed' | 'forward' | 'conflict' | 'review'; readonly exists: boolean };

const SITUATIONS: Record<Situation, string> = {
  'never existed': '',
  'exists at P only': 'P creates a=0 b=0 →',
  'exists at both': 'P creates a=0 b=0 →\nS applies →\nS echoes →',
  'exists at both, P edited unseen': 'P creates a=0 b=0 →\nS applies →\nS echoes →\nP edits a=1 →',
  'deleted at P, unseen': 'P creates a=0 b=0 →\nS applies →\nS echoes →\nP deletes →',
  'deleted everywhere': 'P creates a=0 b=0 →\nS applies →\nS echoes →\nP deletes →\nS applies →\nS deletes →',
};

const EVENTS: Record<Event, Partial<SourceChange>> = {
  'a row appears': { values: { a: '7', b: '0' }, complete: true },
  'a row is edited': { values: { b: '7' } },
  'a row vanishes': { existence: 'deleted' },
};

const nothing = (exists: boolean): Existence => ({ kind: 'nothing', exists });
const agreed = (exists: boolean): Existence => ({ kind: 'agreed', exists });
const forward = (exists: boolean): Existence => ({ kind: 'forward', exists });
const review = (exists: boolean): Existence => ({ kind: 'review', exists });
const conflict = (exists: boolean): Existence => ({ kind: 'conflict', exists });

/** Under delete_wins; `exists` is the canonical existence afterwards. */
const DELETE_WINS: Record<Situation, Record<Event, Existence>> = {
  'never existed': {
    'a row appears': forward(true),
    'a row is edited': forward(true),
    'a row vanishes': nothing(false),
  },
  'exists at P only': {
    'a row appears': agreed(true),
    'a row is edited': agreed(true),
    'a row vanishes': forward(false),
  },
  'exists at both': {
    'a row appears': nothing(true),
    'a row is edited': nothing(true),
    'a row vanishes': forward(false),
  },
  'exists at both, P edited unseen': {
    'a row appears': nothing(true),
    'a row is edited': nothing(true),
    'a row vanishes': conflict(false),
  },
  'deleted at P, unseen': {
    'a row appears': conflict(false),
    'a row is edited': conflict(false),
    'a row vanishes': nothing(false),
  },
  'deleted everywhere': {
    'a row appears': forward(true),
    'a row is edited': forward(true),
    'a row vanishes': nothing(false),
  },
};

/** Only where an update meets a delete does the policy make a difference. */
const UPDATE_WINS: Record<Situation, Record<Event, Existence>> = {
  ...DELETE_WINS,
  'exists at both, P edited unseen': {
    ...DELETE_WINS['exists at both, P edited unseen'],
    'a row vanishes': conflict(true),
  },
  'deleted at P, unseen': {
    ...DELETE_WINS['deleted at P, unseen'],
    'a row appears': conflict(true),
    'a row is edited': conflict(true),
  },
};

/** The one who meets the other finds existence as it was, until a person answers. */
const MANUAL: Record<Situation, Record<Event, Existence>> = {
  ...DELETE_WINS,
  'exists at both, P edited unseen': {
    ...DELETE_WINS['exists at both, P edited unseen'],
    'a row vanishes': review(true),
  },
  'deleted at P, unseen': {
    ...DELETE_WINS['deleted at P, unseen'],
    'a row appears': review(false),
    'a row is edited': review(false),
  },
};

const TABLES: Record<EntityRules['deletePolicy'], Record<Situation, Record<Event, Existence>>> = {
  delete_wins: DELETE_WINS,
  update_wins: UPDATE_WINS,
  manual: MANUAL,
};

function kindOf(decisions: readonly Decision[]): Existence['kind'] {
  for (const decision of decisions) {
    if (decision.type === 'existence_agreed') return 'agreed';
    if (decision.type === 'existence_fast_forwarded') return 'forward';
    if (decision.type === 'conflict_resolved' && decision.field === EXISTS) return 'conflict';
    if (decision.type === 'review_opened' && decision.field === EXISTS) return 'review';
  }
  return 'nothing';
}

describe.each(Object.entries(TABLES))('I6 what a change of S says about existence, %s', (policy, table) => {
  const rules = entityRules({ deletePolicy: policy as EntityRules['deletePolicy'] });
  test.each(cellsOf(table))('%s: %s', (situation, event, expected) => {
    const { state } = playStory(rules, SITUATIONS[situation]);
    const input = change('S', 900, {}, EVENTS[event]);
    const decisions = decide(state, input, rules);
    const after = decisions.findLast((one) => one.type === 'existence_fast_forwarded' || isExistence(one));
    const exists = after === undefined ? state.exists.value : existsAfter(after);
    expect({ kind: kindOf(decisions), exists }).toEqual(expected);
  });
});

function isExistence(decision: Decision): boolean {
  return decision.type === 'conflict_resolved' && decision.field === EXISTS;
}

function existsAfter(decision: Decision): boolean {
  if (decision.type === 'existence_fast_forwarded') return decision.exists;
  if (decision.type !== 'conflict_resolved') throw new TypeError(decision.type);
  return decision[decision.winner].value === true;
}

const IN_STEP = `
  P creates a=0 b=0      → existence_fast_forwarded fast_forwarded | S create a=0 b=0
  S applies              →
  S echoes               → echoed
`;

function expectStory(story: string, rules: EntityRules = entityRules()): ReturnType<typeof playStory> {
  const played = playStory(rules, IN_STEP + story);
  expect(played.told).toBe(asTold(IN_STEP + story));
  return played;
}

describe('deletes', () => {
  test('I6 a delete goes to the other side guarded by all that it is believed to hold', () => {
    const { state } = expectStory('P deletes → existence_fast_forwarded | S delete');
    expect(state.systems['S']?.inFlight?.expected).toEqual({ a: '0', b: '0' });
  });

  test('I10 a delete that met an unseen edit waits for it, whichever field it is in', () => {
    expectStory(`
      P deletes              → existence_fast_forwarded | S delete
      S stales a             →
      P repeats              → duplicate_dropped
      S edits a=1            → update_delete($exists:canonical) fast_forwarded | S delete
    `);
  });

  test("I5 a create is not taken for seen because a row of somebody else's was there before it", () => {
    const inFlight = playStory(entityRules(), 'P creates a=0 b=0 →').state;
    const command = inFlight.systems['S']?.inFlight;
    const inputs = [
      change('S', 5, { a: '7', b: '0' }, { snapshot: true, complete: true, nativeId: 'S-1' }),
      outcome('S', command?.sequence ?? 0, { nativeId: 'S-2' }),
    ];
    const { state } = step(inFlight, inputs, entityRules(), 9);
    expect(state.systems['S']?.applied.map(({ sequence }) => sequence)).toEqual([command?.sequence]);
  });

  test('I3 a guard that fails for what a snapshot row has told already is not waited for', () => {
    const rules = entityRules();
    const created = playStory(rules, 'P creates a=0 b=0 →\nS applies →').state;
    // The copy is deleted and made again by hand; a row shows the new one before the stream tells any of it.
    const row = change('S', 90, { a: '5', b: '0' }, { snapshot: true, complete: true, nativeId: 'S-2' });
    const shown = step(created, [row, change('P', 91, { a: '9' })], rules, 2);
    const update = shown.commands.find(({ system }) => system === 'S');
    expect(update).toMatchObject({ system: 'S', nativeId: 'S-1' });
    const echo = change('S', 30, { a: '0', b: '0' }, { complete: true, echo: 1 });
    const failed = outcome('S', update?.sequence ?? 0, { result: 'stale' });
    const { state } = step(shown.state, [echo, failed], rules, 4);
    expect(state.systems['S']?.waiting).toEqual([]);
  });

  test('I10 our delete is not awaited for ever when a row shows that its row is back', () => {
    const rules = entityRules();
    const story = 'P creates a=0 b=0 →\nS applies →\nS echoes →\nP deletes →\nS applies →';
    const deleted = playStory(rules, story).state;
    const row = change('S', 0, { a: '0', b: '0' }, { snapshot: true, complete: true, position: '', at: 900 });
    const gone = change('S', 800, {}, { existence: 'deleted' });
    const { state, commands } = step(deleted, [row, gone], rules, 9);
    expect(state.systems['S']?.applied).toEqual([]);
    expect(commands).toMatchObject([{ system: 'S', operation: 'delete' }]);
  });

  test('I6 deleted on both sides is agreement', () => {
    expectStory(`
      P deletes              → existence_fast_forwarded | S delete
      S deletes              → echoed
      S stales               →
    `);
  });

  test('I7 update_wins: the update brings the record back where it was deleted', () => {
    expectStory(
      `P deletes              → existence_fast_forwarded | S delete
       S edits a=9            → update_delete($exists:incoming) fast_forwarded | P create a=9 b=0
       S stales a             →
       P applies              →
       P echoes               → echoed`,
      entityRules({ deletePolicy: 'update_wins' }),
    );
  });

  test('I7 delete_wins: what the delete had not seen is on record', () => {
    const { decisions } = expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S deletes              → delete_update($exists:incoming) | P delete
    `);
    expect(decisions.findLast(isExistence)).toMatchObject({
      canonical: { system: 'P', value: true, values: { a: '1' } },
    });
  });

  test('I6 a record that is made again starts from what its maker tells, nothing old lives on', () => {
    const { state } = expectStory(`
      P deletes              → existence_fast_forwarded | S delete
      S applies              →
      S deletes              → echoed
      P creates b=5          → existence_fast_forwarded fast_forwarded | S create b=5
    `);
    expect(state.fields['a']?.value).toBe(null);
  });

  test('I6 an undelete by a user who saw the delete is a new existence', () => {
    expectStory(`
      S deletes              → existence_fast_forwarded | P delete
      P applies              →
      P deletes              → echoed
      S creates a=0 b=0      → existence_fast_forwarded fast_forwarded | P create a=0 b=0
    `);
  });

  test('deleted and made again in one poll is an update of the copy that is still there', () => {
    expectStory(`
      P deletes and P creates a=1 b=0  → existence_fast_forwarded existence_fast_forwarded fast_forwarded | S update a=1/0
    `);
  });
});

describe('existence that does not flow', () => {
  const rules = entityRules({
    differing: { S: systemRules({ a: access(), b: access() }, { readExistence: false }) },
  });

  test('a delete in a target is made good', () => {
    expectStory('S deletes → override_reported | S create a=0 b=0', rules);
  });

  test('a record that only the target has is left alone', () => {
    const story = 'S creates a=1 →';
    expect(playStory(rules, story).told).toBe(asTold(story));
  });
});
