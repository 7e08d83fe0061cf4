/** Plans for tests: Account records kept as `accounts`, optionally told apart by Type. */
import type { EntityPlan, PlannedAccess, PlannedSystem } from '@concord/contracts';
import type { FieldType } from '@concord/core';

const access = (native: string, nativeType: string, type: FieldType, write = true): PlannedAccess => ({
  type,
  native,
  nativeType,
  write,
  read: true,
  targetEdit: 'overwritten',
});

export function accountPlan(overrides: Partial<EntityPlan> = {}, filter: PlannedSystem['filter'] = {}): EntityPlan {
  const fields: Record<string, PlannedAccess> = {
    sf_id: access('Id', 'id', { kind: 'string', lengthMax: 18 }, false),
    account_name: access('Name', 'string', { kind: 'string', lengthMax: 255 }),
    annual_revenue: access('AnnualRevenue', 'currency', { kind: 'decimal', scale: 2 }),
    city: access('BillingCity', 'string', { kind: 'string', lengthMax: 40 }),
    last_modified: access('LastModifiedDate', 'datetime', { kind: 'timestamp', fractionDigits: 0 }, false),
    description: access('Description', 'textarea', { kind: 'string' }),
  };
  return {
    entity: 'accounts',
    sync: 'accounts',
    deletePolicy: 'delete_wins',
    fields: Object.entries(fields).map(([name, { type }]) => ({ name, type, policy: { kind: 'last_write_wins' } })),
    systems: {
      salesforce: {
        type: 'salesforce',
        object: 'Account',
        key: ['Id'],
        keyGenerated: true,
        fields,
        link: null,
        filter,
        readExistence: true,
        writeExistence: true,
      },
    },
    ...overrides,
  };
}
