// The schemas of all events that the bus may still hold. A schema is kept for good: its id changes when a field is
// added, and older events keep naming the old one.
import type { StatementSync } from 'node:sqlite';
import type { ObjectType } from '../model/object-type.ts';
import type { Database } from '../store/database.ts';
import { buildEventSchema } from './event-schema.ts';
import type { EventSchema } from './event-schema.ts';

export class EventSchemas {
  readonly #current = new Map<string, { fieldCount: number; schema: EventSchema }>();
  readonly #insert: StatementSync;
  readonly #select: StatementSync;

  constructor(database: Database) {
    this.#insert = database.sql.prepare('INSERT OR IGNORE INTO event_schemas (id, entity, body) VALUES (?, ?, ?)');
    this.#select = database.sql.prepare('SELECT body FROM event_schemas WHERE id = ?');
  }

  /** Fields are only ever added, so their number tells whether the schema is still current. */
  currentOf(type: ObjectType): EventSchema {
    const known = this.#current.get(type.name);
    if (known && known.fieldCount === type.fields.length) return known.schema;
    const schema = buildEventSchema(type);
    this.#current.set(type.name, { fieldCount: type.fields.length, schema });
    this.#insert.run(schema.id, schema.entity, schema.json);
    return schema;
  }

  findJson(id: string): string | undefined {
    return this.#select.get(id)?.['body'] as string | undefined;
  }
}
