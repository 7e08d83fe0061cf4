/** The first contact with a cluster: tries until something answers or the time is over, then says so once. */
import { logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import type { KafkaConnection } from '../types.ts';
import { connectMsMaxDefault, createClient, disconnectWithin } from './client.ts';
import { toKafkaError, topicsMissingError, unreachableError } from './errors.ts';
import { KafkaError } from '../errors.ts';

const pauseMs = 250;

/**
 * Runs `work` with a short-lived admin client. Connection troubles are tried again within `connectMsMax`; refused
 * credentials and the like are thrown at once, because time does not heal them.
 */
export async function withFirstContact<T>(
  connection: KafkaConnection,
  action: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const place = { action, brokers: connection.brokers };
  const deadlineMs = Date.now() + (connection.connectMsMax ?? connectMsMaxDefault);
  let lastError: unknown = null;
  while (Date.now() < deadlineMs) {
    try {
      return await attempt(connection, deadlineMs - Date.now(), work);
    } catch (thrown) {
      const error = toKafkaError(thrown, place);
      if (error.reaction !== 'retry') throw error;
      // An attempt that is cut off when the time is over has no reason of its own.
      if (Date.now() < deadlineMs) lastError = thrown;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, Math.max(0, deadlineMs - Date.now()))));
    }
  }
  throw lastError instanceof KafkaError ? lastError : unreachableError(place, lastError ?? new Error('no answer'));
}

async function attempt<T>(connection: KafkaConnection, msMax: number, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { kafka, sockets } = createClient(
    { ...connection, log: () => undefined },
    { retries: 1, initialRetryTime: 100 },
  );
  kafka.logger().setLogLevel(logLevel.NOTHING);
  const admin = kafka.admin();
  const timer = setTimeout(() => sockets.destroy(), msMax);
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    clearTimeout(timer);
    await disconnectWithin(1_000, admin, sockets);
  }
}

/** Partition counts of topics that all exist, or `kafka.topic_missing` naming those that do not. */
export async function partitionCountsOf(connection: KafkaConnection, topics: string[]): Promise<Map<string, number>> {
  return withFirstContact(connection, 'reading topic metadata', async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic));
    if (missing.length > 0) throw topicsMissingError(missing);
    if (topics.length === 0) return new Map();
    const metadata = await admin.fetchTopicMetadata({ topics });
    return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
  });
}
