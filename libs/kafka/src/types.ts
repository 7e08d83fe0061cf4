/**
 * The port to Kafka. The rest of Concord sees only these types, so that another client can take kafkajs's place by
 * passing the same contract suite (`test/contract`). The port is deliberately thin: it fetches, keeps the order within a
 * partition and assigns partitions. What has been processed is known to the store, never to the client.
 */
import type { KafkaLog } from './log.ts';

export type TopicPartition = { topic: string; partition: number };

export type TopicPartitionOffset = TopicPartition & { offset: bigint };

/**
 * One record as read. `value` is a view on the fetch response: whoever keeps it for long copies it, because a small view
 * keeps the whole response alive. `key` is decoded as UTF-8; a header that occurs several times shows its last value.
 */
export type KafkaMessage = {
  topic: string;
  partition: number;
  offset: bigint;
  key: string | null;
  value: Buffer | null;
  headers: Readonly<Record<string, string>>;
  timestampMs: number;
};

/** `generation` counts the assignments of this member; it rises with every rebalance. */
export type PolledBatch = { messages: KafkaMessage[]; generation: number };

export type PollOptions = { messagesMax: number; waitMsMax: number; signal?: AbortSignal };

export type PartitionLag = TopicPartition & { messages: bigint };

/** `lastError` is the trouble that keeps the member from fetching, null as long as all is well (even with no partition). */
export type ConsumerHealth = { assigned: number; isFetching: boolean; lastError: Error | null };

/**
 * One member of a consumer group.
 *
 * `poll` returns as soon as anything is there (no timer is waited for) and shares its room fairly between partitions.
 * Coming back for the next `poll` says "what you gave me is done": a rebalance waits for that, within `drainMsMax`.
 * Messages of partitions since revoked are never handed out. One `poll` at a time.
 */
export interface BatchConsumer {
  start(): Promise<void>;
  poll(options: PollOptions): Promise<PolledBatch>;
  /** Commits to Kafka, for lag tools and for services that keep their offsets there. Partitions not owned are ignored. */
  commit(offsets: (TopicPartition & { nextOffset: bigint })[]): Promise<void>;
  pause(partitions: TopicPartition[]): void;
  resume(partitions: TopicPartition[]): void;
  seek(partition: TopicPartition, offset: bigint): void;
  assignment(): TopicPartition[];
  /** Messages behind the high watermark per assigned partition, as known from the latest fetch of each. */
  lag(): PartitionLag[];
  health(): ConsumerHealth;
  /** Takes no more messages in, calls `onRevoked`, leaves the group. Safe to call twice or before `start`. */
  stop(): Promise<void>;
}

export type SaslOptions =
  | { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
  | { mechanism: 'oauthbearer'; token: () => Promise<string> };

/** `true` means TLS checked against the system's authorities; PEM texts where the cluster has its own. */
type TlsOptions = boolean | { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean };

export type KafkaConnection = {
  brokers: string[];
  clientId: string;
  ssl?: TlsOptions;
  sasl?: SaslOptions;
  log?: KafkaLog;
  /** How long a first connection may take before `kafka.unreachable`; 10 s. */
  connectMsMax?: number;
};

export type ConsumerOptions = KafkaConnection & {
  groupId: string;
  topics: string[];
  /** Where to begin if no offset is known: at the oldest message or behind the newest. */
  fromBeginning: boolean;
  /**
   * Offsets of the store. Called on assignment, before any message of these partitions is handed out. A null offset (or
   * a missing entry) begins as `fromBeginning` says, whatever Kafka's committed offset is. Without this function,
   * Kafka's committed offsets are used.
   */
  startOffsets?: (assigned: TopicPartition[]) => Promise<(TopicPartition & { offset: bigint | null })[]>;
  /** Called before the partitions are given up, once the last polled batch is done; both together within `drainMsMax`. */
  onRevoked?: (lost: TopicPartition[]) => Promise<void>;
  sessionTimeoutMs?: number;
  drainMsMax?: number;
  fetchBytesMax?: number;
  partitionFetchBytesMax?: number;
  /** Intake stops above either bound and goes on below half of it. A fetch under way may still come on top. */
  bufferBytesMax?: number;
  bufferMessagesMax?: number;
  /** About what one poll hands out at most; 2 MiB. */
  pollBytesMax?: number;
};

/** What is sent. `partition` overrides the choice by key; without key and partition, partitions take turns. */
export type OutgoingMessage = {
  topic: string;
  key: string | null;
  value: Buffer | null;
  headers?: Readonly<Record<string, string | Buffer>>;
  partition?: number;
};

/**
 * An idempotent producer with acks=all. Messages of one partition arrive in the order of the `send` calls, also of
 * concurrent ones; calls made while a request is under way share the next one. If a send fails, all later ones that are
 * not yet acknowledged fail too, so that sending again in the same order keeps the order.
 */
export interface BatchProducer {
  start(): Promise<void>;
  send(messages: OutgoingMessage[]): Promise<void>;
  /** Waits for what is under way. Safe to call twice or before `start`. */
  stop(): Promise<void>;
}

export type ProducerOptions = KafkaConnection & {
  /** Until then a send is retried; after it the outcome is unknown and the producer is made anew. 30 s. */
  deliveryMsMax?: number;
  /** Largest single message (key, value and headers); must not exceed the topics' `max.message.bytes`. 4 MiB. */
  messageBytesMax?: number;
  /** What one request may hold for one partition, unless a single message is larger. 900 kB. */
  partitionBatchBytesMax?: number;
  requestMessagesMax?: number;
  /** What may wait to be sent before further sends are refused. 64 MiB. */
  queueBytesMax?: number;
};

export type TopicSpec = {
  topic: string;
  partitions: number;
  replication: number;
  config?: Readonly<Record<string, string>>;
};

export type TopicOffsets = TopicPartition & { begin: bigint; end: bigint };

export type GroupLag = TopicPartition & { committed: bigint | null; end: bigint; messages: bigint };

export interface KafkaAdmin {
  /** Succeeds once a broker answers; else one `kafka.unreachable` after `connectMsMax`. */
  check(): Promise<void>;
  /** Creates what is missing; a topic with another partition count is an error that names the remedy. */
  ensureTopics(topics: TopicSpec[]): Promise<{ created: string[]; existing: string[] }>;
  deleteTopics(topics: string[]): Promise<void>;
  listTopics(): Promise<string[]>;
  partitionCounts(topics: string[]): Promise<Map<string, number>>;
  offsets(topics: string[]): Promise<TopicOffsets[]>;
  groupLag(groupId: string, topics: string[]): Promise<GroupLag[]>;
  stop(): Promise<void>;
}
