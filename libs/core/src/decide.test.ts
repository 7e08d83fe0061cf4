/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * What becomes of one change, as stories: fast-forward, agreement and conflict (I1, I7), echoes and derived changes (I5),
 * overrides, guards and outcomes (I3), rows read beside the stream (S5). P and S start in step with a=0 and b=0.
 */
import { access, asTold, entityRules, playStory, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import type { EntityRules, TargetEdit } from './types.ts';

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

describe('edits', () => {
  test('I1 of different fields at the same time both survive', () => {
    expectStory(`
      P edits a=1 and S edits b=1  → fast_forwarded fast_forwarded | P update b=1/0, S update a=1/0
    `);
  });

  test('I7 of the same field at the same time: the later wins and both are on record', () => {
    const { decisions } = expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S edits a=2 @500       → update_update(a:incoming) | P update a=2/1
      S stales a             →
      P applies              →
      P echoes               → echoed
    `);
    expect(decisions.find(({ type }) => type === 'conflict_resolved')).toMatchObject({
      field: 'a',
      kind: 'update_update',
      policy: 'last_write_wins',
      baseVersion: 1,
      canonicalVersion: 2,
      incoming: { system: 'S', value: '2', at: 500 },
      canonical: { system: 'P', value: '1' },
    });
  });

  test('I7 the earlier one loses and its system is told the winner, guarded by what it holds', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S edits a=2 @1         → update_update(a:canonical)
      S stales a             → | S update a=1/2
    `);
  });

  test('I7 no clock detects a conflict: an edit that saw the canonical value wins however old it says it is', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S applies              →
      S echoes               → echoed
      S edits a=2 @1         → fast_forwarded | P update a=2/1
    `);
  });

  test('the same value from both sides is agreement', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S edits a=1            → agreed
      S stales a             →
    `);
  });

  test('a value that went away and came back is no conflict for who never saw it away', () => {
    expectStory(`
      P edits a=1 and P edits a=0  → fast_forwarded fast_forwarded
      S edits a=2                  → fast_forwarded | P update a=2/0
    `);
  });

  test('I2 a change that comes again has no effect', () => {
    const { state } = expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      P repeats a=7          → duplicate_dropped
    `);
    expect(state.version).toBe(2);
  });
});

describe('echoes', () => {
  test('I5 an echo never causes a command, whichever of outcome and echo comes first', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S echoes               → echoed
      S applies              →
      P edits a=2            → fast_forwarded | S update a=2/1
      S applies              →
      S echoes               → echoed
    `);
  });

  test('I5 what a trigger made of our write is a derived change and flows on', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S applies              →
      S echoes a=1! b=9      → echoed derived | P update a=1!/1 b=9/0
      P applies              →
      P echoes               → echoed
    `);
  });

  test('I3 the answer to a superseded value is superseded too, and no user lost to a trigger', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      P edits a=2            → fast_forwarded
      S applies              → | S update a=2/1
      S echoes a=1!          → echoed derived_superseded
      S stales a             → | S update a=2/1!
      S applies              →
      S echoes a=2!          → echoed derived | P update a=2!/2
    `);
  });

  test('I3 an edit on the value before a trigger answered has seen all that any user said', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S applies              →
      S echoes a=1!          → echoed derived | P update a=1!/1
      P edits a=2            → fast_forwarded | S update a=2/1!
      P stales a             →
    `);
  });

  test('the echo of a later command implies the earlier ones', () => {
    const { state } = expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S applies              →
      P edits b=1            → fast_forwarded | S update b=1/0
      S applies              →
      S skips                →
      S echoes               → echoed
    `);
    expect(state.systems['S']).toMatchObject({ applied: [], shadows: { a: { value: '1' }, b: { value: '1' } } });
  });
});

