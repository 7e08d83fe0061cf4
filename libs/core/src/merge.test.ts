/**
 * Laws of counters and sets (I7): first of the merge itself, then of whole histories in which users of several systems edit
 * at once while events, commands and outcomes travel in any interleaving. What counts is what users did to their own copies.
 */
import { access, asTold, Copies, entityRules, HAPPENINGS, playStory, systemRules } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDifference } from './decimal.ts';
import { merge } from './merge.ts';
import { same } from './projection.ts';
import { elementsOf } from './sets.ts';
import type { EntityRules, FieldPolicy, FieldType, Value } from './types.ts';

const FINE: FieldType = { kind: 'decimal' };
const COARSE: FieldType = { kind: 'decimal', scale: 1 };
const SET: FieldType = { kind: 'set' };
const PICKLIST: FieldType = { kind: 'set', emptyIsNull: true };

const decimal = fc.tuple(fc.bigInt(), fc.nat(6)).map(([units, scale]) => `${units}e-${scale}`);
const set = fc.subarray(['a', 'b', 'c', 'd']).map((elements) => JSON.stringify(elements));

describe('I7 merging', () => {
  test('a counter is the exact sum of what was added, in whatever order', () => {
    fc.assert(
      fc.property(decimal, decimal, decimal, decimal, (start, seen, one, two) => {
        const add = (to: Value | undefined, held: string): Value | undefined =>
          merge('counter', FINE, { canonical: to ?? null, before: seen, held });
        expect(add(add(start, one), two)).toBe(add(add(start, two), one));
        expect(merge('counter', FINE, { canonical: start, before: start, held: one })).toBe(
          addDifference(one, '0', '0'),
        );
        expect(merge('counter', FINE, { canonical: add(start, one) ?? null, before: one, held: seen })).toBe(
          addDifference(start, '0', '0'),
        );
      }),
    );
  });

  test('a united set does not depend on order, grouping or repetition', () => {
    const unite = (left: Value, right: Value): Value =>
      merge('set_union', SET, { canonical: left, before: null, held: right }) ?? null;
    fc.assert(
      fc.property(set, set, set, (one, two, three) => {
        expect(unite(one, two)).toBe(unite(two, one));
        expect(unite(unite(one, two), three)).toBe(unite(one, unite(two, three)));
        expect(unite(unite(one, two), two)).toBe(unite(one, two));
      }),
    );
  });

  test('additions and removals of independent edits may come in any order, and twice is once', () => {
    const edited = (canonical: Value, before: Value, held: Value): Value =>
      merge('set_delta', SET, { canonical, before, held }) ?? null;
    fc.assert(
      fc.property(set, set, set, (seen, one, two) => {
        const forth = edited(edited(seen, seen, one), seen, two);
        expect(forth).toBe(edited(edited(seen, seen, two), seen, one));
        expect(edited(forth, seen, two)).toBe(forth);
      }),
    );
  });

  test.each([
    ['counter', FINE, null, null, '5', '5'],
    ['counter', FINE, '5', '2', null, '3'],
    ['counter', FINE, '9007199254740993.1', '1', '1.02', '9007199254740993.12'],
    ['counter', { kind: 'integer' }, 7, 5, 6, 8],
    ['counter', { kind: 'integer' }, '9007199254740992', 0, 1, '9007199254740993'],
    ['counter', { kind: 'double' }, 0.2, 0, 0.1, 0.3],
    ['counter', FINE, 'NaN', '1', '2', undefined],
    ['counter', FINE, true, '1', '2', undefined],
    ['set_delta', SET, '["a","b"]', '["a"]', '["a","c"]', '["a","b","c"]'],
    ['set_delta', SET, '["a","b"]', '["a"]', '[]', '["b"]'],
    ['set_delta', SET, null, '["a"]', '[]', null],
    ['set_delta', PICKLIST, '["a"]', '["a"]', '[]', null],
    ['set_union', SET, '["a","b"]', '["a"]', '["c"]', '["a","b","c"]'],
    ['set_union', SET, '[]', '["a"]', null, '[]'],
    ['set_union', SET, 'no set', '["a"]', '["b"]', undefined],
  ] as const)('%s %j: %s, where %s became %s → %s', (...[kind, type, canonical, before, held, expected]) => {
    expect(merge(kind, type, { canonical, before, held })).toBe(expected);
  });
});

