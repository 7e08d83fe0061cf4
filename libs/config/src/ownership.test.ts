/** Who owns what can be said as people think of it, and what cannot be meant is refused. */
import { describe, expect, it } from 'vitest';
import { loadSync } from './testing/load-sync.ts';

const FIELDS = ['Id sf_id', 'Type type', 'Rating rating', 'Street street', 'City city', 'Mail mail', 'Sum total'];

describe('owners of fields', () => {
  it('of one, several, or a group, with what becomes of edits of others', () => {
    const { config, faults } = loadSync(FIELDS, {
      field_groups: { billing: ['street', 'City'] },
      ownership: {
        target_edits: 'reported',
        fields: [
          { group: 'billing', owner: 'erp', target_edits: 'overwritten' },
          { fields: ['Mail', 'total'], owner: 'crm' },
        ],
      },
    });
    expect(faults).toBe('');
    expect(config?.ownership).toEqual({
      fields: {
        street: { owner: 'erp', targetEdits: 'overwritten' },
        city: { owner: 'erp', targetEdits: 'overwritten' },
        mail: { owner: 'crm', targetEdits: null },
        total: { owner: 'crm', targetEdits: null },
      },
      records: [],
      targetEdits: 'reported',
      targetDeletes: null,
    });
  });
});

describe('owners of records', () => {
  it('a prospect is of one system, a customer of the other', () => {
    const { config, faults } = loadSync(FIELDS, {
      ownership: {
        records: [
          { when: { Type: ['Prospect', null] }, owner: 'crm' },
          { when: { any: [{ type: 'Customer', Rating: 'Hot' }, { not: { mail: 'x' } }] }, owner: 'erp' },
          { owner: 'shared' },
        ],
      },
    });
    expect(faults).toBe('');
    expect(config?.ownership.records).toEqual([
      { when: { field: 'type', in: ['Prospect', null] }, owner: 'crm' },
      {
        when: {
          any: [
            {
              all: [
                { field: 'type', in: ['Customer'] },
                { field: 'rating', in: ['Hot'] },
              ],
            },
            { not: { field: 'mail', in: ['x'] } },
          ],
        },
        owner: 'erp',
      },
      { when: { all: [] }, owner: null },
    ]);
  });

  it('a field that is called as a connective stays a field', () => {
    const { config, faults } = loadSync(['All all'], {
      ownership: { records: [{ when: { all: ['x'] }, owner: 'crm' }] },
    });
    expect(faults).toBe('');
    expect(config?.ownership.records[0]?.when).toEqual({ field: 'all', in: ['x'] });
  });
});

it('everything that cannot be meant is told at once', () => {
  const { faults } = loadSync(FIELDS, {
    field_groups: { billing: ['street', 'city'] },
    conflict_resolution: { field_rules: [{ field: 'mail', strategy: 'manual' }] },
    ownership: {
      target_deletes: 'kept',
      fields: [
        { field: 'street', owner: 'erp' },
        { field: 'mail', owner: 'crm' },
        { field: 'rating', owner: 'third' },
        { field: 'rating', group: 'billing', owner: 'crm' },
        { field: 'total', owner: 'crm' },
        { field: 'total', owner: 'erp' },
      ],
      records: [
        { owner: 'crm' },
        { when: { typ: 'Customer' }, owner: 'epr' },
        { when: { type: { is: 1 } }, owner: 'crm' },
      ],
    },
  });
  expect(faults).toMatchInlineSnapshot(`
    "a.json:26:3  "target_deletes" says nothing where deletes flow both ways
        Remove it; "conflict_resolution.deletes" says who wins.
    a.json:29:5  "street" belongs to the group "billing"
        Write {"group": "billing", …}: one rule counts for all of its fields.
    a.json:33:5  "mail" has a rule in "conflict_resolution", and with an owner it has no conflicts
        Keep one of the two.
    a.json:38:5  "third" is not a side of this sync, so nobody could edit
        Possible here: crm, erp.
    a.json:40:4  "ownership.fields[3]" must have exactly one of "field", "fields" and "group"
        Correct the value.
    a.json:50:5  "total" has an owner already
        Keep one of the two.
    a.json:55:4  this rule holds for all records, so the rules after it never count
        Add "when", or make it the last rule.
    a.json:60:6  no mapping has the field "typ"
        Did you mean "type"?
    a.json:62:5  no system is called "epr"
        Did you mean "erp"? Or give a system of this config "role": "epr".
    a.json:66:6  "ownership.records[2].when.type" must be a text or a number or true or false or null
        Correct the value."
  `);
});

it('records of a one-way sync are of the side that sends', () => {
  const { faults } = loadSync(FIELDS, {
    sync_type: 'one_way',
    ownership: { target_deletes: 'kept', records: [{ when: { type: 'x' }, owner: 'crm' }] },
  });
  expect(faults).toMatchInlineSnapshot(`
    "a.json:13:3  records can have owners only where changes flow both ways
        Make "sync_type" "bidirectional", or take "records" out."
  `);
});

it('loop_prevention is on when the block is there, and off when it says so', () => {
  const of = (loop_prevention: unknown) => loadSync(FIELDS, { loop_prevention }).config?.loopPrevention;
  expect(of({})).toEqual({ maxUpdates: 2, windowMs: 60_000 });
  expect(of({ enabled: true, detection_window_seconds: 5, max_update_count: 7 })).toEqual({
    maxUpdates: 7,
    windowMs: 5000,
  });
  expect(of({ enabled: false })).toBeNull();
  expect(loadSync(FIELDS, {}).config?.loopPrevention).toBeNull();
});
