/** Steps of a mapping: every spelling of them, and those that cannot be meant. */
import { describe, expect, it } from 'vitest';
import { loadSync } from './testing/load-sync.ts';

function load(transformations: Readonly<Record<string, unknown>>, rest: Readonly<Record<string, unknown>> = {}) {
  const field_mappings = Object.entries(transformations).map(([target, transformation]) => ({
    source: target.toUpperCase(),
    target,
    transformation,
  }));
  return loadSync([], { field_mappings, ...rest });
}

const steps = ({ config }: ReturnType<typeof load>) =>
  config?.fieldMappings.map(({ conversions, normalizations }) => [...conversions, ...normalizations]);

describe('a transformation', () => {
  it('is a name, an object, or a list of them', () => {
    const loaded = load(
      {
        a: 'none',
        b: 'trim',
        c: 'format_phone',
        d: { type: 'format_phone', default_country: 'US' },
        e: [{ type: 'value_map', values: { Hot: '1', Warm: '2' } }, 'trim', 'lowercase'],
        f: { type: 'scale', power_of_ten: 2 },
      },
      { mapping_options: { default_country: 'NO' } },
    );
    expect(loaded.faults).toBe('');
    expect(loaded.notes).toEqual([]);
    expect(steps(loaded)).toEqual([
      [],
      [{ kind: 'trim' }],
      [{ kind: 'format_phone', country: 'NO' }],
      [{ kind: 'format_phone', country: 'US' }],
      [{ kind: 'value_map', values: { Hot: '1', Warm: '2' } }, { kind: 'trim' }, { kind: 'lowercase' }],
      [{ kind: 'scale', powerOfTen: 2 }],
    ]);
  });

  it('that cannot be undone is refused where changes flow both ways, with what would help', () => {
    const oneWay = {
      a: { type: 'value_map', values: { Hot: 'yes', Warm: 'yes' } },
      b: ['trim'],
      c: [{ type: 'constant', value: 'x' }, 'trim'],
    };
    expect(load(oneWay).faults).toMatchInlineSnapshot(`
      "a.json:15:4  changes of a flow both ways, but "Hot" and "Warm" both become "yes", so nobody could tell which it was
          Give the field to its source ("ownership": {"fields": [{"field": "a", "owner": "crm"}]}), or let changes flow one way.
      a.json:34:5  changes of c flow both ways, but "constant" cannot be undone
          Give the field to its source ("ownership": {"fields": [{"field": "c", "owner": "crm"}]}), or let changes flow one way."
    `);
    const forth = { sync_type: 'one_way', source_to_target: true };
    expect(load(oneWay, forth).faults).toBe('');
    const back = { sync_type: 'one_way', target_to_source: true };
    expect(load(oneWay, back).faults).not.toBe('');
    const owned = { ownership: { fields: [{ fields: ['a', 'c'], owner: 'crm' }] } };
    expect(load(oneWay, owned).faults).toBe('');
  });

  it('that cannot be meant is told with its place', () => {
    const faults = load({
      a: 'trimm',
      b: { type: 'format_phone', default_country: 'Norway' },
      c: { type: 'format_phone', default_country: 'XX' },
      d: ['trim', { type: 'scale', power_of_ten: 2 }],
      e: { type: 'value_map' },
      f: { type: 'scale', power_of_ten: 1.5 },
      g: { type: 'valuemap', values: {} },
      h: {},
    }).faults;
    expect(faults).toMatchInlineSnapshot(`
      "a.json:15:4  "field_mappings[0].transformation" cannot be "trimm"
          Did you mean "trim"?
      a.json:22:5  "field_mappings[1].transformation.default_country" must be a country code such as "NO"
          Correct the value.
      a.json:30:5  "XX" is no country whose phone numbers are known
          Write the code of two letters that ISO 3166 gives it, for example "NO".
      a.json:38:5  "scale" changes what a value is, so it comes before what only changes its form
          Put it first.
      a.json:47:4  "field_mappings[4].transformation.values" is missing
          Add it: an object { … }.
      a.json:56:5  "field_mappings[5].transformation.power_of_ten" must be a whole number
          Correct the value.
      a.json:63:5  "field_mappings[6].transformation.type" cannot be "valuemap"
          Did you mean "value_map"?
      a.json:70:4  "field_mappings[7].transformation.type" is missing
          Add it: trim, collapse_spaces, lowercase, uppercase, format_phone, value_map, scale, constant, default."
    `);
  });
});
