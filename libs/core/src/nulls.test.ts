/** Goal: where nulls say nothing, an emptied field empties nothing, is never filled against its user's will, and is on record. */
import { access, asTold, Copies, entityRules, HAPPENINGS, playStory, systemRules } from '@concord/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EntityRules } from './types.ts';

const fields = { a: access({ ignoresNulls: true }), b: access() };
const rules: EntityRules = { ...entityRules(), systems: { P: systemRules(fields), S: systemRules(fields) } };

test('I4 an emptied field says nothing, until there is another value', () => {
  const story = `
    P creates a=1 b=2      → existence_fast_forwarded fast_forwarded | S create a=1 b=2
    S applies              →
    S echoes a=1 b=2       → echoed
    S edits a=- b=-        → fast_forwarded override_reported | P update b=-/2
    P applies              →
    P echoes b=-           → echoed
    P edits a=3            → fast_forwarded | S update a=3/-
  `;
  const { told, state } = playStory(rules, story);
  expect(told).toBe(asTold(story));
  expect(state.fields['a']?.value).toBe('3');
});

test('I4 comes to rest in every history: nothing is emptied but by its own user', () => {
  const value = fc.constantFrom(null, 'x', 'y');
  const edit = fc.record({ kind: fc.constant('edit' as const), system: fc.constantFrom('P', 'S'), value });
  const happening = fc.record({ kind: fc.constantFrom(...HAPPENINGS), system: fc.constantFrom('P', 'S') });
  fc.assert(
    fc.property(fc.array(fc.oneof(edit, happening), { maxLength: 30 }), (steps) => {
      const world = new Copies(rules, { a: 'x' });
      for (const step of steps) {
        if (step.kind === 'edit') world.edit(step.system, { a: step.value });
        else world[step.kind](step.system);
      }
      expect(world.settle()).toBe(true);
      const canonical = world.state.fields['a']?.value ?? null;
      expect(canonical).not.toBeNull();
      for (const { a } of world.rows()) expect([null, canonical]).toContain(a ?? null);
    }),
    { numRuns: 1000 },
  );
});

test('I7 an emptied counter has not counted down', () => {
  const counter = { type: { kind: 'integer' }, policy: { kind: 'counter' } } as const;
  const count = { a: access({ type: { kind: 'integer' }, ignoresNulls: true }) };
  const systems = { P: systemRules(count), S: systemRules(count) };
  const world = new Copies({ ...entityRules(), fields: { a: counter }, systems }, { a: 5 });
  world.edit('S', { a: null });
  world.edit('P', { a: 7 });
  expect(world.settle()).toBe(true);
  expect(world.state.fields['a']?.value).toBe(7);
});