describe('guards and outcomes (S4)', () => {
  test('I3 a stale field waits for the edit that made it stale, the others flow on', () => {
    expectStory(`
      P edits a=1 b=1        → fast_forwarded | S update a=1/0 b=1/0
      S stales a             → | S update b=1/0
      S applies              →
      S edits a=2 @1         → update_update(a:canonical) | S update a=1/2
    `);
  });

  test('I3 it does not wait for what has already come, not even when the value is back', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S edits a=5 @1         → update_update(a:canonical)
      S edits a=0 @1         → update_update(a:canonical)
      S stales a             → | S update a=1/0
    `);
  });

  test('I10 what a system refuses is not sent again until it changes', () => {
    expectStory(`
      P edits a=bad          → fast_forwarded | S update a=bad/0
      S rejects              →
      P edits b=1            → fast_forwarded | S update b=1/0
      S applies              →
      P edits a=good         → fast_forwarded | S update a=good/0
    `);
  });

  test('a refused create is tried again when the record changes', () => {
    const rules = entityRules();
    const story = `
      P creates a=bad        → existence_fast_forwarded fast_forwarded | S create a=bad
      S rejects              →
      P edits a=good         → fast_forwarded | S create a=good
    `;
    expect(playStory(rules, story).told).toBe(asTold(story));
  });

  test('waiting is information: the command is still under way', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S waits                →
      P edits a=2            → fast_forwarded
      S applies              → | S update a=2/1
    `);
  });

  test('I10 no more commands are issued than the bound allows without an echo', () => {
    const edits = Array.from({ length: 40 }, (_, index) => `P edits a=${index + 1} →\nS applies →\n`).slice(0, 16);
    const { state } = playStory(entityRules(), IN_STEP + edits.join(''));
    expect(state.systems['S']?.applied).toHaveLength(16);
    expect(playStory(entityRules(), `${IN_STEP + edits.join('')}P edits b=1 →`).told).toMatch(
      /P edits b=1 → fast_forwarded$/,
    );
  });
});

describe('one-way fields', () => {
  const oneWay = (targetEdit: TargetEdit): EntityRules => {
    const a = access({ read: false, targetEdit });
    return entityRules({ differing: { S: systemRules({ a, b: access() }) } });
  };

  test('an edit is overwritten', () => {
    expectStory('S edits a=9 → override_reported | S update a=0/9', oneWay('overwritten'));
  });

  test('an edit is reported and stays until the source changes', () => {
    expectStory(
      `S edits a=9            → override_reported
       P edits a=1            → fast_forwarded | S update a=1/9`,
      oneWay('reported'),
    );
  });

  test('an edit is kept for good, until the user comes back to the source', () => {
    expectStory(
      `S edits a=9            → override_reported
       P edits a=1            → fast_forwarded
       S edits a=1            → agreed
       P edits a=2            → fast_forwarded | S update a=2/1`,
      oneWay('kept'),
    );
  });

  test('what the system itself makes of our write is not fought', () => {
    expectStory(
      `P edits a=1            → fast_forwarded | S update a=1/0
       S applies              →
       S echoes a=1!          → echoed override_reported`,
      oneWay('overwritten'),
    );
  });
});

describe('fields that a system keeps by itself', () => {
  /** The service gives the record an id and a time of change; the database shows both and may change neither. */
  const shown = access({ read: false, targetEdit: 'reported' });
  const own = access({ write: false });
  const rules = entityRules({
    fields: ['a', 'sf_id', 'changed'],
    differing: {
      P: systemRules({ a: access(), sf_id: shown, changed: shown }),
      S: systemRules({ a: access(), sf_id: own, changed: own }),
    },
  });

  test('I5 the id given by the service is written back once, without a bounce', () => {
    const story = `
      P creates a=0 sf_id=- changed=-      → existence_fast_forwarded fast_forwarded | S create a=0
      S applies                            →
      S echoes sf_id=001A changed=t1       → echoed derived | P update sf_id=001A/- changed=t1/-
      P applies                            →
      P echoes                             → echoed
      S edits a=1 changed=t2               → fast_forwarded | P update a=1/0 changed=t2/t1
      P applies                            →
      P echoes                             → echoed
      P edits sf_id=mine                   → override_reported
    `;
    expect(playStory(rules, story).told).toBe(asTold(story));
  });
});

describe('rows read beside the stream (S5)', () => {
  test('a row without a place in the stream is dropped when the stream has told later things', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      P reads a=0 b=0 @12    → duplicate_dropped
    `);
  });

  test('a streamed change that such a row already contains is dropped', () => {
    const { state } = expectStory(`
      P reads a=2 b=0 @500   → fast_forwarded | S update a=2/0
      P edits a=1 @490       → duplicate_dropped
    `);
    expect(state.fields['a']?.value).toBe('2');
  });

  test('a row that shows our own write is not an edit', () => {
    expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S applies              →
      P edits a=2            → fast_forwarded | S update a=2/1
      S shows a=1 b=0        → echoed
    `);
  });

  test('first contact: equal values agree, an empty field is filled, a difference is for the policy', () => {
    const story = `
      P creates a=1 b=-      → existence_fast_forwarded fast_forwarded | S create a=1
      S shows a=- b=2        → fast_forwarded | P update b=2/-
      S stales               → | S update a=1/-
    `;
    expect(playStory(entityRules(), story).told).toBe(asTold(story));
  });
});
