/** The shortest history that fails as the one of a seed does, told as a story. */
import { playScript } from './history.ts';
import type { Replayed } from './history.ts';
import { shrinkHistory } from './shrink.ts';

export function tellShrunk(seed: number, print: (line: string) => void, how: Replayed = {}): void {
  const shrunk = shrinkHistory(seed, how);
  if (shrunk === null) return print(`seed ${seed} holds when it is played from its script`);
  print(`the shortest history like seed ${seed} (${shrunk.stepsBefore} steps became ${shrunk.script.steps.length}):`);
  playScript(shrunk.script, { ...how, story: print });
  for (const { kind, detail } of shrunk.violations) print(`violated: ${kind} (${detail})`);
}
