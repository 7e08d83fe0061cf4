// The emulator's own endpoints, which the real system does not have: its health, the fault menu, and what an
// administrator of the org might do behind the API's back.
import { status as grpcStatus } from '@grpc/grpc-js';
import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors.ts';
import { CHANGE_TYPES } from '../events/event-schema.ts';
import type { ChangeKind } from '../events/change-event.ts';
import { gapEvent } from '../events/change-event.ts';
import { addDefinitions } from '../model/definition-file.ts';
import type { Definitions } from '../model/definition-file.ts';
import type { Sessions } from '../oauth/sessions.ts';
import type { PubSubServer } from '../pubsub/server.ts';
import { objectOf, rowOf } from '../rest/context.ts';
import type { Org } from '../store/org.ts';
import type { Actor } from '../store/transaction.ts';
import type { Fault, FaultMenu } from './menu.ts';
import type { Trigger, Triggers } from './triggers.ts';

export type AdminParts = {
  org: Org;
  sessions: Sessions;
  faults: FaultMenu;
  triggers: Triggers;
  pubsub: () => PubSubServer;
  administrator: Actor;
  rememberDefinitions: (definitions: Definitions) => void;
};

const ORDERED_KINDS = ['status', 'latency', 'drop-reply', 'drop-request', 'late-request', 'row-error', 'stream-error'];

export function registerAdmin(app: FastifyInstance, parts: AdminParts): void {
  const { org, faults, triggers } = parts;
  const atOnce: Record<string, () => void> = {
    'drop-streams': () => parts.pubsub().dropStreams(),
    'expire-tokens': () => parts.sessions.expireAll(),
    'expire-events': () => org.bus.expire(0),
    'hold-events': () => org.bus.hold(),
    'release-events': () => org.bus.release(),
    'release-late-requests': () => faults.releaseLate(),
    'empty-recycle-bin': () => emptyRecycleBin(parts),
  };

  app.get('/emulator/health', () => ({
    status: 'ok',
    records: Object.fromEntries(org.catalogue.all().map((type) => [type.name, org.store.table(type.name).size])),
    bus: org.bus.status(),
    subscriptions: parts.pubsub().subscriptionCount(),
    sessions: parts.sessions.count,
    faults: faults.list().length,
    lateRequests: faults.lateCount,
  }));

  app.get('/emulator/faults', () => ({ faults: faults.list(), atOnce: Object.keys(atOnce), ordered: ORDERED_KINDS }));
  app.delete('/emulator/faults', (_request, reply) => {
    faults.clear();
    triggers.replaceAll([]);
    org.bus.release();
    faults.releaseLate();
    reply.code(204).send();
  });
  app.post('/emulator/faults', (request) => {
    const fault = request.body as Fault & { kind: string };
    const act = atOnce[fault?.kind];
    if (act) act();
    else faults.add(checkFault(fault));
    return { faults: faults.list() };
  });

  app.get('/emulator/triggers', () => triggers.list());
  app.put('/emulator/triggers', (request) => {
    triggers.replaceAll(request.body as Trigger[]);
    return triggers.list();
  });

  app.post('/emulator/definitions', (request) => {
    const definitions = request.body as Definitions;
    addDefinitions(org.catalogue, definitions);
    parts.rememberDefinitions(definitions);
    return { objects: org.catalogue.all().map((type) => type.name) };
  });

  app.post('/emulator/events', (request) => {
    const order = request.body as { changeType: ChangeKind; object: string; recordIds?: string[] };
    appendGap(parts, order);
    return org.bus.status();
  });

  app.delete('/emulator/records/:object/:id', (request, reply) => {
    const path = request.params as { object: string; id: string };
    const type = objectOf(org, path.object);
    const record = rowOf(org, type, path.id);
    org.transact(parts.administrator, (transaction) => transaction.purge(type, record.id));
    reply.code(204).send();
  });
}

function checkFault(fault: Fault): Fault {
  if (!ORDERED_KINDS.includes(fault?.kind)) {
    throw new ApiError('INVALID_FAULT', `There is no fault of the kind ${fault?.kind}.`);
  }
  if (fault.kind === 'stream-error' && !(fault.grpcStatus in grpcStatus)) {
    throw new ApiError('INVALID_FAULT', `There is no gRPC status ${fault.grpcStatus}.`);
  }
  return fault;
}

function emptyRecycleBin({ org, administrator }: AdminParts): void {
  org.transact(administrator, (transaction) => {
    for (const type of org.catalogue.all()) {
      const deleted = [...org.store.table(type.name).all()].filter((record) => record.isDeleted);
      for (const record of deleted) transaction.purge(type, record.id);
    }
  });
}

function appendGap(
  { org, administrator }: AdminParts,
  order: { changeType: ChangeKind; object: string; recordIds?: string[] },
): void {
  if (!CHANGE_TYPES.includes(order.changeType)) {
    throw new ApiError('INVALID_FAULT', `There is no change type ${order.changeType}.`);
  }
  const schema = org.schemas.currentOf(objectOf(org, order.object));
  const timestamp = Math.floor(org.now() / 1000) * 1000;
  const recordIds = order.recordIds ?? ['000000000000000AAA'];
  const commit = { actor: { userId: administrator.userId, origin: '' }, timestamp, commitNumber: 1652977933433528301n };
  org.bus.append([gapEvent(schema, order.changeType, recordIds, commit)]);
  org.bus.announce();
}
