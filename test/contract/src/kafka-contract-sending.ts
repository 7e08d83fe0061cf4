/** Sending, topics and the words that failures come in. */
import { describe, expect, test } from 'vitest';
import { freePort } from '@concord/platform';
import { codeOf, numbered, numbers, read, valuesOf, worldOf } from './kafka-contract-setup.ts';
import type { KafkaClient } from './kafka-contract-setup.ts';

export function describeSending(client: KafkaClient, brokers: string[]): void {
  describe('sending', () => {
    test('keeps the order of concurrent calls, without duplicates', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 2);
      const producer = await world.producer();
      const all = numbered(topic, 2_000);
      const calls: Promise<void>[] = [];
      for (let from = 0; from < all.length; from += 5) {
        calls.push(producer.send(all.slice(from, from + 5)));
        // Some calls meet a request under way, others share one.
        if (from % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(calls);
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      expect(valuesOf(await read(consumer, 2_000))).toEqual(numbers(0, 2_000));
      expect((await world.admin.offsets([topic])).map(({ end }) => end)).toEqual([2_000n, 0n]);
    });

    test('puts equal keys into equal partitions of all topics, and spreads what has no key', async () => {
      const world = worldOf(client, brokers);
      const topics = [await world.topic('a', 6), await world.topic('b', 6)];
      const producer = await world.producer();
      const keys = numbers(0, 60);
      await producer.send(topics.flatMap((topic) => keys.map((key) => ({ topic, key, value: null }))));
      await producer.send(topics.flatMap((topic) => keys.map(() => ({ topic, key: null, value: null }))));
      const consumer = world.consumer({ topics });
      await consumer.start();
      const found = await read(consumer, 240);
      const places = (topic: string | undefined) =>
        new Map(found.filter((message) => message.topic === topic).map(({ key, partition }) => [key, partition]));
      const withKeys = [...places(topics[0])].filter(([key]) => key !== null);
      expect(withKeys).toHaveLength(60);
      for (const [key, partition] of withKeys) expect(places(topics[1]).get(key)).toBe(partition);
      const spread = new Set(found.filter(({ key }) => key === null).map(({ partition }) => partition));
      expect(spread.size).toBe(6);
    });

    test('sends more than one request can hold', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 1, { 'max.message.bytes': '1048588' });
      const producer = await world.producer();
      await producer.send(numbered(topic, 60, { value: Buffer.alloc(100_000) }));
      expect((await world.admin.offsets([topic]))[0]!.end).toBe(60n);
    });

    test('refuses what is too large, alone, and goes on', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 1, { 'max.message.bytes': '20000' });
      const producer = await world.producer({ messageBytesMax: 50_000 });
      const sized = (bytes: number) => producer.send([{ topic, key: 'k', value: Buffer.alloc(bytes) }]);
      const outcomes = await Promise.all([sized(60_000), sized(100)].map(codeOf));
      expect(outcomes).toEqual(['kafka.message_too_large', 'no error']);
      expect(await codeOf(sized(30_000))).toBe('kafka.message_too_large');
      expect(await codeOf(sized(100))).toBe('no error');
      expect((await world.admin.offsets([topic]))[0]!.end).toBe(2n);
    });

    test('names a topic or partition that does not exist', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 2);
      const producer = await world.producer();
      expect(await codeOf(producer.send([{ topic: 'contract.absent', key: null, value: null }]))).toBe(
        'kafka.topic_missing',
      );
      expect(await codeOf(producer.send([{ topic, key: null, value: null, partition: 2 }]))).toBe(
        'kafka.partition_missing',
      );
      expect(await codeOf(world.consumer({ topics: ['contract.absent'] }).start())).toBe('kafka.topic_missing');
    });
  });

  describe('topics', () => {
    test('are made when missing, kept when right, refused when different', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('kept', 2);
      const spec = { topic, partitions: 2, replication: 1 };
      const other = { ...spec, topic: `${topic}.other` };
      expect(await world.admin.ensureTopics([spec, other])).toEqual({ created: [other.topic], existing: [topic] });
      expect(await world.admin.partitionCounts([topic])).toEqual(new Map([[topic, 2]]));
      expect(await codeOf(world.admin.ensureTopics([{ ...spec, partitions: 3 }]))).toBe('kafka.partition_count');
      expect(await codeOf(world.admin.ensureTopics([{ ...spec, topic: `${topic}.wide`, replication: 9 }]))).toBe(
        'kafka.topic_refused',
      );
      await world.admin.deleteTopics([other.topic]);
      expect(await world.admin.listTopics()).not.toContain(other.topic);
    });
  });

  describe('a cluster that cannot be reached', () => {
    test('is one error within the time allowed, naming brokers and remedy', async () => {
      const place = `127.0.0.1:${await freePort()}`;
      const world = worldOf(client, brokers);
      const connection = { ...world.connection, brokers: [place], connectMsMax: 1_500 };
      const began = Date.now();
      const attempts = [
        client.createAdmin(connection).check(),
        client.createProducer(connection).start(),
        client.createConsumer({ ...connection, groupId: 'g', topics: ['t'], fromBeginning: true }).start(),
      ];
      for (const outcome of await Promise.allSettled(attempts)) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: {
            code: 'kafka.unreachable',
            reaction: 'retry',
            message: expect.stringMatching(`${place}.*ECONNREFUSED`),
            hint: expect.stringContaining('advertised.listeners'),
          },
        });
      }
      expect(Date.now() - began).toBeLessThan(6_000);
    });
  });
}
