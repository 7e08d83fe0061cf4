/** The check itself, on a small workspace in which every rule is broken once, and on what nx says of the real one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundaryFaults, declarationFaults } from './boundaries.ts';
import { readProjects } from './projects.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'concord-tidy-'));
  write('package.json', JSON.stringify({ name: 'x', workspaces: ['libs/*', 'apps/*'] }));
  project('libs/core', ['core']);
  project('libs/kafka', ['adapter'], ['@x/core', 'kafkajs', '@x/store']);
  project('libs/store', ['adapter'], ['@x/core']);
  project('libs/service', ['platform', 'nest'], ['@nestjs/core']);
  project('libs/testing', ['testing'], ['@x/core']);
  project('apps/writer', ['app'], ['@x/kafka', '@x/service']);
});
afterEach(() => rmSync(root, { recursive: true }));

test('what the table allows is no fault', () => {
  write('libs/kafka/src/index.ts', "import type { Value } from '@x/core';\nimport { Kafka } from 'kafkajs';\n");
  write('libs/service/src/index.ts', "export { Module } from '@nestjs/core';\nimport './deep/inside.ts';\n");
  write('apps/writer/src/main.ts', "import {\n  run,\n} from '@x/service';\n");
  expect(boundaryFaults(root, readProjects(root))).toEqual([]);
  expect(declarationFaults(root, readProjects(root))).toEqual([]);
});

test.each([
  ['an adapter that imports an adapter', 'libs/kafka/src/a.ts', '@x/store', /adapter may not import @x\/store/],
  ['the core with a package', 'libs/core/src/a.ts', 'avsc', /core may not import avsc/],
  ['the core with a module of Node', 'libs/core/src/a.ts', 'node:fs', /not even node:fs/],
  ['an adapter that knows Nest', 'libs/store/src/a.ts', '@nestjs/core', /adapter may not import @nestjs\/core/],
  ['a library on the Nest glue', 'libs/kafka/src/a.ts', '@x/service', /may not import @x\/service/],
  ['what ships with test helpers', 'apps/writer/src/a.ts', '@x/testing', /app may not import @x\/testing/],
  ['an app with a client of its own', 'apps/writer/src/a.ts', 'kafkajs', /app may not import kafkajs/],
  ['a way behind the entry', 'libs/kafka/src/a.ts', '@x/core/src/b.ts', /reaches behind the entry/],
  ['a way out by path', 'libs/kafka/src/a.ts', '../../core/src/b.ts', /leaves the project/],
  ['a project by its own name', 'libs/kafka/src/a.ts', '@x/kafka', /does not import itself/],
])('%s is a fault', (_, file, specifier, fault) => {
  write(file, `/** Why. */\nimport { a } from '${specifier}';\n`);
  expect(boundaryFaults(root, readProjects(root))).toEqual([expect.stringMatching(fault)]);
  expect(boundaryFaults(root, readProjects(root))[0]).toContain(`${file}:2: `);
});

test('a project without a tag of the table is a fault', () => {
  project('libs/stray', ['misc']);
  expect(boundaryFaults(root, readProjects(root))).toEqual([expect.stringContaining('"misc" has no row')]);
});

test('tests may use test helpers, when they are declared', () => {
  write('libs/store/src/a.test.ts', "import { test } from 'vitest';\nimport { story } from '@x/testing';\n");
  expect(boundaryFaults(root, readProjects(root))).toEqual([]);
  expect(declarationFaults(root, readProjects(root))).toEqual([
    'libs/store/src/a.test.ts:2: @x/testing is not declared in libs/store/package.json',
  ]);
});

test('nx sees the same projects with the same tags', { timeout: 60_000 }, () => {
  const workspace = join(import.meta.dirname, '../../..');
  const printed = execFileSync(join(workspace, 'node_modules/.bin/nx'), ['graph', '--print'], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false' },
  });
  const { graph } = JSON.parse(printed) as { graph: { nodes: Record<string, { data: { tags: string[] } }> } };
  const seen = Object.entries(graph.nodes).map(([name, { data }]) => [
    name,
    data.tags.filter((tag) => !tag.startsWith('npm:')),
  ]);
  expect(Object.fromEntries(seen)).toEqual(
    Object.fromEntries(readProjects(workspace).map(({ name, tags }) => [name, tags])),
  );
});

function project(folder: string, tags: string[], dependencies: string[] = []): void {
  const name = `@x/${folder.split('/')[1]}`;
  const declared = Object.fromEntries(dependencies.map((dependency) => [dependency, '1.0.0']));
  write(`${folder}/package.json`, JSON.stringify({ name, nx: { tags }, dependencies: declared }));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
