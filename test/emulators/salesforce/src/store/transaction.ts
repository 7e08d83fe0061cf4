// One transaction of the org: rows are checked and written one after the other; several writes to the same record
// become one change from its first to its last state. The changes are what the event bus is told at the commit.
// A refused row leaves no trace, because everything is checked before the first write.
import { ApiError } from '../errors.ts';
import type { Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import { checkRequired, checkUnique, readInput } from './input.ts';
import type { Input } from './input.ts';
import { normalize } from './normalize.ts';
import type { StoredRecord } from './record.ts';
import { withValues } from './record.ts';
import type { OrgParts } from './org.ts';

export type ChangeType = 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE';

/** `isSilent` marks what the platform does without telling its bus: purges, and lookups cleared by a parent's deletion. */
export type RecordChange = {
  type: ObjectType;
  id: string;
  changeType: ChangeType;
  before: StoredRecord | undefined;
  after: StoredRecord | undefined;
  isSilent: boolean;
};

/** Who writes: the user shown as last modifier and the origin shown in the event, empty for a person in the browser. */
export type Actor = { userId: string; origin: string };

export type UpsertKey = { field: string; value: unknown; updateOnly?: boolean };

export class Transaction {
  readonly #org: OrgParts;
  readonly #actor: Actor;
  readonly #now: number;
  readonly #changes = new Map<string, RecordChange>();

  constructor(org: OrgParts, actor: Actor, now: number) {
    this.#org = org;
    this.#actor = actor;
    this.#now = now;
  }

  changes(): RecordChange[] {
    return [...this.#changes.values()];
  }

  /** Defaults first, then the caller's values, then the checks, then the org's own automation. */
  create(type: ObjectType, input: Input): string {
    this.#admit(type, null);
    const values: Record<string, Value> = {};
    for (const field of type.fields) if (field.defaultValue !== null) values[field.name] = field.defaultValue;
    if (type.find('OwnerId')) values['OwnerId'] = this.#actor.userId;
    Object.assign(values, readInput(this.#org.store, type, input, 'create'));
    checkRequired(type, values, 'create');
    checkUnique(this.#org.store, type, values, '');
    const id = this.#org.nextId(type);
    const audit = { CreatedDate: this.#now, CreatedById: this.#actor.userId, ...this.#modified() };
    const blank: StoredRecord = { id, isDeleted: false, deletedWith: null, values: {} };
    this.#writeWithTriggers(type, 'CREATE', withValues(blank, { ...values, ...audit }));
    return id;
  }

  /** A write that changes nothing still moves LastModifiedDate and is told as an event. */
  update(type: ObjectType, id: string, input: Input): void {
    const record = this.#live(type, id);
    this.#admit(type, id);
    const changes = readInput(this.#org.store, type, input, 'update');
    checkRequired(type, changes, 'update');
    checkUnique(this.#org.store, type, changes, id);
    this.#writeWithTriggers(type, 'UPDATE', withValues(record, { ...changes, ...this.#modified() }));
  }

  /** By the object's own id only an update is possible; by an external id the record is created when none has it. */
  upsert(type: ObjectType, key: UpsertKey, input: Input): { id: string; created: boolean } {
    const field = type.find(key.field);
    if (!field || !(field.isExternalId || field.type === 'id')) throw noSuchExternalId(key.field);
    if (field.type === 'id') {
      const id = String(normalize(field, key.value) ?? '');
      this.update(type, id, input);
      return { id, created: false };
    }
    const value = normalize(field, key.value);
    if (value === null) throw new ApiError('MISSING_ARGUMENT', `${field.name} not specified`);
    const table = this.#org.store.table(type.name);
    const ids = [...table.findBy(field, value)].filter((id) => !table.get(id)?.isDeleted);
    if (ids.length > 1) throw new MultipleMatchesError(ids);
    if (ids[0] !== undefined) {
      this.update(type, ids[0], input);
      return { id: ids[0], created: false };
    }
    if (key.updateOnly) throw new ApiError('NOT_FOUND', 'The requested resource does not exist', { status: 404 });
    return { id: this.create(type, { ...input, [field.name]: value }), created: true };
  }

  remove(type: ObjectType, id: string): void {
    this.#live(type, id);
    this.#admit(type, id);
    this.#removeTree(type, id, null);
  }

  /** Brings a record back from the recycle bin together with the children that went with it. */
  undelete(type: ObjectType, id: string): void {
    const record = this.#org.store.table(type.name).get(id);
    if (!record) throw new ApiError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', { status: 404 });
    if (!record.isDeleted) throw new ApiError('UNDELETE_FAILED', 'Entity is not in the recycle bin');
    checkUnique(this.#org.store, type, record.values, id);
    this.#write(type, 'UNDELETE', { ...withValues(record, this.#modified()), isDeleted: false, deletedWith: null });
    for (const child of this.#org.referrersOf(type)) {
      if (!child.field.cascadeDelete) continue;
      const table = this.#org.store.table(child.object.name);
      for (const childId of [...table.findBy(child.field, id)]) {
        if (table.get(childId)?.deletedWith === id) this.undelete(child.object, childId);
      }
    }
  }

  /** Removes a record for good; the bus is not told. */
  purge(type: ObjectType, id: string): void {
    this.#set(type, id, undefined, { changeType: 'DELETE', isSilent: true });
  }

  /** Into the recycle bin, children of a cascading lookup with it; each remembers which parent took it along. */
  #removeTree(type: ObjectType, id: string, deletedWith: string | null): void {
    const record = this.#org.store.table(type.name).get(id)!;
    this.#write(type, 'DELETE', { ...withValues(record, this.#modified()), isDeleted: true, deletedWith });
    for (const child of this.#org.referrersOf(type)) {
      const table = this.#org.store.table(child.object.name);
      for (const childId of [...table.findBy(child.field, id)]) {
        const childRecord = table.get(childId)!;
        if (childRecord.isDeleted) continue;
        if (child.field.cascadeDelete) this.#removeTree(child.object, childId, id);
        else this.#clearLookup(child.object, childRecord, child.field.name);
      }
    }
  }

  /** A lookup to a deleted parent is cleared by the platform: only SystemModstamp moves, and no event says so. */
  #clearLookup(type: ObjectType, record: StoredRecord, fieldName: string): void {
    const cleared = withValues(record, { [fieldName]: null, SystemModstamp: this.#now });
    this.#set(type, record.id, cleared, { changeType: 'UPDATE', isSilent: true });
  }

  #modified(): Record<string, Value> {
    return { LastModifiedDate: this.#now, LastModifiedById: this.#actor.userId, SystemModstamp: this.#now };
  }

  #admit(type: ObjectType, id: string | null): void {
    if (type.facts.isReadOnly) {
      throw new ApiError('INSUFFICIENT_ACCESS_OR_READONLY', `insufficient access rights on ${type.name}`, {
        status: 403,
      });
    }
    this.#org.admitRow(type.name, id);
  }

  #live(type: ObjectType, id: string): StoredRecord {
    const record = this.#org.store.table(type.name).get(id);
    if (!record) throw new ApiError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', { status: 404 });
    if (record.isDeleted) throw new ApiError('ENTITY_IS_DELETED', 'entity is deleted', { status: 404 });
    return record;
  }

  /**
   * The vendor's order of execution, as far as it goes here: system validation is done, then before-save flows, before
   * triggers, validation rules, save. Automation sees the record as it would be saved; what it sets is part of the change.
   */
  #writeWithTriggers(type: ObjectType, changeType: ChangeType, record: StoredRecord): void {
    const before = this.#org.store.table(type.name).get(record.id);
    const flown = type.automation.runBeforeSaveFlows(before, record);
    const derived = this.#org.runTriggers(type, before, flown);
    const after = derived ? withValues(flown, derived) : flown;
    type.automation.checkValidationRules(before, after);
    this.#write(type, changeType, after);
  }

  #write(type: ObjectType, changeType: ChangeType, record: StoredRecord): void {
    this.#set(type, record.id, record, { changeType, isSilent: false });
  }

  /** The one place that writes: remembers the state before the transaction and joins changes of the same record. */
  #set(
    type: ObjectType,
    id: string,
    after: StoredRecord | undefined,
    how: Pick<RecordChange, 'changeType' | 'isSilent'>,
  ): void {
    const table = this.#org.store.table(type.name);
    const earlier = this.#changes.get(id);
    const before = earlier ? earlier.before : table.get(id);
    table.put(id, after);
    if (!earlier || earlier.isSilent) this.#changes.set(id, { type, id, before, after, ...how });
    else this.#changes.set(id, { ...earlier, after, changeType: fold(earlier.changeType, how.changeType) });
  }

  /** Takes back everything, newest first. */
  undo(): void {
    for (const change of this.changes().toReversed())
      this.#org.store.table(change.type.name).put(change.id, change.before);
    this.#changes.clear();
  }
}

export class MultipleMatchesError extends Error {
  override name = 'MultipleMatchesError';
  readonly ids: string[];

  constructor(ids: string[]) {
    super('The external id belongs to several records.');
    this.ids = ids;
  }
}

/** The first kind of change stays, except that a deletion at the end is one. */
function fold(first: ChangeType, next: ChangeType): ChangeType {
  return next === 'DELETE' ? 'DELETE' : first;
}

function noSuchExternalId(name: string): ApiError {
  return new ApiError('NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`, {
    status: 404,
  });
}
