/**
 * An external store of offsets as the services use one: what a batch did and where to go on are one commit, fenced by an
 * epoch per partition that rises with each assignment. It judges the contract: applied exactly once, in order.
 */
import type { BatchConsumer, ConsumerOptions, KafkaMessage, TopicPartition } from '@concord/kafka';

const place = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

export class OffsetStore {
  readonly applied = new Map<string, string[]>();
  readonly owners = new Map<string, string>();
  fencedCommits = 0;
  readonly #next = new Map<string, bigint>();
  #changed: (() => void)[] = [];

  /** The consumer options of a member that keeps its offsets here. */
  member(name: string): Required<Pick<ConsumerOptions, 'startOffsets'>> {
    return {
      startOffsets: async (assigned) => {
        for (const partition of assigned) this.owners.set(place(partition), name);
        this.#notify();
        return assigned.map((partition) => ({ ...partition, offset: this.#next.get(place(partition)) ?? null }));
      },
    };
  }

  commit(name: string, messages: readonly KafkaMessage[]): void {
    if (messages.some((message) => this.owners.get(place(message)) !== name)) {
      this.fencedCommits++;
      return;
    }
    for (const message of messages) {
      const values = this.applied.get(place(message)) ?? [];
      values.push(message.value?.toString() ?? '');
      this.applied.set(place(message), values);
      this.#next.set(place(message), message.offset + 1n);
    }
    this.#notify();
  }

  count(): number {
    return [...this.applied.values()].reduce((sum, values) => sum + values.length, 0);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

export type Worker = { stop: () => Promise<void> };

/** The loop of a service: poll, do, commit, until stopped. `before` runs between the poll and the commit. */
export function work(
  name: string,
  consumer: BatchConsumer,
  store: OffsetStore,
  before: () => Promise<void> = async () => undefined,
): Worker {
  const stopping = new AbortController();
  const running = (async () => {
    await consumer.start();
    while (!stopping.signal.aborted) {
      const { messages } = await consumer.poll({ messagesMax: 50, waitMsMax: 1_000, signal: stopping.signal });
      if (messages.length === 0) continue;
      await before();
      store.commit(name, messages);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      await consumer.stop();
    },
  };
}
