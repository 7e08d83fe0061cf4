/**
 * Goal: the sources keep the house rules that no linter knows. Method: read them as text and compare with short tables.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boundaryFaults, declarationFaults } from './boundaries.ts';
import { readProjects, sourcesOf } from './projects.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PROJECTS = readProjects(ROOT);
const SOURCES = ['apps', 'libs', 'tools', 'test'].flatMap((folder) => sourcesOf(ROOT, folder));

test('nobody imports across a boundary', () => {
  expect(boundaryFaults(ROOT, PROJECTS)).toEqual([]);
});

test('every project declares what it imports', () => {
  expect(declarationFaults(ROOT, PROJECTS)).toEqual([]);
});

test('every app, library and tool says what it is for in at most 30 lines', () => {
  const folders = PROJECTS.map(({ folder }) => folder).filter((folder) => /^(apps|libs|tools)\//.test(folder));
  expect(folders.filter((folder) => !isWithin(join(folder, 'README.md'), 30))).toEqual([]);
});

test('the README is one screen', () => {
  expect(isWithin('README.md', 70)).toBe(true);
});

// The words are written with a gap, so that this file does not hold them.
test.each([
  ['means unfinished work', String.raw`\b(?:TO~DO|FIX~ME|XX~X|HA~CK)\b|not imple~mented`],
  ['switches a test off', String.raw`\.(?:only|skip|todo)~\(`],
])('no source holds a word that %s', (_, pattern) => {
  const words = new RegExp(pattern.replaceAll('~', ''));
  expect(SOURCES.filter((file) => words.test(read(file)))).toEqual([]);
});

test('topic names exist once, in contracts', () => {
  const literal = /['"`](?:cdc|changes|records|commands)\.(?:\$\{|[a-z])/;
  const elsewhere = SOURCES.filter((file) => !/^(?:libs\/contracts|test|tools)\/|\.test\.ts$/.test(file));
  expect(elsewhere.filter((file) => literal.test(read(file)))).toEqual([]);
});

function isWithin(file: string, linesMax: number): boolean {
  return existsSync(join(ROOT, file)) && read(file).trimEnd().split('\n').length <= linesMax;
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
