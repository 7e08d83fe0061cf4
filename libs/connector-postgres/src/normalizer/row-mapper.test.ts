import type { EntityPlan, PlannedAccess } from '@concord/contracts';
import { expect, test } from 'vitest';
import { planOf } from '../testing/recorded.ts';
import { RowMapper } from './row-mapper.ts';

/** Columns that spell values otherwise than the others do. */
function mapper(): RowMapper {
  const plain = planOf('deals', {
    stage: ['stage', { kind: 'string' }, 'text'],
    total: ['cents', { kind: 'decimal', scale: 2 }, 'bigint'],
    region: ['region', { kind: 'string' }, 'text'],
  });
  const extra: Record<string, Pick<PlannedAccess, 'conversions' | 'storedType'>> = {
    stage: { storedType: { kind: 'string' }, conversions: [{ kind: 'value_map', values: { W: 'won' } }] },
    total: { storedType: { kind: 'integer' }, conversions: [{ kind: 'scale', powerOfTen: -2 }] },
    region: { storedType: { kind: 'string' }, conversions: [{ kind: 'default', value: 'EU' }] },
  };
  const system = plain.systems['pg'] as EntityPlan['systems'][string];
  const fields = Object.fromEntries(
    Object.entries(system.fields).map(([name, access]) => [name, { ...access, ...extra[name] }]),
  );
  const planned = { ...system, fields };
  return new RowMapper({ ...plain, systems: { pg: planned } }, planned);
}

test('values are what they are elsewhere, in the type that they have there', () => {
  const row = { id: 1n, stage: 'W', cents: 123_450n, region: null };
  expect(mapper().values(row)).toEqual({
    values: { stage: 'won', total: '1234.5', region: 'EU' },
    complete: true,
  });
  expect(mapper().before({ ...row, stage: 'other', cents: null })).toEqual({
    stage: 'other',
    total: null,
    region: 'EU',
  });
});
