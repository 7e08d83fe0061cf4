/** What an applied batch adds to the metrics. */
import type { TargetOutcome } from '@concord/connector-kit';
import type { Metrics } from '@concord/observability';
import type { Command } from './command-writer.ts';

type Applied = { readonly commands: readonly Command[]; readonly outcomes: readonly TargetOutcome[] };

export function onApplied(metrics: Metrics, system: string, { commands, outcomes }: Applied): void {
  const nowMs = Date.now();
  for (const [entity, ofEntity] of Map.groupBy(commands, (command) => command.entity)) {
    const sourceCommittedAtMs = ofEntity.map((command) => command.changedAt).filter((at) => at > 0);
    metrics.stagesDone({ stage: 'applied', entity, system, sourceCommittedAtMs, nowMs });
  }
  for (const [label, found] of Map.groupBy(outcomes, ({ entity, result }) => `${entity}/${result}`)) {
    const [entity = '', outcome = ''] = label.split('/');
    if (outcome !== 'applied') metrics.eventsEnded({ stage: 'applied', entity, system, outcome, count: found.length });
  }
}
