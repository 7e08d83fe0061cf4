/**
 * Every topic, consumer group and header name of Concord, once. A literal elsewhere is a fault.
 *
 * Kind first, then the system or entity: `changes.accounts`. From `changes` on all topics have one partition count, and a
 * record has the same partition number in each: its id is the key of changes, records and conflicts, while commands, outcomes
 * and the audit are messages about many records of a partition, without a key.
 */
import { ContractError } from './errors.ts';

/** Kafka accepts letters, digits, `.`, `_`, `-`; the dot separates, so a name inside a topic may not hold one. */
const nameAllowed = /^[A-Za-z0-9_-]{1,120}$/;

function segment(name: string): string {
  if (nameAllowed.test(name)) return name;
  throw new ContractError('contract.bad_name', `"${name}" cannot be part of a topic name.`);
}

export const topics = {
  /** Raw Debezium records of one database, in commit order, on one partition. */
  cdc: (system: string) => `cdc.${segment(system)}`,
  /** Normalized source changes. */
  changes: (entity: string) => `changes.${segment(entity)}`,
  /** The resolved truth: what most consumers want. */
  records: (entity: string) => `records.${segment(entity)}`,
  /** What a system must be told. */
  commands: (system: string) => `commands.${segment(system)}`,
  outcomes: 'outcomes',
  /** What people decided in reviews. */
  resolutions: 'resolutions',
  conflicts: 'conflicts',
  audit: 'audit',
  /** Messages of a topic that could not be handled, bytes untouched, with the reason in headers. */
  dlq: (topic: string) => `${topic}.dlq`,
} as const;

export type TopicSpec = { topic: string; partitions: number; config: Record<string, string> };

const partitionsDefault = 6;

const dayMs = 24 * 60 * 60 * 1000;
/** Wide rows: the broker's default of 1 MiB is less than one Salesforce rich-text field may take. */
const messageBytesMax = String(4 * 1024 * 1024);

function deleted(retentionDays: number): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionDays * dayMs),
    'max.message.bytes': messageBytesMax,
  };
}

/** A delete stays readable for a week, so that a consumer that was away learns of it before the tombstone goes. */
const compacted = {
  'cleanup.policy': 'compact',
  'delete.retention.ms': String(7 * dayMs),
  'min.cleanable.dirty.ratio': '0.1',
  'max.message.bytes': messageBytesMax,
};

/** All topics of an installation, each with the partition count and settings it must be created with. */
export function topicsOf(
  scope: { entities: readonly string[]; systems: readonly string[]; databases: readonly string[] },
  partitions: number = partitionsDefault,
): TopicSpec[] {
  const keyed: TopicSpec[] = [
    ...scope.entities.map((entity) => ({ topic: topics.changes(entity), partitions, config: deleted(7) })),
    ...scope.entities.map((entity) => ({ topic: topics.records(entity), partitions, config: compacted })),
    ...scope.systems.map((system) => ({ topic: topics.commands(system), partitions, config: deleted(7) })),
    { topic: topics.outcomes, partitions, config: deleted(7) },
    { topic: topics.resolutions, partitions, config: deleted(7) },
    { topic: topics.conflicts, partitions, config: deleted(30) },
    { topic: topics.audit, partitions, config: deleted(30) },
  ];
  // A slot is read by one thread: more than one partition would only lose the commit order.
  const raw = scope.databases.map((system) => ({ topic: topics.cdc(system), partitions: 1, config: deleted(7) }));
  const deadLetters = [...raw, ...keyed].map(({ topic, partitions: count }) => ({
    topic: topics.dlq(topic),
    partitions: count,
    config: deleted(30),
  }));
  return [...raw, ...keyed, ...deadLetters];
}

/** The app's name, and the system where each system has its own group. */
export const consumerGroups = {
  ingestPostgres: (system: string) => `ingest-postgres.${segment(system)}`,
  resolver: 'resolver',
  writer: (system: string) => `writer.${segment(system)}`,
  hub: 'hub',
  console: 'console',
} as const;

/** A stream of commands: sequences rise within it. */
export function streamOf(entity: string, partition: number): string {
  return `${entity}.${partition}`;
}

export const headers = {
  /** CloudEvents, binary mode. */
  specVersion: 'ce_specversion',
  type: 'ce_type',
  source: 'ce_source',
  id: 'ce_id',
  time: 'ce_time',
  subject: 'ce_subject',
  contentType: 'content-type',
  /** Rises within a partition; a message published again after a crash has the same one. */
  sequence: 'ce_sequence',
  traceParent: 'traceparent',
  traceState: 'tracestate',
  /** Dead letters carry the names that Kafka Connect writes, since existing consoles show them. */
  errorTopic: '__connect.errors.topic',
  errorPartition: '__connect.errors.partition',
  errorOffset: '__connect.errors.offset',
  errorStage: '__connect.errors.stage',
  errorClass: '__connect.errors.exception.class.name',
  errorMessage: '__connect.errors.exception.message',
  errorCode: 'x-error-code',
} as const;
