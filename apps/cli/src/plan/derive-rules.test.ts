/** What a config says of conflicts, owners and transformations, in the plan. */
import type { SyncConfig } from '@concord/config';
import { describe, expect, it } from 'vitest';
import { derivePlan } from './derive.ts';
import { renderPlan } from './render.ts';
import { account, accounts, field, problems, SEED, sync } from './testing.ts';

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

describe('transformations', () => {
  function transformed(
    mapping: string,
    steps: Partial<Pick<SyncConfig['fieldMappings'][number], 'conversions' | 'normalizations'>>,
  ) {
    const plain = sync([mapping]);
    return sync([mapping], { fieldMappings: plain.fieldMappings.map((one) => ({ ...one, ...steps })) });
  }

  it('change what the source holds into what it is elsewhere; the form is the canonical field’s', () => {
    const cents = [{ kind: 'scale', powerOfTen: -2 }] as const;
    const { plan, faults } = derivePlan(
      transformed('AnnualRevenue annual_revenue', { conversions: cents }),
      account,
      accounts,
    );
    expect(faults).toEqual([]);
    expect(plan?.systems['salesforce']?.fields['annual_revenue']).toMatchObject({
      type: { kind: 'decimal', scale: 2 },
      storedType: { kind: 'decimal', scale: 0 },
      conversions: cents,
    });
    const names = [{ kind: 'value_map', values: { Hot: 'a name that is rather long' } }] as const;
    const form = transformed('Industry industry_type', { conversions: names, normalizations: [{ kind: 'trim' }] });
    const derived = derivePlan(form, account, accounts);
    expect(derived.plan?.fields).toMatchObject([{ normalizations: [{ kind: 'trim' }] }]);
    expect(derived.plan?.systems['postgres']?.fields['industry_type']).not.toHaveProperty('conversions');
    expect(derived.plan === null ? '' : renderPlan(derived.plan, [])).toContain('value_map, trim');
  });

  it('that do not fit are faults', () => {
    const cases = [
      transformed('Name account_name', { conversions: [{ kind: 'scale', powerOfTen: 2 }] }),
      transformed('AnnualRevenue annual_revenue', { conversions: [{ kind: 'scale', powerOfTen: 2 }] }),
      transformed('AnnualRevenue annual_revenue', { normalizations: [{ kind: 'trim' }] }),
      transformed('Id sf_id', { normalizations: [{ kind: 'uppercase' }] }),
      transformed('AnnualRevenue annual_revenue', { conversions: [{ kind: 'default', value: 'x' }] }),
    ];
    expect(cases.flatMap((one) => problems(derivePlan(one, account, accounts)))).toMatchInlineSnapshot(`
      [
        "1 plan.transformation_type: "scale" needs an exact number, but Name is string(255) | Choose another transformation, or none.",
        "1 plan.transformation_type: "scale" needs an exact number, but AnnualRevenue is decimal(0) | Choose another transformation, or none.",
        "1 plan.transformation_type: "trim" is of texts, but annual_revenue is decimal(2) | Choose another transformation, or none.",
        "1 plan.transformed_key: Id ↔ sf_id tells records apart, so it cannot be transformed | Take the transformation out.",
        "1 plan.transformation_type: "default" needs a value of its type, but AnnualRevenue is decimal(0) | Choose another transformation, or none.",
      ]
    `);
  });
});

it('nulls that are to be ignored are so on both sides', () => {
  const { plan } = derivePlan(sync(SEED, { nulls: 'ignore' }), account, accounts);
  const ignoring = Object.values(plan?.systems ?? {}).map(({ fields }) => fields['account_name']?.ignoresNulls);
  expect(ignoring).toEqual([true, true]);
  expect(
    derivePlan(sync(SEED), account, accounts).plan?.systems['postgres']?.fields['account_name'],
  ).not.toHaveProperty('ignoresNulls');
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
