/** What a commit of the resolver adds to the metrics. */
import type { SourceChange } from '@concord/core';
import type { Metrics } from '@concord/observability';
import type { ConflictRow } from '@concord/store';
import type { RecordIntake } from './intake.ts';

export function onResolved(
  metrics: Metrics,
  records: readonly RecordIntake[],
  conflicts: readonly ConflictRow[],
): void {
  const nowMs = Date.now();
  const times = new Map<string, { entity: string; system: string; stage: 'resolved' | 'confirmed'; at: number[] }>();
  for (const { entity, inputs } of records) {
    for (const input of inputs) {
      if (input.kind !== 'change' || input.snapshot) continue;
      const stage = stageOf(input);
      const key = `${entity}/${input.system}/${stage}`;
      const series = times.get(key) ?? { entity, system: input.system, stage, at: [] };
      series.at.push(input.at);
      times.set(key, series);
    }
  }
  for (const { at, ...labels } of times.values()) metrics.stagesDone({ ...labels, sourceCommittedAtMs: at, nowMs });
  for (const found of Map.groupBy(
    conflicts,
    ({ entity, policy, winner }) => `${entity}/${policy}/${winner}`,
  ).values()) {
    const [{ entity, policy, winner: resolution }] = found as [ConflictRow];
    metrics.conflictsResolved({ entity, policy, resolution, count: found.length });
  }
}

function stageOf(change: SourceChange): 'resolved' | 'confirmed' {
  return change.echo === null ? 'resolved' : 'confirmed';
}
