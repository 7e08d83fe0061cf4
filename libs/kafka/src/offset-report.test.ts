import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OffsetReport } from './offset-report.ts';
import type { BatchConsumer } from './types.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setup() {
  const reported: string[] = [];
  const commit: BatchConsumer['commit'] = async (offsets) => {
    reported.push(offsets.map(({ topic, partition, nextOffset }) => `${topic}/${partition}:${nextOffset}`).join(' '));
    if (reported.at(-1)?.includes('refused') === true) throw new Error('the group has changed');
  };
  const consumer = { commit } as BatchConsumer;
  const report = new OffsetReport();
  const done = (topic: string, nextOffset: bigint, generation = 1) =>
    report.done({ offsets: [{ topic, partition: 0, nextOffset }], generation, consumer });
  return { report, reported, done };
}

test('reports at once, then what came together within a quarter of a second, and the rest when asked', async () => {
  const { report, reported, done } = setup();
  done('a', 2n);
  done('a', 3n);
  done('b', 8n);
  await vi.advanceTimersByTimeAsync(249);
  expect(reported).toEqual(['a/0:2']);
  await vi.advanceTimersByTimeAsync(1);
  expect(reported).toEqual(['a/0:2', 'a/0:3 b/0:8']);
  await vi.advanceTimersByTimeAsync(1_000);
  done('a', 4n);
  done('a', 5n);
  await report.report();
  await report.report();
  expect(reported).toEqual(['a/0:2', 'a/0:3 b/0:8', 'a/0:4', 'a/0:5']);
});

test('leaves the partitions of an earlier assignment alone, and fails silently', async () => {
  const { report, reported, done } = setup();
  done('a', 2n);
  done('a', 3n);
  done('refused', 4n, 2);
  await report.report();
  done('refused', 5n, 2);
  await report.report();
  expect(reported).toEqual(['a/0:2', 'refused/0:4', 'refused/0:5']);
});
