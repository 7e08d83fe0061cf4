import { describe, expect, test } from 'vitest';
import { ConsumerRuntime } from './consumer-runtime.ts';
import type { BatchConsumer, PolledBatch } from './types.ts';

/** A member whose polls are scripted; after the script it waits until it is stopped. */
function scripted(polls: (() => PolledBatch)[], log: string[]): BatchConsumer {
  return {
    start: async () => void log.push('join'),
    stop: async () => void log.push('leave'),
    poll: ({ signal }) => {
      const poll = polls.shift();
      if (poll !== undefined) return Promise.resolve().then(poll);
      return new Promise((resolve) =>
        signal?.addEventListener('abort', () => resolve({ messages: [], generation: 1 })),
      );
    },
    commit: async () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    seek: () => undefined,
    assignment: () => [],
    lag: () => [],
    health: () => ({ assigned: 1, isFetching: true, lastError: null }),
  };
}

const batch = (): PolledBatch => ({
  generation: 1,
  messages: [{ topic: 't', partition: 0, offset: 0n, key: null, value: null, headers: {}, timestampMs: 0 }],
});
const failure = (code: string, reaction: string) => (): never => {
  throw Object.assign(new Error(code), { code, reaction });
};

function runtimeOver(polls: (() => PolledBatch)[], handle: () => Promise<void> = async () => undefined) {
  const log: string[] = [];
  const joined = Promise.withResolvers<void>();
  const runtime = new ConsumerRuntime({
    createConsumer: () => scripted(polls, log),
    handle: async () => {
      log.push('handle');
      await handle();
      if (polls.length === 0) joined.resolve();
    },
    messagesMax: 10,
    onFailure: (error, retryInMs) => void log.push(`${(error as Error).message} in ${retryInMs}`),
    random: () => 0,
  });
  return { runtime, log, joined: joined.promise };
}

describe('the consumer runtime', () => {
  test('leaves and joins anew after a failure, later each time', async () => {
    const { runtime, log, joined } = runtimeOver([failure('kafka.x', 'retry'), failure('kafka.y', 'retry'), batch]);
    runtime.start();
    await joined;
    await runtime.stop();
    expect(log).toEqual([
      'join',
      'leave',
      'kafka.x in 125',
      'join',
      'leave',
      'kafka.y in 250',
      'join',
      'handle',
      'leave',
    ]);
  });

  test('goes straight on when another instance has taken over', async () => {
    const { runtime, log, joined } = runtimeOver([failure('store.fenced', 'halt'), batch]);
    runtime.start();
    await joined;
    await runtime.stop();
    expect(log).toContain('store.fenced in 0');
  });

  test('meets what a batch left under way when nothing follows', async () => {
    const polls = [batch, () => ({ messages: [], generation: 1 }), failure('kafka.end', 'halt')];
    const log: string[] = [];
    const runtime = new ConsumerRuntime({
      createConsumer: () => scripted(polls, log),
      handle: async () => void log.push('handle'),
      onIdle: async () => void log.push('idle'),
      messagesMax: 10,
      onFailure: () => undefined,
    });
    runtime.start();
    await runtime.failed;
    expect(log).toEqual(['join', 'handle', 'idle', 'leave']);
  });

  test('ends with an error that says halt', async () => {
    const { runtime, log } = runtimeOver([batch], failure('store.auth', 'halt'));
    runtime.start();
    expect(await runtime.failed).toMatchObject({ code: 'store.auth' });
    expect(log).toEqual(['join', 'handle', 'leave']);
    expect(runtime.ready().ok).toBe(false);
    await runtime.stop();
  });

  test('stops twice, and before it started', async () => {
    const { runtime } = runtimeOver([]);
    await runtime.stop();
    runtime.start();
    await runtime.stop();
    await runtime.stop();
    expect(runtime.ready()).toEqual({ ok: false, detail: 'not in the consumer group' });
  });
});
