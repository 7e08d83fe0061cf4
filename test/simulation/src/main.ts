/** `npm run simulate`: many random histories, or the story of one, or the planted defects. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { reportCoverage } from './coverage.ts';
import { runHistory } from './history.ts';
import { historyJobs, plantedJobs } from './jobs.ts';
import type { Catch } from './planted/plant.ts';
import { runJobs } from './pool.ts';
import { Bar, printCatches, printCoverage, printFailures } from './print.ts';
import { NO_HISTORIES, together } from './run.ts';
import type { Histories } from './run.ts';
import { tellShrunk } from './tell.ts';

/** So many histories reach every cell of the decision tables that is not listed in impossible.ts. */
const LONG_RUN = 100_000;

const USAGE = `npm run simulate                              1,000 random histories
npm run simulate -- --seeds 100000            so many, on all processors
npm run simulate -- --planted                 plants every known defect; each must be caught
npm run simulate -- --seed 42                 one history; if it fails, the shortest one that fails like it, as a story
npm run simulate -- --seed 42 --verbose       all of that history

  --first N      begin with seed N (1)          --coverage   print the cells of the decision tables
  --threads N    so many threads (${availableParallelism()})            --bound N    with --planted: seeds until a defect counts as missed (8000)

The last line is one JSON object: {seeds, violations, plantedCaught, plantedTotal, historiesPerSecond}.
The exit code is 1 when an invariant was violated, a planted defect was missed, a cell of the decision tables was reached
that is listed as impossible, or in ${LONG_RUN.toLocaleString('en')} histories and more one was neither reached nor listed.`;

/** Without --planted the defects are run, too, but only for so many seeds each: some seconds. */
const QUICK_BOUND = 1500;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    bound: { type: 'string', default: '8000' },
    planted: { type: 'boolean', default: false },
    coverage: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => console.log(line);
const threads = numberOf('threads', values.threads);
if (values.help) print(USAGE);
else await simulate();

async function simulate(): Promise<void> {
  const seed = values.seed === undefined ? null : numberOf('seed', values.seed);
  if (seed !== null && values.verbose) runHistory(seed, { story: print });
  const started = performance.now();
  const isPlantedOnly = values.planted && seed === null;
  const count = seed === null ? numberOf('seeds', values.seeds) : 1;
  const histories = isPlantedOnly ? NO_HISTORIES : await run(seed ?? numberOf('first', values.first), count);
  const seconds = (performance.now() - started) / 1000;
  printFailures(histories.failures, print);
  const [failure] = histories.failures;
  if (failure !== undefined && !values.verbose) tellShrunk(failure.seed, print);
  const catches = seed === null ? await plantAll(isPlantedOnly ? numberOf('bound', values.bound) : QUICK_BOUND) : [];
  printCatches(catches, values.planted, print);
  const isCovering = isPlantedOnly || seed !== null || isCovered(histories);
  const caught = catches.filter(({ caughtBy }) => caughtBy !== null).length;
  const isMissed = isPlantedOnly && caught < catches.length;
  process.exitCode = histories.failures.length > 0 || isMissed || !isCovering ? 1 : 0;
  print(
    JSON.stringify({
      seeds: histories.seeds,
      violations: histories.failures.length,
      plantedCaught: seed === null ? caught : null,
      plantedTotal: seed === null ? catches.length : null,
      historiesPerSecond: isPlantedOnly ? null : Math.round(histories.seeds / seconds),
    }),
  );
}

/** A short run cannot reach every cell; but none may be reached that is thought impossible. */
function isCovered({ cells, seeds }: Histories): boolean {
  const report = reportCoverage(cells);
  const isLong = seeds >= LONG_RUN;
  printCoverage(report, values.coverage || (isLong && report.unreached.length > 0), print);
  return report.surprising.length === 0 && !(isLong && report.unreached.length > 0);
}

async function run(first: number, count: number): Promise<Histories> {
  const bar = new Bar('histories', count);
  let all = NO_HISTORIES;
  const jobs = historyJobs(first, count);
  const onAnswer: Parameters<typeof runJobs>[1] = (answer) => {
    if (answer.kind !== 'histories') return;
    all = together(all, answer.histories);
    bar.show(all.seeds, all.failures.length === 0 ? '' : `${all.failures.length} failed`);
  };
  await runJobs(jobs, onAnswer, threads);
  bar.end();
  return all;
}

async function plantAll(bound: number): Promise<Catch[]> {
  const jobs = plantedJobs(bound);
  const bar = new Bar('planted defects', jobs.length);
  const catches: Catch[] = [];
  const onAnswer: Parameters<typeof runJobs>[1] = (answer) => {
    if (answer.kind !== 'planted') return;
    catches.push(answer.caught);
    bar.show(catches.length, '');
  };
  await runJobs(jobs, onAnswer, threads);
  bar.end();
  return catches;
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`--${option} takes a positive whole number, not "${text}".\n\n${USAGE}`);
  process.exit(2);
}
