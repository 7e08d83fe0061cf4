/**
 * Goal: a canonical form (lower case, a phone number as E.164) is what travels, and what people typed stays where they typed
 * it. Method: a story, and laws over whole histories with guards by what the copies really hold.
 */
import { asTold, Copies, entityRules, HAPPENINGS, playStory } from '@concord/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntityRules } from './types.ts';

const normalize = (text: string): string => text.trim().toLowerCase();

function rules(policy: EntityRules['fields'][string]['policy'] = { kind: 'last_write_wins' }): EntityRules {
  const plain = entityRules({ fields: ['a', 'b'] });
  const form = { type: { kind: 'string', normalize }, policy } as const;
  return { ...plain, fields: { ...plain.fields, a: form } };
}

describe('I4 a canonical form', () => {
  test('is what the others are told; a copy that differs in form alone agrees and is left as it is', () => {
    const story = `
      P creates a=Foo        → existence_fast_forwarded fast_forwarded | S create a=foo
      S applies              →
      S echoes a=foo         → echoed
      P edits a=FOO          → agreed
      S edits a=BAR          → fast_forwarded | P update a=bar/FOO
      P applies              →
      P echoes a=bar         → echoed
    `;
    const { told, state } = playStory(rules(), story);
    expect(told).toBe(asTold(story));
    expect(state.fields['a']?.value).toBe('bar');
  });

  test('the same in another form is no conflict, another text is', () => {
    const edited = (other: string) => {
      const world = new Copies(rules({ kind: 'manual' }), { a: 'start' });
      world.edit('P', { a: 'Same' });
      world.edit('S', { a: other });
      world.settle();
      return Object.keys(world.state.reviews);
    };
    expect(edited(' SAME ')).toEqual([]);
    expect(edited('other')).toEqual(['a']);
  });

  test('comes to rest in every history, with all copies the same but for the form', () => {
    const text = fc.constantFrom('x', 'X', ' x', 'y', ' Y ', 'z', '');
    const edit = fc.record({ kind: fc.constant('edit' as const), system: fc.constantFrom('P', 'S'), text });
    const happening = fc.record({ kind: fc.constantFrom(...HAPPENINGS), system: fc.constantFrom('P', 'S') });
    fc.assert(
      fc.property(text, fc.array(fc.oneof(edit, happening), { maxLength: 30 }), (start, steps) => {
        const world = new Copies(rules(), { a: start });
        for (const step of steps) {
          if (step.kind === 'edit') world.edit(step.system, { a: step.text });
          else world[step.kind](step.system);
        }
        expect(world.settle()).toBe(true);
        const forms = world.rows().map(({ a }) => normalize(String(a)));
        expect(new Set([...forms, world.state.fields['a']?.value])).toEqual(new Set([forms[0]]));
      }),
      { numRuns: 1000 },
    );
  });
});
