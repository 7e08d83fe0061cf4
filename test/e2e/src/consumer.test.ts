/**
 * Goal: a service of somebody else can use the public topic with stock clients and nothing of ours. Method: kafkajs and the
 * registry client as their documentation shows them.
 */
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeWorld, createdInPostgres, openWorld, seen, type World } from './world.ts';

type Fact = { recordId: string; version: unknown; deleted: boolean; origin: string; values: { account_name: string } };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(closeWorld);

test('stock clients read records.accounts: every version, then the delete, then the tombstone', async () => {
  const { platform, database } = world;
  const registry = new SchemaRegistry({ host: platform.registry.url });
  const kafka = new Kafka({ brokers: [...platform.kafka.brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'somebody-else' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'records.accounts', fromBeginning: true });
  const facts: (Fact | null)[] = [];
  const keys: string[] = [];
  const headers: Record<string, string>[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      keys.push(String(message.key));
      headers.push(
        Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])),
      );
      facts.push(message.value === null ? null : ((await registry.decode(message.value)) as Fact));
    },
  });
  try {
    const { row } = await createdInPostgres(world, 'Read by others');
    await database.query('DELETE FROM accounts WHERE id = $1', [row.id]);
    const recordId = await seen(
      'the record id',
      async () => facts.find((fact) => fact?.values.account_name === 'Read by others')?.recordId,
    );
    const own = () => facts.filter((_, index) => keys[index] === recordId);
    await seen('the tombstone', async () => own().at(-1) === null);
    const versions = own().map((fact) => (fact === null ? null : Number(fact.version)));
    expect(versions.slice(0, -1)).toEqual(versions.slice(0, -1).toSorted((a, b) => Number(a) - Number(b)));
    expect(own()[0]).toMatchObject({ deleted: false, origin: 'postgres', recordId });
    expect(own().at(-2)).toMatchObject({ deleted: true, origin: 'postgres' });
    expect(headers[keys.indexOf(recordId)]).toMatchObject({
      ce_specversion: '1.0',
      ce_type: 'concord.records.v1.RecordChange',
      ce_subject: recordId,
    });
  } finally {
    await consumer.disconnect();
  }
});
