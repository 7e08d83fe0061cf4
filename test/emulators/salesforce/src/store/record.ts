import type { Field, Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';

/**
 * A record as stored. `values` holds only what is not null, dates and times as milliseconds; a record is never changed
 * in place, so that an older state can be kept by reference. `deletedWith` names the parent whose deletion took it along.
 */
export type StoredRecord = {
  id: string;
  isDeleted: boolean;
  deletedWith: string | null;
  values: Readonly<Record<string, Value>>;
};

export function readValue(record: StoredRecord, type: ObjectType, field: Field): Value {
  if (field.name === 'Id') return record.id;
  if (field.name === 'IsDeleted') return record.isDeleted;
  if (field.compound === 'PersonName') return personName(record, type.partsOf(field.name));
  return record.values[field.name] ?? (field.type === 'boolean' ? false : null);
}

function personName(record: StoredRecord, parts: Field[]): string {
  const names = parts.filter((each) => each.partName !== 'Salutation').map((each) => record.values[each.name]);
  return names.filter((each) => each !== undefined && each !== null).join(' ');
}

export function withValues(record: StoredRecord, changes: Record<string, Value>): StoredRecord {
  const values: Record<string, Value> = { ...record.values };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete values[name];
    else values[name] = value;
  }
  return { ...record, values };
}
