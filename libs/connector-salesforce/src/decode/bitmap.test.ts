import { describe, expect, it } from 'vitest';
import { BitmapError, parseBitmaps } from './bitmap.ts';

const top = (...indexes: number[]) => indexes.map((index) => ({ index, child: null }));
const nested = (index: number, ...children: number[]) => children.map((child) => ({ index, child }));

describe('field bitmaps', () => {
  it.each([
    ['0x400800', top(11, 22)],
    ['0x01', top(0)],
    ['0x8000000000000001', top(0, 63)],
    ['4-0x01', nested(4, 0)],
    ['6-0x0180', nested(6, 7, 8)],
    ['0x', []],
  ])('%s', (element, expected) => {
    expect(parseBitmaps([element])).toEqual(expected);
  });

  it('joins elements of both kinds', () => {
    expect(parseBitmaps(['0x650004E0', '4-0x10', '7-0x06'])).toEqual([
      ...top(5, 6, 7, 10, 24, 26, 29, 30),
      ...nested(4, 4),
      ...nested(7, 1, 2),
    ]);
  });

  it('reads indexes far beyond what a number holds exactly', () => {
    expect(parseBitmaps([`0x1${'0'.repeat(75)}`])).toEqual(top(300));
  });

  it.each(['', 'Name', '0xZZ', '4-', '-1-0x01'])('refuses %j', (element) => {
    expect(() => parseBitmaps([element])).toThrow(BitmapError);
  });
});
