/** What a run says on the terminal: a bar while it lasts, then what failed, what was caught and what was reached. */
import type { CoverageReport } from './coverage.ts';
import type { Catch } from './planted/plant.ts';
import type { Failure } from './run.ts';

const TOLD_MAX = 10;
const BAR_WIDTH = 30;
const SHOWN_EVERY_MS = 100;

export type Print = (line: string) => void;

/** Drawn on a terminal only, and on the error output: what a script reads has no bars in it. */
export class Bar {
  readonly #title: string;
  readonly #total: number;
  readonly #out = process.stderr;
  #shownAt = 0;

  constructor(title: string, total: number) {
    this.#title = title;
    this.#total = total;
  }

  show(done: number, note: string): void {
    const now = performance.now();
    if (!this.#out.isTTY || (now - this.#shownAt < SHOWN_EVERY_MS && done < this.#total)) return;
    this.#shownAt = now;
    const filled = Math.round((BAR_WIDTH * done) / this.#total);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    this.#out.write(
      `\r\u001b[2K${bar} ${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')} ${this.#title} ${note}`,
    );
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[2K');
  }
}

export function printFailures(failures: readonly Failure[], print: Print): void {
  for (const { seed, violations } of failures.toSorted((left, right) => left.seed - right.seed).slice(0, TOLD_MAX)) {
    print(`seed ${seed}: ${violations.map(({ kind, detail }) => `${kind} (${detail})`).join('; ')}`);
    print(`  replay: npm run simulate -- --seed ${seed} --verbose`);
  }
  const kinds = Map.groupBy(failures, ({ violations }) => violations[0]?.kind ?? 'unknown');
  if (kinds.size > 0) print([...kinds].map(([kind, own]) => `${kind}: ${own.length}`).join(', '));
}

/** `all`: a line for each; else only what was missed. */
export function printCatches(catches: readonly Catch[], all: boolean, print: Print): void {
  const width = Math.max(0, ...catches.map(({ name }) => name.length));
  for (const { name, caughtBy, seeds, reason } of catches) {
    if (caughtBy === null) print(`missed  ${name.padEnd(width)}  ${reason ?? `in ${seeds} seeds`}`);
    else if (all) print(`caught  ${name.padEnd(width)}  as ${caughtBy}, by seed ${seeds}`);
  }
}

export function printCoverage(report: CoverageReport, all: boolean, print: Print): void {
  const { reached, unreached, impossible, notDrawn, surprising } = report;
  if (all) {
    for (const [cell, count] of reached) print(`${String(count).padStart(10)}  ${cell}`);
    for (const [cell, reason] of impossible) print(`impossible  ${cell}: ${reason}`);
    for (const [cell, reason] of notDrawn) print(` not drawn  ${cell}: ${reason}`);
  }
  if (all) for (const cell of unreached) print(`   NOT YET  ${cell}`);
  for (const cell of surprising)
    print(`surprising  ${cell}: in no table, or not expected to be reached (impossible.ts)`);
  const total = reached.length + unreached.length + notDrawn.length;
  print(
    `decision tables: ${reached.length} of ${total} possible cells reached, ${notDrawn.length} in no world yet, ${impossible.length} impossible (--coverage lists them)`,
  );
}
