import { expect, test } from 'vitest';
import { pack } from './packed.ts';

test('every part is found at its place, counted in bytes', () => {
  const { bytes, from, lengths } = pack(['naïve', '', Buffer.from([0, 255]), '"\\😀']);
  const parts = from.map((first, index) => bytes.subarray(first - 1, first - 1 + (lengths[index] as number)));
  expect(parts.map((part, index) => (index === 2 ? [...part] : part.toString()))).toEqual([
    'naïve',
    '',
    [0, 255],
    '"\\😀',
  ]);
  expect(bytes.length).toBe(6 + 0 + 2 + 6);
});

test('nothing is packed into nothing', () => {
  expect(pack([])).toEqual({ bytes: Buffer.alloc(0), from: [], lengths: [] });
});
