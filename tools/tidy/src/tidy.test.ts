/**
 * Goal: the sources keep the house rules that no linter knows. Method: read them as text and compare with short tables.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boundaryFaults } from './boundaries.ts';
import { importsOf, readProjects, sourcesOf } from './projects.ts';

const ROOT = join(import.meta.dirname, '../../..');
const projects = readProjects(ROOT);
const SOURCES = ['apps', 'libs', 'tools', 'test'].flatMap((folder) => sourcesOf(ROOT, folder));

test('nobody imports across a boundary', () => {
  expect(boundaryFaults(ROOT, projects)).toEqual([]);
});

test('every project imports only packages that it declares', () => {
  const faults = projects.flatMap((project) =>
    sourcesOf(ROOT, project.folder).flatMap((file) =>
      importsOf(ROOT, file)
        .filter(({ specifier }) => !/^(\.|node:|vitest|fast-check)/.test(specifier))
        .filter(
          ({ specifier }) =>
            !project.dependencies.has(
              specifier
                .split('/')
                .slice(0, specifier.startsWith('@') ? 2 : 1)
                .join('/'),
            ),
        )
        .map(({ line, specifier }) => `${file}:${line}: ${specifier}`),
    ),
  );
  expect(faults).toEqual([]);
});

test('every app and library says what it is for in at most 30 lines', () => {
  const faults = projects
    .filter(({ folder }) => /^(apps|libs)\//.test(folder))
    .filter(({ folder }) => {
      const [readme] = globSync(join(folder, 'README.md'), { cwd: ROOT });
      return readme === undefined || readFileSync(join(ROOT, readme), 'utf8').trimEnd().split('\n').length > 30;
    });
  expect(faults.map(({ folder }) => folder)).toEqual([]);
});

test('no source holds a word that means unfinished work', () => {
  const words = new RegExp(
    ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].map((word) => `\\b${word}\\b`).join('|'),
  );
  const faults = SOURCES.filter((file) => words.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(faults).toEqual([]);
});

test('no test is switched off', () => {
  const off = new RegExp(String.raw`\.(only|skip)` + String.raw`\(`);
  expect(SOURCES.filter((file) => off.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test('topic names exist once, in contracts', () => {
  const literal = /['"`](?:cdc|changes|records|commands)\.(?:\$\{|[a-z])/;
  const faults = SOURCES.filter((file) => !/^libs\/contracts\/|^test\/|^tools\/|\.test\.ts$/.test(file)).filter(
    (file) => literal.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  expect(faults).toEqual([]);
});

test('the README is one screen', () => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(70);
});
