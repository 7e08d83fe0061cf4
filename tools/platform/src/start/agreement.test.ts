import { expect, test } from 'vitest';
import { describeDifferences } from './agreement.ts';

test('of many differences the first few are told and the rest counted', () => {
  const text = describeDifferences({ records: 9, differences: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
  expect(text.split('\n')).toEqual(['a', 'b', 'c', 'd', 'e', 'and 2 more']);
});
