/** Goal: facts reach their topic under the right key, in order, and only after their record is known. */
import type { SourceFact } from '@concord/connector-kit';
import { createCodecs, createMemoryRegistry, parseHeaders, type EntityPlan } from '@concord/contracts';
import { expect, test } from 'vitest';
import { createFactPublisher, type MessageProducer } from './fact-publisher.ts';

const access = {
  type: { kind: 'string' },
  read: true,
  write: true,
  targetEdit: 'overwritten',
  native: 'name',
  nativeType: 'text',
} as const;
const plan: EntityPlan = {
  entity: 'accounts',
  sync: 'test',
  fields: [{ name: 'name', type: { kind: 'string' }, policy: { kind: 'last_write_wins' } }],
  systems: {
    postgres: {
      type: 'postgres',
      object: 'public.accounts',
      key: ['id'],
      keyGenerated: true,
      fields: { name: access },
      link: null,
      filter: {},
      readExistence: true,
      writeExistence: true,
    },
  },
  deletePolicy: 'delete_wins',
};

function fact(nativeId: string, position: string, name: string): SourceFact {
  return {
    entity: 'accounts',
    recordId: null,
    links: [],
    before: null,
    change: {
      kind: 'change',
      system: 'postgres',
      position,
      at: 1_000,
      nativeId,
      existence: 'exists',
      values: { name },
      complete: true,
      snapshot: position === '',
      echo: null,
      transaction: 't',
    },
  };
}

test('publishes facts in order, keyed by the record that the store names', async () => {
  const codecs = await createCodecs(createMemoryRegistry(), [plan]);
  const sent: Parameters<MessageProducer['send']>[0] = [];
  const publisher = createFactPublisher({
    identities: { resolve: async (requests) => requests.map(({ nativeId }) => `record-${nativeId}`) },
    codecs,
    producer: { send: async (messages) => void sent.push(...messages) },
  });
  await publisher.publish([fact('1', 'a', 'first'), fact('2', '', 'read'), fact('1', 'b', 'second')]);
  const codec = codecs.changes('accounts');
  expect(sent.map(({ topic, key, value }) => [topic, key, codec.decode(value).change.values['name']])).toEqual([
    ['changes.accounts', 'record-1', 'first'],
    ['changes.accounts', 'record-2', 'read'],
    ['changes.accounts', 'record-1', 'second'],
  ]);
  const ids = sent.map(({ headers }) => parseHeaders(headers).id);
  expect(ids).toEqual(['postgres/accounts/1/a', 'postgres/accounts/2/1000', 'postgres/accounts/1/b']);
});

test('a row that a command of ours named is not looked up', async () => {
  const codecs = await createCodecs(createMemoryRegistry(), [plan]);
  const keys: string[] = [];
  const asked: string[] = [];
  const publisher = createFactPublisher({
    identities: {
      resolve: async (requests) => {
        asked.push(...requests.map(({ nativeId }) => nativeId));
        return requests.map(({ nativeId }) => `record-${nativeId}`);
      },
    },
    codecs,
    producer: { send: async (messages) => void keys.push(...messages.map(({ key }) => key)) },
  });
  const ours = { ...fact('2', 'b', 'ours'), recordId: 'record-ours', isIdentified: true };
  const linked = { ...ours, links: [{ system: 'salesforce', nativeId: '001' }] };
  await publisher.publish([fact('1', 'a', 'first'), ours, linked, fact('3', 'c', 'last')]);
  expect(keys).toEqual(['record-1', 'record-ours', 'record-2', 'record-3']);
  expect(asked).toEqual(['1', '2', '3']);
});

test('asks nobody when there is nothing to publish', async () => {
  const refuse = async (): Promise<never> => {
    throw new Error('must not be called');
  };
  const codecs = await createCodecs(createMemoryRegistry(), [plan]);
  const publisher = createFactPublisher({ identities: { resolve: refuse }, codecs, producer: { send: refuse } });
  await expect(publisher.publish([])).resolves.toBeUndefined();
});
