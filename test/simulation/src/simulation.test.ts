/**
 * Some thousand histories on every run, with clocks minutes apart (S6) and systems that do not name our writes (S9); the nightly run has more. A failure names its seed and the command that
 * tells that history's story. Invariants I1–I7 and I10 of libs/core/SPEC.md, judged by the auditor.
 */
import { describe, expect, test } from 'vitest';
import type { WorldOptions } from './options.ts';
import { runHistories } from './run.ts';
import { runHistory } from './history.ts';

const SEEDS = 3000;

describe('simulation', () => {
  test(`I1 I2 I3 I4 I5 I6 I7 I10 hold in ${SEEDS} histories`, () => {
    const { failures } = runHistories(1, SEEDS);
    expect(failures.map(({ seed, violations }) => `seed ${seed}: ${violations[0]?.kind}`)).toEqual([]);
  });

  test('the same seed is the same history', () => {
    const told = [1, 2].map(() => {
      const lines: string[] = [];
      runHistory(42, { story: (line) => void lines.push(line) });
      return lines.join('\n');
    });
    expect(told[0]).toBe(told[1]);
    expect(told[0]).not.toBe('');
  });

  test.each([
    ['S4 without guards', { guards: false }],
    ['S3 without echo marks', { marks: false }],
  ])('the auditor is not blind: %s copies go back or edits are lost', (_title, defect) => {
    const breakSystems = (options: WorldOptions): WorldOptions => {
      return { ...options, systems: options.systems.map((profile) => ({ ...profile, ...defect })) };
    };
    const caught = Array.from({ length: 200 }, (_, index) => runHistory(index + 1, { alter: breakSystems }).violations);
    expect(caught.filter((violations) => violations.length > 0).length).toBeGreaterThan(20);
  });
});
