import { expect, test } from 'vitest';
import { withoutRepeats } from './batches.ts';

const commands = (ids: string) => ids.split('').map((recordId, index) => ({ recordId, index }));
const shape = (ids: string) => withoutRepeats(commands(ids), 4).map((part) => part.map((c) => c.recordId).join(''));

test.each([
  ['', []],
  ['abc', ['abc']],
  ['aba', ['ab', 'a']],
  ['aabbab', ['a', 'ab', 'ba', 'b']],
  ['abcdefgha', ['abcd', 'efgh', 'a']],
])('%s becomes %j', (ids, parts) => {
  expect(shape(ids)).toEqual(parts);
});
