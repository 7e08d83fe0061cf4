/** A Salesforce org as the commands need it. */
import type { SalesforceSystemConfig, SyncEnd } from '@concord/config';
import {
  connectionOf,
  createSalesforceClient,
  inspectObject,
  unguardedWarning,
  type FieldDescription,
  type Finding,
} from '@concord/connector-salesforce';
import type { EntityPlan } from '@concord/contracts';
import { PlanError } from '../output/failure.ts';
import type { DescribedField, DescribedObject } from '../plan/described.ts';
import type { PlanFault } from '../plan/finding.ts';
import type { OpenSystem } from './open-system.ts';

const NO_NEEDS = { reads: [], writes: [], creates: false, deletes: false };

export function openSalesforce(config: SalesforceSystemConfig): OpenSystem {
  const client = createSalesforceClient(connectionOf(config));
  const describe = async (end: SyncEnd): Promise<DescribedObject> => {
    const { description, findings } = await inspectObject(client.rest, { object: end.object, ...NO_NEEDS });
    if (description === null) throw new PlanError(findings.map((finding) => faultOf(finding, end)));
    const unguarded = unguardedWarning(description);
    return {
      ...(unguarded === null ? {} : { unguarded }),
      system: config.name,
      type: 'salesforce',
      object: description.name,
      fields: description.fields.map(describedField),
      key: ['Id'],
      isKeyGenerated: true,
    };
  };
  return {
    describe,
    check: async (end, plan) => {
      const { findings } = await inspectObject(client.rest, needsOf(end, plan));
      return findings.map((finding) => faultOf(finding, end));
    },
    setUp: async () => [],
    close: () => client.close(),
  };
}

/** Types whose value a user has to give; the others often have a default that the description does not tell of. */
const GIVEN_BY_USERS = new Set(['string', 'textarea', 'email', 'phone', 'url', 'date', 'datetime']);

function describedField({
  name,
  type,
  nativeType,
  updateable,
  createable,
  nillable,
}: FieldDescription): DescribedField {
  const mayBeRequired = !nillable && createable && GIVEN_BY_USERS.has(nativeType);
  return {
    name,
    type,
    refusal: null,
    nativeType,
    isWritable: updateable,
    isRequired: mayBeRequired ? 'perhaps' : 'no',
  };
}

function needsOf({ system, object, filter }: SyncEnd, plan: EntityPlan | null): Parameters<typeof inspectObject>[1] {
  const planned = plan?.systems[system];
  const fields = Object.values(planned?.fields ?? {});
  const writesExistence = planned?.writeExistence ?? false;
  return {
    object,
    reads: [...new Set([...fields.map(({ native }) => native), ...Object.keys(filter)])],
    writes: fields.filter(({ write }) => write).map(({ native }) => native),
    creates: writesExistence,
    deletes: writesExistence,
  };
}

function faultOf({ code, message, hint }: Finding, { place }: SyncEnd): PlanFault {
  return { code, place, message, remedy: hint };
}
