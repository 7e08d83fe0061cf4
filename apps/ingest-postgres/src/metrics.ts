/** What a published batch adds to the metrics. */
import type { Normalized } from '@concord/connector-postgres';
import type { Metrics } from '@concord/observability';

export function onPublished(metrics: Metrics, system: string, { facts, repetitions }: Normalized): void {
  const nowMs = Date.now();
  for (const [entity, ofEntity] of Map.groupBy(facts, (fact) => fact.entity)) {
    const streamed = ofEntity.filter(({ change }) => !change.snapshot);
    metrics.stagesDone({
      stage: 'normalized',
      entity,
      system,
      sourceCommittedAtMs: streamed.map(({ change }) => change.at),
      nowMs,
    });
  }
  if (repetitions > 0) {
    metrics.eventsEnded({ stage: 'normalized', entity: 'any', system, outcome: 'repetition', count: repetitions });
  }
}
