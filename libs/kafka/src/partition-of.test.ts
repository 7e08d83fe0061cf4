import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur2, partitionOf } from './partition-of.ts';

// The vectors of Kafka's own test of murmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('agrees with the hash of kafkajs for any bytes', () => {
  const theirs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2') as (
    key: Buffer,
  ) => number;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(murmur2(bytes)).toBe(theirs(Buffer.from(bytes)));
    }),
  );
});

test('spreads ids evenly', () => {
  const counts = [0, 0, 0, 0, 0, 0];
  for (let index = 0; index < 6_000; index++) counts[partitionOf(`0190-${index}`, 6)]!++;
  for (const count of counts) expect(count).toBeGreaterThan(850);
});
