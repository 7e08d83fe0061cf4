// A person's browser session: the pages, and the JSON behind them. No token is asked for, edits are made as the sales
// user, and their events have an empty origin.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ObjectType } from '../model/object-type.ts';
import { bodyOf, objectOf, rowOf } from '../rest/context.ts';
import { renderRecord } from '../rest/render.ts';
import type { Json } from '../rest/render.ts';
import type { Org } from '../store/org.ts';
import { readValue } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';
import type { Actor } from '../store/transaction.ts';
import { editPage, listPage } from './pages.ts';

const VERSION = 'v67.0';
const LIST_ROWS = 100;

export function registerUi(app: FastifyInstance, { org, person }: { org: Org; person: Actor }): void {
  const locate = (request: FastifyRequest) => {
    const { object, id } = request.params as { object: string; id: string };
    const type = objectOf(org, object);
    return { type, id: id === undefined ? '' : rowOf(org, type, id).id };
  };
  const show = (type: ObjectType, id: string) =>
    renderRecord(type, org.store.table(type.name).get(id)!, VERSION, type.fields);

  app.get('/ui/api/:object', (request) => {
    const { type } = locate(request);
    const { totalSize, records } = list(org, type, request.query as ListQuery);
    return { totalSize, records: records.map((record): Json => renderRecord(type, record, VERSION, type.fields)) };
  });
  app.get('/ui/api/:object/:id', (request) => {
    const { type, id } = locate(request);
    return show(type, id);
  });
  app.post('/ui/api/:object', (request, reply) => {
    const { type } = locate(request);
    const input = bodyOf(request);
    const id = org.transact(person, (transaction) => transaction.create(type, input));
    reply.code(201);
    return { id };
  });
  app.patch('/ui/api/:object/:id', (request) => {
    const { type, id } = locate(request);
    const input = bodyOf(request);
    org.transact(person, (transaction) => transaction.update(type, id, input));
    return show(type, id);
  });
  app.delete('/ui/api/:object/:id', (request, reply) => {
    const { type, id } = locate(request);
    org.transact(person, (transaction) => transaction.remove(type, id));
    reply.code(204).send();
  });
  app.post('/ui/api/:object/:id/undelete', (request) => {
    const { type, id } = locate(request);
    org.transact(person, (transaction) => transaction.undelete(type, id));
    return show(type, id);
  });

  app.get('/', (request, reply) => {
    const type = objectOf(org, 'Account');
    const query = { limit: String(LIST_ROWS), ...(request.query as ListQuery) };
    reply.type('text/html; charset=utf-8');
    return listPage(type, { ...list(org, type, query), search: query.q ?? '' });
  });
  app.get('/new/:object', (request, reply) => {
    reply.type('text/html; charset=utf-8');
    return editPage(locate(request).type, null);
  });
  app.get('/edit/:object/:id', (request, reply) => {
    const { type, id } = locate(request);
    reply.type('text/html; charset=utf-8');
    return editPage(type, org.store.table(type.name).get(id)!);
  });
}

type ListQuery = { q?: string; deleted?: string; limit?: string; offset?: string };

/** Records whose name holds the search text, newest first; with `deleted=true` those in the recycle bin. */
function list(org: Org, type: ObjectType, query: ListQuery): { totalSize: number; records: StoredRecord[] } {
  const wanted = (query.q ?? '').toLowerCase();
  const nameField = type.find('Name')!;
  const records: StoredRecord[] = [];
  for (const record of org.store.table(type.name).all()) {
    if (record.isDeleted !== (query.deleted === 'true')) continue;
    if (
      wanted === '' ||
      String(readValue(record, type, nameField))
        .toLowerCase()
        .includes(wanted)
    )
      records.push(record);
  }
  const from = Number(query.offset ?? 0);
  const limit = Number(query.limit ?? Number.POSITIVE_INFINITY);
  return { totalSize: records.length, records: records.toReversed().slice(from, from + limit) };
}
