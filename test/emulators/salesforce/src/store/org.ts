// The org: runs transactions over the records, makes each durable together with its events, and then wakes those who
// listen to the bus. Everything is synchronous, so transactions never interleave.
import type { EventBus } from '../events/bus.ts';
import { eventsOf } from '../events/change-event.ts';
import type { EventSchemas } from '../events/event-schemas.ts';
import { makeId } from '../ids.ts';
import type { Catalogue, Referrer } from '../model/catalogue.ts';
import type { Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import type { Database } from './database.ts';
import type { StoredRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';
import { Transaction } from './transaction.ts';
import type { Actor } from './transaction.ts';

/** What a transaction needs of its org. */
export type OrgParts = {
  store: RecordStore;
  nextId(type: ObjectType): string;
  referrersOf(type: ObjectType): Referrer[];
  /** Throws when a fault wants this row refused. */
  admitRow(object: string, id: string | null): void;
  runTriggers(type: ObjectType, before: StoredRecord | undefined, after: StoredRecord): Record<string, Value> | null;
};

type OrgHooks = Pick<OrgParts, 'admitRow' | 'runTriggers'> & { now: () => number };

export type OrgDependencies = {
  catalogue: Catalogue;
  database: Database;
  store: RecordStore;
  schemas: EventSchemas;
  bus: EventBus;
  hooks: OrgHooks;
};

export class Org {
  readonly catalogue: Catalogue;
  readonly store: RecordStore;
  readonly bus: EventBus;
  readonly schemas: EventSchemas;
  readonly now: () => number;
  readonly #database: Database;
  readonly #parts: OrgParts;
  #idSequence: number;
  #commitNumber: bigint;

  constructor(dependencies: OrgDependencies) {
    const { catalogue, database, store, schemas, bus, hooks } = dependencies;
    this.catalogue = catalogue;
    this.store = store;
    this.bus = bus;
    this.schemas = schemas;
    this.now = hooks.now;
    this.#database = database;
    this.#idSequence = Number(database.readMeta('id_sequence') ?? 0);
    this.#commitNumber = BigInt(database.readMeta('commit_number') ?? '1652977933433528300');
    this.#parts = {
      store,
      nextId: (type) => makeId(type.facts.keyPrefix, ++this.#idSequence),
      referrersOf: (type) => catalogue.referrersOf(type.name),
      admitRow: hooks.admitRow,
      runTriggers: hooks.runTriggers,
    };
  }

  /** Runs the work as one transaction. When it throws, nothing has happened. */
  transact<Result>(actor: Actor, work: (transaction: Transaction) => Result): Result {
    const now = Math.floor(this.now() / 1000) * 1000;
    const transaction = new Transaction(this.#parts, actor, now);
    try {
      const result = work(transaction);
      this.#commit(transaction, actor, now);
      return result;
    } catch (error) {
      transaction.undo();
      throw error;
    }
  }

  /** Records and events become durable together; memory was changed before, so a failing database takes it back. */
  #commit(transaction: Transaction, actor: Actor, now: number): void {
    const changes = transaction.changes();
    if (changes.length === 0) return;
    this.#commitNumber += 1n + BigInt(Math.floor(Math.random() * 40));
    const commit = { actor, timestamp: now, commitNumber: this.#commitNumber };
    const events = eventsOf(changes, commit, this.schemas);
    this.#database.atomically(() => {
      for (const change of changes) this.store.save(change.type.name, change.id);
      this.#database.writeMeta('id_sequence', String(this.#idSequence));
      this.#database.writeMeta('commit_number', String(this.#commitNumber));
      this.bus.append(events);
    });
    this.bus.announce();
  }
}
