/** The Pub/Sub API over gRPC. One channel; every call carries the session in its metadata and has a deadline, except the stream. */
import { fileURLToPath } from 'node:url';
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type ClientDuplexStream,
  type Client,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ConnectorError } from '@concord/connector-kit';
import type { Session, Sessions } from '../auth/session.ts';
import type { SalesforceConnection } from '../connection.ts';
import { pubSubErrorOf } from './pubsub-errors.ts';
import type { EventBatch, EventStream, PubSubTransport, ReplayStart, WireEvent } from './transport.ts';

type FetchRequest = { topicName: string; numRequested: number; replayPreset?: string; replayId?: Buffer };
type FetchResponse = { events: { event: Omit<WireEvent, 'replayId'>; replayId: Buffer }[]; latestReplayId: Buffer };
type Unary<Request, Reply> = (
  request: Request,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: Error | null, reply: Reply) => void,
) => void;
type PubSubClient = Client & {
  Subscribe(metadata: Metadata): ClientDuplexStream<FetchRequest, FetchResponse>;
  GetSchema: Unary<{ schemaId: string }, { schemaJson: string }>;
  GetTopic: Unary<{ topicName: string }, { canSubscribe: boolean }>;
};

/** One event may have 1 MB and a response as many events as were asked for. */
const MESSAGE_BYTES_MAX = 128 * 1024 * 1024;

export type GrpcTransportOptions = Pick<SalesforceConnection, 'pubsubEndpoint' | 'pubsubSecurity' | 'callTimeoutMsMax'>;

export class GrpcTransport implements PubSubTransport {
  readonly #sessions: Sessions;
  readonly #options: GrpcTransportOptions;
  readonly #client: PubSubClient;
  #refused: Session | null = null;

  constructor(sessions: Sessions, options: GrpcTransportOptions) {
    this.#sessions = sessions;
    this.#options = options;
    this.#client = createClient(options);
  }

  async open(topic: string, start: ReplayStart, count: number): Promise<EventStream> {
    const session = await this.#session();
    const call = this.#client.Subscribe(metadataOf(session));
    const failure = failureOf(call);
    call.write({ topicName: topic, numRequested: count, ...presetOf(start) });
    try {
      // A call answered behind the subscription, on the same connection, shows that the subscription has arrived.
      await this.#unary(this.#client.GetTopic, { topicName: topic }, session, `topic ${topic}`);
    } catch (error) {
      call.cancel();
      throw error;
    }
    return {
      batches: this.#batches(call, failure, (error) => this.#mapped(error, session, `subscription to ${topic}`)),
      ask: (more) => void call.write({ topicName: topic, numRequested: more }),
      cancel: () => call.cancel(),
    };
  }

  async schema(schemaId: string): Promise<string> {
    const session = await this.#session();
    const info = await this.#unary(this.#client.GetSchema, { schemaId }, session, `schema ${schemaId}`);
    return info.schemaJson;
  }

  close(): void {
    this.#client.close();
  }

  async *#batches(
    call: ClientDuplexStream<FetchRequest, FetchResponse>,
    failure: { error: unknown },
    mapped: (error: unknown) => ConnectorError,
  ): AsyncIterable<EventBatch> {
    try {
      for await (const response of call as AsyncIterable<FetchResponse>) yield batchOf(response);
    } catch (error) {
      throw mapped(error);
    }
    if (failure.error !== null) throw mapped(failure.error);
  }

  async #unary<Request, Reply>(
    method: Unary<Request, Reply>,
    request: Request,
    session: Session,
    what: string,
  ): Promise<Reply> {
    const deadline = Date.now() + this.#options.callTimeoutMsMax;
    return await new Promise<Reply>((resolve, reject) => {
      method.call(this.#client, request, metadataOf(session), { deadline }, (error, reply) => {
        if (error === null) resolve(reply);
        else reject(this.#mapped(error, session, what));
      });
    });
  }

  async #session(): Promise<Session> {
    const refused = this.#refused;
    this.#refused = null;
    return refused === null ? await this.#sessions.current() : await this.#sessions.renew(refused);
  }

  #mapped(error: unknown, session: Session, what: string): ConnectorError {
    const mapped = pubSubErrorOf(error, this.#options.pubsubEndpoint, what);
    if (mapped.code === 'salesforce.session_refused') this.#refused = session;
    return mapped;
  }
}

function createClient({ pubsubEndpoint, pubsubSecurity }: GrpcTransportOptions): PubSubClient {
  const definition = loadSync(fileURLToPath(new URL('./pubsub.proto', import.meta.url)), {
    longs: String,
    enums: String,
    defaults: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as {
    eventbus: { v1: { PubSub: ServiceClientConstructor } };
  };
  const security = pubsubSecurity === 'tls' ? credentials.createSsl() : credentials.createInsecure();
  return new loaded.eventbus.v1.PubSub(pubsubEndpoint, security, {
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
  }) as unknown as PubSubClient;
}

/**
 * Keeps the error of a call. One that comes before anybody reads would otherwise look like the end of the stream to the
 * reader, and without a listener it would end the process.
 */
function failureOf(call: ClientDuplexStream<FetchRequest, FetchResponse>): { error: unknown } {
  const failure: { error: unknown } = { error: null };
  call.on('error', (error) => (failure.error = error));
  return failure;
}

function metadataOf({ accessToken, instanceUrl, organizationId }: Session): Metadata {
  const metadata = new Metadata();
  metadata.set('accesstoken', accessToken);
  metadata.set('instanceurl', instanceUrl);
  metadata.set('tenantid', organizationId);
  return metadata;
}

function presetOf(start: ReplayStart): Pick<FetchRequest, 'replayPreset' | 'replayId'> {
  return start.preset === 'latest' ? { replayPreset: 'LATEST' } : { replayPreset: 'CUSTOM', replayId: start.replayId };
}

function batchOf({ events, latestReplayId }: FetchResponse): EventBatch {
  return {
    latestReplayId,
    events: events.map(({ event, replayId }) => ({
      id: event.id,
      schemaId: event.schemaId,
      payload: event.payload,
      replayId,
    })),
  };
}
