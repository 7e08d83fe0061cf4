/** A world per test for the Kafka contract: own topics and group, and everything that was started is stopped again. */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type {
  BatchConsumer,
  BatchProducer,
  ConsumerOptions,
  KafkaAdmin,
  KafkaConnection,
  KafkaMessage,
  OutgoingMessage,
  ProducerOptions,
} from '@concord/kafka';

/** What a client has to offer to be run through the contract. */
export type KafkaClient = {
  name: string;
  createConsumer: (options: ConsumerOptions) => BatchConsumer;
  createProducer: (options: ProducerOptions) => BatchProducer;
  createAdmin: (connection: KafkaConnection) => KafkaAdmin;
};

const deadlineMs = 30_000;

export function worldOf(client: KafkaClient, brokers: string[]) {
  const id = randomUUID().slice(0, 8);
  const connection: KafkaConnection = { brokers, clientId: `contract-${id}`, log: () => undefined };
  const admin = client.createAdmin(connection);
  const topics: string[] = [];
  onTestFinished(() => admin.deleteTopics(topics));
  return {
    connection,
    admin,
    groupId: `contract-${id}`,

    async topic(name: string, partitions = 1, config: Record<string, string> = {}): Promise<string> {
      const topic = `contract.${id}.${name}`;
      topics.push(topic);
      await admin.ensureTopics([{ topic, partitions, replication: 1, config }]);
      return topic;
    },

    async producer(options: Partial<ProducerOptions> = {}): Promise<BatchProducer> {
      const producer = client.createProducer({ ...connection, ...options });
      onTestFinished(() => producer.stop());
      await producer.start();
      return producer;
    },

    /** Made, not started; ready for short sessions so that a crash is noticed soon. */
    consumer(options: Pick<ConsumerOptions, 'topics'> & Partial<ConsumerOptions>): BatchConsumer {
      const consumer = client.createConsumer({
        ...connection,
        groupId: this.groupId,
        fromBeginning: true,
        sessionTimeoutMs: 6_000,
        ...options,
      });
      onTestFinished(() => consumer.stop());
      return consumer;
    },
  };
}

/** Polls until `count` messages came; more than that is an error, for nothing may come twice. */
export async function read(consumer: BatchConsumer, count: number, messagesMax = 500): Promise<KafkaMessage[]> {
  const found: KafkaMessage[] = [];
  const endsAt = Date.now() + deadlineMs;
  while (found.length < count) {
    if (Date.now() > endsAt) throw new Error(`only ${found.length} of ${count} messages came`);
    const { messages } = await consumer.poll({ messagesMax, waitMsMax: 500 });
    found.push(...messages);
  }
  if (found.length > count) throw new Error(`${found.length} messages came instead of ${count}`);
  return found;
}

/** Polls without expecting anything until the condition holds. */
export async function pollUntil(consumer: BatchConsumer, condition: () => boolean): Promise<KafkaMessage[]> {
  const found: KafkaMessage[] = [];
  const endsAt = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error('the awaited state did not come');
    found.push(...(await consumer.poll({ messagesMax: 500, waitMsMax: 50 })).messages);
  }
  return found;
}

export function numbered(topic: string, count: number, more: Partial<OutgoingMessage> = {}): OutgoingMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    topic,
    key: null,
    value: Buffer.from(String(index)),
    partition: 0,
    ...more,
  }));
}

export function valuesOf(messages: readonly KafkaMessage[]): (string | null)[] {
  return messages.map(({ value }) => value?.toString() ?? null);
}

export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
