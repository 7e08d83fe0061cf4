// All records of one object in memory, with indexes over external ids and references. Deleted records stay in the
// table and in the indexes until they are purged; whoever looks up decides whether they count.
import type { Field, Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import type { StoredRecord } from './record.ts';

const NONE: ReadonlySet<string> = new Set();

export class RecordTable {
  readonly type: ObjectType;
  readonly #records = new Map<string, StoredRecord>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  constructor(type: ObjectType) {
    this.type = type;
  }

  get(id: string): StoredRecord | undefined {
    return this.#records.get(id);
  }

  all(): IterableIterator<StoredRecord> {
    return this.#records.values();
  }

  get size(): number {
    return this.#records.size;
  }

  /** Sets or, given undefined, forgets the record under an id, and keeps the indexes in step. */
  put(id: string, record: StoredRecord | undefined): void {
    const previous = this.#records.get(id);
    for (const field of this.type.fields) {
      if (!isIndexed(field)) continue;
      const before = previous?.values[field.name];
      const after = record?.values[field.name];
      if (before === after) continue;
      const index = this.#indexOf(field);
      if (before !== undefined) removeEntry(index, indexKey(field, before), id);
      if (after !== undefined) addEntry(index, indexKey(field, after), id);
    }
    if (record) this.#records.set(id, record);
    else this.#records.delete(id);
  }

  /** Ids of the records, deleted ones included, whose indexed field has the value. */
  findBy(field: Field, value: Value): ReadonlySet<string> {
    if (value === null) return NONE;
    return this.#indexOf(field).get(indexKey(field, value)) ?? NONE;
  }

  /** The index of a field that became known after records existed is empty, which is right: no record has a value yet. */
  #indexOf(field: Field): Map<string, Set<string>> {
    let index = this.#indexes.get(field.name);
    if (!index) this.#indexes.set(field.name, (index = new Map()));
    return index;
  }
}

/** Lookups to users are left out: nobody asks for them, and one user owns most records. */
export function isIndexed(field: Field): boolean {
  return field.isUnique || field.isExternalId || (field.type === 'reference' && !field.referenceTo.includes('User'));
}

/** Unique text is compared without regard to case unless the field says otherwise. */
function indexKey(field: Field, value: Value): string {
  const text = String(value);
  return field.isCaseSensitive || field.type === 'reference' ? text : text.toLowerCase();
}

function addEntry(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids) ids.add(id);
  else index.set(key, new Set([id]));
}

function removeEntry(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids?.delete(id) && ids.size === 0) index.delete(key);
}
