/**
 * Takes batches from kafkajs into the buffer and holds kafkajs back while the buffer is full. kafkajs fetches again only
 * when every batch of the last fetch was returned, so holding one batch stops the intake; meanwhile the intake sends the
 * heartbeats that kafkajs would have sent. A batch that is returned unresolved is fetched again later.
 */
import type { Batch, EachBatchPayload, KafkaMessage as RawMessage } from 'kafkajs';
import { IntakeBuffer } from '../intake-buffer.ts';
import type { KafkaMessage, PartitionLag, TopicPartition } from '../types.ts';
import { toMessage } from './to-message.ts';

export type IntakeOptions = {
  bytesMax: number;
  messagesMax: number;
  heartbeatIntervalMs: number;
  onArrival: () => void;
  /** The client continued elsewhere than it had to: messages were deleted or the topic was made anew. */
  onLost: (partition: TopicPartition, expected: bigint, found: bigint) => void;
};

/** Roughly what a decoded message costs besides its bytes. */
const messageOverheadBytes = 200;

export class Intake {
  readonly #options: IntakeOptions;
  readonly #buffer = new IntakeBuffer<RawMessage>({
    bytesOf: (message) => (message.value?.length ?? 0) + (message.key?.length ?? 0) + messageOverheadBytes,
    offsetOf: (message) => BigInt(message.offset),
  });
  readonly #holds = new Set<() => void>();
  #heartbeat: (() => Promise<void>) | null = null;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #isOpen = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  get hasMessages(): boolean {
    return this.#isOpen && this.#buffer.messages > 0;
  }

  /** Whether kafkajs is being held back, and does not fetch for that reason. */
  get isHolding(): boolean {
    return this.#holds.size > 0;
  }

  /** Forgets everything; nothing is taken in until `open`. */
  close(next: readonly TopicPartition[]): void {
    this.#isOpen = false;
    this.#buffer.reset(next);
    this.#release();
  }

  open(): void {
    this.#isOpen = true;
  }

  async accept(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    this.#heartbeat = () => payload.heartbeat();
    if (!this.#isOpen || !this.#buffer.has(batch) || payload.isStale()) return;
    const expected = this.#buffer.expectedFetch(batch);
    const found = fetchedOffsetOf(batch);
    if (expected !== null && found !== null && expected !== found) {
      this.#options.onLost(batch, expected, found);
      return;
    }
    const last = batch.lastOffset();
    this.#buffer.push(batch, batch.messages, { to: BigInt(last) + 1n, highWatermark: BigInt(batch.highWatermark) });
    payload.resolveOffset(batch.messages.at(-1)!.offset);
    this.#options.onArrival();
    if (this.#isFull()) await this.#hold();
  }

  /** A fetch of nothing but transaction markers never reaches `accept`, yet it counts for the lag. */
  noteFiltered(batch: { topic: string; partition: number; lastOffset: string; highWatermark: string }): void {
    if (this.#isOpen) this.#buffer.advance(batch, BigInt(batch.lastOffset) + 1n, BigInt(batch.highWatermark));
  }

  take(messagesMax: number, bytesMax?: number): KafkaMessage[] {
    const messages: KafkaMessage[] = [];
    for (const { topic, partition, items } of this.#buffer.take(messagesMax, bytesMax)) {
      for (const item of items) messages.push(toMessage(topic, partition, item));
    }
    if (this.#holds.size > 0 && this.#isHalfEmpty()) this.#release();
    return messages;
  }

  rewind(partition: TopicPartition, offset: bigint): void {
    this.#buffer.rewind(partition, offset);
    if (this.#isHalfEmpty()) this.#release();
  }

  firstHeld(partition: TopicPartition): bigint | null {
    return this.#buffer.firstHeld(partition);
  }

  lag(): PartitionLag[] {
    return this.#buffer.lag();
  }

  /** Keeps the member alive while kafkajs itself is waiting; failures show in kafkajs's own next request. */
  heartbeatNow(): void {
    this.#heartbeat?.().catch(() => this.#release());
  }

  async #hold(): Promise<void> {
    this.#heartbeatTimer ??= setInterval(() => this.heartbeatNow(), this.#options.heartbeatIntervalMs);
    await new Promise<void>((resolve) => this.#holds.add(resolve));
  }

  #release(): void {
    clearInterval(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
    for (const resolve of this.#holds) resolve();
    this.#holds.clear();
  }

  #isFull(): boolean {
    return this.#buffer.bytes > this.#options.bytesMax || this.#buffer.messages > this.#options.messagesMax;
  }

  #isHalfEmpty(): boolean {
    return this.#buffer.bytes <= this.#options.bytesMax / 2 && this.#buffer.messages <= this.#options.messagesMax / 2;
  }
}

/** Not in kafkajs's types, yet part of each batch: the offset that was asked for. */
function fetchedOffsetOf(batch: Batch): bigint | null {
  const { fetchedOffset } = batch as Batch & { fetchedOffset?: string };
  return fetchedOffset === undefined ? null : BigInt(fetchedOffset);
}
