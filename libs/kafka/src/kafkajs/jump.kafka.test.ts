/** kafkajs continues at the beginning of a log whose messages were deleted before it read them, and only logs it. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAdmin } from './admin.ts';
import { createClient } from './client.ts';
import { createConsumer } from './consumer.ts';
import { createProducer } from './producer.ts';

const brokers = process.env.CONCORD_TEST_KAFKA;

describe.skipIf(brokers === undefined)('deleted messages (needs CONCORD_TEST_KAFKA=<host:port>)', () => {
  test('are noticed while reading: every poll says that something was lost', async () => {
    const connection = { brokers: brokers!.split(','), clientId: 'jump', log: () => undefined };
    const topic = `kafka.jump.${randomUUID().slice(0, 8)}`;
    const admin = createAdmin(connection);
    await admin.ensureTopics([{ topic, partitions: 1, replication: 1 }]);
    const producer = createProducer(connection);
    const message = { topic, key: null, value: Buffer.alloc(1_000) };
    await producer.send(Array.from({ length: 10 }, () => message));
    const consumer = createConsumer({ ...connection, groupId: topic, topics: [topic], fromBeginning: true });
    const { kafka, sockets } = createClient(connection);
    const raw = kafka.admin();
    try {
      await consumer.start();
      const poll = () => consumer.poll({ messagesMax: 100, waitMsMax: 10_000 });
      expect((await poll()).messages).toHaveLength(10);
      consumer.pause([{ topic, partition: 0 }]);
      await producer.send(Array.from({ length: 10 }, () => message));
      await raw.connect();
      // Only this makes kafkajs load what it needs for the next call.
      await raw.fetchTopicOffsets(topic);
      await raw.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] });
      consumer.resume([{ topic, partition: 0 }]);
      await expect(poll()).rejects.toMatchObject({ code: 'kafka.offset_lost', reaction: 'halt' });
      await expect(poll()).rejects.toMatchObject({ message: expect.stringContaining(`${topic}/0`) });
    } finally {
      await raw.disconnect();
      sockets.destroy();
      await consumer.stop();
      await producer.stop();
      await admin.deleteTopics([topic]);
    }
  });
});
