import { expect, it } from 'vitest';
import { recordIdFrom } from './record-id.ts';

it.each([
  ['0199e1c2-7d1a-7abc-8def-0123456789ab', '0199e1c2-7d1a-7abc-8def-0123456789ab'],
  ['0199E1C2-7D1A-7ABC-8DEF-0123456789AB', '0199e1c2-7d1a-7abc-8def-0123456789ab'],
  ['0199e1c27d1a7abc8def0123456789ab', null],
  ['0199e1c2-7d1a-7abc-8def-0123456789ab ', null],
  ['001A000000000001AAA', null],
  ['', null],
  [null, null],
  [7, null],
])('of %j is %j', (text, id) => {
  expect(recordIdFrom(text)).toBe(id);
});
