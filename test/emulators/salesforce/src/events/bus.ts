// The event bus: all events of all entities in one sequence with gaps, kept for the retention time. It is shared with
// other tenants, so its head moves on even when this org is quiet; every position that was ever handed out as a
// keepalive is remembered like an event (without an entity) and ages like one.
// A position is valid while it is neither behind the oldest thing kept nor ahead of the head.
import { randomUUID } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';
import type { Database } from '../store/database.ts';
import type { EncodedEvent } from './change-event.ts';

/** An event as it lies on the bus; its payload was encoded at the commit and is never touched again. */
export type BusEvent = { replay: number; eventId: string; schemaId: string; payload: Uint8Array };

const FIRST_REPLAY = 7_340_512;

export class EventBus {
  readonly #database: Database;
  readonly #retentionMs: number;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #insert: StatementSync;
  readonly #select = new Map<number, StatementSync>();
  #head: number;
  #floor: number;
  #heldAt: number | null = null;
  #lastTickAt = 0;

  constructor(database: Database, retentionMs: number, now: () => number) {
    this.#database = database;
    this.#retentionMs = retentionMs;
    this.#now = now;
    this.#head = Number(database.readMeta('bus_head') ?? FIRST_REPLAY);
    this.#floor = Number(database.readMeta('bus_floor') ?? FIRST_REPLAY - 1);
    this.#insert = database.sql.prepare(
      'INSERT INTO events (replay, at, entity, event_id, schema_id, payload) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  /** Adds events; the caller holds the transaction in which their records are written. */
  append(events: EncodedEvent[]): void {
    for (const event of events) {
      this.#insert.run(this.#advance(), event.at, event.entity, randomUUID(), event.schemaId, event.payload);
    }
    this.#database.writeMeta('bus_head', String(this.#head));
  }

  /** Wakes the subscribers; to be called after the commit, never inside it. */
  announce(): void {
    for (const listener of this.#listeners) listener();
  }

  onEvents(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Events of the entities strictly after a position, in order. */
  read(entities: string[], after: number, limit: number): BusEvent[] {
    const rows = this.#selectFor(entities.length).all(after, this.#visibleHead(), ...entities, limit);
    return rows.map((row) => ({
      replay: row['replay'] as number,
      eventId: row['event_id'] as string,
      schemaId: row['schema_id'] as string,
      payload: row['payload'] as Uint8Array,
    }));
  }

  /** Where a subscriber starts that wants only what comes. */
  latest(): number {
    return this.#visibleHead();
  }

  /** Where a subscriber starts that wants everything kept. */
  earliest(): number {
    this.expire();
    return this.#floor;
  }

  isValid(position: number): boolean {
    this.expire();
    return position > this.#floor && position <= this.#head;
  }

  /** The position that a keepalive reports, moved on by the other tenants' traffic. */
  tick(): number {
    if (this.#heldAt !== null) return this.#heldAt;
    const now = this.#now();
    if (now - this.#lastTickAt < 1000) return this.#head;
    this.#lastTickAt = now;
    this.#database.atomically(() => {
      this.#insert.run(this.#advance(), now, '', '', '', new Uint8Array());
      this.#database.writeMeta('bus_head', String(this.#head));
    });
    return this.#head;
  }

  /** Forgets what is older than the retention. */
  expire(retentionMs: number = this.#retentionMs): void {
    const limit = this.#now() - retentionMs;
    const oldest = this.#database.sql.prepare('SELECT at FROM events ORDER BY replay LIMIT 1').get()?.['at'];
    if (oldest === undefined || Number(oldest) > limit) return;
    const select = this.#database.sql.prepare('SELECT max(replay) AS replay FROM events WHERE at <= ? AND replay > ?');
    const last = select.get(limit, this.#floor)?.['replay'] as number | null | undefined;
    if (last === null || last === undefined) return;
    this.#floor = last;
    this.#database.atomically(() => {
      this.#database.sql.prepare('DELETE FROM events WHERE replay <= ?').run(last);
      this.#database.writeMeta('bus_floor', String(last));
    });
  }

  /** While held, subscribers see nothing newer than now: edits can be made concurrent on purpose. */
  hold(): void {
    this.#heldAt ??= this.#head;
  }

  release(): void {
    this.#heldAt = null;
    this.announce();
  }

  status(): { head: number; floor: number; isHeld: boolean } {
    return { head: this.#head, floor: this.#floor, isHeld: this.#heldAt !== null };
  }

  /** The gaps stand for events of other tenants: ids must not be computed. */
  #advance(): number {
    this.#head += 1 + Math.floor(Math.random() * 3);
    return this.#head;
  }

  #visibleHead(): number {
    return this.#heldAt ?? this.#head;
  }

  #selectFor(entityCount: number): StatementSync {
    let statement = this.#select.get(entityCount);
    if (!statement) {
      const marks = Array.from({ length: entityCount }, () => '?').join(', ');
      statement = this.#database.sql.prepare(
        `SELECT * FROM events WHERE replay > ? AND replay <= ? AND entity IN (${marks}) ORDER BY replay LIMIT ?`,
      );
      this.#select.set(entityCount, statement);
    }
    return statement;
  }
}
