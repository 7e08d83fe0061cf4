import { expect, it } from 'vitest';
import type { SyncConfig } from '@concord/config';
import { overlapFaults } from './overlap.ts';

function sync(table: string, filter: Record<string, string>): SyncConfig {
  const place = { file: `${table}.json`, line: 2, column: 3 };
  return {
    name: table,
    entity: table,
    source: { system: 'salesforce', object: 'Account', filter, isCaptured: true, place },
    target: { system: 'postgres', object: `public.${table}`, filter: {}, isCaptured: true, place },
  } as unknown as SyncConfig;
}

it('lets two syncs share an object whose filters exclude each other', () => {
  expect(overlapFaults([sync('customers', { Type: 'Customer' }), sync('suppliers', { Type: 'Supplier' })])).toEqual([]);
});

it('refuses two syncs over one object when a record could belong to both', () => {
  const [fault] = overlapFaults([sync('customers', { Type: 'Customer' }), sync('suppliers', { Rating: 'Hot' })]);
  expect(fault).toMatchObject({ code: 'plan.overlap', place: { file: 'suppliers.json' } });
  expect(fault?.message).toContain('customers.json:2:3');
});
