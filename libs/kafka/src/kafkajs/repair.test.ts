import { expect, test, vi } from 'vitest';
import { repairKafkaJs, RequestQueueOfKafkaJs } from './repair.ts';

type Queue = { pending: unknown[]; throttledUntil: number; scheduleCheckPendingRequests(): void; destroy(): void };

test('kafkajs sets its queue timer only when requests wait', () => {
  repairKafkaJs();
  vi.useFakeTimers();
  try {
    const Queue = RequestQueueOfKafkaJs as unknown as new (options: object) => Queue;
    const queue = new Queue({ logger: { debug: () => undefined }, requestTimeout: 1_000 });
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(1);
    queue.destroy();
  } finally {
    vi.useRealTimers();
  }
});
