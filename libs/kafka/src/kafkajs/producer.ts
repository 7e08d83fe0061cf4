/**
 * The producer on kafkajs. kafkajs's own idempotence does not survive concurrent requests (after a failed request it
 * takes the sequence numbers back, and the next request would be taken for a duplicate), so the send queue lets one
 * request through at a time. After an error that leaves the outcome open, the client loses its sockets, so that no retry
 * of its own can write later, and the next send gets a new client with a new producer id.
 */
import type { Producer, ProducerBatch } from 'kafkajs';
import { KafkaError } from '../errors.ts';
import { partitionOf } from '../partition-of.ts';
import { SendQueue } from '../send-queue.ts';
import type { PlacedMessage } from '../send-queue.ts';
import type { BatchProducer, OutgoingMessage, ProducerOptions } from '../types.ts';
import { createClient, disconnectWithin, retryPolicy } from './client.ts';
import { partitionCountsOf, withFirstContact } from './connect.ts';
import { toKafkaError, topicsMissingError } from './errors.ts';
import type { SocketOwner } from './sockets.ts';
import { settledWithin } from './within.ts';

type Live = { producer: Producer; sockets: SocketOwner };

const stopMsMax = 5_000;

export function createProducer(options: ProducerOptions): BatchProducer {
  return new KafkaJsProducer(options);
}

