/**
 * What one hop over Kafka costs through our port: `node test/bench/src/kafka-hop.ts <host:port>`.
 * Latency: one message at a time, from the call of `send` to the return of `poll`. Throughput: 500-byte values in sends of
 * 500, six partitions, acks=all; then the same messages polled by 500 and by 5,000. Own topics, deleted at the end.
 */
import { randomUUID } from 'node:crypto';
import { createAdmin, createConsumer, createProducer } from '@concord/kafka';
import type { BatchConsumer, BatchProducer } from '@concord/kafka';

const brokers = (process.argv[2] ?? process.env.CONCORD_TEST_KAFKA ?? '127.0.0.1:9092').split(',');
const hops = 1_000;
const messageCount = 200_000;
const sendSize = 500;
const sendsAtOnce = 4;

const connection = { brokers, clientId: 'kafka-hop' };
const topic = `bench.hop.${randomUUID().slice(0, 8)}`;
const admin = createAdmin(connection);

await admin.ensureTopics([{ topic, partitions: 6, replication: 1 }]);
const producer = createProducer(connection);
await producer.start();
try {
  const consumer = consumerOf('latency');
  await consumer.start();
  await latency(producer, consumer);
  await consumer.stop();
  await report(`produce ${messageCount} messages`, () => produce(producer));
  for (const messagesMax of [500, 5_000]) await consume(messagesMax);
} finally {
  await producer.stop();
  await admin.deleteTopics([topic]);
}

function consumerOf(group: string): BatchConsumer {
  return createConsumer({ ...connection, groupId: `${topic}.${group}`, topics: [topic], fromBeginning: true });
}

async function latency(sender: BatchProducer, receiver: BatchConsumer): Promise<void> {
  const elapsed: number[] = [];
  await sender.send([{ topic, key: 'warm', value: null }]);
  while ((await receiver.poll({ messagesMax: 10, waitMsMax: 1_000 })).messages.length === 0);
  for (let hop = 0; hop < hops; hop++) {
    const polled = receiver.poll({ messagesMax: 10, waitMsMax: 10_000 });
    const began = performance.now();
    const sent = sender.send([{ topic, key: String(hop), value: Buffer.alloc(500) }]);
    await polled;
    elapsed.push(performance.now() - began);
    await sent;
  }
  elapsed.sort((a, b) => a - b);
  const at = (share: number) => elapsed[Math.floor(hops * share)]!.toFixed(2);
  console.log(`hop, idle: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms (${hops} hops)`);
}

async function produce(sender: BatchProducer): Promise<void> {
  const value = Buffer.alloc(500, 'x');
  const next = (from: number) =>
    Array.from({ length: sendSize }, (_, index) => ({ topic, key: `record-${from + index}`, value }));
  const lane = async (first: number): Promise<void> => {
    for (let from = first * sendSize; from < messageCount; from += sendsAtOnce * sendSize)
      await sender.send(next(from));
  };
  await Promise.all(Array.from({ length: sendsAtOnce }, (_, index) => lane(index)));
}

async function consume(messagesMax: number): Promise<void> {
  const consumer = consumerOf(`throughput-${messagesMax}`);
  await consumer.start();
  let polls = 0;
  await report(`consume ${messageCount} messages by ${messagesMax}`, async () => {
    for (let count = 0; count < messageCount; polls++) {
      count += (await consumer.poll({ messagesMax, waitMsMax: 1_000 })).messages.length;
    }
  });
  console.log(`  in ${polls} polls`);
  await consumer.stop();
}

async function report(what: string, work: () => Promise<void>): Promise<void> {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  const perSecond = Math.round(messageCount / seconds).toLocaleString('en');
  console.log(`${what}: ${perSecond} msg/s, ${cpuSeconds.toFixed(2)} CPU s`);
}
