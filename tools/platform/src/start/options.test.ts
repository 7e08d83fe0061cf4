import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { help, parseStartOptions } from './options.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'concord-options-'));
  for (const name of ['one.json', 'two.json', 'tables.sql']) writeFileSync(join(folder, name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('without options the example runs with its table', () => {
  expect(parseStartOptions([])).toMatchObject({
    sync: [expect.stringMatching(/sf-postgres-accounts$/)],
    initSql: [expect.stringMatching(/accounts\.sql$/)],
    isExample: true,
    fresh: false,
    once: false,
  });
});

test('files may be repeated or separated by commas; own ones replace the example and its table', () => {
  const [one, two, sql] = ['one.json', 'two.json', 'tables.sql'].map((name) => join(folder, name));
  expect(parseStartOptions(['--sync', `${one},${two}`, '--init-sql', String(sql), '--once'])).toMatchObject({
    sync: [one, two],
    initSql: [sql],
    isExample: false,
    once: true,
  });
  expect(parseStartOptions(['--sync', String(one), '--sync', String(two)])).toMatchObject({
    sync: [one, two],
    initSql: [],
  });
});

test('all files that are not there are named at once', () => {
  expect(() => parseStartOptions(['--sync', join(folder, 'a.json,b.json')])).toThrow(/a\.json, .*b\.json/);
});

test('an unknown option is refused with the help', () => {
  expect(() => parseStartOptions(['--twice'])).toThrow(help);
  expect(parseStartOptions(['--help'])).toBeUndefined();
});
