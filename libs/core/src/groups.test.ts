/* oxlint-disable vitest/expect-expect -- tell asserts that the story is told as written. */
/** A group is one unit: one winner for all of its fields, and nowhere ever a mix of two units (I3, I7). */
import { access, asTold, Copies, entityRules, HAPPENINGS, outcome, playStory, systemRules } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialState } from './state.ts';
import { step } from './step.ts';
import type { EntityRules, FieldPolicy, Values } from './types.ts';

const LAST: FieldPolicy = { kind: 'last_write_wins' };

function addresses(policy: FieldPolicy = LAST, systems: readonly string[] = ['P', 'S']): EntityRules {
  return {
    ...entityRules({ fields: ['street', 'city', 'note'], policy, systems }),
    groups: { address: ['street', 'city'] },
  };
}

const START = `
  P creates street=A city=X note=n → existence_fast_forwarded fast_forwarded | S create street=A city=X note=n
  S applies                        →
  S echoes                         → echoed
`;

function tell(rules: EntityRules, story: string): void {
  expect(playStory(rules, START + story).told).toBe(asTold(START + story));
}

describe('I7 a true conflict has one winner for the whole unit', () => {
  test('the incoming unit wins as its system holds it, also where nobody edited there', () => {
    tell(
      addresses(),
      `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S edits street=B        → update_update(street:incoming) update_update(city:incoming) | P update street=B/A city=X/Y
      S stales street         →
      P applies               →
      P echoes                → echoed
    `,
    );
  });

  test('the canonical unit wins, and is written as a whole', () => {
    tell(
      addresses({ kind: 'source_priority', order: ['P', 'S'] }),
      `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S edits street=B        → update_update(street:canonical)
      S stales street         → | S update street=A/B city=Y/X
    `,
    );
  });

  test('decisions name the group, the same winner, and the time of the newest field that was not seen', () => {
    const story = `${START}P edits city=Y @50 →\nP edits street=C @60 →\nS edits street=B @70 →`;
    const conflicts = playStory(addresses(), story).decisions.filter(({ type }) => type === 'conflict_resolved');
    const both = { group: 'address', winner: 'incoming', canonical: { system: 'P', at: 60 } };
    expect(conflicts).toMatchObject([
      { ...both, field: 'street', incoming: { value: 'B' }, canonical: { value: 'C' } },
      { ...both, field: 'city', incoming: { value: 'X' }, canonical: { value: 'Y' } },
    ]);
  });

  test('fields outside of the group flow on, and an edit that had seen the unit is a fast-forward', () => {
    tell(
      addresses(),
      `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S edits note=m          → fast_forwarded | P update note=m/n
      S applies               →
      S echoes                → echoed
      S edits street=B        → fast_forwarded
    `,
    );
  });

  test('units that arrive at the same address agree', () => {
    tell(
      addresses(),
      `
      P edits street=B city=Y → fast_forwarded | S update street=B/A city=Y/X
      S edits street=B city=Y → agreed
    `,
    );
  });

  test('I5 what a system made of a unit that has been superseded is superseded', () => {
    tell(
      addresses(),
      `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S applies               →
      P edits street=B        → fast_forwarded | S update street=B/A
      S echoes city=Y street=a → echoed derived_superseded
    `,
    );
  });

  test('I4 what is not new in the unit is written with it, so that the system answers the new unit too', () => {
    tell(
      addresses(),
      `
      P edits city=Y           → fast_forwarded | S update city=Y/X
      S applies                →
      P edits street=B         → fast_forwarded | S update street=B/A
      S stales city            →
      S echoes city=Y!         → echoed derived_superseded | S update street=B/A city=Y/Y!
      S applies                →
      S echoes street=B city=Y! → echoed derived | P update city=Y!/Y
    `,
    );
  });

  test('a unit that is made anew is not filled up with what is left of the former one', () => {
    tell(
      { ...addresses(), deletePolicy: 'update_wins' },
      `
      P edits note=m                   → fast_forwarded | S update note=m/n
      S deletes                        → delete_update($exists:canonical)
      S creates street=- city=Y note=m → agreed fast_forwarded | P update street=-/A city=Y/X
    `,
    );
  });

  test('I3 who is created while a person thinks about the unit gets all of it later', () => {
    const story = `
      P creates street=A city=X note=n → existence_fast_forwarded fast_forwarded | S create street=A city=X note=n, Q create street=A city=X note=n
      S applies                        →
      S echoes                         → echoed
      P edits city=Y                   → fast_forwarded | S update city=Y/X
      S edits street=B                 → review_opened(street) review_opened(city)
      Q rejects                        →
      P edits note=m                   → fast_forwarded | Q create note=m
      Q applies                        →
      Q echoes                         → echoed
      ann resolves street from S       → review_resolved(street) review_resolved(city) | P update street=B/A city=X/Y, Q update street=B/- city=X/-
    `;
    const rules = addresses({ kind: 'manual' }, ['P', 'S', 'Q']);
    expect(playStory(rules, story).told).toBe(asTold(story));
  });

  test('I3 a row that shows one field as we wrote it tells that the unit of its system has it', () => {
    tell(
      addresses(),
      `
      P edits street=B city=Y  → fast_forwarded | S update street=B/A city=Y/X
      S shows street=B! city=Y → agreed update_update(street:canonical)
      S edits street=C         → update_update(street:incoming) | P update street=C/B
    `,
    );
  });

  test('a unit that comes to a review as on first contact is a candidate with what it leaves empty, too', () => {
    const story = `
      P creates street=A city=X note=n   → existence_fast_forwarded fast_forwarded | S create street=A city=X note=n, Q create street=A city=X note=n
      S creates street=B city=Y note=n   → agreed review_opened(street) review_opened(city)
      Q creates street=C city=- note=n   → agreed review_updated(street) review_updated(city)
      ann resolves street from Q         → review_resolved(street) review_resolved(city) | P update street=C/A city=-/X
    `;
    const rules = addresses({ kind: 'manual' }, ['P', 'S', 'Q']);
    expect(playStory(rules, story).told).toBe(asTold(story));
  });

  test('whoever chooses a system chooses its unit, also a field in which nobody differed when it was edited', () => {
    const story = `
      P creates street=A city=X note=n → existence_fast_forwarded fast_forwarded | S create street=A city=X note=n, Q create street=A city=X note=n
      S applies                        →
      Q applies                        →
      S echoes                         → echoed
      Q echoes                         → echoed
      P edits street=B city=Y          → fast_forwarded | S update street=B/A city=Y/X, Q update street=B/A city=Y/X
      S edits street=C                 → review_opened(street) review_opened(city)
      Q edits street=D                 → review_updated(street)
      ann resolves street from Q       → review_resolved(street) review_resolved(city) | P update street=D/B city=X/Y
    `;
    const rules = addresses({ kind: 'manual' }, ['P', 'S', 'Q']);
    expect(playStory(rules, story).told).toBe(asTold(story));
  });

  test('max compares the first field in which the units differ', () => {
    tell(
      addresses({ kind: 'max' }),
      `
      P edits city=Z          → fast_forwarded | S update city=Z/X
      S edits street=B        → update_update(street:incoming) update_update(city:incoming) | P update street=B/A city=X/Z
    `,
    );
  });

  test('a person decides on the unit: nothing of it is written anywhere until then', () => {
    tell(
      addresses({ kind: 'manual' }),
      `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S edits street=B        → review_opened(street) review_opened(city)
      S stales street         →
      P edits note=m          → fast_forwarded | S update note=m/n
      ann resolves city from S → review_resolved(street) review_resolved(city) | P update street=B/A city=X/Y
    `,
    );
  });
});

