/**
 * `npm test`: every level in turn, each with what it needs, then one line with the sum. That line is printed in every case,
 * also when a level crashes or somebody presses Ctrl-C; what could not run counts as failed.
 */
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { LEVELS, runLevel, type Run } from './levels.ts';

const NAMES = LEVELS.map(({ name }) => name);
const HELP = `npm test -- [--only ${NAMES.join(',')}]
Runs these levels in this order, or only those named, and ends with "N passed, N failed".`;

const total = { passed: 0, failed: 0 };
const interruption = new AbortController();

/** What was asked for; nothing when only help was wanted. */
let levels: typeof LEVELS = [];
try {
  levels = levelsAskedFor();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
if (levels.length > 0 || process.exitCode === 2) {
  process.on('exit', sayTheSum);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt(signal));
}
await runLevels();

function levelsAskedFor(): typeof LEVELS {
  const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help === true) {
    console.log(HELP);
    return [];
  }
  const only = values.only?.split(',') ?? NAMES;
  const unknown = only.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no test level "${unknown.join(', ')}"; there are ${NAMES.join(', ')}.`);
  return LEVELS.filter(({ name }) => only.includes(name));
}

async function runLevels(): Promise<void> {
  const run: Run = { platform: null, interruption: interruption.signal };
  try {
    for (const level of levels) {
      if (interruption.signal.aborted) return;
      const { passed, failed } = await runLevel(level, run);
      total.passed += passed;
      total.failed += failed;
    }
  } finally {
    await run.platform?.stop();
  }
}

/** The running level ends, the others do not begin, and what was started is stopped. */
function interrupt(signal: NodeJS.Signals): void {
  process.exitCode = 128 + constants.signals[signal];
  interruption.abort();
}

function sayTheSum(code: number): void {
  if (code !== 0 || total.passed === 0) total.failed = Math.max(1, total.failed);
  if (code === 0 && total.failed > 0) process.exitCode = 1;
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
}
