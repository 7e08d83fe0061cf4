/** What arrives, in which order, and from where: one member of a group. */
import { describe, expect, test } from 'vitest';
import type { TopicPartition } from '@concord/kafka';
import { codeOf, numbered, numbers, pollUntil, read, valuesOf, worldOf } from './kafka-contract-setup.ts';
import type { KafkaClient } from './kafka-contract-setup.ts';

export function describeMessages(client: KafkaClient, brokers: string[]): void {
  describe('messages', () => {
    test('come in offset order per partition, from all partitions', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 3);
      const producer = await world.producer();
      await producer.send([0, 1, 2].flatMap((partition) => numbered(topic, 400, { partition })));
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      const found = await read(consumer, 1_200, 100);
      for (const partition of [0, 1, 2]) {
        const own = found.filter((message) => message.partition === partition);
        expect(valuesOf(own)).toEqual(numbers(0, 400));
        expect(own.map(({ offset }) => offset)).toEqual(own.map((_, index) => BigInt(index)));
      }
      expect(consumer.lag().map(({ messages }) => messages)).toEqual([0n, 0n, 0n]);
    });

    test('keep tombstones, missing keys, empty values and headers apart', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      const producer = await world.producer();
      const before = Date.now();
      await producer.send([
        { topic, key: 'gone', value: null },
        { topic, key: null, value: Buffer.from('no key') },
        { topic, key: '', value: Buffer.alloc(0) },
        {
          topic,
          key: 'grüße',
          value: Buffer.from([0, 255]),
          headers: { ce_id: 'ä1', raw: Buffer.from('2'), none: '' },
        },
      ]);
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      const found = await read(consumer, 4);
      expect(found.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual([
        { key: 'gone', value: null, headers: {} },
        { key: null, value: Buffer.from('no key'), headers: {} },
        { key: '', value: Buffer.alloc(0), headers: {} },
        { key: 'grüße', value: Buffer.from([0, 255]), headers: { ce_id: 'ä1', raw: '2', none: '' } },
      ]);
      for (const { timestampMs } of found) expect(Math.abs(timestampMs - before)).toBeLessThan(60_000);
    });

    test('of a megabyte and more arrive whole, one after the other', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      const producer = await world.producer();
      const sizes = [1_048_576, 3_000_000, 1, 1_048_576];
      await producer.send(sizes.map((size, index) => ({ topic, key: 'k', value: Buffer.alloc(size, index + 1) })));
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      const found = await read(consumer, 4);
      expect(found.map(({ value }) => [value!.length, value![0]])).toEqual(
        sizes.map((size, index) => [size, index + 1]),
      );
    });

    test('come at once, and a poll without any ends after its wait or when aborted', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      const producer = await world.producer();
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      await pollUntil(consumer, () => consumer.health().isFetching);
      const waiting = consumer.poll({ messagesMax: 10, waitMsMax: 30_000 });
      await producer.send(numbered(topic, 1));
      expect(valuesOf((await waiting).messages)).toEqual(['0']);
      expect((await consumer.poll({ messagesMax: 10, waitMsMax: 10 })).messages).toEqual([]);
      const abort = new AbortController();
      const aborted = consumer.poll({ messagesMax: 10, waitMsMax: 30_000, signal: abort.signal });
      abort.abort();
      expect((await aborted).messages).toEqual([]);
    });
  });

  describe('the beginning', () => {
    test('is where the store says; where it says nothing, the oldest message, whatever Kafka remembers', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 2);
      const producer = await world.producer();
      await producer.send([0, 1].flatMap((partition) => numbered(topic, 10, { partition })));
      const first = world.consumer({ topics: [topic] });
      await first.start();
      await read(first, 20);
      await first.commit([0, 1].map((partition) => ({ topic, partition, nextOffset: 9n })));
      await first.stop();
      const asked: TopicPartition[] = [];
      const second = world.consumer({
        topics: [topic],
        startOffsets: async (assigned) => {
          asked.push(...assigned);
          return [{ topic, partition: 0, offset: 7n }];
        },
      });
      await second.start();
      const found = await read(second, 13);
      expect(valuesOf(found.filter(({ partition }) => partition === 0))).toEqual(numbers(7, 10));
      expect(valuesOf(found.filter(({ partition }) => partition === 1))).toEqual(numbers(0, 10));
      expect(asked).toEqual([
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]);
    });

    test('is what was committed to Kafka when there is no store, and the lag shows it', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      await (await world.producer()).send(numbered(topic, 10));
      const first = world.consumer({ topics: [topic] });
      await first.start();
      await read(first, 10);
      await first.commit([{ topic, partition: 0, nextOffset: 4n }]);
      await first.stop();
      const lag = await world.admin.groupLag(world.groupId, [topic]);
      expect(lag).toEqual([{ topic, partition: 0, committed: 4n, end: 10n, messages: 6n }]);
      const second = world.consumer({ topics: [topic] });
      await second.start();
      expect(valuesOf(await read(second, 6))).toEqual(numbers(4, 10));
    });

    test('is the end when asked so', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      const producer = await world.producer();
      await producer.send(numbered(topic, 5));
      const consumer = world.consumer({ topics: [topic], fromBeginning: false });
      await consumer.start();
      await pollUntil(consumer, () => consumer.health().isFetching);
      await producer.send([{ topic, key: null, value: Buffer.from('new') }]);
      expect(valuesOf(await read(consumer, 1))).toEqual(['new']);
    });

    test('is refused when the log no longer holds it', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      await (await world.producer()).send(numbered(topic, 5));
      const consumer = world.consumer({
        topics: [topic],
        startOffsets: async () => [{ topic, partition: 0, offset: 6n }],
      });
      await consumer.start();
      expect(await codeOf(pollUntil(consumer, () => false))).toBe('kafka.offset_lost');
      expect(consumer.health()).toMatchObject({ isFetching: false, lastError: { reaction: 'halt' } });
    });

    test('waits for a store that fails: the poll throws its error, the next one asks again', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      await (await world.producer()).send(numbered(topic, 3));
      let calls = 0;
      const consumer = world.consumer({
        topics: [topic],
        startOffsets: async () => {
          if (calls++ === 0) throw Object.assign(new Error('the store is away'), { code: 'store.unreachable' });
          return [{ topic, partition: 0, offset: 1n }];
        },
      });
      await consumer.start();
      expect(await codeOf(pollUntil(consumer, () => false))).toBe('store.unreachable');
      expect(valuesOf(await read(consumer, 2))).toEqual(['1', '2']);
    });
  });

  describe('pause and seek', () => {
    test('a paused partition rests, also what was fetched of it, and loses nothing', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 2);
      const producer = await world.producer();
      await producer.send(numbered(topic, 100));
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      expect(valuesOf(await read(consumer, 10, 10))).toEqual(numbers(0, 10));
      consumer.pause([{ topic, partition: 0 }]);
      await producer.send(numbered(topic, 20, { partition: 1 }));
      const meanwhile = await read(consumer, 20);
      expect(new Set(meanwhile.map(({ partition }) => partition))).toEqual(new Set([1]));
      consumer.resume([{ topic, partition: 0 }]);
      expect(valuesOf(await read(consumer, 90))).toEqual(numbers(10, 100));
    });

    test('a seek repeats or leaves out, and nothing of before comes after it', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      await (await world.producer()).send(numbered(topic, 50));
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      await read(consumer, 20, 20);
      consumer.seek({ topic, partition: 0 }, 5n);
      expect(valuesOf(await read(consumer, 45))).toEqual(numbers(5, 50));
      consumer.seek({ topic, partition: 0 }, 48n);
      expect(valuesOf(await read(consumer, 2))).toEqual(['48', '49']);
    });
  });
}
