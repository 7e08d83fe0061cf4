import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { describeChange, drawTable } from './side-by-side.ts';

test('the table shows both sides of each field, absence and emptiness apart', () => {
  const table = stripVTControlCharacters(drawTable(['name', 'revenue'], { name: 'Aurora', revenue: null }, undefined));
  expect(table.split('\n').map((line) => line.trimEnd())).toEqual([
    '            Postgres                       Salesforce',
    ' name       Aurora                         (none)',
    ' revenue    —                              (none)',
  ]);
});

test.each([
  [undefined, { name: 'A', industry: null }, 'Postgres has it: name A'],
  [{ name: 'A' }, { name: 'B' }, 'Postgres name: A → B'],
  [{ revenue: '1.50' }, { revenue: 1.5 }, ''],
  [{ name: 'A' }, undefined, 'Postgres has it no more'],
  [undefined, undefined, ''],
])('from %j to %j is told as %j', (before, after, expected) => {
  expect(stripVTControlCharacters(describeChange('Postgres', before, after))).toBe(expected);
});
