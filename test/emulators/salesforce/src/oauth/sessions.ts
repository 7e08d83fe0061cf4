// Access tokens. A session lives as long as it is used and dies a while after its last use; the answer of the token
// endpoint does not say when.
import { randomBytes } from 'node:crypto';
import type { Database } from '../store/database.ts';

export type Session = { userId: string; clientId: string };
type LiveSession = Session & { expiresAt: number; savedUntil: number };

export class Sessions {
  readonly #database: Database;
  readonly #organizationId: string;
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  readonly #live = new Map<string, LiveSession>();

  constructor(database: Database, settings: { organizationId: string; lifetimeMs: number; now: () => number }) {
    this.#database = database;
    this.#organizationId = settings.organizationId;
    this.#lifetimeMs = settings.lifetimeMs;
    this.#now = settings.now;
    for (const row of database.sql.prepare('SELECT * FROM sessions').all()) {
      const expiresAt = row['expires_at'] as number;
      const session = { userId: row['user_id'] as string, clientId: row['client_id'] as string };
      this.#live.set(row['token'] as string, { ...session, expiresAt, savedUntil: expiresAt });
    }
  }

  /** Tokens look like the vendor's: the org's id, an exclamation mark, then what cannot be guessed. */
  issue(session: Session): string {
    this.#prune();
    const token = `${this.#organizationId.slice(0, 15)}!${randomBytes(48).toString('base64url')}`;
    const expiresAt = this.#now() + this.#lifetimeMs;
    this.#live.set(token, { ...session, expiresAt, savedUntil: expiresAt });
    this.#save(token);
    return token;
  }

  /** The session of a token that is still good; using it prolongs it. */
  use(token: string): Session | undefined {
    const session = this.#live.get(token);
    if (!session) return undefined;
    const now = this.#now();
    if (session.expiresAt <= now) {
      this.#forget(token);
      return undefined;
    }
    session.expiresAt = now + this.#lifetimeMs;
    if (session.expiresAt - session.savedUntil > this.#lifetimeMs / 4) this.#save(token);
    return session;
  }

  expireAll(): void {
    for (const token of [...this.#live.keys()]) this.#forget(token);
  }

  get count(): number {
    return this.#live.size;
  }

  /** Every new session clears away the dead ones, which bounds their number by their lifetime. */
  #prune(): void {
    const now = this.#now();
    for (const [token, session] of [...this.#live]) if (session.expiresAt <= now) this.#forget(token);
  }

  #save(token: string): void {
    const session = this.#live.get(token)!;
    session.savedUntil = session.expiresAt;
    this.#database.sql
      .prepare('INSERT OR REPLACE INTO sessions (token, user_id, client_id, expires_at) VALUES (?, ?, ?, ?)')
      .run(token, session.userId, session.clientId, session.expiresAt);
  }

  #forget(token: string): void {
    this.#live.delete(token);
    this.#database.sql.prepare('DELETE FROM sessions WHERE token = ?').run(token);
  }
}
