import { fileURLToPath } from 'node:url';
import {
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterEach, describe, expect, it } from 'vitest';
import type { Session, Sessions } from '../auth/session.ts';
import { GrpcTransport } from './grpc-transport.ts';
import type { EventBatch } from './transport.ts';

type Request = { topicName: string; replayPreset: string; replayId: Buffer; numRequested: number };
type Call = ServerDuplexStream<Request, object>;

let server: Server | undefined;
let opened: GrpcTransport | undefined;
afterEach(() => {
  opened?.close();
  server?.forceShutdown();
});

async function setup(subscribe: (call: Call) => void) {
  const file = fileURLToPath(new URL('./pubsub.proto', import.meta.url));
  const loaded = loadPackageDefinition(loadSync(file, { enums: String, defaults: true })) as unknown as {
    eventbus: { v1: { PubSub: { service: ServiceDefinition } } };
  };
  const metadata: Record<string, unknown>[] = [];
  server = new Server();
  server.addService(loaded.eventbus.v1.PubSub.service, {
    Subscribe: (call: Call) => {
      metadata.push(call.metadata.getMap());
      subscribe(call);
    },
    GetTopic: (_: unknown, answer: (error: null, reply: object) => void) => answer(null, { canSubscribe: true }),
    GetSchema: (_: unknown, answer: (error: null, reply: object) => void) => answer(null, { schemaJson: '{}' }),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server?.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  let minted = 1;
  const session = (): Session => ({ accessToken: `token-${minted}`, instanceUrl: 'https://a', organizationId: '00D' });
  const sessions: Sessions = {
    current: async () => session(),
    renew: async () => {
      minted += 1;
      return session();
    },
  };
  const options = { pubsubEndpoint: `127.0.0.1:${port}`, pubsubSecurity: 'plaintext', callTimeoutMsMax: 5000 } as const;
  const transport = new GrpcTransport(sessions, options);
  opened = transport;
  return { transport, metadata };
}

const refusal = (code: number, suffix: string): Error => {
  const metadata = new Metadata();
  metadata.set('error-code', `sfdc.platform.eventbus.grpc.${suffix}`);
  return Object.assign(new Error('refused'), { code, details: 'refused', metadata });
};

async function firstOf(batches: AsyncIterable<EventBatch>): Promise<EventBatch | undefined> {
  for await (const batch of batches) return batch;
  return undefined;
}

describe('the channel', () => {
  it('carries session, topic, position and demand, and gives bytes back as they are', async () => {
    const replayId = Buffer.from([0, 0, 0, 0, 0, 0, 1, 2, 0, 0]);
    const requests: Request[] = [];
    const { transport, metadata } = await setup((call) =>
      call.on('data', (request: Request) => {
        requests.push(request);
        const event = { id: 'e1', schemaId: 's1', payload: Buffer.from([1, 2]) };
        call.write({ events: [{ event, replayId }], latestReplayId: replayId, pendingNumRequested: 1 });
      }),
    );
    const stream = await transport.open('/data/AccountChangeEvent', { preset: 'custom', replayId }, 25);
    expect(await firstOf(stream.batches)).toEqual({
      events: [{ id: 'e1', schemaId: 's1', payload: Buffer.from([1, 2]), replayId }],
      latestReplayId: replayId,
    });
    expect(requests[0]).toEqual({
      topicName: '/data/AccountChangeEvent',
      replayPreset: 'CUSTOM',
      replayId,
      numRequested: 25,
    });
    expect(metadata[0]).toMatchObject({ accesstoken: 'token-1', instanceurl: 'https://a', tenantid: '00D' });
  });

  it('tells why a subscription was refused, even before it is read', async () => {
    const { transport } = await setup((call) =>
      call.emit('error', refusal(status.INVALID_ARGUMENT, 'subscription.fetch.replayid.corrupted')),
    );
    const stream = await transport.open('/data/X', { preset: 'custom', replayId: Buffer.from([1]) }, 1);
    await expect(firstOf(stream.batches)).rejects.toMatchObject({
      code: 'salesforce.replay_expired',
      reaction: 'halt',
    });
  });

  it('asks for a new session after a refused one', async () => {
    const { transport, metadata } = await setup((call) =>
      call.emit('error', refusal(status.UNAUTHENTICATED, 'service.auth.error')),
    );
    const stream = await transport.open('/data/X', { preset: 'latest' }, 1);
    await expect(firstOf(stream.batches)).rejects.toMatchObject({ code: 'salesforce.session_refused' });
    await transport.open('/data/X', { preset: 'latest' }, 1);
    expect(metadata.map(({ accesstoken }) => accesstoken)).toEqual(['token-1', 'token-2']);
  });

  it('names an endpoint that cannot be reached', async () => {
    const { transport } = await setup(() => undefined);
    server?.forceShutdown();
    await expect(transport.open('/data/X', { preset: 'latest' }, 1)).rejects.toMatchObject({
      code: 'salesforce.unreachable',
      reaction: 'retry',
      message: expect.stringContaining('127.0.0.1:'),
    });
  });
});
