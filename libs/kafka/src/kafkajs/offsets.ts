/** Reads offsets with a connected kafkajs admin client. */
import type { Admin } from 'kafkajs';
import type { TopicOffsets, TopicPartition } from '../types.ts';

export async function topicOffsets(admin: Admin, topics: string[]): Promise<TopicOffsets[]> {
  const found = await Promise.all(
    topics.map(async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return [...offsets]
        .sort(byPartition)
        .map(({ partition, low, high }) => ({ topic, partition, begin: BigInt(low), end: BigInt(high) }));
    }),
  );
  return found.flat();
}

function byPartition(a: { partition: number }, b: { partition: number }): number {
  return a.partition - b.partition;
}

export async function groupOffsets(
  admin: Admin,
  groupId: string,
  topics: string[],
): Promise<(TopicPartition & { offset: bigint | null })[]> {
  const found = await admin.fetchOffsets({ groupId, topics });
  return found.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => {
      const committed = BigInt(offset);
      return { topic, partition, offset: committed < 0n ? null : committed };
    }),
  );
}
