/**
 * What has been fetched and not yet polled: one lane per partition, each in offset order. A lane also knows where the
 * next fetch has to begin, so that a client that jumps silently is found out, and the high watermark, from which the lag
 * follows. It is pure bookkeeping; fetching and waiting are the consumer's business.
 */
import type { PartitionLag, TopicPartition } from './types.ts';

type Lane<T> = {
  topic: string;
  partition: number;
  queue: T[];
  head: number;
  fetchedTo: bigint | null;
  isExact: boolean;
  highWatermark: bigint;
};

export type Taken<T> = TopicPartition & { items: T[] };

export class IntakeBuffer<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #bytesOf: (item: T) => number;
  readonly #offsetOf: (item: T) => bigint;
  #turn = 0;
  #messages = 0;
  #bytes = 0;

  constructor(measure: { bytesOf: (item: T) => number; offsetOf: (item: T) => bigint }) {
    this.#bytesOf = measure.bytesOf;
    this.#offsetOf = measure.offsetOf;
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Begins anew with these partitions; everything held so far is forgotten. */
  reset(partitions: readonly TopicPartition[]): void {
    this.#lanes.clear();
    this.#messages = 0;
    this.#bytes = 0;
    for (const { topic, partition } of partitions) {
      this.#lanes.set(laneKey(topic, partition), {
        topic,
        partition,
        queue: [],
        head: 0,
        fetchedTo: null,
        isExact: false,
        highWatermark: 0n,
      });
    }
  }

  /** Forgets what a lane holds and expects its next fetch at `offset`. */
  rewind(partition: TopicPartition, offset: bigint): void {
    const lane = this.#laneOf(partition);
    if (lane === undefined) return;
    for (let index = lane.head; index < lane.queue.length; index++) this.#bytes -= this.#bytesOf(lane.queue[index]!);
    this.#messages -= lane.queue.length - lane.head;
    lane.queue = [];
    lane.head = 0;
    lane.fetchedTo = offset;
    lane.isExact = true;
  }

  has(partition: TopicPartition): boolean {
    return this.#laneOf(partition) !== undefined;
  }

  /** The offset of the first message held, null when the lane is empty. */
  firstHeld(partition: TopicPartition): bigint | null {
    const lane = this.#laneOf(partition);
    return lane !== undefined && heldBy(lane) > 0 ? this.#offsetOf(lane.queue[lane.head]!) : null;
  }

  /** The offset at which the next fetch must begin, null when that is not certain. */
  expectedFetch(partition: TopicPartition): bigint | null {
    const lane = this.#laneOf(partition);
    return lane?.isExact === true ? lane.fetchedTo : null;
  }

  /** Notes a fetch that held nothing to hand out (only transaction markers). It may be a late one, so nothing is certain. */
  advance(partition: TopicPartition, fetchedTo: bigint, highWatermark: bigint): void {
    const lane = this.#laneOf(partition);
    if (lane === undefined) return;
    lane.fetchedTo = lane.fetchedTo === null || fetchedTo > lane.fetchedTo ? fetchedTo : lane.fetchedTo;
    lane.isExact = false;
    lane.highWatermark = highWatermark;
  }

  push(partition: TopicPartition, items: readonly T[], fetched: { to: bigint; highWatermark: bigint }): void {
    const lane = this.#laneOf(partition);
    if (lane === undefined) return;
    lane.fetchedTo = fetched.to;
    lane.isExact = true;
    lane.highWatermark = fetched.highWatermark;
    if (lane.head === lane.queue.length) {
      lane.queue = items.slice();
      lane.head = 0;
    } else {
      for (const item of items) lane.queue.push(item);
    }
    this.#messages += items.length;
    for (const item of items) this.#bytes += this.#bytesOf(item);
  }

  /**
   * Takes up to `messagesMax`, sharing the room evenly between lanes; what one leaves unused goes to the others. About
   * `bytesMax` at most, a message at least from each lane, since a message may hold many commands or outcomes.
   */
  take(messagesMax: number, bytesMax = Infinity): Taken<T>[] {
    const filled = this.#filledLanes();
    const taken: Taken<T>[] = [];
    let room = messagesMax;
    let bytesBefore = this.#bytes;
    let bytesLeft = bytesMax;
    const byNeed = filled.length <= messagesMax ? [...filled].sort((a, b) => heldBy(a) - heldBy(b)) : filled;
    byNeed.forEach((lane, index) => {
      const share = Math.min(heldBy(lane), Math.ceil(room / (byNeed.length - index)));
      if (share <= 0) return;
      const items = this.#takeFrom(lane, share, bytesLeft / (byNeed.length - index));
      room -= items.length;
      bytesLeft -= bytesBefore - this.#bytes;
      bytesBefore = this.#bytes;
      taken.push({ topic: lane.topic, partition: lane.partition, items });
    });
    return taken;
  }

  lag(): PartitionLag[] {
    return [...this.#lanes.values()].map((lane) => {
      const { topic, partition, highWatermark } = lane;
      const position = this.firstHeld(lane) ?? lane.fetchedTo;
      const behind = position === null ? 0n : highWatermark - position;
      return { topic, partition, messages: behind > 0n ? behind : 0n };
    });
  }

  #filledLanes(): Lane<T>[] {
    const filled = [...this.#lanes.values()].filter((lane) => heldBy(lane) > 0);
    // Whoever came first last time comes later now, so that no lane starves when there are more lanes than room.
    this.#turn = filled.length === 0 ? 0 : (this.#turn + 1) % filled.length;
    return [...filled.slice(this.#turn), ...filled.slice(0, this.#turn)];
  }

  #takeFrom(lane: Lane<T>, count: number, bytesMax: number): T[] {
    let end = lane.head;
    let bytes = 0;
    while (end < lane.head + count && (end === lane.head || bytes < bytesMax))
      bytes += this.#bytesOf(lane.queue[end++]!);
    const items = lane.queue.slice(lane.head, end);
    lane.head = end;
    if (lane.head === lane.queue.length) {
      lane.queue = [];
      lane.head = 0;
    }
    this.#messages -= items.length;
    this.#bytes -= bytes;
    return items;
  }

  #laneOf({ topic, partition }: TopicPartition): Lane<T> | undefined {
    return this.#lanes.get(laneKey(topic, partition));
  }
}

function heldBy(lane: Lane<unknown>): number {
  return lane.queue.length - lane.head;
}

export function laneKey(topic: string, partition: number): string {
  return `${topic}\u0000${partition}`;
}
