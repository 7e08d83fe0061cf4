/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * Systems whose streams do not say which command an event shows (S9, I5): `ours`, `values` and `polled`, in the stories of
 * decide.test.ts where they can be told apart, and in those where each kind is weaker.
 */
import { access, asTold, change, entityRules, outcome, playStory, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import { step } from './step.ts';
import type { RecordState } from './state.ts';
import type { EntityRules, Input, SystemRules } from './types.ts';

function rulesOf(echoes: SystemRules['echoes'], options: Partial<SystemRules> = {}): EntityRules {
  const fields = { a: access(), b: access() };
  return entityRules({
    differing: { S: systemRules(fields, { ...options, ...(echoes === undefined ? {} : { echoes }) }) },
  });
}
const OURS = rulesOf('ours');
const VALUES = rulesOf('values');
const POLLED = rulesOf('polled');

const IN_STEP = `
  P creates a=0 b=0      → existence_fast_forwarded fast_forwarded | S create a=0 b=0
  S applies              →
  S echoes               → echoed
`;
const POLLED_IN_STEP = IN_STEP.replace('S echoes              ', 'S reads a=0 b=0       ');

function expectStory(rules: EntityRules, story: string): ReturnType<typeof playStory> {
  const start = rules === POLLED ? POLLED_IN_STEP : IN_STEP;
  const played = playStory(rules, start + story);
  expect(played.told).toBe(asTold(start + story));
  return played;
}

describe.each([
  ['ours', OURS],
  ['values', VALUES],
])('S9 echoes known as %s', (_kind, rules) => {
  test('I5 an echo never causes a command, whichever of outcome and echo comes first', () => {
    expectStory(
      rules,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S echoes               → echoed
       S applies              →
       P edits a=2            → fast_forwarded | S update a=2/1
       S applies              →
       S echoes               → echoed`,
    );
  });

  test('I5 what a trigger made of an executed write is a derived change and flows on', () => {
    expectStory(
      rules,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       S echoes a=1! b=9      → echoed derived | P update a=1!/1 b=9/0`,
    );
  });

  test('S9 an echo that never came is implied by a later one', () => {
    const { state } = expectStory(
      rules,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       P edits b=1            → fast_forwarded | S update b=1/0
       S applies              →
       S skips                →
       S echoes               → echoed`,
    );
    expect(state.systems['S']).toMatchObject({ applied: [], shadows: { a: { value: '1' }, b: { value: '1' } } });
  });

  test('I1 a user’s edit between two of our writes is an edit', () => {
    expectStory(
      rules,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       P edits b=1            → fast_forwarded | S update b=1/0
       S echoes               → echoed
       S edits a=5            → fast_forwarded | P update a=5/1
       S applies              →
       S echoes               → echoed`,
    );
  });

  test('I6 our delete comes back as an echo, and a user’s does not', () => {
    expectStory(
      rules,
      `P deletes              → existence_fast_forwarded | S delete
       S applies              →
       S echoes               → echoed`,
    );
    expectStory(rules, 'S deletes → existence_fast_forwarded | P delete');
  });

  test('I2 an event that comes again is not taken for the next echo', () => {
    expectStory(
      rules,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       S echoes               → echoed
       P edits a=2            → fast_forwarded | S update a=2/1
       S repeats a=1          → duplicate_dropped
       S applies              →
       S echoes               → echoed`,
    );
  });
});

describe('S9 what ours and values cannot tell', () => {
  test('ours: an altered write is known before its outcome, as it tells all that the command wrote', () => {
    expectStory(
      OURS,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S echoes a=1!          → echoed derived | P update a=1!/1
       S applies              →`,
    );
  });

  test('ours: an answer of a trigger that looks like the next command is still of the one before', () => {
    const { state } = expectStory(
      OURS,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       P edits a=1!           → fast_forwarded | S update a=1!/1
       S echoes a=1!          → echoed agreed`,
    );
    expect(state.systems['S']).toMatchObject({ applied: [], inFlight: { values: { a: '1!' } } });
  });

  test('ours: an altered write in which the value of a later one stands is the older one all the same', () => {
    const { state } = expectStory(
      OURS,
      `P edits a=1 b=1        → fast_forwarded | S update a=1/0 b=1/0
       S applies              →
       P edits b=2            → fast_forwarded | S update b=2/1
       S applies              →
       P edits b=1            → fast_forwarded | S update b=1/2
       S applies              →
       S echoes a=1!          → echoed derived | P update a=1!/1`,
    );
    expect(state.systems['S']?.applied.map(({ values }) => values['b'])).toEqual(['2', '1']);
  });

  test('values: an altered write before its outcome passes for an edit, on record', () => {
    expectStory(
      VALUES,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S echoes a=1!          → update_update(a:incoming) | P update a=1!/1
       S applies              →`,
    );
  });

  test('values: a user who writes what we were about to write is taken for us, and nothing else happens', () => {
    const { state } = expectStory(
      VALUES,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S edits a=1            → echoed
       S stales a             →`,
    );
    expect(state.systems['S']).toMatchObject({ inFlight: null, applied: [], shadows: { a: { value: '1' } } });
  });

  test('ours: what our client wrote although no command is open is nobody’s edit', () => {
    expectStory(
      OURS,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       P edits a=2            → fast_forwarded | S update a=2/1
       S echoes               → echoed
       S echoes               → echoed
       S applies              →`,
    );
  });
});

describe('S9 polled: rows and their absence', () => {
  test('I5 a row shows what we wrote, what was made of it, and what users wrote since', () => {
    expectStory(
      POLLED,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       S reads a=1 b=0        → echoed
       P edits a=2            → fast_forwarded | S update a=2/1
       S applies              →
       S reads a=2! b=7       → echoed fast_forwarded | P update a=2!/2 b=7/0`,
    );
  });

  test('S1 a row that comes again, or comes late, is dropped', () => {
    expectStory(
      POLLED,
      `S reads a=1 b=0 @500   → fast_forwarded | P update a=1/0
       P applies              →
       P echoes               → echoed
       P edits a=2            → fast_forwarded | S update a=2/1
       S applies              →
       S reads a=2 b=0 @600   → echoed
       S reads a=1 b=0 @500   → duplicate_dropped
       S reads a=2 b=0 @600   → duplicate_dropped`,
    );
  });

  test('I6 a row that is gone was deleted by a user, or by us', () => {
    expectStory(POLLED, 'S lacks → existence_fast_forwarded | P delete');
    expectStory(
      POLLED,
      `P deletes              → existence_fast_forwarded | S delete
       S applies              →
       S lacks                → echoed`,
    );
    expectStory(
      POLLED,
      `P deletes              → existence_fast_forwarded | S delete
       S lacks                → row_held
       S applies              → echoed`,
    );
  });

  test('I10 what was executed on a row that is gone is not waited for', () => {
    const { state } = expectStory(
      POLLED,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       S lacks                → echoed existence_fast_forwarded | P delete
       P applies              →
       P deletes              → echoed
       S reads a=5 b=5        → existence_fast_forwarded fast_forwarded | P create a=5 b=5`,
    );
    expect(state.systems['S']).toMatchObject({ applied: [], inFlight: null });
  });

  test('I7 a delete that met an unseen edit is a conflict as ever', () => {
    expectStory(
      POLLED,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S lacks                → delete_update($exists:incoming) | P delete`,
    );
  });

  test('S9 an edit that meets a write of ours under way cannot be told from an answer to it: ours stays, on record', () => {
    expectStory(
      POLLED,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S reads a=5 b=0        → update_update(a:canonical)
       S stales a             → | S update a=1/5`,
    );
  });
});

describe('S9 rows of somebody else', () => {
  test('I6 a row that came and went while our create was under way says nothing of ours', () => {
    const created = playStory(VALUES, 'P creates a=0 b=0 →').state;
    const theirs = { complete: true, nativeId: 'S-0' };
    const inputs = [
      change('P', 20, {}, { existence: 'deleted' }),
      change('S', 30, { a: '7', b: '0' }, theirs),
      change('S', 40, {}, { ...theirs, existence: 'deleted' }),
      outcome('S', 1, { nativeId: 'S-1' }),
    ];
    const { state } = step(created, inputs, VALUES, 9);
    expect(state.systems['S']?.applied.map(({ sequence }) => sequence)).toEqual([1]);
    const echo = change('S', 50, { a: '0', b: '0' }, { complete: true, nativeId: 'S-1' });
    expect(step(state, [echo], VALUES, 9).state.exists.value).toBe(false);
  });

  test('I5 an event of another row is no echo, whatever it shows', () => {
    const applied = playStory(VALUES, 'P creates a=0 b=0 →\nS applies →').state;
    const theirs = change('S', 30, { a: '0', b: '0' }, { complete: true, nativeId: 'S-0' });
    const { decisions } = step(applied, [theirs], VALUES, 9);
    expect(decisions.map(({ type }) => type)).not.toContain('echoed');
  });

  test('I5 a create that writes nothing is not shown by a row with values', () => {
    const created = playStory(VALUES, 'P creates →').state;
    const { decisions } = step(created, [change('S', 30, { a: '7' }, { complete: true })], VALUES, 9);
    expect(decisions.map(({ type }) => type)).not.toContain('echoed');
  });
});

describe('S9 values: a row beside the stream and the echoes that it contains', () => {
  test('I4 a row edited after two writes of ours shows both executed, and their events are not awaited', () => {
    const { state } = expectStory(
      VALUES,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       P edits a=2            → fast_forwarded | S update a=2/1
       S applies              →
       S reads a=5 b=0        → echoed fast_forwarded | P update a=5/2
       S edits a=1 @40        → duplicate_dropped
       S edits a=2 @60        → duplicate_dropped
       S edits a=5 @80        → duplicate_dropped`,
    );
    expect(state.systems['S']?.applied).toEqual([]);
  });

  test('I1 an echo older than the row settles its command, so the next edit is not taken for it', () => {
    expectStory(
      VALUES,
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       S reads a=0 b=7        → fast_forwarded | P update b=7/0
       S edits a=1 @40        → echoed duplicate_dropped | S update a=1/0
       S stales a             →
       S edits a=6            → update_update(a:incoming)`,
    );
  });
});

describe('I6 S9 deletes of somebody else', () => {
  const MARKED_DELETES = rulesOf('ours', { deletesMarked: true });
  const gone = (time: number, echo: 'ours' | null) => change('S', time, {}, { existence: 'deleted', echo });
  const typesOf = (state: RecordState, input: Input): string =>
    step(state, [input], MARKED_DELETES, 50)
      .decisions.map(({ type }) => type)
      .join(' ');

  test('a delete that only a look-up said was ours is not awaited once a user’s has come', () => {
    const { state } = playStory(MARKED_DELETES, `${IN_STEP}P deletes →\nS applies →`);
    expect(typesOf(state, gone(200, null))).toBe('observed echoed existence_agreed');
  });

  test('a delete of ours that nobody awaits was no user’s will, and does not imply the next create', () => {
    const { state } = playStory(MARKED_DELETES, `${IN_STEP}P edits a=1 →`);
    expect(typesOf(state, gone(200, 'ours'))).toBe('observed existence_learned');
  });

  test('a create that follows a delete still to be seen tells the id of its own row', () => {
    const story = `${IN_STEP}P deletes →\nS applies →\nP creates a=2 b=2 →\nS applies →\nS skips →`;
    const { state } = playStory(rulesOf('marked'), story);
    const echo = change('S', 200, { a: '2', b: '2' }, { complete: true, echo: 3, nativeId: 'S-1' });
    expect(step(state, [echo], rulesOf('marked'), 50).state.systems['S']).toMatchObject({
      nativeId: 'S-1',
      exists: { value: true },
      applied: [],
    });
  });

  test('I5 values: what an undeleted row tells again does not show the write that is under way', () => {
    const { state } = playStory(VALUES, `${IN_STEP}P edits a=1 →`);
    const undelete = change('S', 201, { a: '0', b: '0' }, { complete: true });
    const after = step(state, [gone(200, null), undelete, outcome('S', 2)], VALUES, 50).state;
    expect(after.systems['S']?.applied.map(({ sequence }) => sequence)).toEqual([2]);
  });
});

test('S5 a value that an earlier write explains does not show the one under way', () => {
  // Two writes leave the same value; the row was read after the first, and the second may be on its way.
  const story = `P edits a=1 →\nS applies →\nP edits a=2 →\nS applies →\nP edits a=1 →\n`;
  const { state } = playStory(rulesOf('marked'), IN_STEP + story);
  const row = change('S', 900, { a: '1', b: '0' }, { complete: true, snapshot: true, position: '' });
  const after = step(state, [row], rulesOf('marked'), 50).state.systems['S'];
  expect(after?.inFlight?.sequence).toBe(4);
  expect(after?.applied.map(({ sequence }) => sequence)).toEqual([3]);
});

test('S9 what an earlier command left in a row does not show the next one executed', () => {
  // Two writes are executed and not seen yet; a third is under way when a row comes that was read after the first.
  const story = 'P edits a=1 →\nS applies →\nP edits a=2 →\nS applies →\nP edits a=3 →\nS reads a=1 b=0 →\nS applies →';
  const { state } = playStory(POLLED, POLLED_IN_STEP + story);
  expect(state.systems['S']?.applied.map(({ values }) => values['a'])).toEqual(['2', '3']);
});
