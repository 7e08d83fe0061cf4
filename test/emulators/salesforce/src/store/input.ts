// From the body of a request to the values of a record: names are resolved, values normalized, parents may be named by
// an external id, and what the caller may not write is refused.
import { ApiError, noSuchColumn } from '../errors.ts';
import type { Field, Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import { normalize } from './normalize.ts';
import type { RecordStore } from './record-store.ts';

export type Input = Record<string, unknown>;
export type Purpose = 'create' | 'update';

/** Values to write, by field. Everything a caller may not write is named in one refusal, as the vendor does. */
export function readInput(store: RecordStore, type: ObjectType, input: Input, purpose: Purpose): Record<string, Value> {
  const changes: Record<string, Value> = {};
  const refused: string[] = [];
  for (const [name, raw] of Object.entries(input)) {
    if (name === 'attributes') continue;
    const relation = isObject(raw) ? type.findByRelationship(name) : undefined;
    const field = relation ?? type.find(name);
    if (!field) throw noSuchColumn(name, type.name);
    if (purpose === 'create' ? !field.isCreateable : !field.isUpdateable) refused.push(field.name);
    else if (relation) changes[field.name] = findParent(store, relation, raw as Input);
    else changes[field.name] = normalize(field, raw);
  }
  if (refused.length > 0) throw notWriteable(refused);
  for (const [name, value] of Object.entries(changes)) checkReference(store, type.find(name)!, value);
  return changes;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{ Account: { Sync_Id__c: 'x' } }` stands for the id of the living account with that external id. */
function findParent(store: RecordStore, relation: Field, key: Input): Value {
  const parent = store.table(relation.referenceTo[0]!);
  const [name, raw] = Object.entries(key).find(([each]) => each !== 'attributes') ?? [];
  const field = name === undefined ? undefined : parent.type.find(name);
  if (!field?.isExternalId) throw noSuchColumn(String(name), parent.type.name);
  const ids = parent.findBy(field, normalize(field, raw));
  const id = [...ids].find((each) => !parent.get(each)?.isDeleted);
  if (id) return id;
  throw new ApiError(
    'INVALID_FIELD',
    `Foreign key external ID: ${String(raw)} not found for field ${field.name} in entity ${parent.type.name}`,
  );
}

/** A lookup must lead to a living record of one of the objects that it may point at. */
function checkReference(store: RecordStore, field: Field, value: Value): void {
  if (field.type !== 'reference' || value === null) return;
  const isKnown = field.referenceTo.some((object) => {
    const target = store.table(object).get(String(value));
    return target !== undefined && !target.isDeleted;
  });
  if (isKnown) return;
  throw new ApiError('INVALID_CROSS_REFERENCE_KEY', `${field.label}: invalid cross reference id`, {
    fields: [field.name],
  });
}

function notWriteable(names: string[]): ApiError {
  return new ApiError(
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    `Unable to create/update fields: ${names.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
    { fields: names },
  );
}

/** Refuses nulls where the object demands a value; on create everything is looked at, on update only what is written. */
export function checkRequired(type: ObjectType, values: Record<string, Value>, purpose: Purpose): void {
  const missing = type.fields.filter((field) => {
    if (field.isNillable || !field.isCreateable || field.type === 'boolean') return false;
    return purpose === 'create' ? (values[field.name] ?? null) === null : values[field.name] === null;
  });
  if (missing.length === 0) return;
  const names = missing.map((field) => field.name);
  throw new ApiError('REQUIRED_FIELD_MISSING', `Required fields are missing: [${names.join(', ')}]`, { fields: names });
}

/** Records in the recycle bin do not occupy a unique value; an undelete must find it free again. */
export function checkUnique(
  store: RecordStore,
  type: ObjectType,
  values: Readonly<Record<string, Value>>,
  ownId: string,
): void {
  const table = store.table(type.name);
  for (const field of type.fields) {
    const value = values[field.name];
    if (!field.isUnique || value === undefined || value === null) continue;
    const other = [...table.findBy(field, value)].find((id) => id !== ownId && !table.get(id)?.isDeleted);
    if (other === undefined) continue;
    throw new ApiError(
      'DUPLICATE_VALUE',
      `duplicate value found: ${field.name} duplicates value on record with id: ${other}`,
    );
  }
}
