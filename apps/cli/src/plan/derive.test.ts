import { describe, expect, it } from 'vitest';
import type { SyncConfig } from '@concord/config';
import type { DescribedField, DescribedObject } from './described.ts';
import { derivePlan } from './derive.ts';
import { renderPlan } from './render.ts';

const PLACE = { file: 'sync.json', line: 1, column: 1 };

function field(name: string, type: DescribedField['type'], rest: Partial<DescribedField> = {}): DescribedField {
  return { name, type, refusal: null, nativeType: 'native', isWritable: true, isRequired: 'no', ...rest };
}

const text = (lengthMax: number) => ({ kind: 'string', lengthMax, trimmed: true, emptyIsNull: true }) as const;

const account: DescribedObject = {
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

const accounts: DescribedObject = {
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

function sync(mappings: readonly string[], rest: Partial<SyncConfig> = {}): SyncConfig {
  return {
    name: 'SF_Postgres_Accounts',
    entity: 'accounts',
    source: { system: 'salesforce', object: 'Account', filter: {}, isCaptured: true, place: PLACE },
    target: { system: 'postgres', object: 'public.accounts', filter: {}, isCaptured: true, place: PLACE },
    direction: 'bidirectional',
    fieldMappings: mappings.map((mapping, index) => {
      const [source = '', target = ''] = mapping.split(' ');
      return { source, target, name: target, transformation: 'none', place: { ...PLACE, line: index + 1 } };
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
    initialLoad: 'full_load',
    retry: { attemptsMax: 3, backoffFactor: 2, initialDelayMs: 1000 },
    place: PLACE,
    ...rest,
  };
}

const SEED = [
  'Id sf_id',
  'Name account_name',
  'Industry industry_type',
  'AnnualRevenue annual_revenue',
  'LastModifiedDate last_modified',
];

function problems({ faults }: ReturnType<typeof derivePlan>): string[] {
  return faults.map(({ code, place, message, remedy }) => `${place.line} ${code}: ${message} | ${remedy}`);
}

describe('the plan of SF_Postgres_Accounts', () => {
  const derived = derivePlan(sync(SEED), account, accounts);

  it('is shown with directions, conflicts and what does not fit', () => {
    expect(derived.plan === null ? '' : renderPlan(derived.plan, derived.warnings)).toMatchInlineSnapshot(`
      "accounts  (sync SF_Postgres_Accounts)
        field           type         salesforce: Account      postgres: public.accounts  flow  when edited on both
        sf_id           string(18)   Id native                sf_id native               →     cannot conflict; edits in postgres are reported
        account_name    string(255)  Name native              account_name native        ↔     the later edit wins
        industry_type   string(255)  Industry native          industry_type native       ↔     the later edit wins
        annual_revenue  decimal(2)   AnnualRevenue native     annual_revenue native      ↔     the later edit wins
        last_modified   timestamp    LastModifiedDate native  last_modified native       →     cannot conflict; edits in postgres are reported
        salesforce: key Id (generated); Concord creates and deletes records
        postgres: key id (generated); Concord creates and deletes records; "sf_id" holds the id of salesforce
        Edits can meet in 3 of 5 fields; then it is as the last column says, and both values stay on record.
        Deletes that meet edits: delete_wins. To rule it out, give each field an owner:
          "ownership": {"fields": [{"fields": ["account_name", "industry_type", "annual_revenue"], "owner": "salesforce"}]}
        or records ("ownership.records"), pair fields ("strategy": "paired"), or let changes flow one way ("sync_type": "one_way").
        note sync.json:3:1  Industry ↔ industry_type: texts longer than 100 characters do not fit into public.accounts.industry_type
        note sync.json:4:1  AnnualRevenue ↔ annual_revenue: Account.AnnualRevenue rounds to 0 digits behind the point"
    `);
  });

  it('lets what Salesforce maintains flow out of it only, and links by its id', () => {
    const systems = derived.plan?.systems;
    expect(systems?.['salesforce']?.fields['sf_id']).toMatchObject({ native: 'Id', read: true, write: false });
    expect(systems?.['postgres']?.fields['sf_id']).toMatchObject({ read: false, write: true, targetEdit: 'reported' });
    expect(systems?.['postgres']?.link).toEqual({ field: 'sf_id', system: 'salesforce' });
    expect(systems?.['salesforce']?.link).toBeNull();
  });

  it('has canonical types that hold what either side has', () => {
    expect(derived.plan?.fields.map(({ name, type }) => [name, type])).toEqual([
      ['sf_id', { kind: 'string', lengthMax: 18 }],
      ['account_name', { kind: 'string', lengthMax: 255 }],
      ['industry_type', { kind: 'string', lengthMax: 255 }],
      ['annual_revenue', { kind: 'decimal', scale: 2 }],
      ['last_modified', { kind: 'timestamp', fractionDigits: 6 }],
    ]);
  });
});

describe('directions', () => {
  it('one way: the source is read, the target written, edits there are overwritten', () => {
    const { plan } = derivePlan(sync(['Name account_name'], { direction: 'source_to_target' }), account, accounts);
    expect(plan?.systems).toMatchObject({
      salesforce: {
        readExistence: true,
        writeExistence: false,
        fields: { account_name: { read: true, write: false } },
      },
      postgres: {
        readExistence: false,
        writeExistence: true,
        fields: { account_name: { read: false, write: true, targetEdit: 'overwritten' } },
      },
    });
  });

  it('a field that cannot flow the way of the sync is a fault', () => {
    const toSalesforce = sync(['Name account_name', 'Id sf_id'], { direction: 'target_to_source' });
    expect(problems(derivePlan(toSalesforce, account, accounts))).toMatchInlineSnapshot(`
      [
        "2 plan.no_flow: nothing can flow between Account.Id and public.accounts.sf_id: the receiving side maintains it itself | Leave it out of the mapping, or change the direction.",
      ]
    `);
  });
});

describe('policies', () => {
  it('follow the rules of the fields, then the strategy', () => {
    const conflict = {
      ...sync([]).conflict,
      fields: { account_name: { kind: 'field_level_priority', system: 'postgres' } },
    } as const;
    const { plan } = derivePlan(sync(['Name account_name', 'Industry industry_type'], { conflict }), account, accounts);
    expect(plan?.fields.map(({ policy }) => policy)).toEqual([
      { kind: 'field_level_priority', system: 'postgres' },
      { kind: 'last_write_wins' },
    ]);
  });

  it('a strategy for the whole record counts where it can, a rule of a field must be fit for it', () => {
    const mappings = ['Name account_name', 'AnnualRevenue annual_revenue'];
    const counting = { ...sync([]).conflict, policy: { kind: 'counter' } } as const;
    const { plan } = derivePlan(sync(mappings, { conflict: counting }), account, accounts);
    expect(plan?.fields.map(({ policy }) => policy.kind)).toEqual(['last_write_wins', 'counter']);
    const wrong = { ...sync([]).conflict, fields: { account_name: { kind: 'counter' } } } as const;
    expect(problems(derivePlan(sync(mappings, { conflict: wrong }), account, accounts))).toMatchInlineSnapshot(`
      [
        "1 plan.policy_type: "counter" needs a number, but account_name is string(255) | Choose another strategy for the field.",
      ]
    `);
  });

  it('groups come into the plan', () => {
    const groups = { both: ['account_name', 'industry_type'] };
    const { plan } = derivePlan(sync(SEED, { groups }), account, accounts);
    expect(plan?.groups).toEqual(groups);
  });
});

describe('paired fields', () => {
  const text255 = { kind: 'string', lengthMax: 255 } as const;
  const inSalesforce = ['ERP_Address__c', 'CRM_Address__c', 'ShippingStreet'].map((name) => field(name, text255));
  const inPostgres = ['shipping', 'crm_shipping', 'effective_shipping'].map((name) => field(name, text255));
  const org = { ...account, fields: [...account.fields, ...inSalesforce] };
  const table = { ...accounts, fields: [...accounts.fields, ...inPostgres] };
  const own = { postgres: 'shipping', salesforce: 'crm_shipping' };
  const mappings = ['ERP_Address__c shipping', 'CRM_Address__c crm_shipping', 'ShippingStreet effective_shipping'];
  const effective = { kind: 'source_priority', order: ['postgres'] } as const;

  function paired(names: Record<string, string>, rest: Partial<SyncConfig> = {}): SyncConfig {
    const fields = { effective_shipping: { kind: 'paired', own: names, effective } } as const;
    return sync(mappings, { conflict: { ...sync([]).conflict, fields }, ...rest });
  }

  it('flow from their own system only, the effective one to both', () => {
    const derived = derivePlan(paired(own), org, table);
    expect(derived.faults).toEqual([]);
    expect(derived.plan === null ? '' : renderPlan(derived.plan, [])).toMatchInlineSnapshot(`
      "accounts  (sync SF_Postgres_Accounts)
        field               type         salesforce: Account    postgres: public.accounts  flow  when edited on both
        shipping            string(255)  ERP_Address__c native  shipping native            ←     cannot conflict
        crm_shipping        string(255)  CRM_Address__c native  crm_shipping native        →     cannot conflict
        effective_shipping  string(255)  ShippingStreet native  effective_shipping native  ⇉     computed from shipping and crm_shipping
        salesforce: key Id (generated); Concord creates and deletes records
        postgres: key id (generated); Concord creates and deletes records"
    `);
    const access = (system: string, name: string) => {
      const { read, write } = derived.plan?.systems[system]?.fields[name] ?? {};
      return { read, write };
    };
    expect(access('postgres', 'shipping')).toEqual({ read: true, write: false });
    expect(access('salesforce', 'shipping')).toEqual({ read: false, write: true });
    expect(access('salesforce', 'crm_shipping')).toEqual({ read: true, write: false });
    expect(access('postgres', 'effective_shipping')).toEqual({ read: false, write: true });
  });

  it('need an own field on each side, of one kind, and both directions', () => {
    const half = paired({ postgres: 'shipping' }, { direction: 'source_to_target' });
    expect(problems(derivePlan(half, org, table))).toMatchInlineSnapshot(`
      [
        "1 plan.no_flow: nothing can flow between Account.ERP_Address__c and public.accounts.shipping: the side whose field it is does not send | Leave it out of the mapping, or change the direction.",
        "3 plan.pair: "effective_shipping" is paired, but changes flow one way only | Make "sync_type" "bidirectional", or take the rule out.",
        "3 plan.pair: the pair "effective_shipping" needs an own field of salesforce and of postgres, and of no other system | Correct "own" in its rule.",
      ]
    `);
  });
});

describe('ownership', () => {
  const none = sync([]).ownership;
  const industry = (owner: string, targetEdits: 'kept' | null = null) => ({ industry_type: { owner, targetEdits } });

  it('a field flows out of its owner only, and edits elsewhere are treated as it says', () => {
    const ownership = { ...none, fields: industry('postgres', 'kept') };
    const { plan } = derivePlan(sync(SEED, { ownership }), account, accounts);
    expect(plan?.systems['postgres']?.fields['industry_type']).toMatchObject({ read: true, write: false });
    expect(plan?.systems['salesforce']?.fields['industry_type']).toMatchObject({
      read: false,
      write: true,
      targetEdit: 'kept',
    });
    expect(plan === null ? '' : renderPlan(plan, [])).toMatchInlineSnapshot(`
      "accounts  (sync SF_Postgres_Accounts)
        field           type         salesforce: Account      postgres: public.accounts  flow  when edited on both
        sf_id           string(18)   Id native                sf_id native               →     cannot conflict; edits in postgres are reported
        account_name    string(255)  Name native              account_name native        ↔     the later edit wins
        industry_type   string(255)  Industry native          industry_type native       ←     cannot conflict; edits in salesforce are kept
        annual_revenue  decimal(2)   AnnualRevenue native     annual_revenue native      ↔     the later edit wins
        last_modified   timestamp    LastModifiedDate native  last_modified native       →     cannot conflict; edits in postgres are reported
        salesforce: key Id (generated); Concord creates and deletes records
        postgres: key id (generated); Concord creates and deletes records; "sf_id" holds the id of salesforce
        Edits can meet in 2 of 5 fields; then it is as the last column says, and both values stay on record.
        Deletes that meet edits: delete_wins. To rule it out, give each field an owner:
          "ownership": {"fields": [{"fields": ["account_name", "annual_revenue"], "owner": "salesforce"}]}
        or records ("ownership.records"), pair fields ("strategy": "paired"), or let changes flow one way ("sync_type": "one_way")."
    `);
  });

  it('records have owners by what is in them', () => {
    const records = [
      { when: { field: 'industry_type', in: ['Prospect', null] }, owner: 'salesforce' },
      { when: { all: [] }, owner: 'postgres' },
    ];
    const loopPrevention = { maxUpdates: 2, windowMs: 60_000 };
    const ownership = { ...none, records, targetEdits: 'reported' } as const;
    const { plan } = derivePlan(sync(SEED, { ownership, loopPrevention }), account, accounts);
    expect(plan?.ownership).toEqual({ rules: records, targetEdit: 'reported' });
    expect(plan?.loopPrevention).toEqual(loopPrevention);
    expect(plan === null ? '' : renderPlan(plan, [])).toMatchInlineSnapshot(`
      "accounts  (sync SF_Postgres_Accounts)
        field           type         salesforce: Account      postgres: public.accounts  flow  when edited on both
        sf_id           string(18)   Id native                sf_id native               →     cannot conflict; edits in postgres are reported
        account_name    string(255)  Name native              account_name native        ↔     the owner of the record decides
        industry_type   string(255)  Industry native          industry_type native       ↔     the owner of the record decides
        annual_revenue  decimal(2)   AnnualRevenue native     annual_revenue native      ↔     the owner of the record decides
        last_modified   timestamp    LastModifiedDate native  last_modified native       →     cannot conflict; edits in postgres are reported
        salesforce: key Id (generated); Concord creates and deletes records
        postgres: key id (generated); Concord creates and deletes records; "sf_id" holds the id of salesforce
        records: industry_type = "Prospect" or null: salesforce; otherwise: postgres; edits of others are reported
        loops: more than 2 automatic changes of a field within 60 s freeze it for a person"
    `);
  });

  it('of a one-way sync says what becomes of edits and deletes on the receiving side', () => {
    const ownership = { ...none, targetEdits: 'kept', targetDeletes: 'reported' } as const;
    const { plan } = derivePlan(sync(SEED, { ownership, direction: 'source_to_target' }), account, accounts);
    expect(plan?.systems).toMatchObject({
      postgres: { targetDelete: 'reported', fields: { account_name: { targetEdit: 'kept' } } },
    });
    expect(plan?.systems['salesforce']?.targetDelete).toBeUndefined();
  });

  it('that cannot be is a fault', () => {
    const fields = { ...industry('postgres'), sf_id: { owner: 'postgres', targetEdits: null } };
    const records = [{ when: { not: { field: 'annual_revenue', in: [true, 5, null] } }, owner: 'postgres' }];
    const ownership = { ...none, fields, records };
    expect(problems(derivePlan(sync(SEED, { ownership }), account, accounts))).toMatchInlineSnapshot(`
      [
        "1 plan.no_flow: nothing can flow between Account.Id and public.accounts.sf_id: the side whose field it is does not send | Leave it out of the mapping, or change the direction.",
        "1 plan.condition_type: the owner of records depends on annual_revenue (decimal(2)), which is compared with true | Write a value of the type of the field.",
      ]
    `);
  });
});

describe('timestamp_field', () => {
  const conflict = { ...sync([]).conflict, timestampField: 'last_modified' };

  it('counts in the systems that fill it', () => {
    const { plan } = derivePlan(sync(SEED, { conflict }), account, accounts);
    expect(plan?.systems['salesforce']?.timestampField).toBe('last_modified');
    expect(plan?.systems['postgres']?.timestampField).toBeUndefined();
  });

  it('must be a time', () => {
    const named = { ...conflict, timestampField: 'account_name' };
    expect(problems(derivePlan(sync(SEED, { conflict: named }), account, accounts))).toMatchInlineSnapshot(`
      [
        "2 plan.timestamp_type: "timestamp_field" is Name ↔ account_name, which is string(255), not a timestamp | Name a field that holds a time.",
      ]
    `);
  });
});

describe('keys', () => {
  const customers: DescribedObject = {
    ...accounts,
    object: 'public.customers',
    key: ['customer_id'],
    isKeyGenerated: false,
    fields: [
      field('customer_id', { kind: 'string', lengthMax: 5 }, { isRequired: 'yes' }),
      field('company_name', { kind: 'string', lengthMax: 40 }, { isRequired: 'yes' }),
    ],
  };

  it('may come from a mapping, which then links the records', () => {
    const { plan, faults } = derivePlan(sync(['AccountNumber customer_id', 'Name company_name']), account, customers);
    expect(faults).toEqual([]);
    expect(plan?.systems['salesforce']?.link).toEqual({ field: 'customer_id', system: 'postgres' });
    expect(plan?.systems['postgres']?.link).toBeNull();
  });

  it('are never cut to a length: cut, they would name another record', () => {
    const { plan, warnings } = derivePlan(sync(['AccountNumber customer_id', 'Name company_name']), account, customers);
    expect(Object.values(plan?.systems ?? {}).map(({ fields }) => fields['customer_id']?.type)).toEqual([
      { kind: 'string', trimmed: true, emptyIsNull: true },
      { kind: 'string' },
    ]);
    expect(plan?.systems['postgres']?.fields['company_name']?.type).toEqual({ kind: 'string', lengthMax: 40 });
    expect(warnings[0]?.message).toBe(
      'AccountNumber ↔ customer_id: texts longer than 5 characters do not fit into public.customers.customer_id; such records are parked, because it tells records apart',
    );
  });

  it('must come from somewhere when Concord creates records', () => {
    expect(problems(derivePlan(sync(['Industry customer_id']), account, customers))).toMatchInlineSnapshot(`
      [
        "1 plan.required_not_given: records created in public.customers would have no value for "company_name", which may not be empty | Map a field to it, or give it a default.",
      ]
    `);
    expect(problems(derivePlan(sync(['Name company_name']), account, customers))).toMatchInlineSnapshot(`
      [
        "1 plan.key_not_given: records created in public.customers would have no value for their key "customer_id" | Map a field to it, or let the database generate it: ALTER TABLE public.customers ALTER COLUMN customer_id SET DEFAULT …;",
      ]
    `);
    const outOnly = sync(['Name company_name'], { direction: 'target_to_source' });
    expect(derivePlan(outOnly, account, customers).faults).toEqual([]);
  });
});

describe('faults', () => {
  it('are all told at once', () => {
    const wrong = sync(['Nam account_name', 'Industry annual_revenue', 'AnnualRevenue industry'], {
      target: {
        system: 'postgres',
        object: 'public.accounts',
        filter: { annual_revenue: 'much' },
        isCaptured: true,
        place: PLACE,
      },
    });
    expect(problems(derivePlan(wrong, account, accounts))).toMatchInlineSnapshot(`
      [
        "1 plan.field_missing: Account in salesforce has no field "Nam" | Did you mean "Name"?",
        "3 plan.field_missing: public.accounts in postgres has no field "industry" | It has: id, sf_id, account_name, industry_type, annual_revenue, last_modified.",
        "2 plan.type_mismatch: the types do not fit: Account.Industry is string(255), public.accounts.annual_revenue is decimal(2) | Map fields of one kind, or change the type of one of them.",
        "1 plan.filter_type: the filter compares public.accounts.annual_revenue (decimal(2)) with "much" | Write a value of the type of the field.",
      ]
    `);
  });
});
