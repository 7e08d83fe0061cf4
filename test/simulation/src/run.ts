/** Many histories one after another, with what is needed to replay each that failed. */
import { runHistory } from './history.ts';

const TOLD_MAX = 10;

export type RunResult = { readonly seeds: number; readonly violations: number; readonly historiesPerSecond: number };

export function runHistories(first: number, count: number, print: (line: string) => void): RunResult {
  const started = performance.now();
  const kinds = new Map<string, number>();
  let violated = 0;
  for (let seed = first; seed < first + count; seed++) {
    const { violations } = runHistory(seed);
    if (violations.length === 0) continue;
    violated += 1;
    for (const { kind } of violations.slice(0, 1)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (violated > TOLD_MAX) continue;
    print(`seed ${seed}: ${violations.map(({ kind, detail }) => `${kind} (${detail})`).join('; ')}`);
    print(`  replay: node test/simulation/src/main.ts --seed ${seed} --verbose`);
  }
  if (kinds.size > 0) print([...kinds].map(([kind, times]) => `${kind}: ${times}`).join(', '));
  const seconds = (performance.now() - started) / 1000;
  return { seeds: count, violations: violated, historiesPerSecond: Math.round(count / seconds) };
}
