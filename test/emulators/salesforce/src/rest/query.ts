// Queries and their pages. A query's matches are fixed when it is asked; later pages are fetched by a locator, of which
// only so many are kept.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';
import { makeId } from '../ids.ts';
import type { StoredRecord } from '../store/record.ts';
import type { Org } from '../store/org.ts';
import type { QueryResult } from '../soql/run.ts';
import { runQuery } from '../soql/run.ts';
import type { ResolvedPath } from '../soql/paths.ts';
import { header, pathOf, queryOf } from './context.ts';
import type { RestParts } from './context.ts';
import { attributesOf, renderField } from './render.ts';
import type { Json } from './render.ts';

const PAGE_ROWS_MIN = 200;
const PAGE_ROWS_MAX = 2000;
const LOCATORS_MAX = 100;

type Cursor = QueryResult & { pageRows: number };

export function registerQueries(app: FastifyInstance, { org }: RestParts): void {
  const cursors = new Map<string, Cursor>();
  let cursorCount = 0;

  const ask = (request: FastifyRequest, withDeleted: boolean) => {
    const text = queryOf(request)['q'];
    if (!text) throw new ApiError('MALFORMED_QUERY', 'A query string has to be specified');
    const result = runQuery(org, text, withDeleted);
    if (result.isCount) return { totalSize: result.totalSize, done: true, records: [] };
    const cursor = { ...result, pageRows: pageRowsOf(request) };
    const locator = makeId('01g', ++cursorCount);
    if (cursor.ids.length > cursor.pageRows) remember(locator, cursor);
    return page(request, locator, cursor, 0);
  };

  const remember = (locator: string, cursor: Cursor) => {
    cursors.set(locator, cursor);
    if (cursors.size > LOCATORS_MAX) cursors.delete(cursors.keys().next().value!);
  };

  const page = (request: FastifyRequest, locator: string, cursor: Cursor, from: number): Json => {
    const until = from + cursor.pageRows;
    const { version } = pathOf(request);
    const done = until >= cursor.ids.length;
    const records = cursor.ids.slice(from, until).flatMap((id) => {
      const record = org.store.table(cursor.type.name).get(id);
      return record ? [renderRow(org, cursor, record, version)] : [];
    });
    const next = done ? {} : { nextRecordsUrl: `/services/data/${version}/query/${locator}-${until}` };
    return { totalSize: cursor.totalSize, done, ...next, records };
  };

  const more = (request: FastifyRequest) => {
    const [locator = '', from = ''] = pathOf(request).locator.split('-');
    const cursor = cursors.get(locator);
    if (cursor && /^\d+$/.test(from)) return page(request, locator, cursor, Number(from));
    throw new ApiError('INVALID_QUERY_LOCATOR', 'invalid query locator');
  };

  app.get('/query', (request) => ask(request, false));
  app.get('/queryAll', (request) => ask(request, true));
  app.get('/query/:locator', more);
  app.get('/queryAll/:locator', more);
}

function pageRowsOf(request: FastifyRequest): number {
  const wanted = Number(
    /batchSize\s*=\s*(\d+)/i.exec(header(request, 'sforce-query-options') ?? '')?.[1] ?? PAGE_ROWS_MAX,
  );
  return Math.min(PAGE_ROWS_MAX, Math.max(PAGE_ROWS_MIN, wanted));
}

function renderRow(org: Org, { type, fields }: QueryResult, record: StoredRecord, version: string): Json {
  const row: Json = { attributes: attributesOf(type, record.id, version) };
  for (const path of fields) {
    if (path.steps.length === 0) row[path.field.name] = renderField(type, record, path.field);
    else placeParentField(org, row, { record, path, version });
  }
  return row;
}

/** `Account.Name` becomes an object `Account` inside the row, null where the lookup is empty. */
function placeParentField(
  org: Org,
  row: Json,
  { record, path, version }: { record: StoredRecord; path: ResolvedPath; version: string },
): void {
  let target = row;
  let current = record;
  for (const { field } of path.steps) {
    const name = field.relationshipName!;
    const parentTable = org.store.table(field.referenceTo[0]!);
    const parent = parentTable.get(String(current.values[field.name]));
    if (!parent) {
      target[name] = null;
      return;
    }
    target = (target[name] ??= { attributes: attributesOf(parentTable.type, parent.id, version) }) as Json;
    current = parent;
  }
  target[path.field.name] = renderField(path.owner, current, path.field);
}
