/**
 * node test/simulation/src/main.ts --seeds 1000            runs that many histories
 * node test/simulation/src/main.ts --seed 42 --verbose     tells the story of one
 * The last line is one JSON object; the exit code is 1 when anything was violated.
 */
import { parseArgs } from 'node:util';
import { runHistories } from './run.ts';
import { runHistory } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

const isOne = values.seed !== undefined;
const print = (line: string): void => console.log(line);
if (isOne && values.verbose) {
  const { violations, steps } = runHistory(Number(values.seed), print);
  print(`${steps} steps, ${violations.length === 0 ? 'nothing violated' : JSON.stringify(violations, null, 1)}`);
}
const result = runHistories(
  isOne ? Number(values.seed) : Number(values.first),
  isOne ? 1 : Number(values.seeds),
  print,
);
print(JSON.stringify(result));
process.exitCode = result.violations > 0 ? 1 : 0;
