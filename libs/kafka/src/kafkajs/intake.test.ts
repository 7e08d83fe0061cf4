import type { EachBatchPayload } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TopicPartition } from '../types.ts';
import { Intake } from './intake.ts';

const lane = { topic: 't', partition: 0 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A batch as kafkajs hands it over, with what it was told about it. */
function batchOf(from: number, count: number, fetchedOffset = from) {
  const resolved: string[] = [];
  const heartbeat = vi.fn<() => Promise<void>>(async () => undefined);
  const messages = Array.from({ length: count }, (_, index) => ({
    key: null,
    value: Buffer.alloc(100),
    offset: String(from + index),
    timestamp: '0',
    headers: {},
  }));
  const payload = {
    batch: {
      ...lane,
      messages,
      fetchedOffset: String(fetchedOffset),
      highWatermark: '1000',
      lastOffset: () => String(from + count - 1),
    },
    resolveOffset: (offset: string) => void resolved.push(offset),
    heartbeat,
    isStale: () => false,
  } as unknown as EachBatchPayload;
  return { payload, resolved, heartbeat };
}

function setup(messagesMax: number) {
  const onArrival = vi.fn<() => void>();
  const onLost = vi.fn<(partition: TopicPartition, expected: bigint, found: bigint) => void>();
  const intake = new Intake({ bytesMax: 1_000_000, messagesMax, heartbeatIntervalMs: 1_000, onArrival, onLost });
  intake.close([lane]);
  intake.open();
  return { intake, onArrival, onLost };
}

/** Whether the batch has been given back to kafkajs. */
function watch(accepted: Promise<void>): { isBack: boolean } {
  const state = { isBack: false };
  void accepted.then(() => (state.isBack = true));
  return state;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the intake', () => {
  test('gives a batch back at once while there is room, so that kafkajs fetches ahead', async () => {
    const { intake, onArrival } = setup(100);
    const { payload, resolved } = batchOf(0, 100);
    await intake.accept(payload);
    expect(resolved).toEqual(['99']);
    expect(onArrival).toHaveBeenCalledOnce();
  });

  test('holds the batch that makes it full until half of it was taken, with heartbeats', async () => {
    const { intake } = setup(100);
    const { payload, heartbeat } = batchOf(0, 101);
    const state = watch(intake.accept(payload));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(heartbeat).toHaveBeenCalledTimes(3);
    expect(intake.take(50)).toHaveLength(50);
    await settle();
    expect(state.isBack).toBe(false);
    intake.take(1);
    await settle();
    expect(state.isBack).toBe(true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(heartbeat).toHaveBeenCalledTimes(3);
  });

  test('lets go when a heartbeat fails, so that kafkajs meets the rebalance itself', async () => {
    const { intake } = setup(1);
    const { payload, heartbeat } = batchOf(0, 10);
    heartbeat.mockRejectedValue(new Error('REBALANCE_IN_PROGRESS'));
    const state = watch(intake.accept(payload));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(state.isBack).toBe(true);
  });

  test('neither takes nor resolves anything while closed', async () => {
    const { intake } = setup(100);
    intake.close([]);
    const { payload, resolved } = batchOf(0, 5);
    await intake.accept(payload);
    expect(resolved).toEqual([]);
    expect(intake.hasMessages).toBe(false);
  });

  test('forgets what it held when the partitions change, and lets kafkajs go', async () => {
    const { intake } = setup(1);
    const state = watch(intake.accept(batchOf(0, 10).payload));
    intake.close([lane]);
    intake.open();
    await settle();
    expect(state.isBack).toBe(true);
    expect(intake.take(10)).toEqual([]);
  });

  test('finds out when the client jumps, forwards or back', async () => {
    const { intake, onLost } = setup(100);
    await intake.accept(batchOf(0, 5).payload);
    const jumped = batchOf(9, 5);
    await intake.accept(jumped.payload);
    expect(onLost).toHaveBeenLastCalledWith(expect.objectContaining(lane), 5n, 9n);
    expect(jumped.resolved).toEqual([]);
    await intake.accept(batchOf(0, 5).payload);
    expect(onLost).toHaveBeenLastCalledWith(expect.objectContaining(lane), 5n, 0n);
    expect(intake.take(100)).toHaveLength(5);
  });

  test('takes gaps within a fetch for what they are: compaction and transaction markers', async () => {
    const { intake, onLost } = setup(100);
    await intake.accept(batchOf(0, 5).payload);
    intake.noteFiltered({ ...lane, lastOffset: '6', highWatermark: '1000' });
    await intake.accept(batchOf(12, 5, 7).payload);
    expect(onLost).not.toHaveBeenCalled();
    expect(intake.take(100)).toHaveLength(10);
  });
});
