/** The REST calls that Concord makes, typed. Row calls answer per row; whole-call failures are thrown. */
import { ConnectorError } from '@concord/connector-kit';
import { parseDescription, type ObjectDescription } from '../describe/describe.ts';
import type { HttpCall, HttpReply } from './http.ts';

export type Row = Readonly<Record<string, unknown>>;

export type RowError = { readonly code: string; readonly message: string; readonly fields: readonly string[] };

export type RowResult = {
  readonly id: string | null;
  readonly success: boolean;
  readonly errors: readonly RowError[];
};

export type QueryResult = {
  readonly rows: readonly Row[];
  /** All rows are as of this moment or later, by the server's clock. */
  readonly asOf: number;
  /** What is not among the rows was not there at this moment or before. */
  readonly answeredAt: number;
};

export interface HttpCaller {
  call(call: HttpCall): Promise<HttpReply>;
}

/** The API's own limit for one collections call. */
export const ROWS_PER_CALL_MAX = 200;

/** The API's own limit for reading rows by id. */
export const ROWS_PER_READ_MAX = 2000;

/** A page of a query has at most this many rows; what is asked for beyond a page is bounded by LIMIT in the query itself. */
const PAGES_MAX = 10_000;

export class SalesforceRest {
  readonly #http: HttpCaller;

  constructor(http: HttpCaller) {
    this.#http = http;
  }

  /** `includeDeleted` reads the recycle bin and archived rows as well. */
  async query(soql: string, { includeDeleted = false } = {}): Promise<QueryResult> {
    const kind = includeDeleted ? 'queryAll' : 'query';
    const rows: Row[] = [];
    let path: string | undefined = `/${kind}?q=${encodeURIComponent(soql)}`;
    let moments = { asOf: 0, answeredAt: 0 };
    for (let page = 0; path !== undefined && page < PAGES_MAX; page += 1) {
      const reply = await this.#http.call({ method: 'GET', path, kind, what: kind });
      const body = reply.body as { records?: Row[]; nextRecordsUrl?: string };
      if (!Array.isArray(body?.records)) throw malformed(kind);
      // Later pages may come from a cursor that was filled by the first call.
      if (page === 0) moments = { asOf: reply.asOf, answeredAt: reply.answeredAt };
      for (const row of body.records) rows.push(row);
      path = body.nextRecordsUrl;
    }
    return { rows, ...moments };
  }

  /** Rows by id, in the order of the ids; null for one that is deleted or was never there. */
  async readRows(object: string, ids: readonly string[], fields: readonly string[]): Promise<(Row | null)[]> {
    const what = 'read rows';
    const path = `/composite/sobjects/${object}`;
    const { body } = await this.#http.call({ method: 'POST', path, kind: 'read', what, body: { ids, fields } });
    if (!Array.isArray(body) || body.length !== ids.length) throw malformed(what);
    return body as (Row | null)[];
  }

  async upsertRows(object: string, keyField: string, rows: readonly Row[]): Promise<RowResult[]> {
    return await this.#collection('PATCH', `/composite/sobjects/${object}/${keyField}`, withType(object, rows));
  }

  async updateRows(object: string, rows: readonly Row[]): Promise<RowResult[]> {
    return await this.#collection('PATCH', '/composite/sobjects', withType(object, rows));
  }

  async deleteRows(ids: readonly string[]): Promise<RowResult[]> {
    const path = `/composite/sobjects?ids=${ids.join(',')}&allOrNone=false`;
    const reply = await this.#http.call({ method: 'DELETE', path, kind: 'delete', what: 'delete rows' });
    return parseResults('delete rows', reply.body, ids.length);
  }

  async describe(object: string): Promise<ObjectDescription> {
    const path = `/sobjects/${encodeURIComponent(object)}/describe`;
    const reply = await this.#http.call({ method: 'GET', path, kind: 'describe', what: `describe ${object}` });
    return parseDescription(reply.body);
  }

  async #collection(method: 'PATCH', path: string, records: readonly Row[]): Promise<RowResult[]> {
    const what = 'write rows';
    const reply = await this.#http.call({ method, path, kind: 'write', what, body: { allOrNone: false, records } });
    return parseResults(what, reply.body, records.length);
  }
}

function withType(object: string, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ attributes: { type: object }, ...row }));
}

type RowErrorJson = { readonly statusCode?: string; readonly message?: string; readonly fields?: string[] };

function parseResults(what: string, body: unknown, count: number): RowResult[] {
  if (!Array.isArray(body) || body.length !== count) throw malformed(what);
  return body.map((result: { id?: string | null; success?: boolean; errors?: RowErrorJson[] }) => ({
    id: result.id ?? null,
    success: result.success === true,
    errors: (result.errors ?? []).map((error) => ({
      code: error.statusCode ?? 'UNKNOWN_EXCEPTION',
      message: error.message ?? '',
      fields: error.fields ?? [],
    })),
  }));
}

/** The call may have had its effect, so this is an answer lost rather than a refusal. */
function malformed(what: string): ConnectorError {
  return new ConnectorError({
    code: 'salesforce.malformed_answer',
    reaction: 'retry',
    message: `${what}: the answer is not of the documented shape`,
    hint: 'Check that the instance URL leads to Salesforce and not to a proxy or login page.',
  });
}
