// What must survive a crash lies in one SQLite file: records, the event bus with its schemas, sessions, and a few
// numbers. A commit reaches the operating system before the caller is answered, so that killing the process loses
// nothing. Without a data folder the same tables live in memory.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, object TEXT NOT NULL, is_deleted INTEGER NOT NULL, deleted_with TEXT, body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (
    replay INTEGER PRIMARY KEY, at INTEGER NOT NULL, entity TEXT NOT NULL,
    event_id TEXT NOT NULL, schema_id TEXT NOT NULL, payload BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS event_schemas (id TEXT PRIMARY KEY, entity TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (
    token TEXT PRIMARY KEY, user_id TEXT NOT NULL, client_id TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export type Database = {
  sql: DatabaseSync;
  /** Runs the work in one transaction: all of it becomes durable, or nothing. */
  atomically<Result>(work: () => Result): Result;
  readMeta(name: string): string | undefined;
  writeMeta(name: string, value: string): void;
  close(): void;
};

export function openDatabase(dataDirectory: string | null): Database {
  if (dataDirectory) mkdirSync(dataDirectory, { recursive: true });
  const sql = new DatabaseSync(dataDirectory ? join(dataDirectory, 'org.sqlite') : ':memory:');
  sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  sql.exec(TABLES);
  const select = sql.prepare('SELECT value FROM meta WHERE name = ?');
  const replace = sql.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  return {
    sql,
    atomically(work) {
      sql.exec('BEGIN');
      try {
        const result = work();
        sql.exec('COMMIT');
        return result;
      } catch (error) {
        sql.exec('ROLLBACK');
        throw error;
      }
    },
    readMeta: (name) => select.get(name)?.['value'] as string | undefined,
    writeMeta: (name, value) => void replace.run(name, value),
    close: () => sql.close(),
  };
}
