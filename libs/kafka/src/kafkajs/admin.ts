/** The administrative side on kafkajs: topics, offsets and lag. Each call opens and closes its own connection. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { KafkaError } from '../errors.ts';
import { laneKey } from '../intake-buffer.ts';
import type { GroupLag, KafkaAdmin, KafkaConnection, TopicOffsets, TopicSpec } from '../types.ts';
import { partitionCountsOf, withFirstContact } from './connect.ts';
import { isOfType, toKafkaError } from './errors.ts';
import { groupOffsets, topicOffsets } from './offsets.ts';

/** Room for a record of about 4 MB with every field before and after; Kafka's own default is 1 MB. */
const messageBytesMax = '4194304';

const knownMsMax = 10_000;
const askAgainMs = 100;

export function createAdmin(connection: KafkaConnection): KafkaAdmin {
  const run = <T>(action: string, work: (admin: Admin) => Promise<T>): Promise<T> =>
    withFirstContact(connection, action, work);
  return {
    check: async () => void (await run('connecting', (admin) => admin.describeCluster())),
    ensureTopics: (topics) => run('creating topics', (admin) => ensureTopics(admin, topics, connection.brokers)),
    deleteTopics: (topics) => run('deleting topics', (admin) => deleteTopics(admin, topics)),
    listTopics: () => run('listing topics', (admin) => admin.listTopics()),
    partitionCounts: (topics) => partitionCountsOf(connection, topics),
    offsets: (topics): Promise<TopicOffsets[]> => run('reading offsets', (admin) => topicOffsets(admin, topics)),
    groupLag: (groupId, topics) => run('reading the lag', (admin) => groupLag(admin, groupId, topics)),
    stop: async () => undefined,
  };
}

type TopicAdmin = Pick<Admin, 'listTopics' | 'createTopics' | 'fetchTopicMetadata'>;

export async function ensureTopics(
  admin: TopicAdmin,
  specs: TopicSpec[],
  brokers: string[],
): Promise<{ created: string[]; existing: string[] }> {
  const present = new Set(await admin.listTopics());
  const existing = specs.filter(({ topic }) => present.has(topic));
  await refuseOtherCounts(admin, existing);
  const missing = specs.filter(({ topic }) => !present.has(topic));
  if (missing.length > 0) {
    try {
      await admin.createTopics({ topics: missing.map(topicConfigOf), waitForLeaders: false });
    } catch (thrown) {
      // Two installers at once: what the other one made is as good as ours, if it has the same count.
      if (!isAlreadyThere(thrown)) throw toKafkaError(thrown, { action: 'creating topics', brokers });
    }
    await untilKnown(admin, missing);
  }
  return { created: missing.map(({ topic }) => topic), existing: existing.map(({ topic }) => topic) };
}

/**
 * The controller creates, and the brokers hear of it a moment later. Kafkajs's own wait knows only the answer that there is
 * no leader yet, and fails on the one that there is no such topic.
 */
async function untilKnown(admin: TopicAdmin, specs: TopicSpec[]): Promise<void> {
  const endsAtMs = performance.now() + knownMsMax;
  for (;;) {
    try {
      await refuseOtherCounts(admin, specs);
      return;
    } catch (thrown) {
      const isOnItsWay = isOfType(thrown, 'UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE');
      if (!isOnItsWay || performance.now() > endsAtMs) throw thrown;
      await delay(askAgainMs);
    }
  }
}

async function refuseOtherCounts(admin: TopicAdmin, specs: TopicSpec[]): Promise<void> {
  if (specs.length === 0) return;
  const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ topic }) => topic) });
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  const wrong = specs.filter(({ topic, partitions }) => counts.get(topic) !== partitions);
  if (wrong.length === 0) return;
  const listed = wrong.map(({ topic, partitions }) => `${topic} has ${counts.get(topic)} instead of ${partitions}`);
  throw new KafkaError({
    code: 'kafka.partition_count',
    message: `Kafka: other partition counts than configured: ${listed.join('; ')}`,
    hint:
      'A record must have the same partition number in every topic. Set the configured count to that of the topics, or ' +
      'stop all services, delete these topics and run `concord apply` and a full load. Never add partitions to them.',
  });
}

function topicConfigOf({ topic, partitions, replication, config }: TopicSpec): ITopicConfig {
  const entries = Object.entries({ 'max.message.bytes': messageBytesMax, ...config });
  return {
    topic,
    numPartitions: partitions,
    replicationFactor: replication,
    configEntries: entries.map(([name, value]) => ({ name, value })),
  };
}

async function deleteTopics(admin: Admin, topics: string[]): Promise<void> {
  const present = new Set(await admin.listTopics());
  const found = topics.filter((topic) => present.has(topic));
  if (found.length > 0) await admin.deleteTopics({ topics: found });
}

async function groupLag(admin: Admin, groupId: string, topics: string[]): Promise<GroupLag[]> {
  const limits = await topicOffsets(admin, topics);
  const committed = await groupOffsets(admin, groupId, topics);
  const offsets = new Map(committed.map(({ topic, partition, offset }) => [laneKey(topic, partition), offset]));
  return limits.map(({ topic, partition, begin, end }) => {
    const offset = offsets.get(laneKey(topic, partition)) ?? null;
    return { topic, partition, committed: offset, end, messages: end - (offset ?? begin) };
  });
}

function isAlreadyThere(thrown: unknown): boolean {
  const errors = (thrown as { errors?: { type?: string }[] }).errors ?? [];
  return errors.length > 0 && errors.every(({ type }) => type === 'TOPIC_ALREADY_EXISTS');
}
