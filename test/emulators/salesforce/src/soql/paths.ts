// Field paths of a query: `Name`, or through lookups `Account.Owner.Name`, as functions from a record to a value.
import { noSuchColumn } from '../errors.ts';
import type { Field, Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import type { RecordStore } from '../store/record-store.ts';
import { readValue } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';

export type ResolvedPath = {
  /** Lookups to follow, with the object that each leads to. */
  steps: { field: Field; type: ObjectType }[];
  owner: ObjectType;
  field: Field;
  read: (record: StoredRecord) => Value;
};

export function resolvePath(store: RecordStore, root: ObjectType, path: string): ResolvedPath {
  const names = path.split('.');
  if (names.length > 1 && names[0]!.toLowerCase() === root.name.toLowerCase() && !root.findByRelationship(names[0]!)) {
    names.shift();
  }
  const steps: ResolvedPath['steps'] = [];
  let owner = root;
  for (const name of names.slice(0, -1)) {
    const lookup = owner.findByRelationship(name);
    if (!lookup) throw noSuchColumn(name, owner.name);
    steps.push({ field: lookup, type: owner });
    owner = store.table(lookup.referenceTo[0]!).type;
  }
  const field = owner.find(names.at(-1)!);
  if (!field) throw noSuchColumn(names.at(-1)!, owner.name);
  const target = owner;
  const read = (record: StoredRecord): Value => {
    const end = follow(store, steps, record);
    return end ? readValue(end, target, field) : null;
  };
  return { steps, owner, field, read };
}

function follow(store: RecordStore, steps: ResolvedPath['steps'], record: StoredRecord): StoredRecord | undefined {
  let current: StoredRecord | undefined = record;
  for (const { field, type } of steps) {
    const id: Value = current ? readValue(current, type, field) : null;
    current = id === null ? undefined : store.table(field.referenceTo[0]!).get(String(id));
  }
  return current;
}
