import { expect, test } from 'vitest';
import { summarize } from './vitest-report.ts';

const file = (name: string, statuses: string[], { status = 'passed', durationMs = 5 } = {}) => ({
  name: `/project/${name}`,
  status,
  startTime: 1_000,
  endTime: 1_000 + durationMs,
  assertionResults: statuses.map((each) => ({ status: each })),
});
const summary = (exitCode: number, ...testResults: ReturnType<typeof file>[]) =>
  summarize({ testResults }, { exitCode, root: '/project' });

test.each([
  ['all passed', 0, [file('a', ['passed', 'passed'])], { passed: 2, failed: 0 }],
  ['one failed', 1, [file('a', ['passed', 'failed'], { status: 'failed' })], { passed: 1, failed: 1 }],
  [
    'a file that cannot be loaded',
    1,
    [file('a', ['passed']), file('b', [], { status: 'failed' })],
    { passed: 1, failed: 1 },
  ],
  ['an error outside of any test', 1, [file('a', ['passed'])], { passed: 1, failed: 1 }],
  ['no tests at all', 0, [], { passed: 0, failed: 1 }],
  ['skipped tests', 0, [file('a', ['passed', 'skipped', 'pending', 'todo'])], { passed: 1, failed: 3 }],
])('%s', (_, exitCode, files, tally) => {
  expect(summary(exitCode, ...files).tally).toEqual(tally);
});

test('names what was skipped and what was slow, the slowest first', () => {
  const { remarks } = summary(
    0,
    file('libs/a.test.ts', ['passed'], { durationMs: 2_500 }),
    file('libs/b.pg.test.ts', ['skipped'], { durationMs: 12_340 }),
    file('libs/c.test.ts', ['passed']),
  );
  expect(remarks).toEqual([
    '✗ libs/b.pg.test.ts: 1 skipped, which counts as failed',
    '  12.3 s  libs/b.pg.test.ts',
    '   2.5 s  libs/a.test.ts',
  ]);
});
