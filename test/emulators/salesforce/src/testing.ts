// For the emulator's own tests: an emulator in memory, a REST caller and a Pub/Sub subscriber made of the stock gRPC
// library and a stock Avro decoder, so that what goes over the wire is judged by code that did not write it.
import { fileURLToPath } from 'node:url';
import { Metadata, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import type { Client, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import avro from 'avsc';
import { startEmulator } from './emulator.ts';
import type { Emulator } from './emulator.ts';
import { readOptions } from './options.ts';
import type { EmulatorOptions } from './options.ts';
import type { FetchRequest, FetchResponse, SchemaInfo, TopicInfo } from './pubsub/messages.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- what the other side answers is asserted in tests, not typed
export type Json = any;
export type Reply = { status: number; body: Json; headers: Headers };
type Call<Request, Response> = (
  request: Request,
  metadata: Metadata,
  callback: (error: ServiceError | null, response: Response) => void,
) => void;
type PubSubClient = Client & {
  Subscribe(metadata: Metadata): ClientDuplexStream<Partial<FetchRequest>, FetchResponse>;
  GetSchema: Call<{ schema_id: string }, SchemaInfo>;
  GetTopic: Call<{ topic_name: string }, TopicInfo>;
};
export type Decoded = { replayId: Buffer; schemaId: string; header: Json; body: Json };

export async function startTestEmulator(
  overrides: Partial<EmulatorOptions> = {},
  now?: () => number,
): Promise<Harness> {
  const options = { ...readOptions([], {})!, ...overrides };
  return new Harness(options, await startEmulator(options, now));
}

export class Harness {
  readonly emulator: Emulator;
  readonly options: EmulatorOptions;
  token = '';
  clientName: string | null = null;

  constructor(options: EmulatorOptions, emulator: Emulator) {
    this.options = options;
    this.emulator = emulator;
  }

  async login(): Promise<string> {
    const { clientId: client_id, clientSecret: client_secret } = this.options;
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
    const reply = await fetch(`${this.emulator.httpUrl}/services/oauth2/token`, { method: 'POST', body: form });
    this.token = ((await reply.json()) as { access_token: string }).access_token;
    return this.token;
  }

  /** A call to the REST API, or with a path that starts with a slash to anything else. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const url = this.emulator.httpUrl + (path.startsWith('/') ? path : `/services/data/v67.0/${path}`);
    const client = this.clientName ? { 'sforce-call-options': `client=${this.clientName}` } : {};
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const reply = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...client, ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? null : JSON.parse(text), headers: reply.headers };
  }

  async create(fields: object, object = 'Account'): Promise<string> {
    const reply = await this.call('POST', `sobjects/${object}`, fields);
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    return reply.body.id;
  }

  async query(soql: string): Promise<Json[]> {
    const reply = await this.call('GET', `query?q=${encodeURIComponent(soql)}`);
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    return reply.body.records;
  }

  metadata(changes: Record<string, string> = {}): Metadata {
    const metadata = new Metadata();
    const { organizationId: tenantid } = this.options;
    const keys = { accesstoken: this.token, instanceurl: this.emulator.httpUrl, tenantid, ...changes };
    for (const [name, value] of Object.entries(keys)) if (value !== '') metadata.set(name, value);
    return metadata;
  }

  connect(): PubSubClient {
    const file = fileURLToPath(new URL('../proto/pubsub.proto', import.meta.url));
    const definition = loadSync(file, { keepCase: true, longs: String, enums: String, defaults: true });
    const loaded = loadPackageDefinition(definition) as Json;
    return new loaded.eventbus.v1.PubSub(this.emulator.grpcAddress, credentials.createInsecure()) as PubSubClient;
  }

  subscribe(request: Partial<FetchRequest>, metadata = this.metadata()): Subscriber {
    return new Subscriber(this.connect(), metadata, request);
  }
}

/** Collects what a subscription delivers; `next` waits for the following event or keepalive. */
export class Subscriber {
  readonly #client: PubSubClient;
  readonly #metadata: Metadata;
  readonly #stream: ClientDuplexStream<Partial<FetchRequest>, FetchResponse>;
  readonly #arrived: FetchResponse[] = [];
  readonly #schemas = new Map<string, avro.Type>();
  readonly ended: Promise<ServiceError | null>;
  #wake: () => void = () => {};

  constructor(client: PubSubClient, metadata: Metadata, request: Partial<FetchRequest>) {
    this.#client = client;
    this.#metadata = metadata;
    this.#stream = client.Subscribe(metadata);
    this.#stream.on('data', (response: FetchResponse) => {
      this.#arrived.push(response);
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#stream.on('error', (error: ServiceError) => resolve(error));
      this.#stream.on('end', () => resolve(null));
    });
    this.request(request);
  }

  request(request: Partial<FetchRequest>): void {
    this.#stream.write(request);
  }

  async response(): Promise<FetchResponse> {
    while (this.#arrived.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#arrived.shift()!;
  }

  async events(count: number): Promise<Decoded[]> {
    const decoded: Decoded[] = [];
    while (decoded.length < count) {
      for (const { event, replay_id } of (await this.response()).events) {
        const { ChangeEventHeader: header, ...body } = (await this.#type(event.schema_id)).fromBuffer(
          event.payload as Buffer,
        );
        decoded.push({ replayId: Buffer.from(replay_id), schemaId: event.schema_id, header, body });
      }
    }
    return decoded;
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }

  async #type(id: string): Promise<avro.Type> {
    let type = this.#schemas.get(id);
    if (!type) {
      const json = await schemaJson(this.#client, this.#metadata, id);
      this.#schemas.set(id, (type = avro.Type.forSchema(JSON.parse(json), { registry: { long: bigLong() } })));
    }
    return type;
  }
}

export function schemaJson(client: PubSubClient, metadata: Metadata, id: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.GetSchema({ schema_id: id }, metadata, (error, info) => (error ? reject(error) : resolve(info.schema_json)));
  });
}

export function topicInfo(client: PubSubClient, metadata: Metadata, topic: string): Promise<TopicInfo> {
  return new Promise((resolve, reject) => {
    client.GetTopic({ topic_name: topic }, metadata, (error, info) => (error ? reject(error) : resolve(info)));
  });
}

function bigLong(): avro.Type {
  // oxlint-disable-next-line no-underscore-dangle -- the decoder's public name
  return avro.types.LongType.__with({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigInt64LE(value);
      return buffer;
    },
    fromJSON: BigInt,
    toJSON: String,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (left: bigint, right: bigint) => (left < right ? -1 : left > right ? 1 : 0),
  });
}
