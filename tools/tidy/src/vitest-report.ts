/** Counts what Vitest reports, so that nothing that did not run counts as well. */
import { relative } from 'node:path';

export type Tally = { passed: number; failed: number };

/** The part of Vitest's JSON report that is read here. */
export type VitestReport = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

const SHOWN_MAX = 5;
const SLOW_MS = 2_000;

/**
 * Failed are also: a file that cannot be loaded (it has no failed test), a run that fails as a whole, a run without tests,
 * and every skipped test, since `npm test` provides each need that a test may have.
 */
export function summarize(
  report: VitestReport,
  { exitCode, root }: { exitCode: number; root: string },
): { tally: Tally; remarks: string[] } {
  const files = report.testResults.map(({ name, status, startTime, endTime, assertionResults }) => {
    const count = (...kinds: string[]): number => assertionResults.filter((test) => kinds.includes(test.status)).length;
    const passed = count('passed');
    const failed = count('failed');
    return {
      name: relative(root, name),
      durationMs: endTime - startTime,
      passed,
      failed,
      skipped: assertionResults.length - passed - failed,
      isBroken: status === 'failed' && failed === 0,
    };
  });
  const sum = (of: (file: (typeof files)[number]) => number): number => files.reduce((all, file) => all + of(file), 0);
  const tally = {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed, skipped, isBroken }) => failed + skipped + Number(isBroken)),
  };
  if (tally.failed === 0 && (exitCode !== 0 || tally.passed === 0)) tally.failed = 1;
  const skipped = files.filter((file) => file.skipped > 0);
  const slow = files.filter(({ durationMs }) => durationMs >= SLOW_MS);
  slow.sort((left, right) => right.durationMs - left.durationMs);
  return {
    tally,
    remarks: [
      ...skipped.map((file) => `✗ ${file.name}: ${file.skipped} skipped, which counts as failed`),
      ...slow.slice(0, SHOWN_MAX).map((file) => `${seconds(file.durationMs)}  ${file.name}`),
    ],
  };
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`.padStart(8);
}
