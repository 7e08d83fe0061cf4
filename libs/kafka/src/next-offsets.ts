import type { BatchConsumer, KafkaMessage } from './types.ts';

/** Where reading goes on after these messages, once per topic and partition. */
export function nextOffsetsOf(messages: readonly KafkaMessage[]): Parameters<BatchConsumer['commit']>[0] {
  const next = new Map<string, Parameters<BatchConsumer['commit']>[0][number]>();
  for (const { topic, partition, offset } of messages)
    next.set(`${topic}/${partition}`, { topic, partition, nextOffset: offset + 1n });
  return [...next.values()];
}