function rulesFor(policy: FieldPolicy, types: Readonly<Record<string, FieldType>>): EntityRules {
  const [type = FINE] = Object.values(types);
  const systems = Object.entries(types).map(([name, own]) => [name, systemRules({ n: access({ type: own }) })]);
  return { ...entityRules(), fields: { n: { type, policy } }, systems: Object.fromEntries(systems) };
}

const actions = fc.array(
  fc.record({
    what: fc.constantFrom('edit' as const, 'hear' as const, ...HAPPENINGS),
    system: fc.constantFrom('P', 'S', 'Q'),
    steps: fc.integer({ min: -9, max: 9 }),
  }),
  { maxLength: 60 },
);

describe('I7 whole histories', () => {
  test('a counter is the sum of all that users added, in every interleaving, and no digit is lost to coarser systems', () => {
    fc.assert(
      fc.property(actions, (history) => {
        const types = { P: FINE, S: COARSE, Q: COARSE };
        const world = new Copies(rulesFor({ kind: 'counter' }, types), { n: '0.04' });
        let sum = '0.04';
        for (const { what, system, steps } of history) {
          if (what !== 'edit') world[what](system);
          else {
            const added = system === 'P' ? `${steps}e-2` : `${steps}e-1`;
            sum = addDifference(sum, added, '0') ?? '';
            world.edit(system, { n: addDifference(String(world.row(system)['n'] ?? 0), added, '0') });
          }
        }
        expect(world.settle()).toBe(true);
        expect(world.state.fields['n']?.value).toBe(sum);
        for (const [system, type] of Object.entries(types)) {
          expect(same(type, world.row(system)['n'] ?? null, sum)).toBe(true);
        }
      }),
    );
  });

  test('a set holds what was added and not removed, in every interleaving', () => {
    fc.assert(
      fc.property(actions, (history) => {
        const world = new Copies(rulesFor({ kind: 'set_delta' }, { P: SET, S: PICKLIST, Q: SET }), { n: '["0"]' });
        const [added, removed] = [new Set(['0']), new Set<string>()];
        for (const [index, { what, system, steps }] of history.entries()) {
          if (what !== 'edit') {
            world[what](system);
            continue;
          }
          const elements = elementsOf(world.row(system)['n'] ?? null) ?? [];
          const gone = steps < 0 ? elements[-steps % Math.max(1, elements.length)] : undefined;
          if (gone === undefined) added.add(String(index + 1));
          else removed.add(gone);
          const left = gone === undefined ? [...elements, String(index + 1)] : elements.filter((one) => one !== gone);
          world.edit(system, { n: left.length === 0 && system === 'S' ? null : JSON.stringify(left) });
        }
        expect(world.settle()).toBe(true);
        const expected = JSON.stringify([...added].filter((one) => !removed.has(one)).sort());
        for (const value of [world.state.fields['n']?.value, ...world.rows().map((row) => row['n'])]) {
          expect(same(SET, value ?? '[]', expected)).toBe(true);
        }
      }),
    );
  });
});

