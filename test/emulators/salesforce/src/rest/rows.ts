// Single records: read, create, update, delete, and all of these by external id.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, noSuchColumn, notFound } from '../errors.ts';
import type { Field } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import { normalize } from '../store/normalize.ts';
import type { StoredRecord } from '../store/record.ts';
import { MultipleMatchesError } from '../store/transaction.ts';
import { checkUnmodified, isNotModified } from './conditional.ts';
import { actorOf, bodyOf, objectOf, pathOf, queryOf, rowOf } from './context.ts';
import type { RestParts } from './context.ts';
import { attributesOf, renderRecord } from './render.ts';

export function registerRows(app: FastifyInstance, { org }: RestParts): void {
  const locate = (request: FastifyRequest) => {
    const path = pathOf(request);
    const type = objectOf(org, path.object);
    return { path, type };
  };

  app.get('/sobjects/:object/:id', (request, reply) => {
    const { path, type } = locate(request);
    const record = rowOf(org, type, path.id);
    if (record.isDeleted) throw notFound();
    return showRow(request, reply, { type, record });
  });

  app.get('/sobjects/:object/:field/:value', (request, reply) => {
    const { path, type } = locate(request);
    return showRow(request, reply, { type, record: findByKey(type, path.field, path.value) });
  });

  app.post('/sobjects/:object', (request, reply) => {
    const { type } = locate(request);
    const input = bodyOf(request);
    const id = org.transact(actorOf(request), (transaction) => transaction.create(type, input));
    reply.code(201).header('location', attributesOf(type, id, pathOf(request).version)['url']);
    return { id, success: true, errors: [] };
  });

  app.patch('/sobjects/:object/:id', (request, reply) => {
    const { path, type } = locate(request);
    const input = bodyOf(request);
    const record = rowOf(org, type, path.id);
    if (record.isDeleted) throw new ApiError('ENTITY_IS_DELETED', 'entity is deleted', { status: 404 });
    checkUnmodified(request, Number(record.values['LastModifiedDate']));
    org.transact(actorOf(request), (transaction) => transaction.update(type, record.id, input));
    reply.code(204).send();
  });

  app.delete('/sobjects/:object/:id', (request, reply) => {
    const { path, type } = locate(request);
    const record = rowOf(org, type, path.id);
    org.transact(actorOf(request), (transaction) => transaction.remove(type, record.id));
    reply.code(204).send();
  });

  app.patch('/sobjects/:object/:field/:value', (request, reply) => {
    const { path, type } = locate(request);
    const key = { field: path.field, value: path.value, updateOnly: queryOf(request)['updateOnly'] === 'true' };
    const input = bodyOf(request);
    const outcome = org.transact(actorOf(request), (transaction) => transaction.upsert(type, key, input));
    reply.code(outcome.created ? 201 : 200);
    return { id: outcome.id, success: true, errors: [], created: outcome.created };
  });

  app.delete('/sobjects/:object/:field/:value', (request, reply) => {
    const { path, type } = locate(request);
    const record = findByKey(type, path.field, path.value);
    org.transact(actorOf(request), (transaction) => transaction.remove(type, record.id));
    reply.code(204).send();
  });

  function findByKey(type: ObjectType, name: string, text: string): StoredRecord {
    const field = type.find(name);
    if (field?.type === 'id') return rowOf(org, type, text);
    if (!field?.isExternalId) throw notFound(`Provided external ID field does not exist or is not accessible: ${name}`);
    const table = org.store.table(type.name);
    const records = [...table.findBy(field, normalize(field, text))]
      .map((id) => table.get(id)!)
      .filter((record) => !record.isDeleted);
    if (records.length > 1) throw new MultipleMatchesError(records.map((record) => record.id));
    if (!records[0]) throw notFound();
    return records[0];
  }
}

/** The record unless the caller's copy is still good. */
function showRow(
  request: FastifyRequest,
  reply: FastifyReply,
  row: { type: ObjectType; record: StoredRecord },
): unknown {
  const { type, record } = row;
  const modifiedAt = Number(record.values['LastModifiedDate']);
  if (isNotModified(request, reply, modifiedAt)) return reply.send();
  checkUnmodified(request, modifiedAt);
  return renderRecord(type, record, pathOf(request).version, chosenFields(type, queryOf(request)['fields']));
}

/** The fields named in a comma-separated list, or all of them. */
export function chosenFields(type: ObjectType, list: string | undefined): readonly Field[] {
  if (!list) return type.fields;
  return list.split(',').map((name) => {
    const field = type.find(name.trim());
    if (!field) throw noSuchColumn(name.trim(), type.name);
    return field;
  });
}
