/** A service that lives from Kafka: its consumer runtimes, and what to close after them. */
import { ConsumerRuntime, type ConsumerRuntimeOptions } from '@concord/kafka';
import type { ServiceContext } from './base.ts';

/** As libs/service runs it. */
export type Worker = {
  readonly failed: Promise<unknown>;
  start(): Promise<void>;
  stop(): Promise<void>;
  ready(): { ok: boolean; detail: string };
};

export type NamedConsumer = Omit<ConsumerRuntimeOptions, 'onFailure'> & { readonly name: string };

export function createConsumerWorker(
  consumers: readonly NamedConsumer[],
  { logger, metrics }: ServiceContext,
  close: () => Promise<void>,
): Worker {
  const runtimes = consumers.map(
    ({ name, ...options }) =>
      [
        name,
        new ConsumerRuntime({
          ...options,
          onFailure: (error, retryInMs) => {
            const { code = 'unknown', reaction = 'retry' } = error as { code?: string; reaction?: string };
            metrics.errorHandled({ code, reaction });
            logger.warn(
              { err: error, consumer: name, retryInMs },
              'a session ended; everything not committed is done again',
            );
          },
        }),
      ] as const,
  );
  return {
    failed: Promise.race(runtimes.map(([, runtime]) => runtime.failed)),
    start: async () => runtimes.forEach(([, runtime]) => runtime.start()),
    stop: async () => {
      await Promise.all(runtimes.map(([, runtime]) => runtime.stop()));
      await close();
    },
    ready: () => {
      const states = runtimes.map(([name, runtime]) => ({ name, ...runtime.ready() }));
      const detail = states.map((state) => `${state.name}: ${state.detail}`).join('; ');
      return { ok: states.every(({ ok }) => ok), detail };
    },
  };
}
