/** `npm run simulate`: many random histories, or the story of one. */
import { parseArgs } from 'node:util';
import { runHistory } from './history.ts';
import { runHistories } from './run.ts';
import { tellShrunk } from './tell.ts';

const USAGE = `npm run simulate -- --seeds 1000            runs that many histories [--first N: beginning with seed N]
npm run simulate -- --seed 42               tells whether that history holds, and if not, the shortest one like it
npm run simulate -- --seed 42 --verbose     tells all of it
The last line is one JSON object; the exit code is 1 when anything was violated.`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => console.log(line);
if (values.help) print(USAGE);
else simulate();

function simulate(): void {
  const isOne = values.seed !== undefined;
  const first = Number(isOne ? values.seed : values.first);
  if (isOne && values.verbose) runHistory(first, { story: print });
  const result = runHistories(first, isOne ? 1 : Number(values.seeds), print);
  if (isOne && result.violations > 0 && !values.verbose) tellShrunk(first, print);
  print(JSON.stringify(result));
  process.exitCode = result.violations > 0 ? 1 : 0;
}
