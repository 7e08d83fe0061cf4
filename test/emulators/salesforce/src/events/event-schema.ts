// The Avro schema of an object's change events, generated from its fields: the header first, then one optional field
// per field of the object, compounds as nested records that are declared at their first use and named afterwards.
import { createHash } from 'node:crypto';
import { withChecksum } from '../ids.ts';
import type { EventField, ObjectType } from '../model/object-type.ts';
import type { CompoundKind, Field, FieldType } from '../model/field.ts';

/** In the order of the wire's enum: the position is what is encoded. */
export const CHANGE_TYPES = [
  'CREATE',
  'UPDATE',
  'DELETE',
  'UNDELETE',
  'GAP_CREATE',
  'GAP_UPDATE',
  'GAP_DELETE',
  'GAP_UNDELETE',
  'GAP_OVERFLOW',
  'SNAPSHOT',
] as const;

export type WireType = 'string' | 'boolean' | 'int' | 'double' | 'long';

export const WIRE_TYPES: Record<FieldType, WireType> = {
  id: 'string',
  string: 'string',
  textarea: 'string',
  picklist: 'string',
  multipicklist: 'string',
  email: 'string',
  phone: 'string',
  url: 'string',
  reference: 'string',
  boolean: 'boolean',
  int: 'int',
  double: 'double',
  currency: 'double',
  percent: 'double',
  date: 'long',
  datetime: 'long',
  time: 'long',
  address: 'string',
  location: 'string',
};

const DOCUMENTED_TYPES: Record<FieldType, string> = {
  id: 'EntityId',
  string: 'Text',
  textarea: 'StringPlusClob',
  picklist: 'DynamicEnum',
  multipicklist: 'MultiEnum',
  email: 'Email',
  phone: 'Phone',
  url: 'Url',
  reference: 'EntityId',
  boolean: 'Boolean',
  int: 'Integer',
  double: 'Double',
  currency: 'Currency',
  percent: 'Percent',
  date: 'DateOnly',
  datetime: 'DateTime',
  time: 'TimeOnly',
  address: 'ComplexValueType',
  location: 'ComplexValueType',
};

export type EventSchema = { id: string; entity: string; json: string; fields: EventField[] };

export function buildEventSchema(type: ObjectType): EventSchema {
  const fields = type.eventFields();
  const declared = new Set<CompoundKind>();
  const json = JSON.stringify({
    type: 'record',
    name: type.eventName,
    namespace: 'com.sforce.eventbus',
    fields: [header(), ...fields.map((each) => bodyField(type, each, declared))],
  });
  const id = createHash('md5').update(json).digest('base64url');
  return { id, entity: type.name, json, fields };
}

function header(): object {
  const strings = { type: 'array', items: 'string' };
  return {
    name: 'ChangeEventHeader',
    type: {
      type: 'record',
      name: 'ChangeEventHeader',
      fields: [
        { name: 'entityName', type: 'string' },
        { name: 'recordIds', type: strings },
        { name: 'changeType', type: { type: 'enum', name: 'ChangeType', symbols: CHANGE_TYPES } },
        { name: 'changeOrigin', type: 'string' },
        { name: 'transactionKey', type: 'string' },
        { name: 'sequenceNumber', type: 'int' },
        { name: 'commitTimestamp', type: 'long' },
        { name: 'commitNumber', type: 'long' },
        { name: 'commitUser', type: 'string' },
        { name: 'nulledFields', type: strings },
        { name: 'diffFields', type: strings },
        { name: 'changedFields', type: strings },
      ],
    },
  };
}

function bodyField(type: ObjectType, { field, parts }: EventField, declared: Set<CompoundKind>): object {
  if (!field.compound) return optional(type, field, [WIRE_TYPES[field.type], ...switchableName(type, field)]);
  const isKnown = declared.has(field.compound);
  declared.add(field.compound);
  const children = parts.map((part) => ({ ...optional(type, part, [WIRE_TYPES[part.type]]), name: part.partName }));
  const record = { type: 'record', name: field.compound, fields: children };
  return optional(type, field, [isKnown ? field.compound : record]);
}

function optional(type: ObjectType, field: Field, branches: unknown[]): object {
  return { name: field.name, type: ['null', ...branches], doc: documentation(type, field), default: null };
}

/** The name of an Account may be a person's in orgs with person accounts; the branch is declared in all of them. */
function switchableName(type: ObjectType, field: Field): object[] {
  if (type.name !== 'Account' || field.name !== 'Name') return [];
  const part = (name: string, kind: string) => ({ name, type: ['null', 'string'], doc: `Data:${kind}`, default: null });
  const fields = [part('Salutation', 'DynamicEnum'), part('FirstName', 'Text'), part('LastName', 'Text')];
  return [{ type: 'record', name: 'Switchable_PersonName', fields }];
}

function documentation(type: ObjectType, field: Field): string {
  const documented = field.compound ? 'ComplexValueType' : DOCUMENTED_TYPES[field.type];
  const plain = `${field.eventRole}:${documented}`;
  return field.isCustom ? `${plain}:${customFieldId(type, field)}` : plain;
}

function customFieldId(type: ObjectType, field: Field): string {
  const digest = createHash('sha1').update(`${type.name}.${field.name}`).digest('hex');
  return withChecksum(`00N${digest.slice(0, 12)}`).slice(0, 15);
}
