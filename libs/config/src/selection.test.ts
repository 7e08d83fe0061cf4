import { expect, it } from 'vitest';
import { loadSync } from './testing/load-sync.ts';

it('a field that is excluded, or not included, cannot be mapped', () => {
  const fields = { include_fields: ['Id', 'Name', 'Secret'], exclude_fields: ['Secret', 'Notes'] };
  expect(loadSync(['Id a', 'Name b', 'Notes c', 'Phone d'], fields).faults).toMatchInlineSnapshot(`
    "a.json:17:3  "Secret" is both included and excluded
        Take it out of one of the two lists.
    a.json:30:4  "Notes" is mapped, but excluded
        Take the mapping out, or take the field out of "exclude_fields".
    a.json:34:4  "Phone" is mapped, but not among "include_fields"
        Add it there, or take the mapping out."
  `);
  const sound = { field_selection: 'explicit', include_fields: ['Id', 'Name'], exclude_fields: ['Notes'] };
  expect(loadSync(['Id a', 'Name b'], sound)).toMatchObject({ faults: '', notes: [] });
});
