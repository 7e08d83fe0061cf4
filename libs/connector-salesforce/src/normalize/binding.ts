/** One entity's plan as seen from one Salesforce object: what the stream, the reader and the sink need, worked out once. */
import type { EntityPlan, PlannedAccess, PlannedSystem } from '@concord/contracts';
import type { FieldType } from '@concord/core';
import { SYNC_ID_FIELD, SYNC_STAMP_FIELD } from '../connection.ts';

type BoundField = { readonly canonical: string; readonly type: FieldType; readonly access: PlannedAccess };

export type EntityBinding = {
  readonly entity: string;
  readonly system: string;
  readonly object: string;
  readonly fields: readonly BoundField[];
  readonly filter: PlannedSystem['filter'];
  readonly link: PlannedSystem['link'];
  /** Concord writes here, so the object has the fields Sync_Id__c and Sync_Stamp__c. */
  readonly isWritten: boolean;
};

/** The bindings of one system, in the order of the plans. Plans that do not concern the system are left out. */
export function bindPlans(plans: readonly EntityPlan[], system: string): EntityBinding[] {
  return plans.flatMap((plan) => {
    const planned = plan.systems[system];
    return planned?.type === 'salesforce' ? [bind(plan, system, planned)] : [];
  });
}

export function bindingsByObject(bindings: readonly EntityBinding[]): Map<string, EntityBinding[]> {
  return Map.groupBy(bindings, (binding) => binding.object);
}

function bind(plan: EntityPlan, system: string, planned: PlannedSystem): EntityBinding {
  const fields = plan.fields.flatMap(({ name, type }) => {
    const access = planned.fields[name];
    return access === undefined ? [] : [{ canonical: name, type, access }];
  });
  const isWritten = planned.writeExistence || fields.some(({ access }) => access.write);
  const { object, filter, link } = planned;
  return { entity: plan.entity, system, object, fields, filter, link, isWritten };
}

/** The Salesforce fields to read so that a row can be turned into a fact of any of the bindings. */
export function fieldsToRead(bindings: readonly EntityBinding[]): string[] {
  return [
    ...new Set([
      'Id',
      'SystemModstamp',
      'IsDeleted',
      ...(bindings.some(({ isWritten }) => isWritten) ? [SYNC_ID_FIELD, SYNC_STAMP_FIELD] : []),
      ...bindings.flatMap(({ fields, filter }) => [
        ...fields.map(({ access }) => access.native),
        ...Object.keys(filter),
      ]),
    ]),
  ];
}

/** `/data/AccountChangeEvent`, `/data/Employee__ChangeEvent`. */
export function topicOf(object: string): string {
  return `/data/${object.endsWith('__c') ? object.slice(0, -1) : object}ChangeEvent`;
}
