import { initialState } from '@concord/core';
import { expect, test } from 'vitest';
import { StateCache } from './state-cache.ts';

test('keeps what was used last within its size', () => {
  const cache = new StateCache(10);
  const state = initialState();
  cache.set('a', state, 4);
  cache.set('b', state, 4);
  cache.set('a', state, 5);
  cache.set('c', state, 4);
  expect(['a', 'b', 'c'].filter((recordId) => cache.get(recordId) !== undefined)).toEqual(['a', 'c']);
  cache.set('d', state, 11);
  expect(['a', 'c', 'd'].filter((recordId) => cache.get(recordId) !== undefined)).toEqual([]);
});
