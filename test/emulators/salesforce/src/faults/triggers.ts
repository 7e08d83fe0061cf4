// Automation of the org, as an administrator might have built it: when a record is saved, other fields of the same
// record are set inside the caller's transaction and under the caller's origin.
import { ApiError } from '../errors.ts';
import type { Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import { readValue } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';

/** A fixed value, or one that is derived from another field of the record. */
type Source = Value | { upperCaseOf: string } | { copyOf: string };
/** Without `ifChanged` it runs at every save. */
export type Trigger = { object: string; ifChanged?: string; set: Record<string, Source> };

export class Triggers {
  #triggers: Trigger[] = [];

  list(): readonly Trigger[] {
    return this.#triggers;
  }

  replaceAll(triggers: Trigger[]): void {
    this.#triggers = triggers;
  }

  run(type: ObjectType, before: StoredRecord | undefined, after: StoredRecord): Record<string, Value> | null {
    const due = this.#triggers.filter((each) => each.object === type.name && isDue(each, before, after));
    if (due.length === 0) return null;
    const derived: Record<string, Value> = {};
    for (const { set } of due) {
      for (const [name, source] of Object.entries(set)) derived[name] = resolve(type, after, source);
    }
    return derived;
  }
}

function isDue(trigger: Trigger, before: StoredRecord | undefined, after: StoredRecord): boolean {
  if (trigger.ifChanged === undefined) return true;
  return before?.values[trigger.ifChanged] !== after.values[trigger.ifChanged];
}

function resolve(type: ObjectType, record: StoredRecord, source: Source): Value {
  if (source === null || typeof source !== 'object') return source;
  const name = 'upperCaseOf' in source ? source.upperCaseOf : source.copyOf;
  const field = type.find(name);
  if (!field) throw new ApiError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `A trigger names the unknown field ${name}.`);
  const value = readValue(record, type, field);
  return 'upperCaseOf' in source && typeof value === 'string' ? value.toUpperCase() : value;
}
