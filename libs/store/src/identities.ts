/**
 * Which record a native id stands for. Identities are only ever added: two processes that meet a new record at the same
 * moment both try to insert, one row wins, and both read the winner's record id back.
 */
import { randomUUIDv7 } from 'node:crypto';
import type { NativeReference } from '@concord/connector-kit';
import { recordIdFrom } from '@concord/contracts';
import type { Database } from './database.ts';

/** One record as a source knows it, with every hint on who it is. */
export type IdentityRequest = NativeReference & {
  readonly entity: string;
  readonly recordId: string | null;
  readonly links: readonly NativeReference[];
};

/** At most `limit` ids greater than `after` and, unless it is null, not greater than `upTo`. */
export type NativeIdRange = {
  readonly system: string;
  readonly entity: string;
  readonly after: string;
  readonly upTo: string | null;
  readonly limit: number;
};

type Reference = NativeReference & { readonly entity: string };
type IdentityRow = { system: string; native_id: string; entity: string; record_id: string };

const LOOK_UP = `SELECT i.system, i.native_id, i.entity, i.record_id
  FROM unnest($1::text[], $2::text[], $3::text[]) AS r(system, native_id, entity) JOIN identity i USING (system, native_id, entity)`;
const INSERT = `INSERT INTO identity (system, native_id, entity, record_id)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) ON CONFLICT DO NOTHING
  RETURNING system, native_id, entity, record_id`;

export class Identities {
  readonly #database: Database;
  readonly #cache = new Map<string, string>();
  readonly #cacheEntriesMax: number;

  constructor(database: Database, cacheEntriesMax: number) {
    this.#database = database;
    this.#cacheEntriesMax = cacheEntriesMax;
  }

  /** Record ids of the requests, in their order. New records get one. No statement at all when everything is cached. */
  async resolve(requests: readonly IdentityRequest[]): Promise<string[]> {
    const unknown = requests.filter((request) => !this.#known(request));
    if (unknown.length > 0) {
      await this.#load(unknown.flatMap((request) => [referenceOf(request), ...linksOf(request)]));
      // Links first: if the linked system's own ingester inserts the same id at this moment, one of the two rows wins, and
      // what is inserted next must follow the winner.
      await this.#insert(
        this.#propose(
          unknown.filter((request) => request.links.length > 0),
          linksOf,
        ),
      );
      await this.#insert(this.#propose(unknown, (request) => [referenceOf(request)]));
    }
    const recordIds = requests.map((request) => this.#cache.get(keyOf(request)) as string);
    this.#trim();
    return recordIds;
  }

  /** The entities to which native ids of one system are known to belong. */
  async entitiesOf(system: string, nativeIds: readonly string[]): Promise<Map<string, string[]>> {
    const rows = await this.#database.query<IdentityRow>(
      'SELECT native_id, entity FROM identity WHERE system = $1 AND native_id = ANY($2)',
      [system, nativeIds],
      'identity_entities',
    );
    const entities = new Map<string, string[]>();
    for (const row of rows) entities.set(row.native_id, [...(entities.get(row.native_id) ?? []), row.entity]);
    return entities;
  }

  /** Known native ids of an entity in byte order, for comparing with what a system still holds. */
  async nativeIdsBetween(range: NativeIdRange): Promise<string[]> {
    const { system, entity, after, upTo, limit } = range;
    const rows = await this.#database.query<IdentityRow>(
      `SELECT native_id FROM identity WHERE system = $1 AND entity = $2 AND native_id > $3 AND ($4::text IS NULL OR native_id <= $4)
       ORDER BY native_id LIMIT $5`,
      [system, entity, after, upTo, limit],
    );
    return rows.map((row) => row.native_id);
  }

  /** Every native id of a record. */
  async ofRecord(recordId: string): Promise<NativeReference[]> {
    const rows = await this.#database.query<IdentityRow>(
      'SELECT system, native_id FROM identity WHERE record_id = $1 ORDER BY 1, 2',
      [recordId],
    );
    return rows.map((row) => ({ system: row.system, nativeId: row.native_id }));
  }

  /** Records that any system knows by this native id. */
  async find(entity: string, nativeId: string): Promise<string[]> {
    const rows = await this.#database.query<IdentityRow>(
      'SELECT DISTINCT record_id FROM identity WHERE entity = $1 AND native_id = $2',
      [entity, nativeId],
    );
    return rows.map((row) => row.record_id);
  }

  #known(request: IdentityRequest): boolean {
    return this.#cache.has(keyOf(request)) && linksOf(request).every((link) => this.#cache.has(keyOf(link)));
  }

  async #load(references: readonly Reference[]): Promise<void> {
    const missing = references.filter((reference) => !this.#cache.has(keyOf(reference)));
    if (missing.length === 0) return;
    const values = [missing.map((r) => r.system), missing.map((r) => r.nativeId), missing.map((r) => r.entity)];
    this.#remember(await this.#database.query<IdentityRow>(LOOK_UP, values, 'identity_look_up'));
  }

  #remember(rows: readonly IdentityRow[]): void {
    for (const { system, native_id: nativeId, entity, record_id: recordId } of rows)
      this.#cache.set(keyOf({ system, nativeId, entity }), recordId);
  }

  async #insert(rows: readonly IdentityRow[]): Promise<void> {
    if (rows.length === 0) return;
    this.#remember(await this.#database.query<IdentityRow>(INSERT, columnsOf(rows), 'identity_insert'));
    // Only rows that another process was quicker to insert are still unknown.
    await this.#load(rows.map(({ system, native_id: nativeId, entity }) => ({ system, nativeId, entity })));
  }

  /** Rows to insert for some references of each request: a record is, in this order, what its id says, its token, a link, or new. */
  #propose(
    requests: readonly IdentityRequest[],
    referencesOf: (request: IdentityRequest) => Reference[],
  ): IdentityRow[] {
    const proposed = new Map<string, IdentityRow>();
    const recordOf = (reference: Reference): string | undefined =>
      this.#cache.get(keyOf(reference)) ?? proposed.get(keyOf(reference))?.record_id;
    for (const request of requests) {
      const recordId =
        recordOf(referenceOf(request)) ??
        tokenOf(request) ??
        linksOf(request)
          .map(recordOf)
          .find((id) => id !== undefined) ??
        randomUUIDv7();
      for (const reference of referencesOf(request)) {
        if (recordOf(reference) !== undefined) continue;
        const { system, nativeId, entity } = reference;
        proposed.set(keyOf(reference), { system, native_id: nativeId, entity, record_id: recordId });
      }
    }
    return [...proposed.values()];
  }

  /** Oldest entries leave first; a Map keeps them in the order of insertion. */
  #trim(): void {
    for (const key of this.#cache.keys()) {
      if (this.#cache.size <= this.#cacheEntriesMax) return;
      this.#cache.delete(key);
    }
  }
}

function referenceOf({ system, nativeId, entity }: IdentityRequest): Reference {
  return { system, nativeId, entity };
}

function linksOf(request: IdentityRequest): Reference[] {
  return request.links.map((link) => ({ ...link, entity: request.entity }));
}

function tokenOf({ recordId }: IdentityRequest): string | undefined {
  return recordIdFrom(recordId) ?? undefined;
}

function keyOf(reference: Reference): string {
  return `${reference.system}\u0000${reference.entity}\u0000${reference.nativeId}`;
}

function columnsOf(rows: readonly IdentityRow[]): unknown[] {
  return [
    rows.map((r) => r.system),
    rows.map((r) => r.native_id),
    rows.map((r) => r.entity),
    rows.map((r) => r.record_id),
  ];
}
