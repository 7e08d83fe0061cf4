/* oxlint-disable vitest/expect-expect -- expectStory asserts that the story is told as written. */
/**
 * Automation that answers automation is stopped (I10), with the cycle on record, while the other fields flow and users may
 * say what they like. In the stories every line is some milliseconds after the one before.
 */
import { access, asTold, change, entityRules, outcome, playStory, systemRules } from '@concord/testing';
import { describe, expect, test } from 'vitest';
import type { Decision } from './decisions.ts';
import { decodeState, encodeState } from './encoding.ts';
import { initialState } from './state.ts';
import { step } from './step.ts';
import type { EntityRules, Input } from './types.ts';

const LOOPS = { maxUpdates: 2, windowMs: 60_000 };
const RULES = entityRules({ loopPrevention: LOOPS });
const IN_STEP = `
  P creates a=0 b=0      → existence_fast_forwarded fast_forwarded | S create a=0 b=0
  S applies              →
  S echoes               → echoed
`;

function expectStory(story: string, rules: EntityRules = RULES): ReturnType<typeof playStory> {
  const played = playStory(rules, IN_STEP + story);
  expect(played.told).toBe(asTold(IN_STEP + story));
  return played;
}

/** S appends `!` to what we write, P removes it again: each in the transaction of our write. */
const MARKED = `
  P edits a=1            → fast_forwarded | S update a=1/0
  S applies              →
  S echoes a=1!          → echoed derived | P update a=1!/1
  P applies              →
  P echoes a=1           → echoed derived | S update a=1/1!
  S applies              →
  S echoes a=1!          → echoed loop_detected(a)
`;

describe('I10 what a system sets beside what it is told', () => {
  test('a time of the last change follows the words of users, however many there are', () => {
    const stamped = systemRules({ a: access(), b: access(), m: access({ write: false }) });
    const shown = systemRules({ a: access(), b: access(), m: access({ read: false, targetEdit: 'reported' }) });
    const rules = entityRules({ fields: ['a', 'b', 'm'], loopPrevention: LOOPS, differing: { P: shown, S: stamped } });
    const rounds = [1, 2, 3, 4, 5].map(
      (round) => `
        P edits a=${round}           → fast_forwarded | S update a=${round}/${round - 1}
        S applies                    →
        S echoes a=${round} m=${round} → echoed derived | P update m=${round}/${round === 1 ? '-' : round - 1}
        P applies                    →
        P echoes                     → echoed`,
    );
    expectStory(rounds.join(''), rules);
  });
});

