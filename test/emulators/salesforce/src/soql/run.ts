// Runs a query over the records and tells the ids that match, in order; which fields were asked for is resolved once.
import { ApiError } from '../errors.ts';
import type { Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import type { Org } from '../store/org.ts';
import { isIndexed } from '../store/record-table.ts';
import type { RecordTable } from '../store/record-table.ts';
import type { StoredRecord } from '../store/record.ts';
import { findKey, toPredicate } from './conditions.ts';
import type { Resolve } from './conditions.ts';
import { parseQuery } from './parser.ts';
import type { Ordering, Query } from './parser.ts';
import { resolvePath } from './paths.ts';
import type { ResolvedPath } from './paths.ts';

const OFFSET_MAX = 2000;

export type QueryResult = {
  type: ObjectType;
  isCount: boolean;
  fields: ResolvedPath[];
  ids: string[];
  totalSize: number;
};

export function runQuery(org: Org, text: string, withDeleted: boolean): QueryResult {
  const query = parseQuery(text);
  const type = org.catalogue.find(query.object);
  if (!type) throw new ApiError('INVALID_TYPE', `sObject type '${query.object}' is not supported.`);
  const resolve: Resolve = (path) => resolvePath(org.store, type, path);
  if (query.offset > OFFSET_MAX) {
    throw new ApiError('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${OFFSET_MAX}`);
  }
  const fields = query.isCount ? [] : expandFields(query, type).map(resolve);
  const table = org.store.table(type.name);
  const matches = findMatches(org, query, { table, resolve, withDeleted });
  sort(matches, query.orderBy, resolve);
  const end = query.limit === null ? matches.length : query.offset + query.limit;
  const ids = matches.slice(query.offset, end).map((record) => record.id);
  return { type, isCount: query.isCount, fields, ids, totalSize: ids.length };
}

type Scan = { table: RecordTable; resolve: Resolve; withDeleted: boolean };

function findMatches(org: Org, query: Query, { table, resolve, withDeleted }: Scan): StoredRecord[] {
  const matches: StoredRecord[] = [];
  const predicate = query.where ? toPredicate(query.where, resolve, org.now()) : () => true;
  for (const record of candidates(table, query, resolve)) {
    if ((withDeleted || !record.isDeleted) && predicate(record)) matches.push(record);
  }
  return matches;
}

/** Looks at indexed matches only where the conditions allow it, else at all records. */
function candidates(table: RecordTable, query: Query, resolve: Resolve): Iterable<StoredRecord> {
  const key = findKey(query.where, resolve);
  if (!key || !(key.field.type === 'id' || isIndexed(key.field))) return table.all();
  const ids = new Set<string>();
  for (const value of key.values) {
    if (key.field.type === 'id') ids.add(String(value));
    else for (const id of table.findBy(key.field, value)) ids.add(id);
  }
  return [...ids].map((id) => table.get(id)).filter((record) => record !== undefined);
}

/** FIELDS(ALL), FIELDS(STANDARD) and FIELDS(CUSTOM) stand for lists, for at most two hundred records. */
function expandFields(query: Query, type: ObjectType): string[] {
  return query.fields.flatMap((name) => {
    const group = /^FIELDS\((\w+)\)$/.exec(name)?.[1];
    if (!group) return [name];
    if (query.limit === null || query.limit > 200) {
      throw new ApiError('MALFORMED_QUERY', `The SOQL FIELDS function must have a LIMIT of at most 200`);
    }
    return type.fields
      .filter((field) => group === 'ALL' || field.isCustom === (group === 'CUSTOM'))
      .map((field) => field.name);
  });
}

function sort(records: StoredRecord[], orderBy: Ordering[], resolve: Resolve): void {
  const orderings = orderBy.map((each) => ({ ...each, read: resolve(each.path).read }));
  if (orderings.length === 0) return;
  records.sort((left, right) => {
    for (const { read, isDescending, nullsLast } of orderings) {
      const difference = compareValues(read(left), read(right), { isDescending, nullsLast });
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** Without a word on nulls they come first, whatever the direction. */
function compareValues(left: Value, right: Value, order: { isDescending: boolean; nullsLast: boolean }): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    return (left === null) === order.nullsLast ? 1 : -1;
  }
  const [first, second] = [left, right].map((value) => (typeof value === 'string' ? value.toLowerCase() : value));
  const difference = first! < second! ? -1 : first! > second! ? 1 : 0;
  return order.isDescending ? -difference : difference;
}
