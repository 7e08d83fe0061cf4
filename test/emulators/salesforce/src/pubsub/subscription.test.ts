import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FetchRequest } from './messages.ts';
import { schemaJson, startTestEmulator, topicInfo } from '../testing.ts';
import type { Decoded, Harness } from '../testing.ts';

const topic_name = '/data/AccountChangeEvent';
let harness: Harness;

beforeAll(async () => {
  harness = await startTestEmulator({ keepaliveMs: 40, idleMs: 60 });
  await harness.login();
});
afterAll(() => harness.emulator.close());

const names = (events: Decoded[]) => events.map((event) => event.body.Name);

test('LATEST sees only what comes, EARLIEST everything, CUSTOM what follows the id', async () => {
  await harness.create({ Name: 'Before' });
  const live = harness.subscribe({ topic_name, replay_preset: 'LATEST', num_requested: 10 });
  const keepalive = await live.response();
  expect(keepalive).toMatchObject({ events: [], pending_num_requested: 10 });
  await harness.create({ Name: 'Then' });
  await harness.create({ Name: 'Last' });
  expect(names(await live.events(2))).toEqual(['Then', 'Last']);

  const all = harness.subscribe({ topic_name, replay_preset: 'EARLIEST', num_requested: 10 });
  const events = await all.events(3);
  expect(names(events)).toEqual(['Before', 'Then', 'Last']);
  expect(events.every(({ replayId }) => replayId.length === 10 && replayId.readUInt16BE(8) === 0)).toBe(true);
  for (const replay_id of [events[0]!.replayId, keepalive.latest_replay_id]) {
    const later = harness.subscribe({ topic_name, replay_preset: 'CUSTOM', replay_id, num_requested: 10 });
    expect(names(await later.events(2))).toEqual(['Then', 'Last']);
    later.close();
  }
  live.close();
  all.close();
});

test('demand is counted, capped at a hundred, and its end closes the stream after a while', async () => {
  const subscriber = harness.subscribe({ topic_name, num_requested: 70 });
  subscriber.request({ num_requested: 70 });
  expect(await subscriber.response()).toMatchObject({ events: [], pending_num_requested: 100 });
  const attributes = { type: 'Account' };
  const records = Array.from({ length: 120 }, (_, index) => ({ attributes, Name: `n${index}` }));
  await harness.call('POST', 'composite/sobjects', { records });
  const received = names(await subscriber.events(100));
  expect(received).toEqual(records.slice(0, 100).map((record) => record.Name));
  expect(await subscriber.ended).toBeNull();
});

test('keepalives carry a position that moves on and can be resumed from', async () => {
  const subscriber = harness.subscribe({ topic_name: '/data/ContactChangeEvent', num_requested: 1 });
  const [first, second] = [await subscriber.response(), await subscriber.response()];
  expect(Buffer.compare(first.latest_replay_id as Buffer, second.latest_replay_id as Buffer)).toBeLessThanOrEqual(0);
  subscriber.close();
});

const mistakes: [string, Partial<FetchRequest>, string][] = [
  ['an unknown topic', { topic_name: '/data/Nothing', num_requested: 1 }, 'topic.not.found'],
  ['no topic', { num_requested: 1 }, 'topic.validation.empty'],
  ['no demand', { topic_name, num_requested: 0 }, 'subscription.fetch.requested.events.invalid'],
  [
    'CUSTOM without an id',
    { topic_name, replay_preset: 'CUSTOM', num_requested: 1 },
    'subscription.fetch.replayid.validation.failed',
  ],
  [
    'a malformed id',
    { topic_name, replay_preset: 'CUSTOM', replay_id: Buffer.from([1, 2]), num_requested: 1 },
    'subscription.fetch.replayid.corrupted',
  ],
  [
    'an id from nowhere',
    { topic_name, replay_preset: 'CUSTOM', replay_id: Buffer.alloc(10), num_requested: 1 },
    'subscription.fetch.replayid.corrupted',
  ],
];

