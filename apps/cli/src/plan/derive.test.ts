import { describe, expect, it } from 'vitest';
import type { DescribedObject } from './described.ts';
import { derivePlan } from './derive.ts';
import { renderPlan } from './render.ts';
import { account, accounts, field, PLACE, problems, SEED, sync } from './testing.ts';

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

it('notes what is weaker where Concord writes without a guard, and only there', () => {
  const unguarded = { ...account, unguarded: 'writes are unguarded' };
  const notes = (config = sync(SEED)) => derivePlan(config, unguarded, accounts).warnings.map(({ message }) => message);
  expect(notes()).toContain('writes are unguarded');
  expect(notes({ ...sync(SEED), direction: 'source_to_target' })).not.toContain('writes are unguarded');
});
