/** The objects and the sync of the seed documents, for tests of plans. */
import type { SyncConfig } from '@concord/config';
import type { DescribedField, DescribedObject } from './described.ts';
import type { derivePlan } from './derive.ts';

export const PLACE = { file: 'sync.json', line: 1, column: 1 };

export function field(name: string, type: DescribedField['type'], rest: Partial<DescribedField> = {}): DescribedField {
  return { name, type, refusal: null, nativeType: 'native', isWritable: true, isRequired: 'no', ...rest };
}

const text = (lengthMax: number) => ({ kind: 'string', lengthMax, trimmed: true, emptyIsNull: true }) as const;

export const account: DescribedObject = {
  system: 'salesforce',
  type: 'salesforce',
  object: 'Account',
  key: ['Id'],
  isKeyGenerated: true,
  fields: [
    field('Id', text(18), { isWritable: false }),
    field('Name', text(255), { isRequired: 'perhaps' }),
    field('Industry', text(255)),
    field('AccountNumber', text(40)),
    field('AnnualRevenue', { kind: 'decimal', scale: 0 }),
    field('LastModifiedDate', { kind: 'timestamp', fractionDigits: 0 }, { isWritable: false }),
  ],
};

export const accounts: DescribedObject = {
  system: 'postgres',
  type: 'postgres',
  object: 'public.accounts',
  key: ['id'],
  isKeyGenerated: true,
  fields: [
    field('id', { kind: 'integer' }, { isRequired: 'yes' }),
    field('sf_id', { kind: 'string', lengthMax: 18 }),
    field('account_name', { kind: 'string', lengthMax: 255 }),
    field('industry_type', { kind: 'string', lengthMax: 100 }),
    field('annual_revenue', { kind: 'decimal', scale: 2 }),
    field('last_modified', { kind: 'timestamp', fractionDigits: 6 }),
  ],
};

export function sync(mappings: readonly string[], rest: Partial<SyncConfig> = {}): SyncConfig {
  return {
    name: 'SF_Postgres_Accounts',
    entity: 'accounts',
    source: { system: 'salesforce', object: 'Account', filter: {}, isCaptured: true, place: PLACE },
    target: { system: 'postgres', object: 'public.accounts', filter: {}, isCaptured: true, place: PLACE },
    direction: 'bidirectional',
    fieldMappings: mappings.map((mapping, index) => {
      const [source = '', target = ''] = mapping.split(' ');
      const place = { ...PLACE, line: index + 1 };
      return { source, target, name: target, conversions: [], normalizations: [], place };
    }),
    groups: {},
    conflict: {
      policy: { kind: 'last_write_wins' },
      fields: {},
      timestampField: null,
      deletePolicy: 'delete_wins',
    },
    ownership: { fields: {}, records: [], targetEdits: null, targetDeletes: null },
    loopPrevention: null,
    nulls: 'preserve',
    initialLoad: 'full_load',
    retry: { attemptsMax: 3, backoffFactor: 2, initialDelayMs: 1000 },
    place: PLACE,
    ...rest,
  };
}

export const SEED = [
  'Id sf_id',
  'Name account_name',
  'Industry industry_type',
  'AnnualRevenue annual_revenue',
  'LastModifiedDate last_modified',
];

export function problems({ faults }: ReturnType<typeof derivePlan>): string[] {
  return faults.map(({ code, place, message, remedy }) => `${place.line} ${code}: ${message} | ${remedy}`);
}
