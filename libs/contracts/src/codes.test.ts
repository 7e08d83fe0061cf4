import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codes, isCode } from './codes.ts';

const root = new URL('../../../', import.meta.url).pathname;
const areas = [...new Set(Object.keys(codes).map((code) => code.split('.')[0]))];
const spelled = new RegExp(`'((?:${areas.join('|')})\\.[a-z_]+)'`, 'g');

it('codes are <area>.<what>, each with a hint in a sentence', () => {
  for (const [code, { hint }] of Object.entries(codes)) {
    expect(code).toMatch(/^[a-z]+\.[a-z_]+$/);
    expect(hint).toMatch(/^[A-Z].*\.$/);
  }
  expect(isCode('toString')).toBe(false);
});

it('every code that the sources spell is listed', () => {
  const missing = ['libs', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/node_modules|\.test\.ts$|\/testing\//.test(file))
      .flatMap((file) =>
        [...readFileSync(join(root, folder, file), 'utf8').matchAll(spelled)]
          .filter(([, code]) => !isCode(code ?? ''))
          .map(([, code]) => `${code} in ${folder}/${file}`),
      ),
  );
  expect(missing, 'add these to libs/contracts/src/codes.ts').toEqual([]);
});
