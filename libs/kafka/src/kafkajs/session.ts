/**
 * One life of a kafkajs consumer: from connecting to its stop or crash. kafkajs would restart a crashed consumer inside
 * itself, for ever and without a word; here a crash ends the session and the owner decides. `stop` has an end even where
 * kafkajs's own hangs (stopping while a rebalance waits for others), because the sockets are taken away after a while.
 */
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { ConsumerOptions, TopicPartition } from '../types.ts';
import { coPartitionAssigner } from './assigner.ts';
import { createClient, disconnectWithin, retryPolicy } from './client.ts';
import type { SocketOwner } from './sockets.ts';
import type { ConsumerTiming } from './timing.ts';
import { settledWithin } from './within.ts';

export type SessionEvents = {
  /** Awaited before each JoinGroup: the partitions of the last assignment are given up behind it. */
  beforeJoin: () => Promise<void>;
  /** Called before the first fetch of the new assignment; kafkajs does not wait, so it is paused here. */
  onJoined: (assigned: TopicPartition[]) => void;
  onBatch: (payload: EachBatchPayload) => Promise<void>;
  onFiltered: (batch: { topic: string; partition: number; lastOffset: string; highWatermark: string }) => void;
  onCrash: (error: Error) => void;
};

const stopMsMax = 5_000;
const workersMax = 128;

export class Session {
  readonly consumer: Consumer;
  readonly #sockets: SocketOwner;
  readonly #events: SessionEvents;
  readonly #topics: string[];
  #starting: Promise<void> = Promise.resolve();
  #isEnding = false;
  #memberId: string | null = null;
  #lastFetchAtMs = Date.now();

  constructor(options: ConsumerOptions, timing: ConsumerTiming, events: SessionEvents, former?: Session) {
    let formerMemberId = former === undefined ? null : former.#memberId;
    const { kafka, sockets } = createClient(options);
    this.#sockets = sockets;
    this.#events = events;
    this.#topics = options.topics;
    this.consumer = kafka.consumer({
      groupId: options.groupId,
      partitionAssigners: [
        coPartitionAssigner({
          beforeJoin: () => this.#beforeJoin(),
          takeFormerMemberId: () => {
            const memberId = formerMemberId;
            formerMemberId = null;
            return memberId;
          },
        }),
      ],
      sessionTimeout: timing.sessionTimeoutMs,
      rebalanceTimeout: timing.rebalanceTimeoutMs,
      heartbeatInterval: timing.heartbeatIntervalMs,
      minBytes: 1,
      maxWaitTimeInMs: timing.fetchWaitMs,
      maxBytes: options.fetchBytesMax ?? 4_194_304,
      maxBytesPerPartition: options.partitionFetchBytesMax ?? 1_048_576,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      retry: { ...retryPolicy, restartOnFailure: async () => false },
    });
  }

  start(partitionCount: number): Promise<void> {
    this.#starting = this.#start(partitionCount);
    return this.#starting;
  }

  async #start(partitionCount: number): Promise<void> {
    const { consumer } = this;
    consumer.on('consumer.fetch', () => {
      this.#lastFetchAtMs = Date.now();
    });
    consumer.on('consumer.group_join', ({ payload }) => {
      this.#memberId = payload.memberId;
      const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      this.#events.onJoined(assigned);
    });
    consumer.on('consumer.start_batch_process', ({ payload }) => {
      if (payload.batchSize === 0) this.#events.onFiltered(payload);
    });
    consumer.on('consumer.crash', ({ payload }) => {
      if (!this.#isEnding) this.#events.onCrash(payload.error);
    });
    await consumer.connect();
    await consumer.subscribe({ topics: this.#topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // One worker per partition: then all batches of a fetch reach the buffer at once and a poll sees them together.
      partitionsConsumedConcurrently: Math.min(Math.max(1, partitionCount), workersMax),
      eachBatch: (payload) => this.#events.onBatch(payload),
    });
  }

  /** Fetches come several times a second even when nothing is there, unless the broker does not answer. */
  msSinceLastFetch(): number {
    return Date.now() - this.#lastFetchAtMs;
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    // Whoever stops kafkajs while it joins for the first time leaves a member behind that the group waits for.
    await settledWithin(stopMsMax, this.#starting);
    await disconnectWithin(stopMsMax, this.consumer, this.#sockets);
  }

  async #beforeJoin(): Promise<void> {
    if (this.#isEnding) throw Object.assign(new Error('the consumer is stopping'), { retriable: false });
    await this.#events.beforeJoin();
  }
}