describe('stories', () => {
  test('A5 I7 increments on both sides add up, each on record', () => {
    const story = `
      P creates n=1      → existence_fast_forwarded fast_forwarded | S create n=1
      S applies          →
      S echoes           → echoed
      P edits n=2        → fast_forwarded | S update n=2/1
      S edits n=2        → merged(n:3) | P update n=3/2
      S stales n         → | S update n=3/2
      S applies          →
      S echoes           → echoed
      P edits n=4        → merged(n:5) | S update n=5/3
      P stales n         → | P update n=5/4
      S applies          →
      S echoes           → echoed
      P applies          →
      P echoes           → echoed
      P edits n=6        → fast_forwarded | S update n=6/5
    `;
    expect(playStory(rulesFor({ kind: 'counter' }, { P: FINE, S: FINE }), story).told).toBe(asTold(story));
  });

  test('I7 of two filled copies that meet for the first time nobody knows the base: the last write counts', () => {
    const story = `
      P creates n=5      → existence_fast_forwarded fast_forwarded | S create n=5
      S creates n=7      → create_create(n:incoming) | P update n=7/5
    `;
    expect(playStory(rulesFor({ kind: 'counter' }, { P: FINE, S: FINE }), story).told).toBe(asTold(story));
  });

  test('I4 a coarser system never cuts the fraction of a counter', () => {
    const story = `
      P creates n=1.2345 → existence_fast_forwarded fast_forwarded | S create n=1.2
      S applies          →
      S echoes n=1.20    → echoed
      S edits n=2.2      → fast_forwarded | P update n=2.2345/1.2345
    `;
    expect(playStory(rulesFor({ kind: 'counter' }, { P: FINE, S: COARSE }), story).told).toBe(asTold(story));
  });

  test('I7 a removal that meets an unseen addition loses in a union, on record, and counts in a difference', () => {
    const union = `
      P creates n=["a","b"]   → existence_fast_forwarded fast_forwarded | S create n=["a","b"]
      S applies               →
      S echoes                → echoed
      P edits n=["a","b","c"] → fast_forwarded | S update n=["a","b","c"]/["a","b"]
      S edits n=["b"]         → merged(n:["a","b","c"])
      S stales n              → | S update n=["a","b","c"]/["b"]
    `;
    expect(playStory(rulesFor({ kind: 'set_union' }, { P: SET, S: SET }), union).told).toBe(asTold(union));
    const delta = union
      .replace('merged(n:["a","b","c"])', 'merged(n:["b","c"]) | P update n=["b","c"]/["a","b","c"]')
      .replace('S update n=["a","b","c"]/["b"]', 'S update n=["b","c"]/["b"]');
    expect(playStory(rulesFor({ kind: 'set_delta' }, { P: SET, S: SET }), delta).told).toBe(asTold(delta));
  });

  test('I7 a delete that had not seen what others added is in conflict, although the last edit was its own', () => {
    const story = `
      P creates n=1      → existence_fast_forwarded fast_forwarded | S create n=1
      S applies          →
      S echoes           → echoed
      P edits n=2        → fast_forwarded | S update n=2/1
      S edits n=2        → merged(n:3) | P update n=3/2
      S deletes          → delete_update($exists:incoming)
    `;
    expect(playStory(rulesFor({ kind: 'counter' }, { P: FINE, S: FINE }), story).told).toBe(asTold(story));
  });

  test('I5 what a trigger adds to our write is added, also when the value has moved on', () => {
    const story = `
      P creates n=1      → existence_fast_forwarded fast_forwarded | S create n=1
      S applies          →
      P edits n=5        → fast_forwarded | S update n=5/1
      S echoes n=2       → echoed merged(n:6) | P update n=6/5
    `;
    expect(playStory(rulesFor({ kind: 'counter' }, { P: FINE, S: FINE }), story).told).toBe(asTold(story));
  });

  test('I3 a row that may hold what we wrote meanwhile never brings back what was taken out, though its user had seen all', () => {
    const story = `
      P creates n=["b"]       → existence_fast_forwarded fast_forwarded | S create n=["b"]
      S applies               →
      S echoes                → echoed
      P edits n=["a","b"]     → fast_forwarded | S update n=["a","b"]/["b"]
      P edits n=["b"]         → fast_forwarded
      S shows n=["a","b","c"] → update_update(n:canonical)
    `;
    expect(playStory(rulesFor({ kind: 'set_delta' }, { P: SET, S: SET }), story).told).toBe(asTold(story));
  });

  test('I7 values that are no numbers are decided by the last write', () => {
    const story = `
      P creates n=NaN    → existence_fast_forwarded fast_forwarded | S create n=NaN
      S applies          →
      S echoes           → echoed
      P edits n=2        → fast_forwarded | S update n=2/NaN
      S edits n=3        → update_update(n:incoming) | P update n=3/2
    `;
    expect(playStory(rulesFor({ kind: 'counter' }, { P: FINE, S: FINE }), story).told).toBe(asTold(story));
  });

  test('I10 two systems that each add to what the other wrote are stopped', () => {
    const story = `
      P creates n=1      → existence_fast_forwarded fast_forwarded | S create n=1
      S applies          →
      S echoes n=2       → echoed derived | P update n=2/1
      P applies          →
      P echoes n=3       → echoed derived | S update n=3/2
      S applies          →
      S echoes n=4       → echoed loop_detected(n)
    `;
    const rules = rulesFor({ kind: 'counter' }, { P: FINE, S: FINE });
    const loopPrevention = { maxUpdates: 2, windowMs: 60_000 };
    expect(playStory({ ...rules, loopPrevention }, story).told).toBe(asTold(story));
  });
});
