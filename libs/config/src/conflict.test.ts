/** Every answer of the core can be said, and what cannot be meant is refused with a way out. */
import { describe, expect, it } from 'vitest';
import { loadSync } from './testing/load-sync.ts';

const FIELDS = ['name', 'email', 'stock', 'tags', 'street', 'city', 'ship', 'ship_erp', 'ship_crm', 'edited'];

function load(conflict_resolution: unknown, rest: Record<string, unknown> = {}) {
  const mappings = FIELDS.map((field) => `${field.toUpperCase()} ${field}`);
  const { config, faults } = loadSync(mappings, { conflict_resolution, ...rest });
  return { config, conflict: config?.conflict, faults };
}

describe('the answer for the whole record', () => {
  it.each([
    ['last_write_wins', { kind: 'last_write_wins' }],
    ['manual', { kind: 'manual' }],
    ['max', { kind: 'max' }],
    ['counter', { kind: 'counter' }],
    [{}, { kind: 'last_write_wins' }],
    [{ priority_system: 'crm' }, { kind: 'field_level_priority', system: 'crm' }],
    [{ priority: ['erp', 'crm'] }, { kind: 'source_priority', order: ['erp', 'crm'] }],
    [
      { strategy: 'last_write_wins', skew_bound_seconds: 2.5, tie_break: ['erp'] },
      { kind: 'last_write_wins', skewBoundMs: 2500, tieBreak: ['erp'] },
    ],
  ])('%j', (said, policy) => {
    const { conflict, faults } = load(said);
    expect(faults).toBe('');
    expect(conflict?.policy).toEqual(policy);
  });

  it('deletes and the field with the time of the edit', () => {
    const { conflict } = load({ deletes: 'manual', timestamp_field: 'EDITED' });
    expect(conflict).toMatchObject({ deletePolicy: 'manual', timestampField: 'edited' });
  });
});

describe('rules', () => {
  it('of fields, of several fields and of groups; what the sync says of clocks holds for them', () => {
    const { config, faults } = load(
      {
        skew_bound_seconds: 1,
        field_rules: [
          { field: 'EMAIL', priority_system: 'crm' },
          { fields: ['stock'], strategy: 'counter' },
          { field: 'tags', strategy: 'set_delta' },
          { group: 'address', strategy: 'manual' },
          { field: 'name', priority_system: 'last_updated' },
          { field: 'edited', strategy: 'max' },
          {
            field: 'ship',
            strategy: 'paired',
            own: { erp: 'ship_erp', crm: 'SHIP_CRM' },
            effective: { strategy: 'source_priority', priority: ['erp', 'crm'] },
          },
        ],
      },
      { field_groups: { address: ['street', 'CITY'] } },
    );
    expect(faults).toBe('');
    expect(config?.groups).toEqual({ address: ['street', 'city'] });
    expect(config?.conflict.fields).toEqual({
      email: { kind: 'field_level_priority', system: 'crm' },
      stock: { kind: 'counter' },
      tags: { kind: 'set_delta' },
      street: { kind: 'manual' },
      city: { kind: 'manual' },
      name: { kind: 'last_write_wins', skewBoundMs: 1000 },
      edited: { kind: 'max' },
      ship: {
        kind: 'paired',
        own: { erp: 'ship_erp', crm: 'ship_crm' },
        effective: { kind: 'source_priority', order: ['erp', 'crm'] },
      },
    });
  });

  it('that cannot be meant are all told at once, with place and remedy', () => {
    const { faults } = load(
      {
        strategy: 'source_priority',
        field_rules: [
          { field: 'email' },
          { field: 'emial', strategy: 'manual' },
          { field: 'email', group: 'address', strategy: 'manual' },
          { field: 'stock', strategy: 'counter', priority: ['crm'] },
          { group: 'adress', strategy: 'manual' },
          { group: 'address', strategy: 'counter' },
          { field: 'street', strategy: 'manual' },
          { field: 'name', strategy: 'newest' },
          { field: 'ship', strategy: 'paired', own: { erp: 'ship' } },
          { field: 'tags', strategy: 'paired', own: { erp: 'ship_erp', crm: 'ship_erp' }, effective: 'max' },
          { field: 'stock', priority_system: 'supprt' },
        ],
      },
      { field_groups: { address: ['street', 'city'], other: ['city', 'nam'] } },
    );
    expect(faults).toMatchInlineSnapshot(`
      "a.json:14:4  this rule does not say how edits are answered
          Add "priority_system", or "strategy" with what it needs.
      a.json:18:5  no mapping has the field "emial"
          Did you mean "email"?
      a.json:21:4  "conflict_resolution.field_rules[2]" must have exactly one of "field", "fields" and "group"
          Correct the value.
      a.json:29:5  "priority" says nothing where "strategy" is "counter"
          Remove it, or make "strategy" "source_priority".
      a.json:34:5  there is no group "adress"
          Did you mean "address"?
      a.json:38:5  "counter" is of single fields and cannot decide on the group "address"
          Name the fields with "fields", or choose another strategy.
      a.json:42:5  "street" belongs to the group "address"
          Write {"group": "address", …}: one rule counts for all of its fields.
      a.json:45:4  this rule does not say how edits are answered
          Add "priority_system", or "strategy" with what it needs.
      a.json:47:5  "conflict_resolution.field_rules[7].strategy" cannot be "newest"
          Possible here: last_write_wins, field_level_priority, source_priority, manual, max, min, counter, set_union, set_delta, paired.
      a.json:49:4  "paired" needs "effective"
          Add "effective": "last_write_wins", or {"strategy": "source_priority", "priority": […]}.
      a.json:59:5  "ship_erp" cannot be the own field of a system here: it is taken by "tags"
          Map a field of its own for each system.
      a.json:66:5  "stock" has a rule already
          Keep one of the two rules.
      a.json:67:5  no system is called "supprt"
          Possible here: crm, erp, third, last_updated. Or give a system of this config "role": "supprt".
      a.json:77:4  "city" is in the group "address" already
          Keep it in one of the two places.
      a.json:78:4  no mapping has the field "nam"
          Did you mean "name"?"
    `);
  });

  it('of clocks are said where clocks count', () => {
    const { faults } = load({ strategy: 'manual', skew_bound_seconds: -1, tie_break: ['nobody'] });
    expect(faults).toMatchInlineSnapshot(`
      "a.json:13:3  "conflict_resolution.skew_bound_seconds" must be >=0
          Correct the value.
      a.json:15:4  no system is called "nobody"
          Possible here: crm, erp, third. Or give a system of this config "role": "nobody"."
    `);
  });
});
