/**
 * The loop of every service that reads Kafka: join, poll, handle, poll again; on trouble leave, wait, and join anew.
 *
 * A *session* is one membership. Whatever fails in it (a commit, a publish, the broker) ends it, and the next one begins from
 * what is durable, so an unknown result is looked up instead of guessed. Errors that say `halt` end the service; being
 * replaced by another instance (`*.fenced`) is no error and leads straight to the next session.
 */
import type { BatchConsumer, PolledBatch } from './types.ts';

export type ConsumerRuntimeOptions = {
  /** A new member for each session. */
  readonly createConsumer: () => BatchConsumer;
  /** Does everything that a batch asks for, or throws; the next poll tells Kafka that the batch is done. */
  readonly handle: (batch: PolledBatch, consumer: BatchConsumer) => Promise<void>;
  readonly messagesMax: number;
  /** Called when a poll brought nothing, to meet what an earlier batch left under way. */
  readonly onIdle?: () => Promise<void>;
  /** How long a poll may wait before `onIdle` has something to do. */
  readonly waitMs?: () => number;
  /** Called once per failed session, for the log. */
  readonly onFailure: (error: unknown, retryInMs: number) => void;
  /** For tests; a number in [0, 1). */
  readonly random?: () => number;
};

const POLL_WAIT_MS_MAX = 1_000;
const RETRY_DELAY_MS_MIN = 250;
const RETRY_DELAY_MS_MAX = 30_000;

export class ConsumerRuntime {
  /** Resolves with the error that ended the service; stays pending while it runs and when it is stopped. */
  readonly failed: Promise<unknown>;
  readonly #options: ConsumerRuntimeOptions;
  readonly #stopping = new AbortController();
  #fail: (error: unknown) => void = () => undefined;
  #consumer: BatchConsumer | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;

  constructor(options: ConsumerRuntimeOptions) {
    this.#options = options;
    this.failed = new Promise((resolve) => (this.#fail = resolve));
  }

  /** Begins to consume and returns at once. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Finishes the batch under way and leaves the group. Safe to call twice and before `start`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Whether messages are being read now, and if not, why. */
  ready(): { ok: boolean; detail: string } {
    if (this.#consumer === undefined) return { ok: false, detail: 'not in the consumer group' };
    const { assigned, isFetching, lastError } = this.#consumer.health();
    if (lastError !== null) return { ok: false, detail: lastError.message };
    return { ok: isFetching, detail: `${assigned} partitions assigned` };
  }

  /** Messages behind the high watermark per assigned partition. */
  lag(): ReturnType<BatchConsumer['lag']> {
    return this.#consumer?.lag() ?? [];
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        if (!isFenced(error) && reactionOf(error) === 'halt') return this.#fail(error);
        const retryInMs = isFenced(error) ? 0 : this.#nextDelayMs();
        this.#options.onFailure(error, retryInMs);
        await pause(retryInMs, this.#stopping.signal);
      }
    }
  }

  async #session(): Promise<void> {
    const consumer = this.#options.createConsumer();
    try {
      await consumer.start();
      this.#consumer = consumer;
      while (!this.#stopping.signal.aborted) {
        const batch = await consumer.poll({
          messagesMax: this.#options.messagesMax,
          waitMsMax: Math.min(POLL_WAIT_MS_MAX, this.#options.waitMs?.() ?? POLL_WAIT_MS_MAX),
          signal: this.#stopping.signal,
        });
        if (batch.messages.length === 0) {
          await this.#options.onIdle?.();
          continue;
        }
        await this.#options.handle(batch, consumer);
        this.#failures = 0;
      }
    } finally {
      this.#consumer = undefined;
      await consumer.stop();
    }
  }

  /** Doubles with every failed session in a row; half of it is chance, so that instances do not come back in step. */
  #nextDelayMs(): number {
    const delayMs = Math.min(RETRY_DELAY_MS_MAX, RETRY_DELAY_MS_MIN * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    return Math.round(delayMs * (0.5 + 0.5 * (this.#options.random ?? Math.random)()));
  }
}

function reactionOf(error: unknown): unknown {
  return (error as { reaction?: unknown } | null)?.reaction;
}

function isFenced(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && code.endsWith('.fenced');
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || durationMs === 0) return resolve();
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
