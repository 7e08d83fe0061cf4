import { describe, expect, test } from 'vitest';
import { IntakeBuffer } from './intake-buffer.ts';

type Item = { offset: number; bytes: number };
const a = { topic: 'a', partition: 0 };
const b = { topic: 'b', partition: 0 };
const c = { topic: 'c', partition: 0 };
const items = (from: number, count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({ offset: from + index, bytes: 10 }));
const upTo = (to: number, highWatermark = to) => ({ to: BigInt(to), highWatermark: BigInt(highWatermark) });

function bufferOf(...partitions: { topic: string; partition: number }[]): IntakeBuffer<Item> {
  const buffer = new IntakeBuffer<Item>({ bytesOf: ({ bytes }) => bytes, offsetOf: ({ offset }) => BigInt(offset) });
  buffer.reset(partitions);
  return buffer;
}

const taken = (buffer: IntakeBuffer<Item>, max: number) =>
  Object.fromEntries(buffer.take(max).map(({ topic, items: found }) => [topic, found.map(({ offset }) => offset)]));

describe('taking', () => {
  test('keeps the order of a lane over several takes', () => {
    const buffer = bufferOf(a);
    buffer.push(a, items(0, 3), upTo(3));
    buffer.push(a, items(3, 2), upTo(5));
    expect(taken(buffer, 2)).toEqual({ a: [0, 1] });
    expect(taken(buffer, 9)).toEqual({ a: [2, 3, 4] });
    expect(taken(buffer, 9)).toEqual({});
    expect(buffer).toMatchObject({ messages: 0, bytes: 0 });
  });

  test('shares the room between lanes and gives what one leaves unused to the others', () => {
    const buffer = bufferOf(a, b, c);
    buffer.push(a, items(0, 100), upTo(100));
    buffer.push(b, items(0, 1), upTo(1));
    buffer.push(c, items(0, 100), upTo(100));
    const shares = buffer.take(11).map(({ topic, items: found }) => [topic, found.length]);
    expect(Object.fromEntries(shares)).toEqual({ a: 5, b: 1, c: 5 });
  });

  test('serves every lane in turn when there are more lanes than room', () => {
    const buffer = bufferOf(a, b, c);
    for (const lane of [a, b, c]) buffer.push(lane, items(0, 10), upTo(10));
    const served = new Set([1, 2, 3].flatMap(() => buffer.take(1).map(({ topic }) => topic)));
    expect(served).toEqual(new Set(['a', 'b', 'c']));
  });

  test('stops at about so many bytes, with a message at least from each lane', () => {
    const buffer = bufferOf(a, b);
    buffer.push(a, [{ offset: 0, bytes: 500 }, ...items(1, 20)], upTo(21));
    buffer.push(b, items(0, 3), upTo(3));
    const counts = (): Record<string, number> =>
      Object.fromEntries(buffer.take(100, 60).map(({ topic, items: found }) => [topic, found.length]));
    expect(counts()).toEqual({ a: 1, b: 3 });
    expect(counts()).toEqual({ a: 6 });
    expect(buffer).toMatchObject({ messages: 14, bytes: 140 });
  });

  test('never takes more than asked for, nor loses any', () => {
    const buffer = bufferOf(a, b, c);
    buffer.push(a, items(0, 7), upTo(7));
    buffer.push(b, items(0, 3), upTo(3));
    buffer.push(c, items(0, 5), upTo(5));
    let sum = 0;
    while (buffer.messages > 0) {
      const count = buffer.take(4).reduce((total, lane) => total + lane.items.length, 0);
      expect(count).toBeLessThanOrEqual(4);
      sum += count;
    }
    expect(sum).toBe(15);
    expect(buffer.bytes).toBe(0);
  });
});

describe('knowing where fetches begin', () => {
  test('expects the next fetch right behind the last one, and nothing certain before the first', () => {
    const buffer = bufferOf(a);
    expect(buffer.expectedFetch(a)).toBeNull();
    buffer.push(a, items(5, 2), upTo(9));
    expect(buffer.expectedFetch(a)).toBe(9n);
  });

  test('forgets what a rewound lane held', () => {
    const buffer = bufferOf(a, b);
    buffer.push(a, items(0, 4), upTo(4));
    buffer.push(b, items(0, 1), upTo(1));
    buffer.rewind(a, 2n);
    expect(buffer.expectedFetch(a)).toBe(2n);
    expect(taken(buffer, 9)).toEqual({ b: [0] });
  });

  test('is not certain after a fetch of transaction markers, which may be a late one', () => {
    const buffer = bufferOf(a);
    buffer.rewind(a, 2n);
    buffer.advance(a, 7n, 7n);
    expect(buffer.expectedFetch(a)).toBeNull();
  });

  test('ignores partitions that are not assigned', () => {
    const buffer = bufferOf(a);
    buffer.push(b, items(0, 3), upTo(3));
    expect(buffer.messages).toBe(0);
  });
});

describe('the lag', () => {
  test('counts from the next message to hand out', () => {
    const buffer = bufferOf(a);
    buffer.push(a, items(10, 5), upTo(15, 100));
    buffer.take(2);
    expect(buffer.lag()).toEqual([{ ...a, messages: 88n }]);
  });

  test('is zero behind a transaction marker at the end', () => {
    const buffer = bufferOf(a);
    buffer.push(a, items(0, 2), upTo(3, 3));
    buffer.take(9);
    expect(buffer.lag()).toEqual([{ ...a, messages: 0n }]);
    buffer.advance(a, 4n, 4n);
    expect(buffer.lag()).toEqual([{ ...a, messages: 0n }]);
  });
});
