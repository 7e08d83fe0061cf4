// The gRPC server: who may call, topics, schemas, and the open subscriptions. Topics of change events cannot be
// published to, and managed subscriptions are not offered: their methods answer UNIMPLEMENTED.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import type { Metadata, ServerDuplexStream, ServerUnaryCall, ServiceDefinition, sendUnaryData } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { FaultMenu } from '../faults/menu.ts';
import { normalizeId } from '../ids.ts';
import type { Sessions } from '../oauth/sessions.ts';
import type { Org } from '../store/org.ts';
import { PubSubError, invalidArgument } from './errors.ts';
import type { FetchRequest, FetchResponse, SchemaInfo, SchemaRequest, TopicInfo, TopicRequest } from './messages.ts';
import { Subscription } from './subscription.ts';

export type PubSubSettings = {
  org: Org;
  sessions: Sessions;
  faults: FaultMenu;
  organizationId: string;
  host: string;
  port: number;
  keepaliveMs: number;
  idleMs: number;
  tls: { key: Buffer; certificate: Buffer } | null;
};

export type PubSubServer = {
  address: string;
  subscriptionCount(): number;
  dropStreams(): void;
  close(): Promise<void>;
};

export async function startPubSub(settings: PubSubSettings): Promise<PubSubServer> {
  const service = new PubSubService(settings);
  const server = new Server();
  server.addService(loadService(), {
    Subscribe: (call: ServerDuplexStream<FetchRequest, FetchResponse>) => service.subscribe(call),
    GetTopic: unary((call: ServerUnaryCall<TopicRequest, TopicInfo>, rpcId) => service.topic(call, rpcId)),
    GetSchema: unary((call: ServerUnaryCall<SchemaRequest, SchemaInfo>, rpcId) => service.schema(call, rpcId)),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${settings.host}:${settings.port}`, credentials(settings.tls), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `${settings.host}:${port}`,
    subscriptionCount: () => service.subscriptions.size,
    dropStreams: () => service.dropStreams(),
    close: async () => {
      service.endAll();
      server.forceShutdown();
    },
  };
}

class PubSubService {
  readonly subscriptions = new Set<Subscription>();
  readonly #settings: PubSubSettings;

  constructor(settings: PubSubSettings) {
    this.#settings = settings;
  }

  subscribe(call: ServerDuplexStream<FetchRequest, FetchResponse>): void {
    const { org, keepaliveMs, idleMs } = this.#settings;
    const refusal = this.#refusalOf(call.metadata, randomUUID()) ?? this.#settings.faults.takeStreamError();
    if (refusal) {
      call.emit('error', refusal);
      return;
    }
    const subscription = new Subscription(call, {
      bus: org.bus,
      entitiesOfTopic: (topic) => org.catalogue.entitiesOfTopic(topic),
      keepaliveMs,
      idleMs,
      onClose: (closed) => this.subscriptions.delete(closed),
    });
    this.subscriptions.add(subscription);
  }

  topic(call: ServerUnaryCall<TopicRequest, TopicInfo>, rpcId: string): TopicInfo {
    this.#authorize(call.metadata, rpcId);
    const { org, organizationId } = this.#settings;
    const name = call.request.topic_name;
    if (name === '') throw invalidArgument('topic.validation.empty', 'The topic name is empty.', rpcId);
    const entities = org.catalogue.entitiesOfTopic(name);
    if (!entities) throw invalidArgument('topic.not.found', `The topic ${name} was not found.`, rpcId);
    const first = entities[0] === undefined ? undefined : org.catalogue.find(entities[0]);
    return {
      topic_name: name,
      tenant_guid: organizationId,
      can_publish: false,
      can_subscribe: true,
      schema_id: first ? org.schemas.currentOf(first).id : '',
      rpc_id: rpcId,
    };
  }

  schema(call: ServerUnaryCall<SchemaRequest, SchemaInfo>, rpcId: string): SchemaInfo {
    this.#authorize(call.metadata, rpcId);
    const id = call.request.schema_id;
    const json = this.#settings.org.schemas.findJson(id);
    if (json === undefined) {
      throw invalidArgument('schema.validation.failed', `The schema ${id} was not found.`, rpcId);
    }
    return { schema_json: json, schema_id: id, rpc_id: rpcId };
  }

  /** As when the vendor's front end restarts: routine, and to be retried from the last stored position. */
  dropStreams(): void {
    for (const each of this.subscriptions) {
      each.fail(new PubSubError(status.UNAVAILABLE, 'service.unavailable', 'RST_STREAM closed stream', randomUUID()));
    }
  }

  endAll(): void {
    for (const each of this.subscriptions) each.end();
  }

  #authorize(metadata: Metadata, rpcId: string): void {
    const refusal = this.#refusalOf(metadata, rpcId);
    if (refusal) throw refusal;
  }

  /** Open streams are not looked at again: they outlive the session that opened them. */
  #refusalOf(metadata: Metadata, rpcId: string): PubSubError | undefined {
    const [token, instance, tenant] = ['accesstoken', 'instanceurl', 'tenantid'].map((name) => metadata.get(name)[0]);
    const isTenant = normalizeId(String(tenant)) === this.#settings.organizationId;
    if (!token || !URL.canParse(String(instance)) || !isTenant) {
      return invalidArgument('service.auth.headers.invalid', 'A metadata key is missing or invalid.', rpcId);
    }
    if (this.#settings.sessions.use(String(token))) return undefined;
    return new PubSubError(status.UNAUTHENTICATED, 'service.auth.error', 'The session is not valid.', rpcId);
  }
}

function unary<Request, Response>(handle: (call: ServerUnaryCall<Request, Response>, rpcId: string) => Response) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    try {
      callback(null, handle(call, randomUUID()));
    } catch (error) {
      callback(error as PubSubError);
    }
  };
}

function loadService(): ServiceDefinition {
  const file = fileURLToPath(new URL('../../proto/pubsub.proto', import.meta.url));
  const definition = loadSync(file, { keepCase: true, longs: String, enums: String, defaults: true });
  const loaded = loadPackageDefinition(definition) as unknown as {
    eventbus: { v1: { PubSub: { service: ServiceDefinition } } };
  };
  return loaded.eventbus.v1.PubSub.service;
}

function credentials(tls: PubSubSettings['tls']): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }]);
}
