/** An object of the org as `apply` needs to know it: its fields in Concord's types and what the integration user may do. */
import type { FieldType } from '@concord/core';

export type FieldDescription = {
  readonly name: string;
  readonly type: FieldType;
  /** Salesforce's own type name. */
  readonly nativeType: string;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly nillable: boolean;
  readonly externalId: boolean;
  readonly unique: boolean;
};

export type ObjectDescription = {
  readonly name: string;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  readonly queryable: boolean;
  readonly fields: readonly FieldDescription[];
};

type RawField = Record<string, unknown> & { name: string; type: string };

export function parseDescription(body: unknown): ObjectDescription {
  const object = body as Record<string, unknown> & { name: string; fields: RawField[] };
  return {
    name: object.name,
    createable: object['createable'] === true,
    updateable: object['updateable'] === true,
    deletable: object['deletable'] === true,
    queryable: object['queryable'] !== false,
    // Compound fields are the sum of their parts, which are listed as fields of their own.
    fields: object.fields.filter(({ type }) => type !== 'address' && type !== 'location').map(parseField),
  };
}

function parseField(field: RawField): FieldDescription {
  const derived = field['calculated'] === true || field['autoNumber'] === true;
  return {
    name: field.name,
    type: typeOf(field),
    nativeType: field.type,
    createable: field['createable'] === true && !derived,
    updateable: field['updateable'] === true && !derived,
    nillable: field['nillable'] === true,
    externalId: field['externalId'] === true,
    unique: field['unique'] === true,
  };
}

function typeOf(field: RawField): FieldType {
  switch (field.type) {
    case 'boolean':
      return { kind: 'boolean', nullIsFalse: true };
    case 'int':
    case 'long':
      return { kind: 'integer' };
    case 'double':
    case 'currency':
    case 'percent':
      // The scale says what pages show. Values that come by the API are kept as they are sent, so nothing is rounded here;
      // where an org does round, its value comes back as a derived change.
      return { kind: 'decimal' };
    case 'date':
      return { kind: 'date' };
    case 'datetime':
      // Stored to the second; the API writes three zeros behind it.
      return { kind: 'timestamp', fractionDigits: 0 };
    case 'time':
      return { kind: 'time' };
    case 'base64':
      return { kind: 'bytes' };
    default:
      return {
        kind: 'string',
        trimmed: true,
        emptyIsNull: true,
        ...(Number(field['length']) > 0 ? { lengthMax: Number(field['length']) } : {}),
      };
  }
}