describe('I3 a unit in review is one question with one answer', () => {
  const OPEN = `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S edits street=B city=W → review_opened(street) review_opened(city)
      S stales city           →`;
  const MANUAL = addresses({ kind: 'manual' });

  test('the canonical unit is written back whole', () => {
    tell(
      MANUAL,
      `${OPEN}
      ann resolves street canonical → review_resolved(street) review_resolved(city) | S update street=A/B city=Y/W
    `,
    );
  });

  test('a person’s own unit may leave out what stays', () => {
    tell(
      MANUAL,
      `${OPEN}
      ann resolves street with street=C city=V → review_resolved(street) review_resolved(city) | P update street=C/A city=V/Y, S update street=C/B city=V/W
    `,
    );
    tell(
      MANUAL,
      `${OPEN}
      ann resolves street with C → review_resolved(street) review_resolved(city) | P update street=C/A, S update street=C/B city=Y/W
    `,
    );
  });

  test('an answer names the newest revision of the unit, and no field of others', () => {
    tell(
      MANUAL,
      `${OPEN}
      P edits street=D        → review_updated(street)
      ann resolves city canonical #1 → resolution_refused(outdated)
      ann resolves city with note=m → resolution_refused(no_candidate)
      ann resolves city from P → review_resolved(street) review_resolved(city) | S update street=D/B city=Y/W
    `,
    );
  });

  test('I7 whatever is edited of it meanwhile is a candidate, in fields that nobody disputed too', () => {
    tell(
      MANUAL,
      `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S edits city=W          → review_opened(city)
      S stales city           →
      S edits street=B        → review_opened(street)
      ann resolves city from S → review_resolved(street) review_resolved(city) | P update street=B/A city=W/Y
    `,
    );
  });
});

