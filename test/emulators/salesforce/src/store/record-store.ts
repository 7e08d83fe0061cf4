// The records of all objects: in memory for reading, in the database for surviving.
import type { StatementSync } from 'node:sqlite';
import type { Catalogue } from '../model/catalogue.ts';
import type { Database } from './database.ts';
import type { StoredRecord } from './record.ts';
import { RecordTable } from './record-table.ts';

export class RecordStore {
  readonly #catalogue: Catalogue;
  readonly #tables = new Map<string, RecordTable>();
  readonly #replace: StatementSync;
  readonly #delete: StatementSync;

  constructor(catalogue: Catalogue, database: Database) {
    this.#catalogue = catalogue;
    this.#replace = database.sql.prepare(
      'INSERT OR REPLACE INTO records (id, object, is_deleted, deleted_with, body) VALUES (?, ?, ?, ?, ?)',
    );
    this.#delete = database.sql.prepare('DELETE FROM records WHERE id = ?');
    this.#load(database);
  }

  table(object: string): RecordTable {
    let table = this.#tables.get(object);
    if (!table) {
      const type = this.#catalogue.find(object);
      if (!type) throw new Error(`There is no object ${object}.`);
      this.#tables.set(object, (table = new RecordTable(type)));
    }
    return table;
  }

  /** Makes the present state of a record durable. */
  save(object: string, id: string): void {
    const record = this.table(object).get(id);
    if (!record) this.#delete.run(id);
    else this.#replace.run(id, object, record.isDeleted ? 1 : 0, record.deletedWith, JSON.stringify(record.values));
  }

  /** Records of objects that are no longer defined stay in the file untouched. */
  #load(database: Database): void {
    for (const row of database.sql.prepare('SELECT * FROM records').iterate()) {
      const object = row['object'] as string;
      if (!this.#catalogue.find(object)) continue;
      const id = row['id'] as string;
      const record: StoredRecord = {
        id,
        isDeleted: row['is_deleted'] === 1,
        deletedWith: row['deleted_with'] as string | null,
        values: JSON.parse(row['body'] as string),
      };
      this.table(object).put(id, record);
    }
  }
}
