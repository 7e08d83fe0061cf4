/** SPEC.md and the tests must name each other: every numbered claim has a test that exists, every number in a test is a claim. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const SPEC = readFileSync(new URL('libs/core/SPEC.md', ROOT), 'utf8');
const FOLDERS = ['libs/core/src/', 'test/simulation/src/'];
const NUMBER = /\b[AIS]\d{1,2}\b/g;

function testFiles(): ReadonlyMap<string, string> {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => [name, readFileSync(new URL(folder + name, ROOT), 'utf8')] as const),
  );
  return new Map(files);
}

/** The claims: `**I3** …` up to the next one, with the tests named behind "Tests:". */
function claims(): readonly { readonly number: string; readonly files: readonly string[] }[] {
  const parts = SPEC.split(/^- \*\*(?=[AIS]\d)/m).slice(1);
  return parts.map((part) => {
    const number = part.slice(0, part.indexOf('*'));
    const files = [...part.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, name]) => name ?? '');
    return { number, files };
  });
}

describe('SPEC.md', () => {
  const files = testFiles();

  test('every test that it names exists, and names the number too', () => {
    const wrong = claims().flatMap(({ number, files: named }) =>
      named
        .filter((name) => !new RegExp(`\\b${number}\\b`).test(files.get(name) ?? ''))
        .map((name) => `${number}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every claim names a test or says in the gaps why there is none', () => {
    const gaps = SPEC.slice(SPEC.indexOf('## Gaps'));
    const untested = claims().filter(
      ({ number, files: named }) => named.length === 0 && !new RegExp(`\\b${number}\\b`).test(gaps),
    );
    expect(untested).toEqual([]);
  });

  test('every number in a test is a claim', () => {
    const known = new Set(claims().map(({ number }) => number));
    const used = [...files].flatMap(([name, text]) =>
      [...text.matchAll(/test(?:\.each)?\(\s*[`'][^`']*[`']/g)].flatMap(([title]) =>
        [...title.matchAll(NUMBER)].map(([number]) => `${number} in ${name}`),
      ),
    );
    expect(used.filter((use) => !known.has(use.split(' ')[0] ?? ''))).toEqual([]);
  });
});
