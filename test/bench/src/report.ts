/** Writes bench/results.json and the part of docs/BENCHMARKS.md that consists of figures. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineOf } from './machine.ts';
import type { Run } from './measure.ts';
import type { Options, Side } from './options.ts';
import { resultsOf, type SpreadResult } from './results.ts';
import type { Runs } from './run-all.ts';
import { median } from './statistics.ts';

const begin = '<!-- figures: begin (npm run bench) -->';
const end = '<!-- figures: end -->';

export function keepResults(runs: Runs, options: Options, projectFolder: string): void {
  const results = resultsOf(runs, options);
  mkdirSync(join(projectFolder, 'bench'), { recursive: true });
  const plain = results.map(({ spread: _spread, ...result }) => result);
  writeFileSync(join(projectFolder, 'bench', 'results.json'), `${JSON.stringify(plain, null, 2)}\n`);
  const file = join(projectFolder, 'docs', 'BENCHMARKS.md');
  const text = readFileSync(file, 'utf8');
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  const after = text.slice(text.indexOf(end));
  writeFileSync(file, `${before}\n\n${figures(runs, options, projectFolder)}\n\n${after}`);
}

function figures(runs: Runs, options: Options, projectFolder: string): string {
  return [
    machineOf(projectFolder).join('  \n'),
    resultTable(resultsOf(runs, options)),
    `CPU seconds per 10,000 rows of the insert phase, by process (medians):`,
    cpuTable(runs.runs, options.rows),
    `Bytes per inserted row on each topic (two-way, with headers; topics without traffic left out):`,
    byteTable(runs.runs, options.rows),
    ...(runs.tried.length === 0 ? [] : ['What the rival was tried with:', triedTable(runs.tried)]),
  ].join('\n\n');
}

/** As a terminal shows it. */
export function resultTable(results: readonly SpreadResult[]): string {
  const rows = results.map(({ metric, unit, ours, rival, ratio, spread }) => [
    metric,
    `${ours} ${unit}`,
    `${rival} ${unit}`,
    `${ratio}`,
    `${spread[0]} – ${spread[1]}`,
  ]);
  return tableOf(['metric', 'Concord', 'rival', 'ratio', 'of single rounds'], rows);
}

function cpuTable(runs: Record<Side, Run[]>, rows: number): string {
  const sides = ['rival', 'one-way', 'two-way'] as const;
  const names = [...new Set(sides.flatMap((side) => runs[side].flatMap((run) => Object.keys(run.insert.cpuSeconds))))];
  const cell = (side: Side, name: string) => {
    const used = runs[side].map((run) => run.insert.cpuSeconds[name]).filter((seconds) => seconds !== undefined);
    return used.length === 0 ? '–' : ((median(used) / rows) * 10_000).toFixed(2);
  };
  return tableOf(
    ['process', 'rival', 'Concord, one-way', 'Concord, two-way'],
    names.map((name) => [name, ...sides.map((side) => cell(side, name))]),
  );
}

function byteTable(runs: Record<Side, Run[]>, rows: number): string {
  const [ours] = runs['two-way'];
  const [rival] = runs.rival;
  const found = [...(ours?.topics ?? []), ...(rival?.topics ?? [])].filter(({ bytes }) => bytes > rows);
  return tableOf(
    ['topic', 'bytes'],
    found.map(({ topic, bytes }) => [topic.replace(/_\d+/, ''), String(Math.round(bytes / rows))]),
  );
}

function triedTable(tried: readonly Run[]): string {
  const rows = tried.map(({ name, insert, update, latency }) => [
    name.replace(/^rival \((.*)\)$/, '$1'),
    ...[insert.rowsPerSecond, update.rowsPerSecond, latency.p50, latency.p99].map((value) => String(Math.round(value))),
  ]);
  return tableOf(['setting', 'inserts/s', 'updates/s', 'p50 ms', 'p99 ms'], rows);
}

/** Columns are as wide as their widest cell, as the formatter wants them. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