class KafkaJsProducer implements BatchProducer {
  readonly #options: ProducerOptions;
  readonly #deliveryMsMax: number;
  readonly #queue: SendQueue;
  readonly #partitionCounts = new Map<string, number>();
  #admission: Promise<void> | null = null;
  #live: Live | null = null;
  #turn = 0;
  #isStopped = false;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#deliveryMsMax = options.deliveryMsMax ?? 30_000;
    this.#queue = new SendQueue({
      deliver: (messages) => this.#deliver(messages),
      messageBytesMax: options.messageBytesMax ?? 4_194_304,
      partitionBatchBytesMax: options.partitionBatchBytesMax ?? 900_000,
      requestBytesMax: 8_388_608,
      requestMessagesMax: options.requestMessagesMax ?? 2_000,
      queueBytesMax: options.queueBytesMax ?? 67_108_864,
    });
  }

  async start(): Promise<void> {
    await withFirstContact(this.#options, 'connecting the producer', (admin) => admin.describeCluster());
    await this.#connected();
  }

  async send(messages: OutgoingMessage[]): Promise<void> {
    if (this.#isStopped) throw stoppedError();
    const isKnown = messages.every(({ topic }) => this.#partitionCounts.has(topic));
    if (!isKnown || this.#admission !== null) await this.#admitted(messages);
    return this.#queue.send(messages.map((message) => this.#placed(message)));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#queue.whenIdle();
    await this.#drop('politely');
  }

  /** While topics are looked up, all calls wait in line, so that none overtakes another. */
  #admitted(messages: OutgoingMessage[]): Promise<void> {
    const admitted = (this.#admission ?? Promise.resolve()).then(() => this.#learnTopics(messages));
    const line = admitted.catch(() => undefined);
    this.#admission = line;
    void line.finally(() => {
      if (this.#admission === line) this.#admission = null;
    });
    return admitted;
  }

  async #learnTopics(messages: OutgoingMessage[]): Promise<void> {
    const unknown = new Set(messages.map(({ topic }) => topic).filter((topic) => !this.#partitionCounts.has(topic)));
    if (unknown.size === 0) return;
    const counts = await partitionCountsOf(this.#options, [...unknown]);
    for (const [topic, count] of counts) this.#partitionCounts.set(topic, count);
  }

  #placed(message: OutgoingMessage): PlacedMessage {
    const count = this.#partitionCounts.get(message.topic) ?? 0;
    if (count === 0) throw topicsMissingError([message.topic]);
    const { partition } = message;
    if (partition !== undefined && (partition < 0 || partition >= count)) throw partitionMissingError(message, count);
    if (partition !== undefined) return message as PlacedMessage;
    const chosen = message.key === null ? this.#turn++ % count : partitionOf(message.key, count);
    return { ...message, partition: chosen };
  }

  async #deliver(messages: PlacedMessage[]): Promise<void> {
    const place = { action: 'sending', brokers: this.#options.brokers };
    const request = this.#connected().then((producer) => producer.sendBatch(batchOf(messages)));
    const outcome = await settledWithin(this.#deliveryMsMax, request);
    if (outcome.kind === 'done') return;
    await this.#drop('by force');
    this.#partitionCounts.clear();
    if (outcome.kind === 'late') throw unknownOutcomeError(this.#deliveryMsMax, this.#options.brokers, null);
    const error = toKafkaError(outcome.error, place);
    if (error.code !== 'kafka.unreachable' && error.code !== 'kafka.failed') throw error;
    throw unknownOutcomeError(this.#deliveryMsMax, this.#options.brokers, error);
  }

  async #connected(): Promise<Producer> {
    if (this.#live !== null) return this.#live.producer;
    // As many retries as fit into the time for one delivery; kafkajs cannot be told a time.
    const retries = 4 + Math.ceil(this.#deliveryMsMax / retryPolicy.maxRetryTime);
    const { kafka, sockets } = createClient(this.#options, { ...retryPolicy, retries });
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      retry: { retries },
      createPartitioner: () => partitionerOf(sockets),
    });
    const live = { producer, sockets };
    this.#live = live;
    try {
      await producer.connect();
    } catch (error) {
      if (this.#live === live) await this.#drop('by force');
      throw error;
    }
    return producer;
  }

  async #drop(manner: 'politely' | 'by force'): Promise<void> {
    if (this.#live === null) return;
    const { producer, sockets } = this.#live;
    this.#live = null;
    if (manner === 'by force') sockets.destroy();
    await disconnectWithin(stopMsMax, producer, sockets);
  }
}

/** Partitions are decided already. Asked once more at each attempt, it also ends the retries of an abandoned client. */
function partitionerOf(sockets: SocketOwner): (args: { message: { partition?: number } }) => number {
  return ({ message }) => {
    if (sockets.isDestroyed) throw Object.assign(new Error('this client was given up'), { retriable: false });
    return message.partition!;
  };
}

function batchOf(messages: PlacedMessage[]): ProducerBatch {
  const byTopic = new Map<string, NonNullable<ProducerBatch['topicMessages']>[number]>();
  for (const { topic, key, value, headers, partition } of messages) {
    let group = byTopic.get(topic);
    if (group === undefined) {
      group = { topic, messages: [] };
      byTopic.set(topic, group);
    }
    group.messages.push(headers === undefined ? { key, value, partition } : { key, value, partition, headers });
  }
  return { acks: -1, topicMessages: [...byTopic.values()] };
}

function partitionMissingError(message: OutgoingMessage, count: number): KafkaError {
  return new KafkaError({
    code: 'kafka.partition_missing',
    message: `Kafka: ${message.topic} has ${count} partitions, so there is no partition ${message.partition}`,
    hint: 'All topics of an installation must have the same number of partitions; `concord doctor` compares them.',
  });
}

function unknownOutcomeError(msMax: number, brokers: readonly string[], cause: unknown): KafkaError {
  const seconds = Math.round(msMax / 1000);
  return new KafkaError(
    {
      code: 'kafka.send_unknown',
      message: `Kafka: sending to ${brokers.join(', ')} was not acknowledged within ${seconds} s; it may or may not be written`,
      hint: 'Check the brokers. Sending again is right: consumers drop what they have seen by its sequence.',
    },
    { cause },
  );
}

function stoppedError(): KafkaError {
  return new KafkaError({
    code: 'kafka.stopped',
    message: 'Kafka: this producer was stopped',
    hint: 'Stop the producer after everything that sends with it.',
  });
}
