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
  const warm = await warmUp(pipeline, options, fresh.last);
  const topicsBefore = topicBytes(platform, await pipeline.topics());
  const phase = (spec: Phase) => withCpu(platform, pipeline, () => measureThroughput(pipeline, spec));
  const insert = await phase({ kind: 'insert', range: fresh, round: 2, changes: warm + rows });
  const topics = topicBytes(platform, await pipeline.topics()).map((after, index) => ({
    ...after,
    bytes: after.bytes - (topicsBefore[index]?.bytes ?? 0),
  }));
  const update = await phase({ kind: 'update', range: fresh, round: 3, changes: warm + 2 * rows });
  const openLoop = { ratePerSecond, seconds: latencySeconds, existing: fresh, firstNewId: fresh.last + 1, round: 4 };
  const latency = await withCpu(platform, pipeline, () => measureLatency(pipeline, openLoop));
  await pipeline.settle(warm + 2 * rows + ratePerSecond * latencySeconds);
  await demandEqualTables(pipeline.name, pipeline.source, pipeline.target);
  return { name: pipeline.name, insert, update, latency, peakMegabytes: peaks(pipeline), topics };
}

/** Ids of the rows that are inserted to warm up; none of the measured ones comes so far. */
const FAR_AWAY = 1_000_000_000;

/** Bulk first, then some seconds of single rows: both paths have been compiled when they are measured. Gives the changes made. */
async function warmUp(pipeline: Pipeline, options: Options, lastId: number): Promise<number> {
  const { warmUpRows, warmUpSeconds, ratePerSecond } = options;
  const existing = { first: 1, last: warmUpRows };
  await insertRows(pipeline.source, existing, 1);
  await untilArrived(pipeline.target, { count: warmUpRows, lastId: warmUpRows, round: 1 });
  const firstNewId = lastId + FAR_AWAY;
  await measureLatency(pipeline, { ratePerSecond, seconds: warmUpSeconds, existing, firstNewId, round: 5 });
  const changes = warmUpRows + ratePerSecond * warmUpSeconds;
  await pipeline.settle(changes);
  return changes;
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
