/**
 * Topics: append-only lists, one per partition, that consumers read from their own offsets. Order holds within a partition
 * and nowhere else. A producer whose answer got lost sends again, so what it sent may stand there twice.
 */
import type { Input } from '@concord/core';
import type { Random } from '@concord/testing';

export type Topic<T> = readonly T[][];
export type RecordInput = { readonly record: string; readonly input: Input | MergeRequest };
/** Somebody has found out that another record is this one. */
export type MergeRequest = { readonly kind: 'merge'; readonly absorbed: string; readonly at: number };

export const PARTITIONS = [0, 1] as const;
const RESENT_ONE_IN = 12;

export function topic<T>(): Topic<T> {
  return PARTITIONS.map(() => []);
}

/** Records are named r0, r1, …: two neighbours share a partition, the same in every topic. */
export function partitionOf(record: string): number {
  return (Number(record.slice(1)) >> 1) % PARTITIONS.length;
}

export function partOf<T>(of: Topic<T>, partition: number): T[] {
  const part = of[partition];
  if (part === undefined) throw new RangeError(`No partition ${partition}`);
  return part;
}

/** Appends in order, now and then twice. */
export function send<T extends { readonly record: string }>(
  random: Random,
  to: Topic<T>,
  messages: readonly T[],
): void {
  if (messages.length === 0) return;
  const times = random.below(RESENT_ONE_IN) === 1 ? 2 : 1;
  for (let time = 0; time < times; time++) {
    for (const message of messages) partOf(to, partitionOf(message.record)).push(message);
  }
}
