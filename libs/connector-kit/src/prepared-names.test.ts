import { expect, test } from 'vitest';
import { PreparedNames } from './prepared-names.ts';

test('a statement is prepared anew whenever it has been run twice as often, each by itself', () => {
  const names = new PreparedNames();
  const ofLoad = Array.from({ length: 9 }, () => names.of('load'));
  expect(ofLoad).toEqual([0, 1, 1, 2, 2, 2, 2, 3, 3].map((times) => `load_${times}`));
  expect(names.of('save')).toBe('save_0');
});
