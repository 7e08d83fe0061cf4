// Records as JSON, the way the REST API shows them.
import type { Field, Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import { readValue } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';

export type Json = Record<string, unknown>;

export function attributesOf(type: ObjectType, id: string, version: string): Json {
  return { type: type.name, url: `/services/data/${version}/sobjects/${type.name}/${id}` };
}

export function renderRecord(type: ObjectType, record: StoredRecord, version: string, fields: readonly Field[]): Json {
  const json: Json = { attributes: attributesOf(type, record.id, version) };
  for (const field of fields) json[field.name] = renderField(type, record, field);
  return json;
}

export function renderField(type: ObjectType, record: StoredRecord, field: Field): unknown {
  if (field.compound === 'Address' || field.compound === 'Location') return renderCompound(type, record, field);
  return renderValue(field, readValue(record, type, field));
}

function renderCompound(type: ObjectType, record: StoredRecord, compound: Field): Json | null {
  const parts = type.partsOf(compound.name);
  const values = parts.map((part): [string, Value] => [partKey(part), readValue(record, type, part)]);
  return values.every(([, value]) => value === null) ? null : Object.fromEntries(values);
}

function partKey(part: Field): string {
  const name = part.partName!;
  return name.charAt(0).toLowerCase() + name.slice(1);
}

export function renderValue(field: Field, value: Value): Value {
  if (typeof value !== 'number') return value;
  if (field.type === 'datetime') return new Date(value).toISOString().replace('Z', '+0000');
  if (field.type === 'date') return new Date(value).toISOString().slice(0, 10);
  if (field.type === 'time') return new Date(value).toISOString().slice(11);
  return value;
}
