/** Debezium writes `cdc.<system>` in transactions: what was aborted must not be seen, and markers are no lost messages. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAdmin } from './admin.ts';
import { createClient } from './client.ts';
import { createConsumer } from './consumer.ts';

const brokers = process.env.CONCORD_TEST_KAFKA;

describe.skipIf(brokers === undefined)('transactions (needs CONCORD_TEST_KAFKA=<host:port>)', () => {
  test('only committed messages are read, and nothing is behind after the last marker', async () => {
    const connection = { brokers: brokers!.split(','), clientId: 'transactions', log: () => undefined };
    const topic = `kafka.transactions.${randomUUID().slice(0, 8)}`;
    const admin = createAdmin(connection);
    await admin.ensureTopics([{ topic, partitions: 1, replication: 1 }]);
    const { kafka, sockets } = createClient(connection);
    const writer = kafka.producer({ idempotent: true, transactionalId: topic, maxInFlightRequests: 1 });
    const consumer = createConsumer({ ...connection, groupId: topic, topics: [topic], fromBeginning: true });
    const write = async (values: string[], ending: 'commit' | 'abort'): Promise<void> => {
      const transaction = await writer.transaction();
      await transaction.send({ topic, messages: values.map((value) => ({ value })) });
      await transaction[ending]();
    };
    const poll = async (): Promise<string[]> => {
      const { messages } = await consumer.poll({ messagesMax: 100, waitMsMax: 500 });
      return messages.map(({ value }) => value!.toString());
    };
    const pollUntil = async (last: string): Promise<string[]> => {
      const values: string[] = [];
      while (values.at(-1) !== last) values.push(...(await poll()));
      return values;
    };
    try {
      await writer.connect();
      await write(['a', 'b'], 'commit');
      await write(['never'], 'abort');
      await consumer.start();
      expect(await pollUntil('b')).toEqual(['a', 'b']);
      // Two fetches that hold markers and aborted messages only.
      await write(['neither'], 'abort');
      await poll();
      expect(consumer.lag()).toEqual([{ topic, partition: 0, messages: 0n }]);
      await write(['c'], 'commit');
      expect(await pollUntil('c')).toEqual(['c']);
      await poll();
      expect(consumer.lag()).toEqual([{ topic, partition: 0, messages: 0n }]);
      await consumer.stop();
    } finally {
      await consumer.stop();
      await writer.disconnect();
      sockets.destroy();
      await admin.deleteTopics([topic]);
    }
  });
});
