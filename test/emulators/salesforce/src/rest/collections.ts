// Up to two hundred records in one call and one transaction. The answer is 200 whatever became of the rows; each row
// has its result in the order of the request. With allOrNone one refused row takes back the others.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';
import { normalizeId } from '../ids.ts';
import type { ObjectType } from '../model/object-type.ts';
import type { Org } from '../store/org.ts';
import { MultipleMatchesError } from '../store/transaction.ts';
import type { Transaction } from '../store/transaction.ts';
import { actorOf, bodyOf, objectOf, pathOf, queryOf } from './context.ts';
import type { RestParts } from './context.ts';
import { renderRecord } from './render.ts';
import { chosenFields } from './rows.ts';

type Row = Record<string, unknown>;
type RowError = { statusCode: string; message: string; fields: string[] };
type RowResult = { id?: string; success: boolean; errors: RowError[]; created?: boolean };
type WriteRow<Item> = (transaction: Transaction, item: Item) => { id: string; created?: boolean };

const ROWS_MAX = 200;

export function registerCollections(app: FastifyInstance, { org }: RestParts): void {
  app.post('/composite/sobjects', (request) => {
    const { rows, allOrNone } = readBody(request);
    return writeRows(org, request, { rows, allOrNone }, (transaction, row) => {
      return { id: transaction.create(typeOf(org, row), withoutId(row)) };
    });
  });

  app.patch('/composite/sobjects', (request) => {
    const { rows, allOrNone } = readBody(request);
    return writeRows(org, request, { rows, allOrNone }, (transaction, row) => {
      const type = typeOf(org, row);
      const id = idOf(row['id'] ?? row['Id'], type);
      transaction.update(type, id, withoutId(row));
      return { id };
    });
  });

  app.patch('/composite/sobjects/:object/:field', (request) => {
    const { rows, allOrNone } = readBody(request);
    const path = pathOf(request);
    const type = objectOf(org, path.object);
    const seen = new Set<string>();
    return writeRows(org, request, { rows, allOrNone }, (transaction, row) => {
      const [name, value] = Object.entries(row).find(([each]) => each.toLowerCase() === path.field.toLowerCase()) ?? [];
      if (typeof value !== 'string' && typeof value !== 'number') {
        throw new ApiError('MISSING_ARGUMENT', `${path.field} not specified`);
      }
      const key = String(value).toLowerCase();
      if (seen.has(key)) throw new ApiError('DUPLICATE_VALUE', `Duplicate external id specified: ${value}`);
      seen.add(key);
      const input = Object.fromEntries(Object.entries(row).filter(([each]) => each !== name));
      return transaction.upsert(type, { field: path.field, value }, input);
    });
  });

  app.delete('/composite/sobjects', (request) => {
    const { ids = '', allOrNone } = queryOf(request);
    const rows = ids.split(',').filter((each) => each !== '');
    checkSize(rows);
    return writeRows(org, request, { rows, allOrNone: allOrNone === 'true' }, (transaction, text) => {
      const type = org.catalogue.findByKeyPrefix(text);
      if (!type) throw new ApiError('MALFORMED_ID', `malformed id ${text}`, { fields: ['Id'] });
      const id = idOf(text, type);
      transaction.remove(type, id);
      return { id };
    });
  });

  app.route({
    method: ['GET', 'POST'],
    url: '/composite/sobjects/:object',
    handler: (request) => retrieve(org, request),
  });
}

/** Reads records by id: null stands for one that is not there. */
function retrieve(org: Org, request: FastifyRequest): unknown[] {
  const type = objectOf(org, pathOf(request).object);
  const source = request.method === 'GET' ? queryOf(request) : bodyOf(request);
  const listOf = (value: unknown) =>
    Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(',') : [];
  const fields = chosenFields(type, listOf(source['fields']).join(','));
  return listOf(source['ids']).map((text) => {
    const record = org.store.table(type.name).get(normalizeId(text) ?? '');
    return record && !record.isDeleted ? renderRecord(type, record, pathOf(request).version, fields) : null;
  });
}

/** One transaction for all rows. A refused row has changed nothing, so the others can go on after it. */
function writeRows<Item extends Row | string>(
  org: Org,
  request: FastifyRequest,
  { rows, allOrNone }: { rows: Item[]; allOrNone: boolean },
  write: WriteRow<Item>,
): RowResult[] {
  const results: RowResult[] = [];
  try {
    org.transact(actorOf(request), (transaction) => {
      for (const row of rows) results.push(resultOf(row, () => write(transaction, row)));
      if (allOrNone && results.some((each) => !each.success)) throw new RolledBackError();
    });
  } catch (error) {
    if (!(error instanceof RolledBackError)) throw error;
    return results.map((each) => (each.success ? rolledBack(each) : each));
  }
  return results;
}

function resultOf(row: Row | string, write: () => { id: string; created?: boolean }): RowResult {
  try {
    return { ...write(), success: true, errors: [] };
  } catch (error) {
    const id = typeof row === 'string' ? row : (row['id'] ?? row['Id']);
    return { ...(typeof id === 'string' ? { id } : {}), success: false, errors: [toRowError(error)] };
  }
}

/** Rows name their code `statusCode`, unlike the `errorCode` of other answers. A fault of ours is not a row's. */
function toRowError(error: unknown): RowError {
  if (error instanceof ApiError) return { statusCode: error.code, message: error.message, fields: error.fields };
  if (error instanceof MultipleMatchesError) {
    return { statusCode: 'DUPLICATE_EXTERNAL_ID', message: error.message, fields: [] };
  }
  throw error;
}

class RolledBackError extends Error {
  override name = 'RolledBackError';
}

function rolledBack({ id }: RowResult): RowResult {
  const message = 'Record rolled back because not all records were valid and the request was using AllOrNone header';
  const errors = [{ statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK', message, fields: [] }];
  return { ...(id === undefined ? {} : { id }), success: false, errors };
}

function readBody(request: FastifyRequest): { rows: Row[]; allOrNone: boolean } {
  const body = bodyOf(request);
  const records = body['records'];
  const isRow = (each: unknown) => typeof each === 'object' && each !== null && !Array.isArray(each);
  if (!Array.isArray(records) || !records.every(isRow)) {
    throw new ApiError('JSON_PARSER_ERROR', 'The request body must hold a list of records');
  }
  checkSize(records);
  return { rows: records as Row[], allOrNone: body['allOrNone'] === true };
}

function checkSize(rows: unknown[]): void {
  if (rows.length <= ROWS_MAX) return;
  const message = `record limit reached. cannot submit more than ${ROWS_MAX} records in this call`;
  throw new ApiError('EXCEEDED_ID_LIMIT', message);
}

function typeOf(org: Org, row: Row): ObjectType {
  const attributes = row['attributes'] as { type?: unknown } | undefined;
  const type = typeof attributes?.type === 'string' ? org.catalogue.find(attributes.type) : undefined;
  if (type) return type;
  throw new ApiError('INVALID_TYPE', `sObject type '${String(attributes?.type)}' is not supported.`);
}

function idOf(text: unknown, type: ObjectType): string {
  if (text === undefined)
    throw new ApiError('MISSING_ARGUMENT', 'Id not specified in an update call', { fields: ['Id'] });
  const id = normalizeId(text);
  if (id?.startsWith(type.facts.keyPrefix)) return id;
  throw new ApiError('MALFORMED_ID', `malformed id ${JSON.stringify(text)}`, { fields: ['Id'] });
}

function withoutId(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name.toLowerCase() !== 'id'));
}
