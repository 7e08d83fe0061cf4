/**
 * Every policy in every situation of an edit, one table, total by type: a new policy does not compile until each of its
 * cells is answered. Then the laws that hold of all of them, over the same list (I7).
 */
import { access, cellsOf, Copies, entityRules, HAPPENINGS, playStory, systemRules } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { same } from './projection.ts';
import type { EntityRules, FieldPolicy, FieldType, Value } from './types.ts';

type Kind = FieldPolicy['kind'];
type Situation = 'seen' | 'equal' | 'unseen, later' | 'unseen, earlier' | 'filled copies meet';
type Subject = {
  readonly policy: FieldPolicy;
  readonly type: FieldType;
  /** Three values, each larger than the one before where that counts. */
  readonly values: readonly [string, string, string];
  /** Of concurrent edits of several systems the same comes whatever their order of arrival. */
  readonly isOrderFree: boolean;
};

const TEXT: FieldType = { kind: 'string' };
const plain = { type: TEXT, values: ['1', '2', '3'], isOrderFree: true } as const;
const sets = { type: { kind: 'set' }, values: ['["a"]', '["a","b"]', '["c"]'], isOrderFree: true } as const;
const OWN = { P: 'p', S: 's', Q: 'q' };

const SUBJECTS: { readonly [K in Kind]: Subject } = {
  last_write_wins: { ...plain, policy: { kind: 'last_write_wins' } },
  field_level_priority: { ...plain, policy: { kind: 'field_level_priority', system: 'P' } },
  source_priority: { ...plain, policy: { kind: 'source_priority', order: ['S', 'P'] } },
  max: { ...plain, policy: { kind: 'max' } },
  min: { ...plain, policy: { kind: 'min' } },
  counter: { ...plain, type: { kind: 'integer' }, policy: { kind: 'counter' } },
  set_union: { ...sets, policy: { kind: 'set_union' } },
  set_delta: { ...sets, policy: { kind: 'set_delta' } },
  // Whoever comes first stays until a person has answered.
  manual: { ...plain, policy: { kind: 'manual' }, isOrderFree: false },
  paired: { ...plain, policy: { kind: 'paired', own: OWN, effective: { kind: 'max' } } },
};

const TABLE: Record<Kind, Record<Situation, string>> = {
  last_write_wins: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'update_update(n:incoming)',
    'unseen, earlier': 'update_update(n:canonical)',
    'filled copies meet': 'create_create(n:incoming)',
  },
  field_level_priority: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'update_update(n:canonical)',
    'unseen, earlier': 'update_update(n:canonical)',
    'filled copies meet': 'create_create(n:canonical)',
  },
  source_priority: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'update_update(n:incoming)',
    'unseen, earlier': 'update_update(n:incoming)',
    'filled copies meet': 'create_create(n:incoming)',
  },
  max: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'update_update(n:incoming)',
    'unseen, earlier': 'update_update(n:incoming)',
    'filled copies meet': 'create_create(n:incoming)',
  },
  min: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'update_update(n:canonical)',
    'unseen, earlier': 'update_update(n:canonical)',
    'filled copies meet': 'create_create(n:canonical)',
  },
  counter: {
    seen: 'fast_forwarded',
    equal: 'merged(n:3)',
    'unseen, later': 'merged(n:4)',
    'unseen, earlier': 'merged(n:4)',
    'filled copies meet': 'create_create(n:incoming)',
  },
  set_union: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'merged(n:["a","b","c"])',
    'unseen, earlier': 'merged(n:["a","b","c"])',
    'filled copies meet': 'merged(n:["a","c"])',
  },
  set_delta: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'merged(n:["b","c"])',
    'unseen, earlier': 'merged(n:["b","c"])',
    'filled copies meet': 'merged(n:["a","c"])',
  },
  manual: {
    seen: 'fast_forwarded',
    equal: 'agreed',
    'unseen, later': 'review_opened(n)',
    'unseen, earlier': 'review_opened(n)',
    'filled copies meet': 'review_opened(n)',
  },
  paired: {
    seen: 'override_reported',
    equal: 'agreed',
    'unseen, later': 'override_reported',
    'unseen, earlier': 'override_reported',
    'filled copies meet': 'override_reported',
  },
};

function rulesOf({ policy, type }: Subject, names: readonly string[] = ['P', 'S']): EntityRules {
  const own = policy.kind === 'paired' ? Object.values(policy.own) : [];
  const fields = ['n', ...own].map((field) => [field, { type, policy: { kind: 'last_write_wins' } }] as const);
  const accesses = Object.fromEntries(fields.map(([field]) => [field, access({ type })]));
  return {
    ...entityRules(),
    fields: { ...Object.fromEntries(fields), n: { type, policy } },
    systems: Object.fromEntries(names.map((name) => [name, systemRules(accesses)])),
  };
}

