/** A Pub/Sub transport whose streams are scripted by the test: batches, errors and silence. */
import { accountSchemaJson } from './account-events.ts';
import type { EventBatch, EventStream, PubSubTransport, ReplayStart, WireEvent } from '../pubsub/transport.ts';

type Item = EventBatch | Error;

export class FakeStream implements EventStream {
  readonly asked: number[] = [];
  isCancelled = false;
  /** The test is over when this stream's last batch is done. */
  isLast = false;
  readonly #items: Item[] = [];
  #wake: () => void = () => undefined;

  push(...items: Item[]): void {
    this.#items.push(...items);
    this.#wake();
  }

  /** Pushes the last batches of a test. */
  finish(...batches: EventBatch[]): void {
    this.isLast = true;
    this.push(...batches);
  }

  ask(count: number): void {
    this.asked.push(count);
  }

  cancel(): void {
    this.isCancelled = true;
    this.#wake();
  }

  get batches(): AsyncIterable<EventBatch> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<EventBatch> {
    for (;;) {
      const item = this.#items.shift();
      if (this.isCancelled) throw new Error('cancelled');
      if (item instanceof Error) throw item;
      if (item !== undefined) yield item;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export class FakePubSub implements PubSubTransport {
  readonly opened: { topic: string; start: ReplayStart; count: number }[] = [];
  readonly streams: FakeStream[] = [];
  /** Called with each new stream, to fill it. */
  script: (stream: FakeStream, index: number) => void = () => undefined;

  async open(topic: string, start: ReplayStart, count: number): Promise<EventStream> {
    const stream = new FakeStream();
    this.opened.push({ topic, start, count });
    this.streams.push(stream);
    this.script(stream, this.streams.length - 1);
    return stream;
  }

  async schema(): Promise<string> {
    return accountSchemaJson;
  }

  close(): void {}
}

export function batchOf(...events: WireEvent[]): EventBatch {
  return { events, latestReplayId: events.at(-1)?.replayId ?? Buffer.from([0]) };
}