describe('first contact', () => {
  const meet = (own: string, other: string): string => {
    const story = `P creates ${own} →\nS creates ${other} →`;
    return playStory(addresses(), story).told.split('\n')[1]?.split('→ ')[1] ?? '';
  };

  test.each([
    // The street agrees, and the city follows when the create comes back.
    ['street=A city=X', 'street=A', 'agreed'],
    ['street=A', 'street=A city=X', 'agreed fast_forwarded | P update city=X/-'],
    [
      'street=A',
      'city=X',
      'create_create(street:incoming) create_create(city:incoming) | P update street=-/A city=X/-',
    ],
    [
      'street=A city=X',
      'street=B',
      'create_create(street:incoming) create_create(city:incoming) | P update street=B/A city=-/X',
    ],
  ])('I3 %s meets %s', (own, other, expected) => {
    expect(meet(own, other)).toBe(expected);
  });

  test('I3 two halves are never put together: one of them wins', () => {
    const { state } = playStory(addresses(), 'P creates street=A →\nS creates city=X @1 →');
    expect([state.fields['street']?.value, state.fields['city']?.value ?? null]).toEqual(['A', null]);
  });
});

describe('writing', () => {
  test('I3 a field of a unit is written only if the rest of the unit is what it is taken for', () => {
    const { state, decisions } = playStory(addresses(), `${START}P edits city=Y →`);
    expect(decisions.at(-1)).toMatchObject({
      command: { values: { city: 'Y' }, expected: { city: 'X', street: 'A' } },
    });
    const failed = step(state, [outcome('S', 2, { result: 'stale', staleFields: ['street'] })], addresses(), 9);
    expect(failed.commands).toEqual([]);
  });

  test('I10 a refused unit goes again as a whole when any of it is new', () => {
    tell(
      addresses(),
      `
      P edits city=Y          → fast_forwarded | S update city=Y/X
      S rejects city          →
      P edits note=m          → fast_forwarded | S update note=m/n
      S applies               →
      S echoes                → echoed
      P edits street=B        → fast_forwarded | S update street=B/A city=Y/X
    `,
    );
  });

  test('a system with one field of the group has no unit, and fields of both sides are never part of one', () => {
    const type = { kind: 'integer' } as const;
    const rules = addresses();
    const mixed: EntityRules = {
      ...rules,
      fields: { ...rules.fields, city: { type, policy: { kind: 'counter' } } },
      systems: { ...rules.systems, Q: systemRules({ street: access() }) },
    };
    const story = 'P creates street=A city=1 →\nQ applies →\nQ echoes →\nP edits city=2 →\nQ edits street=B →';
    const { decisions } = playStory(mixed, story);
    expect(decisions.some(({ type: kind }) => kind === 'conflict_resolved')).toBe(false);
    expect(step(initialState(), [], mixed, 1).commands).toEqual([]);
  });
});

test('I3 in every interleaving each copy shows only units that somebody made', () => {
  const actions = fc.array(
    fc.record({
      what: fc.constantFrom('edit' as const, 'hear' as const, ...HAPPENINGS),
      system: fc.constantFrom('P', 'S', 'Q'),
      fields: fc.subarray(['street', 'city'], { minLength: 1 }),
    }),
    { maxLength: 60 },
  );
  const policies = fc.constantFrom<FieldPolicy>(LAST, { kind: 'source_priority', order: ['Q', 'P'] }, { kind: 'max' });
  const unitOf = (row: Values): string => `${String(row['street'])}, ${String(row['city'])}`;
  fc.assert(
    fc.property(policies, actions, (policy, history) => {
      const world = new Copies(addresses(policy, ['P', 'S', 'Q']), { street: 'A', city: 'X' });
      const made = new Set(['A, X']);
      const check = (): void => {
        const { street, city } = world.state.fields;
        for (const row of [{ street: street?.value ?? null, city: city?.value ?? null }, ...world.rows()]) {
          expect(made).toContain(unitOf(row));
        }
      };
      for (const [index, { what, system, fields }] of history.entries()) {
        if (what === 'edit') {
          world.edit(system, Object.fromEntries(fields.map((field) => [field, `${system}${index}`])));
          made.add(unitOf(world.row(system)));
        } else world[what](system);
        check();
      }
      expect(world.settle()).toBe(true);
      check();
      expect(new Set(world.rows().map(unitOf)).size).toBe(1);
    }),
    { numRuns: 300 },
  );
});
