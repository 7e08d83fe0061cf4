/**
 * Metrics as business events: one function per thing that happens, so that no service spells a metric's name. The names are
 * an interface for dashboards and alerts and are frozen by a test. Every label is bounded by the config or by a closed list;
 * a record id is never a label.
 *
 * Times are milliseconds since the epoch and come from the caller.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { defineMetrics } from './definitions.ts';

/** The way of a change, in order: `confirmed` is when our own write has come back as an echo. */
export type Stage = 'captured' | 'normalized' | 'resolved' | 'applied' | 'confirmed';

export type StageLabels = { stage: Stage; entity: string; system: string };

export type MetricsOptions = { service: string; version: string; commit?: string; defaultMetrics?: boolean };

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(options: MetricsOptions) {
  const registry = new Registry();
  const define = defineMetrics(registry);
  define.buildInfo.set(
    { service: options.service, version: options.version, commit: options.commit ?? 'unknown', node: process.version },
    1,
  );
  if (options.defaultMetrics !== false) collectDefaultMetrics({ register: registry });

  function stagesDone(done: StageLabels & { sourceCommittedAtMs: Iterable<number>; nowMs: number }): void {
    const series = define.eventLag.series(done.stage, done.entity, done.system);
    let count = 0;
    for (const committedAtMs of done.sourceCommittedAtMs) {
      // Clocks differ: a commit from the near future was just now.
      series.observe(Math.max(0, done.nowMs - committedAtMs) / 1000);
      count += 1;
    }
    const { stage, system, entity } = done;
    if (count > 0) define.events.inc({ stage, system, entity, outcome: 'done' }, count);
  }

  return {
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),

    /** A change has passed a stage. For a batch use `stagesDone`. */
    stageDone: ({ sourceCommittedAtMs, ...done }: StageLabels & { sourceCommittedAtMs: number; nowMs: number }) =>
      stagesDone({ ...done, sourceCommittedAtMs: [sourceCommittedAtMs] }),
    stagesDone,
    /** Changes that ended at a stage otherwise: duplicate, stale, rejected, waiting, parked, … */
    eventsEnded: ({ count = 1, ...labels }: StageLabels & { outcome: string; count?: number }) =>
      define.events.inc(labels, count),
    /** A change made in one system is in another. `direction` is `<from>-><to>`. */
    arrived: (at: { entity: string; direction: string; sourceCommittedAtMs: number; nowMs: number }) =>
      define.endToEnd.series(at.entity, at.direction).observe(Math.max(0, at.nowMs - at.sourceCommittedAtMs) / 1000),
    batchHandled({ stage, size, seconds }: { stage: Stage; size: number; seconds: number }) {
      define.batchSize.observe({ stage }, size);
      define.batchSeconds.observe({ stage }, seconds);
    },
    backlogMeasured(of: { entity: string; direction: string; records: number; oldestSeconds: number }) {
      const { entity, direction } = of;
      define.backlogRecords.set({ entity, direction }, of.records);
      define.backlogOldest.set({ entity, direction }, of.oldestSeconds);
    },

    conflictsResolved: ({
      count = 1,
      ...labels
    }: {
      entity: string;
      policy: string;
      resolution: string;
      count?: number;
    }) => define.conflicts.inc(labels, count),
    conflictsOpen: (count: number) => define.conflictsOpen.set(count),
    quarantineMeasured: (reason: string, records: number) => define.quarantined.set({ reason }, records),
    deadLettered: (labels: { topic: string; code: string }) => define.deadLetters.inc(labels),
    errorHandled: (labels: { code: string; reaction: string }) => define.errors.inc(labels),

    apiCalled: (labels: { system: string; api: string; outcome: string }) => define.apiCalls.inc(labels),
    apiBudgetMeasured: (system: string, remainingRatio: number) => define.apiBudget.set({ system }, remainingRatio),
    writesInFlight: (system: string, writes: number) => define.writerInFlight.set({ system }, writes),
    slotRetained: (system: string, bytes: number) => define.slotRetained.set({ system }, bytes),
    /** How old the stored replay position is: Salesforce keeps events for 72 hours. */
    replayAgeMeasured: (system: string, seconds: number) => define.replayAge.set({ system }, seconds),
    rebalanced: (kind: 'assigned' | 'revoked' | 'lost') => define.rebalances.inc({ kind }),
  };
}
