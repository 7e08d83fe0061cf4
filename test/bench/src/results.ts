/** What the runs come to: one line per metric, medians of all rounds, and how far single rounds lay apart. */
import type { Run } from './measure.ts';
import type { Options } from './options.ts';
import type { Usage } from './processes.ts';
import type { Runs } from './run-all.ts';
import { median } from './statistics.ts';

type Result = {
  metric: string;
  unit: string;
  ours: number;
  rival: number;
  ratio: number;
  setting: string;
};

/** `spread` are the least and the greatest ratio of a round. */
export type SpreadResult = Result & { spread: [number, number] };

type Metric = { metric: string; unit: string; value: (run: Run) => number; rival?: (run: Run) => number };

const total = (usage: Usage) => Object.values(usage).reduce((sum, seconds) => sum + seconds, 0);

function metricsFor(rows: number): Metric[] {
  const cpu = (phase: 'insert' | 'update') => (run: Run) => {
    const { bench: _, ...usage } = run[phase].cpuSeconds;
    return (total(usage) / rows) * 10_000;
  };
  return [
    { metric: 'inserts', unit: 'rows/s', value: (run) => run.insert.rowsPerSecond },
    {
      metric: 'inserts until settled',
      unit: 'rows/s',
      value: (run) => run.insert.settledRowsPerSecond,
      rival: (run) => run.insert.rowsPerSecond,
    },
    { metric: 'updates', unit: 'rows/s', value: (run) => run.update.rowsPerSecond },
    { metric: 'latency p50', unit: 'ms', value: (run) => run.latency.p50 },
    { metric: 'latency p99', unit: 'ms', value: (run) => run.latency.p99 },
    { metric: 'CPU per 10,000 inserts', unit: 's', value: cpu('insert') },
    { metric: 'CPU per 10,000 updates', unit: 's', value: cpu('update') },
  ];
}

export function resultsOf({ runs, rivalSettings }: Runs, { rows, ratePerSecond, pairs }: Options): SpreadResult[] {
  const against = `rival with ${rivalSettings.tasks} tasks and batches of ${rivalSettings.batchSize}; medians of ${pairs} alternating runs`;
  return (['one-way', 'two-way'] as const).flatMap((side) =>
    metricsFor(rows).map(({ metric, unit, value, rival = value }) => {
      const ours = runs[side].map(value);
      const theirs = runs.rival.map(rival);
      const ratios = ours.map((one, index) => one / (theirs[index] as number));
      const load = metric.startsWith('latency') ? `open loop of ${ratePerSecond} transactions/s` : `${rows} rows`;
      const medians = { ours: median(ours), rival: median(theirs) };
      return {
        metric: `${metric}, ${side}`,
        unit,
        ours: rounded(medians.ours),
        rival: rounded(medians.rival),
        ratio: rounded(medians.ours / medians.rival),
        setting: `${load}; ${against}`,
        spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
      };
    }),
  );
}

/** Three significant digits are more than a shared machine can promise. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
