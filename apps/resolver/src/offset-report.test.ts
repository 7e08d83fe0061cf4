import type { BatchConsumer, PolledBatch } from '@concord/kafka';
import { expect, test } from 'vitest';
import { OffsetReport } from './offset-report.ts';

function setup() {
  const reported: string[] = [];
  let now = 10_000;
  const commit: BatchConsumer['commit'] = async (offsets) => {
    reported.push(offsets.map(({ topic, partition, nextOffset }) => `${topic}/${partition}:${nextOffset}`).join(' '));
    if (reported.at(-1)?.includes('refused') === true) throw new Error('the group has changed');
  };
  const consumer = { commit } as BatchConsumer;
  const report = new OffsetReport(() => now);
  const done = (topic: string, offset: bigint, generation = 1) =>
    report.done({ messages: [{ topic, partition: 0, offset }], generation } as PolledBatch, consumer);
  return { report, reported, done, pass: (ms: number) => void (now += ms) };
}

test('reports at once, then at most once a second, and what is left when idle', async () => {
  const { report, reported, done, pass } = setup();
  await done('a', 1n);
  await done('a', 2n);
  await done('b', 7n);
  expect(reported).toEqual(['a/0:2']);
  pass(1_000);
  await done('a', 3n);
  await done('a', 4n);
  await report.report();
  await report.report();
  expect(reported).toEqual(['a/0:2', 'a/0:4 b/0:8', 'a/0:5']);
});

test('leaves the partitions of an earlier assignment alone, and fails silently', async () => {
  const { report, reported, done } = setup();
  await done('a', 1n);
  await done('a', 2n);
  await done('refused', 3n, 2);
  await report.report();
  expect(reported).toEqual(['a/0:2', 'refused/0:4']);
});
