/** Every cell of the decision tables is reached in a long run, or listed with a reason that holds; here the lists themselves. */
import { describe, expect, test } from 'vitest';
import { reportCoverage } from './coverage.ts';

describe('the decision tables', () => {
  const nothing = reportCoverage({});

  test('a cell that is reached although it is listed is told', () => {
    for (const [cell] of [...nothing.impossible, ...nothing.notDrawn]) {
      expect(reportCoverage({ [cell]: 1 }).surprising).toEqual([cell]);
    }
    expect(reportCoverage({ 'decision: unheard of': 1 }).surprising).toEqual(['decision: unheard of']);
  });

  test('no cell is both impossible and not drawn, and none of what is reached is missing', () => {
    const impossible = nothing.impossible.map(([cell]) => cell);
    expect(nothing.notDrawn.filter(([cell]) => impossible.includes(cell))).toEqual([]);
    const [cell = ''] = nothing.unreached;
    expect(reportCoverage({ [cell]: 2 }).reached).toEqual([[cell, 2]]);
  });
});
