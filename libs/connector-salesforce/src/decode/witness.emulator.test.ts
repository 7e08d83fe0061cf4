// An independent witness: the stock Node client of the Pub/Sub API, unchanged, hears the same events as our decoder, and
// what they make of them is compared. It speaks TLS only, so the emulator does here too.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import PubSubApiClient from 'salesforce-pubsub-api-client';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { selfSignedCertificate } from '../testing/certificate.ts';
import { EmulatorProcess } from '../testing/emulator.ts';
import { decodeEvent, type RawChange } from './change-event.ts';
import { compileEventSchema } from './event-schema.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- what other programs hand over is asserted here, not typed
type Json = any;

const TOPIC = '/data/AccountChangeEvent';
let folder: string;
let emulator: EmulatorProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-witness-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const { key, certificate } = selfSignedCertificate();
  await writeFile(keyFile, key);
  await writeFile(certificateFile, certificate);
  emulator = await EmulatorProcess.start('--tls-key-file', keyFile, '--tls-certificate-file', certificateFile);
});
afterAll(async () => {
  await emulator.stop();
  await rm(folder, { recursive: true });
});

/** The stock client's events, in the order in which it hands them out. */
async function theirs(count: number): Promise<Json[]> {
  const { loginUrl, grant, pubsubEndpoint } = emulator.connection;
  const { clientId, clientSecret } = grant as { clientId: string; clientSecret: string };
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const connection = { loginUrl, clientId, clientSecret, pubSubEndpoint: pubsubEndpoint, rejectUnauthorizedSsl: false };
  const client = new PubSubApiClient({ authType: 'oauth-client-credentials', ...connection }, silent);
  await client.connect();
  // It is never closed: its close takes the listeners off streams that are still open, whose end then kills the process.
  const events: Json[] = [];
  await new Promise<void>((resolve, reject) => {
    const hear = (_: unknown, kind: string, data: Json): void => {
      if (kind === 'error') reject(data as Error);
      if (kind !== 'event' && kind !== 'lastEvent') return;
      if (data?.payload !== undefined) events.push(data);
      if (events.length === count) resolve();
    };
    client.subscribeFromEarliestEvent(TOPIC, hear, count);
  });
  return events;
}

/** The same events as they come over the wire, through our decoder. */
async function ours(count: number): Promise<RawChange[]> {
  const options = { longs: String, enums: String, defaults: true };
  const proto = loadSync(fileURLToPath(new URL('../pubsub/pubsub.proto', import.meta.url)), options);
  const security = credentials.createSsl(null, null, null, { rejectUnauthorized: false });
  const client = new (loadPackageDefinition(proto) as Json).eventbus.v1.PubSub(
    emulator.connection.pubsubEndpoint,
    security,
  );
  onTestFinished(() => client.close());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(await emulator.session())) metadata.set(name, value);
  const call = client.Subscribe(metadata);
  call.on('error', () => {});
  call.write({ topicName: TOPIC, replayPreset: 'EARLIEST', numRequested: count });
  const events: Json[] = [];
  await new Promise<void>((resolve) => {
    call.on('data', (response: Json) => {
      events.push(...response.events);
      if (events.length >= count) resolve();
    });
  });
  call.cancel();
  const changes: RawChange[] = [];
  for (const { event, replayId } of events) {
    const schemaJson: string = await new Promise((resolve, reject) => {
      client.GetSchema({ schemaId: event.schemaId }, metadata, (error: Error | null, info: Json) =>
        error === null ? resolve(info.schemaJson) : reject(error),
      );
    });
    const decoded = decodeEvent({ ...event, replayId }, compileEventSchema(event.schemaId, schemaJson));
    if (decoded.kind === 'changes') changes.push(...decoded.changes);
  }
  return changes;
}

/** What the stock client tells of one event, under REST's names: the fields named as changed, or all of a new record. */
function valuesOf({ payload }: Json): Record<string, unknown> {
  const { ChangeEventHeader: header, ...body } = payload;
  const flat = new Map<string, unknown>();
  for (const [name, value] of Object.entries(body)) {
    if (!name.endsWith('Address')) flat.set(name, value);
    else for (const part of PARTS) flat.set(name.replace('Address', part), (value as Json)?.[part] ?? null);
  }
  if (header.changeType === 'CREATE') return Object.fromEntries(flat);
  const names: string[] = header.changedFields.map((name: string) => name.replace('Address.', ''));
  return Object.fromEntries(names.map((name) => [name, flat.get(name)]));
}

const LINES = Array.from({ length: 100 }, (_, n) => `line ${n} of a long text`);
const PARTS = ['Street', 'City', 'State', 'PostalCode', 'Country', 'Latitude', 'Longitude', 'GeocodeAccuracy'];
const numbered = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

it('is told the same of creates, edits, nulls and deletes', async () => {
  const first = { Name: 'Witness', BillingCity: 'Bern', AnnualRevenue: 12.5, NumberOfEmployees: 3 };
  const { id } = await emulator.user('POST', 'Account', { ...first, Description: LINES.join('\n') });
  await emulator.user('PATCH', `Account/${id}`, { BillingCity: 'Basel', BillingStreet: 'Ring 1', Phone: '1' });
  await emulator.user('PATCH', `Account/${id}`, { Phone: null, BillingCity: null });
  await emulator.user('PATCH', `Account/${id}`, { Description: LINES.with(7, 'changed').join('\n') });
  await emulator.user('DELETE', `Account/${id}`);
  const [they, we] = await Promise.all([theirs(5), ours(5)]);

  const theyTell = they.map((event) => [event.payload.ChangeEventHeader.changeType, valuesOf(event)]);
  const weTell = we.map(({ kind, values }) => [
    kind.toUpperCase(),
    Object.fromEntries([...values].map(([name, value]) => [name, numbered(value)])),
  ]);
  // The one difference: what they hand out as the field's value is a difference to the value before.
  const [, difference] = theyTell[3] as [string, Record<string, unknown>];
  expect(difference['Description']).toMatch(/^--- \n\+\+\+ [0-9a-f]{64}\n/);
  expect(they[3].payload.ChangeEventHeader.diffFields).toEqual(['Description']);
  expect([...(we[3]?.unresolved ?? [])]).toEqual(['Description']);
  delete difference['Description'];
  expect(weTell).toEqual(theyTell);
  expect(we.map(({ transactionKey }) => transactionKey)).toEqual(
    they.map((event) => event.payload.ChangeEventHeader.transactionKey),
  );
});
