/**
 * Where each newly assigned partition begins. kafkajs would jump silently to the begin or end of a partition whose
 * offset no longer exists; a sync must not, so offsets are compared with what the log holds before anything is fetched.
 */
import { KafkaError } from '../errors.ts';
import { laneKey } from '../intake-buffer.ts';
import type { ConsumerOptions, TopicPartition, TopicPartitionOffset } from '../types.ts';
import { withFirstContact } from './connect.ts';
import { groupOffsets, topicOffsets } from './offsets.ts';

/** A new leader may know less of the log's end than was read before; that is over within moments. */
const endChecksMax = 5;
const endCheckPauseMs = 300;

export async function startOffsetsOf(
  options: ConsumerOptions,
  assigned: TopicPartition[],
): Promise<TopicPartitionOffset[]> {
  const topics = [...new Set(assigned.map(({ topic }) => topic))];
  const known = options.startOffsets === undefined ? undefined : await options.startOffsets(assigned);
  return withFirstContact(options, 'reading offsets', async (admin) => {
    const wanted = new Map<string, bigint>();
    for (const { topic, partition, offset } of known ?? (await groupOffsets(admin, options.groupId, topics))) {
      if (offset !== null) wanted.set(laneKey(topic, partition), offset);
    }
    for (let check = 1; ; check++) {
      const limits = new Map(
        (await topicOffsets(admin, topics)).map((held) => [laneKey(held.topic, held.partition), held]),
      );
      const chosen = assigned.map(({ topic, partition }) => {
        const { begin, end } = limits.get(laneKey(topic, partition)) ?? { begin: 0n, end: 0n };
        const offset = wanted.get(laneKey(topic, partition)) ?? (options.fromBeginning ? begin : end);
        return { topic, partition, offset, begin, end };
      });
      const outside = chosen.find(({ offset, begin, end }) => offset < begin || offset > end);
      if (outside === undefined) return chosen;
      if (outside.offset < outside.begin || check === endChecksMax) throw offsetLostError(outside, outside);
      await new Promise((resolve) => setTimeout(resolve, endCheckPauseMs));
    }
  });
}

export function offsetLostError(
  { topic, partition, offset }: TopicPartitionOffset,
  found: { begin?: bigint; end?: bigint; next?: bigint },
): KafkaError {
  const held =
    found.next === undefined ? `the log holds ${found.begin} to ${found.end}` : `the log went on at ${found.next}`;
  return new KafkaError({
    code: 'kafka.offset_lost',
    message: `Kafka: ${topic}/${partition} should be read from offset ${offset}, but ${held}`,
    hint:
      'Messages were deleted before they were read (retention), or the topic was deleted and created again. Run a full ' +
      'load of the entities concerned, then reset the stored offsets of this topic.',
  });
}
