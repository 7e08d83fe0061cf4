/** The simulation is not blind: every planted defect is caught, and every one still finds the text that it breaks. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, test } from 'vitest';
import { plantedJobs } from '../jobs.ts';
import { runJobs } from '../pool.ts';
import { DEFECTS, isCoreDefect } from './defects.ts';
import { mutated } from './mutation.ts';

const CORE = new URL('../../../../libs/core/src/', import.meta.url);
const SEEDS_MAX = 8000;

describe('planted defects', () => {
  test.each(DEFECTS.filter(isCoreDefect))(
    '$name: its text is in the source once, and what it becomes is still a program',
    (defect) => {
      const source = mutated(readFileSync(new URL(defect.file, CORE), 'utf8'), defect);
      expect(() => stripTypeScriptTypes(source)).not.toThrow();
    },
  );

  test('each has a name of its own', () => {
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
  });

  test(`each of ${DEFECTS.length} is caught`, { timeout: 400_000 }, async () => {
    const missed: string[] = [];
    await runJobs(plantedJobs(SEEDS_MAX), (answer) => {
      if (answer.kind === 'planted' && answer.caught.caughtBy === null) missed.push(answer.caught.name);
    });
    expect(missed).toEqual([]);
  });
});