/** The field that users edit: their own where the policy computes. */
function editedBy({ policy }: Subject, system: string): string {
  return policy.kind === 'paired' ? (policy.own[system] ?? 'n') : 'n';
}

function storyOf(situation: Situation, subject: Subject): string {
  const [one, two, three] = subject.values;
  const own = editedBy(subject, 'P');
  const start = `P creates ${own}=${one} →\nS applies →\nS echoes →\n`;
  const stories: Record<Situation, string> = {
    seen: `${start}S edits n=${two} →`,
    equal: `${start}P edits ${own}=${two} →\nS edits n=${two} →`,
    'unseen, later': `${start}P edits ${own}=${two} @100 →\nS edits n=${three} @200 →`,
    'unseen, earlier': `${start}P edits ${own}=${two} @200 →\nS edits n=${three} @100 →`,
    'filled copies meet': `P creates ${own}=${one} →\nS creates n=${three} →`,
  };
  return stories[situation];
}

describe('I7 each policy in each situation', () => {
  test.each(cellsOf(TABLE))('%s: %s', (kind, situation, verdict) => {
    const { told } = playStory(rulesOf(SUBJECTS[kind]), storyOf(situation, SUBJECTS[kind]));
    const last = told.split('\n').at(-1) ?? '';
    expect(last.slice(last.indexOf('→') + 2).split(' | ')[0]).toBe(verdict);
  });
});

const NAMES = ['P', 'S', 'Q'];
const kinds = fc.constantFrom(...(Object.keys(SUBJECTS) as Kind[]));
const actions = fc.array(
  fc.record({
    what: fc.constantFrom('edit' as const, ...HAPPENINGS),
    system: fc.constantFrom(...NAMES),
    value: fc.nat(2),
  }),
  { maxLength: 40 },
);
type History = readonly { what: 'edit' | (typeof HAPPENINGS)[number]; system: string; value: number }[];

function play(kind: Kind, history: History): Copies {
  const subject = SUBJECTS[kind];
  const world = new Copies(rulesOf(subject, NAMES), { [editedBy(subject, 'P')]: subject.values[0] });
  for (const { what, system, value } of history) {
    if (what === 'edit') world.edit(system, { [editedBy(subject, system)]: subject.values[value] ?? null });
    else world[what](system);
  }
  return world;
}

describe('laws of all policies', () => {
  test('I7 whatever happens something is decided, the same each time, and it comes to rest', () => {
    fc.assert(
      fc.property(kinds, actions, (kind, history) => {
        const [once, again] = [play(kind, history), play(kind, history)];
        expect(once.settle()).toBe(true);
        again.settle();
        expect(again.state).toEqual(once.state);
      }),
      { numRuns: 300 },
    );
  });

  test('I4 at rest all copies agree, unless a person has to answer', () => {
    fc.assert(
      fc.property(kinds, actions, (kind, history) => {
        const world = play(kind, history);
        world.settle();
        fc.pre(Object.keys(world.state.reviews).length === 0);
        const { type } = SUBJECTS[kind];
        const canonical = world.state.fields['n']?.value ?? null;
        for (const row of world.rows()) expect(same(type, row['n'] ?? null, canonical)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('I7 concurrent edits give the same in whatever order they arrive', () => {
    const edits = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2));
    const orders = fc.shuffledSubarray(NAMES, { minLength: NAMES.length });
    fc.assert(
      fc.property(kinds, edits, orders, (kind, values, order) => {
        fc.pre(SUBJECTS[kind].isOrderFree);
        const history: History = NAMES.map((system, index) => ({ what: 'edit', system, value: values[index] ?? 0 }));
        const resultOf = (arrivals: readonly string[]): Value => {
          const world = play(kind, history);
          for (const system of arrivals) world.hear(system);
          world.settle();
          return world.state.fields['n']?.value ?? null;
        };
        expect(resultOf(order)).toBe(resultOf(NAMES));
      }),
      { numRuns: 300 },
    );
  });

  test('I2 an edit that is told again changes nothing', () => {
    for (const [kind, subject] of Object.entries(SUBJECTS)) {
      const rules = rulesOf(subject);
      const once = playStory(rules, storyOf('unseen, later', subject)).state;
      const twice = playStory(rules, `${storyOf('unseen, later', subject)}\nS repeats n=${subject.values[1]} →`).state;
      expect(twice, kind).toEqual(once);
    }
  });
});
