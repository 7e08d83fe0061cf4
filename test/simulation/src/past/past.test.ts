/** Histories in which something was once wrong, in their shortest form: as scripts, they do not depend on how worlds are drawn. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { playScript } from '../history.ts';
import type { Script } from '../history.ts';

const FOLDER = new URL('./', import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

test.each(names)('%s does not happen again', (name) => {
  const script = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Script;
  const told: string[] = [];
  expect(playScript(script, { story: (line) => void told.push(line) })).toEqual([]);
  // Whoever changes the worlds must not turn these into scripts in which nobody can do anything.
  expect(told.filter((line) => /^ *\d+ /.test(line)).length).toBeGreaterThan(script.steps.length);
});