describe('I10 marked answers of two systems', () => {
  test('I10 the field is frozen, the cycle is named, the others flow on', () => {
    const { state, decisions } = expectStory(`${MARKED}
      S edits b=5            → fast_forwarded | P update b=5/0
    `);
    expect(decisions.find(({ type }) => type === 'loop_detected')).toMatchObject({
      field: 'a',
      kind: 'loop',
      policy: 'loop_prevention',
      cycle: [
        { system: 'S', value: '1!' },
        { system: 'P', value: '1' },
        { system: 'S', value: '1!' },
      ],
    });
    expect(state.reviews['a']).toMatchObject({ kind: 'loop', candidates: { S: { value: '1!' } } });
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  test('I10 an answer ends it for as long as automation leaves it alone, and the bound counts anew', () => {
    expectStory(`${MARKED}
      ann resolves a from S  → review_resolved(a) | P update a=1!/1
      P applies              →
      P echoes a=1           → echoed derived | S update a=1/1!
      S applies              →
      S echoes a=1!          → echoed derived | P update a=1!/1
      P applies              →
      P echoes a=1           → echoed loop_detected(a)
    `);
  });

  test('I10 a user’s word begins a new chain', () => {
    const { state } = expectStory(`
      P edits a=1            → fast_forwarded | S update a=1/0
      S applies              →
      S echoes a=1!          → echoed derived | P update a=1!/1
      P applies              →
      P echoes a=1           → echoed derived | S update a=1/1!
      P edits a=2            → fast_forwarded
      S applies              → | S update a=2/1
      S echoes a=1!          → echoed derived_superseded
      S stales a             → | S update a=2/1!
      S applies              →
      S echoes               → echoed
    `);
    expect(state.chains).toEqual({});
  });

  test('I10 what is slower than the window is no loop', () => {
    const rules = entityRules({ loopPrevention: { ...LOOPS, windowMs: 20 } });
    expect(playStory(rules, IN_STEP + MARKED).told).not.toContain('loop_detected');
  });

  test('I10 the chain is bounded, and without loop prevention nothing is remembered', () => {
    expect(playStory(entityRules(), IN_STEP + MARKED).state.chains).toEqual({});
  });
});

describe('I10 cycles of three systems', () => {
  /** What each system makes of a value that is written to it. */
  const ANSWERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    S: { x: 'y' },
    Q: { y: 'z' },
    P: { z: 'x' },
  };

  /** Every command is executed and comes back, answered, until no more are issued. */
  function run(rules: EntityRules): { readonly rounds: number; readonly decisions: readonly Decision[] } {
    const decisions: Decision[] = [];
    let sequence = 1;
    let state = initialState();
    let inputs: readonly Input[] = [change('P', 1, { a: 'x' }, { complete: true })];
    for (let rounds = 1; rounds <= 60; rounds++) {
      const result = step(state, inputs, rules, sequence);
      ({ state } = result);
      decisions.push(...result.decisions);
      sequence += result.commands.length;
      if (result.commands.length === 0) return { rounds, decisions };
      inputs = result.commands.flatMap(({ system, sequence: echo, values }, index) => {
        const held = ANSWERS[system]?.[String(values['a'])] ?? values['a'] ?? null;
        const time = rounds * 10 + index;
        return [outcome(system, echo, { nativeId: `${system}-1` }), change(system, time, { a: held }, { echo })];
      });
    }
    return { rounds: Infinity, decisions };
  }

  test('I10 each answers the one before, and the cycle names all three', () => {
    const options = { systems: ['P', 'S', 'Q'], fields: ['a'] };
    expect(run(entityRules(options)).rounds).toBe(Infinity);
    const { rounds, decisions } = run(entityRules({ ...options, loopPrevention: { maxUpdates: 3, windowMs: 60_000 } }));
    expect(rounds).toBeLessThan(12);
    const found = decisions.find((one) => one.type === 'loop_detected');
    expect(new Set(found?.cycle.map(({ system }) => system))).toEqual(new Set(['P', 'S', 'Q']));
  });
});

describe('I10 answers without a mark', () => {
  test('I10 the same value again and again in answer to the other system is a loop', () => {
    const { decisions } = expectStory(`
      P edits a=on           → fast_forwarded | S update a=on/0
      S applies              →
      S echoes               → echoed
      S edits a=off          → fast_forwarded | P update a=off/on
      P applies              →
      P echoes               → echoed
      P edits a=on           → fast_forwarded | S update a=on/off
      S applies              →
      S echoes               → echoed
      S edits a=off          → fast_forwarded | P update a=off/on
      P applies              →
      P echoes               → echoed
      P edits a=on           → loop_detected(a)
    `);
    expect(decisions.find(({ type }) => type === 'loop_detected')).toMatchObject({
      cycle: [{ value: 'on' }, { value: 'off' }, { value: 'on' }, { value: 'off' }, { value: 'on' }],
    });
  });

  test('I10 users who go on with something new are never stopped', () => {
    const edits = Array.from({ length: 20 }, (_, index) => index + 1).map((index) => {
      const [system, other] = index % 2 === 0 ? ['P', 'S'] : ['S', 'P'];
      return `${system} edits a=${index} →\n${other} applies →\n${other} echoes →\n`;
    });
    const { told, state } = playStory(RULES, IN_STEP + edits.join(''));
    expect(told).not.toContain('loop_detected');
    expect(state.chains['a']?.length).toBeLessThanOrEqual(LOOPS.maxUpdates + 3);
  });

  test('I10 a target whose flow always takes our write back is not fought for ever', () => {
    const rules = entityRules({
      loopPrevention: LOOPS,
      differing: { S: systemRules({ a: access({ read: false }), b: access() }) },
    });
    const { state } = expectStory(
      `S edits a=9            → override_reported | S update a=0/9
       S applies              →
       S echoes               → echoed
       S edits a=9            → override_reported | S update a=0/9
       S applies              →
       S echoes               → echoed
       S edits a=9            → override_reported | S update a=0/9
       S applies              →
       S echoes               → echoed
       S edits a=9            → loop_detected(a)
       ann resolves a canonical → review_resolved(a) | S update a=0/9`,
      rules,
    );
    expect(state.reviews).toEqual({});
  });
});
