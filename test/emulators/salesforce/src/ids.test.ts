import { expect, test } from 'vitest';
import { makeId, normalizeId, withChecksum } from './ids.ts';

const known: [string, string][] = [
  ['001000000000000', '001000000000000AAA'],
  ['00D5e000001N2bQ', '00D5e000001N2bQEAS'],
  ['0012w00000AbCdE', '0012w00000AbCdEAAV'],
];

test.each(known)('%s becomes %s', (short, long) => {
  expect(withChecksum(short)).toBe(long);
  expect(normalizeId(short)).toBe(long);
  expect(normalizeId(long)).toBe(long);
  expect(normalizeId(long.toLowerCase())).toBe(long);
});

test('what is no id is told apart', () => {
  for (const text of ['', '001', 'x'.repeat(16), '00100000000000!', 5, null]) expect(normalizeId(text)).toBeUndefined();
});

test('ids of a sequence differ and sort by number within their prefix', () => {
  const ids = [1, 61, 62, 3844].map((number) => makeId('001', number).slice(0, 15));
  expect(ids).toEqual(['0015e0000000001', '0015e000000000z', '0015e0000000010', '0015e0000000100']);
});
