/** The examples of docs/CONFIG.md are loaded, so that they keep being true. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from './index.ts';

const text = readFileSync(new URL('../../../docs/CONFIG.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, example = '']) => example);

it.each(examples)('example %#', (example) => {
  const folder = mkdtempSync(join(tmpdir(), 'concord-docs-'));
  try {
    const file = join(folder, 'example.json');
    writeFileSync(file, example);
    const { faults } = loadConfig([file], { SF_CLIENT_ID: 'consumer-key' });
    expect(faults.filter(({ code }) => code !== 'config.incomplete')).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