test.each(mistakes)('%s ends the call with its error code', async (_case, request, suffix) => {
  const error = await harness.subscribe(request).ended;
  expect(error?.code).toBe(status.INVALID_ARGUMENT);
  expect(error?.metadata.get('error-code')).toEqual([`sfdc.platform.eventbus.grpc.${suffix}`]);
});

test('another topic on the same stream is refused', async () => {
  const subscriber = harness.subscribe({ topic_name, num_requested: 1 });
  subscriber.request({ topic_name: '/data/ChangeEvents', num_requested: 1 });
  expect((await subscriber.ended)?.metadata.get('error-code')[0]).toMatch(/fetch\.topic\.mismatch$/);
});

test('calls need all three keys and a living session', async () => {
  const request = { topic_name, num_requested: 1 };
  const garbled = await harness.subscribe(request, harness.metadata({ tenantid: '' })).ended;
  expect([garbled?.code, garbled?.metadata.get('error-code')[0]]).toEqual([
    status.INVALID_ARGUMENT,
    'sfdc.platform.eventbus.grpc.service.auth.headers.invalid',
  ]);
  const expired = await harness.subscribe(request, harness.metadata({ accesstoken: 'old' })).ended;
  expect([expired?.code, expired?.metadata.get('error-code')[0]]).toEqual([
    status.UNAUTHENTICATED,
    'sfdc.platform.eventbus.grpc.service.auth.error',
  ]);
});

test('expired events make their ids invalid', async () => {
  await harness.create({ Name: 'Old' });
  const subscriber = harness.subscribe({ topic_name, replay_preset: 'EARLIEST', num_requested: 100 });
  const replay_id = (await subscriber.events(1))[0]!.replayId;
  subscriber.close();
  await harness.call('POST', '/emulator/faults', { kind: 'expire-events' });
  const error = await harness.subscribe({ topic_name, replay_preset: 'CUSTOM', replay_id, num_requested: 1 }).ended;
  expect(error?.metadata.get('error-code')[0]).toMatch(/replayid\.corrupted$/);
});

test('streams can be dropped, and events held back until they are released', async () => {
  const dropped = harness.subscribe({ topic_name, num_requested: 1 });
  await dropped.response();
  await harness.call('POST', '/emulator/faults', { kind: 'drop-streams' });
  expect((await dropped.ended)?.code).toBe(status.UNAVAILABLE);

  const subscriber = harness.subscribe({ topic_name, num_requested: 1 });
  await subscriber.response();
  await harness.call('POST', '/emulator/faults', { kind: 'hold-events' });
  await harness.create({ Name: 'Held' });
  expect((await subscriber.response()).events).toEqual([]);
  await harness.call('POST', '/emulator/faults', { kind: 'release-events' });
  expect(names(await subscriber.events(1))).toEqual(['Held']);
  subscriber.close();
});

test('a topic tells its schema, and a new field gives a new one for events that follow', async () => {
  const client = harness.connect();
  const before = await topicInfo(client, harness.metadata(), topic_name);
  expect(before).toMatchObject({ topic_name, can_publish: false, can_subscribe: true });
  expect(before.schema_id).toMatch(/^[\w-]{22}$/);
  await harness.call('POST', '/emulator/definitions', { fields: { Account: [{ name: 'Tier__c', type: 'picklist' }] } });
  const after = await topicInfo(client, harness.metadata(), topic_name);
  expect(after.schema_id).not.toBe(before.schema_id);
  const schema = JSON.parse(await schemaJson(client, harness.metadata(), after.schema_id));
  expect(schema.fields.at(-1)).toMatchObject({ name: 'Tier__c', type: ['null', 'string'], default: null });
  expect(JSON.parse(await schemaJson(client, harness.metadata(), before.schema_id)).fields.at(-1).name).toBe(
    'Sync_Stamp__c',
  );
  client.close();
});
