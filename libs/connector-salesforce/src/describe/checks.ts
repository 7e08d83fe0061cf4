/** What must hold in the org before a sync can run. Every fault is reported at once, each with its remedy. */
import { SYNC_ID_FIELD, SYNC_STAMP_FIELD } from '../connection.ts';
import { SalesforceApiError } from '../errors.ts';
import type { SalesforceRest } from '../rest/rest-client.ts';
import type { FieldDescription, ObjectDescription } from './describe.ts';

export type Finding = { readonly code: string; readonly message: string; readonly hint: string };

/** What a sync needs of one object. `reads` and `writes` are Salesforce field names. */
export type ObjectNeeds = {
  readonly object: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly creates: boolean;
  readonly deletes: boolean;
};

export type ObjectReport = { readonly description: ObjectDescription | null; readonly findings: readonly Finding[] };

/** Describes the object and compares it with the needs. A missing object is a finding, an unreachable org an error. */
export async function inspectObject(rest: SalesforceRest, needs: ObjectNeeds): Promise<ObjectReport> {
  try {
    const description = await rest.describe(needs.object);
    return { description, findings: checkObject(description, needs) };
  } catch (error) {
    if (!(error instanceof SalesforceApiError) || !['NOT_FOUND', 'INVALID_TYPE'].includes(error.apiCode)) throw error;
    const finding = {
      code: 'salesforce.object_missing',
      message: `the object ${needs.object} is not in this org, or the integration user may not see it`,
      hint: 'Check the spelling of the API name (custom objects end in __c) and give the integration user Read on it.',
    };
    return { description: null, findings: [finding] };
  }
}

export function checkObject(description: ObjectDescription, needs: ObjectNeeds): Finding[] {
  const fields = new Map(description.fields.map((field) => [field.name, field]));
  const writesAnything = needs.creates || needs.writes.length > 0;
  return [
    ...checkPermissions(description, needs),
    ...needs.reads.filter((name) => !fields.has(name)).map((name) => missingField(needs.object, name)),
    ...needs.writes.flatMap((name) => checkWritable(needs.object, fields.get(name))),
    ...(writesAnything ? checkSyncFields(needs.object, fields) : []),
  ];
}

function checkPermissions(
  description: ObjectDescription,
  { object, writes, creates, deletes }: ObjectNeeds,
): Finding[] {
  const lacking = [
    ...(description.queryable ? [] : ['View All']),
    ...(creates && !description.createable ? ['Create'] : []),
    ...(writes.length > 0 && !description.updateable ? ['Edit'] : []),
    ...(deletes && !description.deletable ? ['Delete'] : []),
  ];
  return lacking.map((permission) => ({
    code: 'salesforce.permission_missing',
    message: `the integration user lacks ${permission} on ${object}`,
    hint: `Give it ${permission} on ${object} by a permission set.`,
  }));
}

function missingField(object: string, field: string): Finding {
  return {
    code: 'salesforce.field_missing',
    message: `${object} has no field ${field} that the integration user can see`,
    hint: 'Check the API name (custom fields end in __c) and the field-level security.',
  };
}

function checkWritable(object: string, field: FieldDescription | undefined): Finding[] {
  if (field === undefined || field.updateable || field.createable) return [];
  return [
    {
      code: 'salesforce.field_read_only',
      message: `${object}.${field.name} cannot be written by the integration user`,
      hint: 'Give it Edit on the field, or map the field one-way out of Salesforce if Salesforce computes it.',
    },
  ];
}

/** Without these two fields neither a repeated create nor an echo could be told from a user's work. */
function checkSyncFields(object: string, fields: ReadonlyMap<string, FieldDescription>): Finding[] {
  const id = fields.get(SYNC_ID_FIELD);
  const stamp = fields.get(SYNC_STAMP_FIELD);
  const idIsFit = id !== undefined && id.createable && id.updateable && id.externalId && id.unique;
  const stampIsFit = stamp !== undefined && stamp.createable && stamp.updateable;
  return [
    ...(idIsFit
      ? []
      : [
          syncField(
            object,
            SYNC_ID_FIELD,
            'Text(36), External ID, Unique (case-insensitive), editable by the integration user',
          ),
        ]),
    ...(stampIsFit ? [] : [syncField(object, SYNC_STAMP_FIELD, 'Text(255), editable by the integration user')]),
  ];
}

function syncField(object: string, name: string, shape: string): Finding {
  return {
    code: 'salesforce.sync_field_missing',
    message: `${object}.${name} is missing or not as Concord needs it`,
    hint: `Create ${name} on ${object}: ${shape}; leave it off the page layouts.`,
  };
}
