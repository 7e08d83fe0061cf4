/** One run of one side: warm up, insert, update, open loop, gate; with what each phase cost. */
import type { Platform } from '@concord/platform';
import { demandEqualTables } from './gate.ts';
import { measureLatency, type Latency } from './latency.ts';
import type { Options } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import { canMeasureProcesses, cpuSeconds, difference, peakMegabytes, type Usage } from './processes.ts';
import { measureThroughput, untilArrived, type Phase, type Throughput } from './throughput.ts';
import { topicBytes, type TopicBytes } from './topic-bytes.ts';
import { insertRows } from './workload.ts';

type Measured<T> = T & { cpuSeconds: Usage };

export type Run = {
  name: string;
  insert: Measured<Throughput>;
  update: Measured<Throughput>;
  latency: Measured<Latency>;
  peakMegabytes: Usage;
  /** Of the insert phase alone. */
  topics: TopicBytes[];
};

export async function measureRun(platform: Platform, pipeline: Pipeline, options: Options): Promise<Run> {
  const { rows, warmUpRows, ratePerSecond, latencySeconds } = options;
  const fresh = { first: warmUpRows + 1, last: warmUpRows + rows };
  await warmUp(pipeline, warmUpRows);
  const topicsBefore = topicBytes(platform, await pipeline.topics());
  const phase = (spec: Phase) => withCpu(platform, pipeline, () => measureThroughput(pipeline, spec));
  const insert = await phase({ kind: 'insert', range: fresh, round: 2, changes: warmUpRows + rows });
  const topics = topicBytes(platform, await pipeline.topics()).map((after, index) => ({
    ...after,
    bytes: after.bytes - (topicsBefore[index]?.bytes ?? 0),
  }));
  const update = await phase({ kind: 'update', range: fresh, round: 3, changes: warmUpRows + 2 * rows });
  const openLoop = { ratePerSecond, seconds: latencySeconds, existing: fresh, firstNewId: fresh.last + 1, round: 4 };
  const latency = await withCpu(platform, pipeline, () => measureLatency(pipeline, openLoop));
  await pipeline.settle(warmUpRows + 2 * rows + ratePerSecond * latencySeconds);
  await demandEqualTables(pipeline.name, pipeline.source, pipeline.target);
  return { name: pipeline.name, insert, update, latency, peakMegabytes: peaks(pipeline), topics };
}

/** Bulk first, then some seconds of single rows: both paths have been compiled when they are measured. */
async function warmUp(pipeline: Pipeline, rows: number): Promise<void> {
  await insertRows(pipeline.source, { first: 1, last: rows }, 1);
  await untilArrived(pipeline.target, { count: rows, lastId: rows, round: 1 });
  await pipeline.settle(rows);
}

async function withCpu<T>(platform: Platform, pipeline: Pipeline, work: () => Promise<T>): Promise<Measured<T>> {
  const processes = { ...sharedProcesses(platform), ...pipeline.stages, bench: process.pid };
  const before = usageOf(processes);
  const result = await work();
  return { ...result, cpuSeconds: difference(before, usageOf(processes)) };
}

/** Everything here is our own child: the harness counts for itself only. */
function usageOf(processes: Readonly<Record<string, number>>): Usage {
  if (!canMeasureProcesses) return {};
  const own = process.cpuUsage();
  return { ...cpuSeconds(processes), bench: (own.user + own.system) / 1e6 };
}

function sharedProcesses(platform: Platform): Record<string, number> {
  const parts = ['postgres', 'kafka', 'connect'] as const;
  return Object.fromEntries(parts.map((part) => [part, platform.process(part).pid ?? 0]));
}

function peaks(pipeline: Pipeline): Usage {
  const measured = Object.entries(pipeline.stages).map(([stage, pid]) => [stage, peakMegabytes(pid)] as const);
  return Object.fromEntries(measured.filter((entry): entry is [string, number] => entry[1] !== undefined));
}
