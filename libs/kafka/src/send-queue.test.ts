import { describe, expect, test } from 'vitest';
import { SendQueue } from './send-queue.ts';
import type { PlacedMessage, SendQueueOptions } from './send-queue.ts';

const message = (key: string, bytes = 10, partition = 0): PlacedMessage => ({
  topic: 't',
  key,
  value: Buffer.alloc(bytes),
  partition,
});

/** A queue whose requests are answered by hand. */
function setup(limits: Partial<SendQueueOptions> = {}) {
  const requests: { keys: string; answer: (error?: Error) => void }[] = [];
  const arrivals: (() => void)[] = [];
  const queue = new SendQueue({
    deliver: (messages) =>
      new Promise((resolve, reject) => {
        const keys = messages.map(({ key }) => key).join('');
        requests.push({ keys, answer: (error) => (error === undefined ? resolve() : reject(error)) });
        for (const arrived of arrivals.splice(0)) arrived();
      }),
    messageBytesMax: 1_000_000,
    partitionBatchBytesMax: 1_000_000,
    requestBytesMax: 1_000_000,
    requestMessagesMax: 1_000,
    queueBytesMax: 1_000_000,
    ...limits,
  });
  const nextRequest = async () => {
    if (requests.length === 0) await new Promise<void>((resolve) => arrivals.push(resolve));
    return requests.shift()!;
  };
  return { queue, nextRequest };
}

describe('the send queue', () => {
  test('has one request under way; what comes meanwhile shares the next', async () => {
    const { queue, nextRequest } = setup();
    const first = queue.send([message('a')]);
    const one = await nextRequest();
    const others = [queue.send([message('b'), message('c')]), queue.send([message('d')])];
    expect(one.keys).toBe('a');
    one.answer();
    await first;
    const two = await nextRequest();
    expect(two.keys).toBe('bcd');
    two.answer();
    await Promise.all(others);
    await queue.whenIdle();
  });

  test('calls of the same turn share the first request', async () => {
    const { queue, nextRequest } = setup();
    const calls = [queue.send([message('a')]), queue.send([message('b')])];
    const one = await nextRequest();
    expect(one.keys).toBe('ab');
    one.answer();
    await Promise.all(calls);
  });

  test('splits by partition bytes, and a large message goes alone', async () => {
    const { queue, nextRequest } = setup({ partitionBatchBytesMax: 200 });
    const call = queue.send([message('a', 100), message('b', 100), message('c', 900), message('d', 10)]);
    for (const keys of ['a', 'b', 'c', 'd']) {
      const request = await nextRequest();
      expect(request.keys).toBe(keys);
      request.answer();
    }
    await call;
  });

  test('splits by the number of messages', async () => {
    const { queue, nextRequest } = setup({ requestMessagesMax: 2 });
    const call = queue.send(['a', 'b', 'c'].map((key) => message(key)));
    for (const keys of ['ab', 'c']) {
      const request = await nextRequest();
      expect(request.keys).toBe(keys);
      request.answer();
    }
    await call;
  });

  test('a failure fails everything behind it, so that order can be kept', async () => {
    const { queue, nextRequest } = setup({ requestMessagesMax: 1 });
    const outcomes = ['a', 'b', 'c'].map((key) =>
      queue.send([message(key)]).then(
        () => 'sent',
        (error: { code?: string; message: string }) => error.code ?? error.message,
      ),
    );
    (await nextRequest()).answer();
    (await nextRequest()).answer(new Error('no answer'));
    expect(await Promise.all(outcomes)).toEqual(['sent', 'no answer', 'kafka.send_aborted']);
    const again = queue.send([message('b')]);
    const request = await nextRequest();
    expect(request.keys).toBe('b');
    request.answer();
    await again;
  });

  test('refuses what would wait above its bound', async () => {
    const { queue, nextRequest } = setup({ queueBytesMax: 100 });
    const first = queue.send([message('a', 90)]);
    await expect(queue.send([message('b', 90)])).rejects.toMatchObject({ code: 'kafka.send_queue_full' });
    (await nextRequest()).answer();
    await first;
  });
});
