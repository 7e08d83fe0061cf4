import { describe, expect, it } from 'vitest';
import { ConnectorError } from '@concord/connector-kit';
import { accountEvent } from '../testing/account-events.ts';
import { batchOf, FakePubSub } from '../testing/fake-pubsub.ts';
import { FakeTiming } from '../testing/timing.ts';
import { subscribe, type Interruption, type Subscription } from './subscribe.ts';
import type { EventBatch } from './transport.ts';

function errorWith(reaction: 'retry' | 'halt', code = 'salesforce.stream_interrupted'): ConnectorError {
  return new ConnectorError({ code, reaction, message: code, hint: '' });
}

function setup(overrides: Partial<Subscription> = {}) {
  const transport = new FakePubSub();
  const timing = new FakeTiming();
  const stop = new AbortController();
  const handled: EventBatch[] = [];
  const interruptions: Interruption[] = [];
  const run = () =>
    subscribe({
      transport,
      timing,
      topic: '/data/AccountChangeEvent',
      start: { preset: 'custom', replayId: Buffer.from([9]) },
      signal: stop.signal,
      handle: async (batch) => void handled.push(batch),
      onInterruption: (interruption) => interruptions.push(interruption),
      ...overrides,
    });
  return { transport, timing, stop, handled, interruptions, run };
}

describe('a subscription', () => {
  it('asks for as many events as were made durable, and only then', async () => {
    const order: string[] = [];
    const { transport, stop, run } = setup({
      handle: async ({ events }) => {
        order.push(`handled ${events.length}, asked ${transport.streams[0]?.asked.length} times`);
        if (events.length === 0) stop.abort();
      },
    });
    transport.script = (stream) =>
      stream.push(batchOf(accountEvent({}), accountEvent({})), batchOf(accountEvent({})), batchOf());
    expect(await run()).toBe('stopped');
    expect(order).toEqual(['handled 2, asked 0 times', 'handled 1, asked 1 times', 'handled 0, asked 2 times']);
    expect(transport.opened[0]?.count).toBe(100);
    expect(transport.streams[0]?.asked).toEqual([2, 1]);
  });

  it('resumes after the last durable batch, keepalives included', async () => {
    const { transport, stop, run } = setup();
    transport.script = (stream, index) => {
      if (index === 0) stream.push({ events: [], latestReplayId: Buffer.from([77]) }, errorWith('retry'));
      else stop.abort();
    };
    await run();
    expect(transport.opened[1]?.start).toEqual({ preset: 'custom', replayId: Buffer.from([77]) });
  });

  it('delivers a batch again whose handling failed', async () => {
    let attempts = 0;
    const { transport, stop, run } = setup({
      handle: async () => {
        attempts += 1;
        if (attempts === 1) throw errorWith('retry', 'kafka.unreachable');
        stop.abort();
      },
    });
    transport.script = (stream) => stream.push(batchOf(accountEvent({})));
    await run();
    expect(transport.opened.map(({ start }) => start)).toEqual([
      { preset: 'custom', replayId: Buffer.from([9]) },
      { preset: 'custom', replayId: Buffer.from([9]) },
    ]);
  });

  it('waits longer after each failure, up to a limit, and starts over after a success', async () => {
    const { transport, timing, stop, run } = setup();
    transport.script = (stream, index) => {
      if (index === 10) stream.push(batchOf());
      if (index === 11) stop.abort();
      stream.push(errorWith('retry'));
    };
    await run();
    expect(timing.sleeps).toEqual([250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 250]);
  });

  it('waits much longer when the org says that a limit is reached', async () => {
    const { transport, timing, stop, run } = setup();
    transport.script = (stream, index) =>
      index === 1 ? stop.abort() : stream.push(errorWith('retry', 'salesforce.throttled'));
    await run();
    expect(timing.sleeps).toEqual([15_000]);
  });

  it('takes a silent stream for dead', async () => {
    const { transport, timing, stop, run, interruptions } = setup({ limits: { silenceMsMax: 1000 } });
    timing.sleep = async (delayMs, signal) => {
      timing.sleeps.push(delayMs);
      if (timing.sleeps.length > 2) stop.abort();
      if (signal?.aborted === true) return;
    };
    await run();
    expect(String(interruptions[0]?.error)).toContain('nothing was heard for 1000 ms');
    expect(transport.streams[0]?.isCancelled).toBe(true);
  });

  it('ends with an error that only a person can mend', async () => {
    const { transport, run } = setup();
    transport.script = (stream) => stream.push(errorWith('halt', 'salesforce.replay_expired'));
    await expect(run()).rejects.toMatchObject({ code: 'salesforce.replay_expired' });
    expect(transport.streams[0]?.isCancelled).toBe(true);
  });

  it('says so when it cannot know where to resume', async () => {
    const { transport, run } = setup({ start: { preset: 'latest' } });
    transport.script = (stream) => stream.push(errorWith('retry'));
    expect(await run()).toBe('position_unknown');
  });

  it('stops between batches: what is under way is finished', async () => {
    const { transport, stop, handled, run } = setup({
      handle: async (batch) => {
        stop.abort();
        await Promise.resolve();
        handled.push(batch);
      },
    });
    transport.script = (stream) => stream.push(batchOf(accountEvent({})), batchOf(accountEvent({})));
    expect(await run()).toBe('stopped');
    expect(handled).toHaveLength(1);
  });
});
