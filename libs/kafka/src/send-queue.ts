/**
 * Sends in groups. While a request is under way, further calls gather here; the next request carries all of them, so
 * batches grow with the load and an idle producer sends at once, without lingering. Exactly one request is under way:
 * that keeps the order, and it keeps an idempotent producer honest, because a failed request can only be repeated as it
 * was, never overtaken by a later one that takes over its sequence numbers.
 *
 * When a request fails for good, everything behind it fails too (`kafka.send_aborted`): the callers send again in order.
 */
import { KafkaError } from './errors.ts';
import type { OutgoingMessage } from './types.ts';

/** A message with its partition decided, so that a repeated request cannot decide otherwise. */
export type PlacedMessage = OutgoingMessage & { partition: number };

export type SendQueueOptions = {
  deliver: (messages: PlacedMessage[]) => Promise<void>;
  messageBytesMax: number;
  partitionBatchBytesMax: number;
  requestBytesMax: number;
  requestMessagesMax: number;
  queueBytesMax: number;
};

type Call = {
  messages: PlacedMessage[];
  sizes: number[];
  next: number;
  bytes: number;
  resolve: () => void;
  reject: (error: unknown) => void;
};

export class SendQueue {
  readonly #options: SendQueueOptions;
  #calls: Call[] = [];
  #bytes = 0;
  #isSending = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  send(messages: PlacedMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    const { messageBytesMax } = this.#options;
    const sizes: number[] = [];
    let bytes = 0;
    for (const message of messages) {
      const size = bytesOf(message);
      if (size > messageBytesMax) return Promise.reject(tooLargeError(message, { size, messageBytesMax }));
      sizes.push(size);
      bytes += size;
    }
    if (this.#bytes > 0 && this.#bytes + bytes > this.#options.queueBytesMax) return Promise.reject(queueFullError());
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#calls.push({ messages, sizes, next: 0, bytes, resolve, reject });
      if (this.#isSending) return;
      this.#isSending = true;
      // Calls made in the same turn of the event loop share the first request.
      queueMicrotask(() => void this.#sendAll());
    });
  }

  /** Resolves when nothing is waiting or under way. */
  whenIdle(): Promise<void> {
    if (!this.#isSending) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async #sendAll(): Promise<void> {
    while (this.#calls.length > 0) {
      const request = this.#nextRequest();
      try {
        await this.#options.deliver(request);
        this.#settleDone();
      } catch (error) {
        this.#failAll(error);
      }
    }
    this.#isSending = false;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  /** Takes messages in order until a limit is reached; a single message always fits. */
  #nextRequest(): PlacedMessage[] {
    const { partitionBatchBytesMax, requestBytesMax, requestMessagesMax } = this.#options;
    const request: PlacedMessage[] = [];
    const partitionBytes = new Map<string, number>();
    let bytes = 0;
    for (const call of this.#calls) {
      for (; call.next < call.messages.length; call.next++) {
        const message = call.messages[call.next]!;
        const size = call.sizes[call.next]!;
        const place = `${message.topic}/${message.partition}`;
        const inPartition = partitionBytes.get(place) ?? 0;
        const isFull = request.length >= requestMessagesMax || (bytes > 0 && bytes + size > requestBytesMax);
        if (isFull || (inPartition > 0 && inPartition + size > partitionBatchBytesMax)) return request;
        partitionBytes.set(place, inPartition + size);
        bytes += size;
        request.push(message);
      }
    }
    return request;
  }

  #settleDone(): void {
    const unfinished = this.#calls.findIndex((call) => call.next < call.messages.length);
    const done = this.#calls.splice(0, unfinished === -1 ? this.#calls.length : unfinished);
    for (const call of done) {
      // Calls made while the request was under way have taken no part in it yet.
      this.#bytes -= call.bytes;
      call.resolve();
    }
  }

  #failAll(error: unknown): void {
    const failed = this.#calls;
    this.#calls = [];
    this.#bytes = 0;
    for (const call of failed) call.reject(call.next > 0 ? error : abortedError(error));
  }
}

/** An upper bound of what a message takes in a record batch. */
function bytesOf(message: OutgoingMessage): number {
  let bytes = 32 + (message.value?.length ?? 0) + (message.key === null ? 0 : Buffer.byteLength(message.key));
  for (const name in message.headers) bytes += 8 + Buffer.byteLength(name) + Buffer.byteLength(message.headers[name]!);
  return bytes;
}

function tooLargeError({ topic }: OutgoingMessage, { size, messageBytesMax }: Record<string, number>): KafkaError {
  return new KafkaError({
    code: 'kafka.message_too_large',
    message: `Kafka: a message of ${size} bytes for ${topic} is larger than ${messageBytesMax}`,
    hint: 'Leave large fields out of the sync, or raise messageBytesMax and the max.message.bytes of the topic.',
  });
}

function queueFullError(): KafkaError {
  return new KafkaError({
    code: 'kafka.send_queue_full',
    message: 'Kafka: more is waiting to be sent than may wait',
    hint: 'Await each send, or raise queueBytesMax; if Kafka is slow, look at its health first.',
  });
}

function abortedError(cause: unknown): KafkaError {
  return new KafkaError(
    {
      code: 'kafka.send_aborted',
      message: 'Kafka: not sent, because an earlier send failed and order must hold',
      hint: 'Send again after the earlier messages were sent again.',
    },
    { cause },
  );
}
