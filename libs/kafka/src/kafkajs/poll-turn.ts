/**
 * Whose turn it is: the caller's (it works on what the last poll gave it) or ours. A rebalance waits for our turn, a poll
 * waits for arrivals. One poll at a time, because "coming back" could not be told from "asking twice" otherwise.
 */
import { KafkaError } from '../errors.ts';

export class PollTurn {
  #isPolling = false;
  #isWithCaller = false;
  #wake: (() => void) | null = null;
  #doneWaiters: (() => void)[] = [];

  /** A poll begins: whatever was handed out before is done. */
  begin(): void {
    if (this.#isPolling) {
      throw new KafkaError({
        code: 'kafka.misused',
        message: 'Kafka: poll was called before the last poll returned',
        hint: 'Use one polling loop per consumer.',
      });
    }
    this.#isPolling = true;
    this.release();
  }

  /** What the caller holds counts as done. */
  release(): void {
    this.#isWithCaller = false;
    for (const resolve of this.#doneWaiters.splice(0)) resolve();
  }

  end(hasMessages: boolean): void {
    this.#isPolling = false;
    this.#isWithCaller = hasMessages;
  }

  /** Resolves when the caller holds nothing. */
  isDone(): Promise<void> {
    if (!this.#isWithCaller) return Promise.resolve();
    return new Promise((resolve) => this.#doneWaiters.push(resolve));
  }

  wake(): void {
    this.#wake?.();
  }

  async wait(msMax: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(finish, msMax);
      signal?.addEventListener('abort', finish, { once: true });
      this.#wake = finish;
    });
  }
}
