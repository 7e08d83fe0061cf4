/** Names, labels and help texts of all metrics. Base units, suffixes as Prometheus has them. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { LagHistogram } from './lag-histogram.ts';

const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function defineMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter<Label>({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge<Label>({ name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ) => new Histogram<Label>({ name, help, labelNames, buckets, registers });
  const lag = (name: string, help: string, labelNames: readonly string[]) =>
    new LagHistogram({ name, help, labelNames, registry });

  return {
    eventLag: lag('sync_event_lag_seconds', 'From the commit in the source to a stage.', ['stage', 'entity', 'system']),
    endToEnd: lag('sync_end_to_end_seconds', 'From the commit in one system to being in the other.', [
      'entity',
      'direction',
    ]),
    events: counter('sync_events_total', 'Changes by what became of them at a stage.', [
      'stage',
      'system',
      'entity',
      'outcome',
    ]),
    batchSize: histogram('sync_batch_size', 'Changes handled at once.', ['stage'], sizes),
    batchSeconds: histogram('sync_batch_seconds', 'Time to handle one batch.', ['stage'], durations),
    backlogRecords: gauge('sync_backlog_records', 'Changes waiting.', ['entity', 'direction']),
    backlogOldest: gauge('sync_backlog_oldest_seconds', 'Age of the oldest waiting change.', ['entity', 'direction']),
    conflicts: counter('sync_conflicts_total', 'True concurrent edits by how they were answered.', [
      'entity',
      'policy',
      'resolution',
    ]),
    conflictsOpen: gauge('sync_conflicts_open', 'Conflicts that wait for a person.', []),
    quarantined: gauge('sync_quarantined_records', 'Records set aside.', ['reason']),
    deadLetters: counter('sync_dead_letters_total', 'Messages that could not be handled.', ['topic', 'code']),
    errors: counter('sync_errors_total', 'Errors by code and what was done about them.', ['code', 'reaction']),
    apiCalls: counter('sync_api_calls_total', 'Requests to a connected system.', ['system', 'api', 'outcome']),
    apiBudget: gauge('sync_api_budget_remaining_ratio', 'Part of the request limit that is left.', ['system']),
    writerInFlight: gauge('sync_writer_inflight', 'Writes without an answer yet.', ['system']),
    slotRetained: gauge('sync_slot_retained_bytes', 'Log that the replication slot holds back.', ['system']),
    replayAge: gauge('sync_replay_age_seconds', 'Age of the stored replay position.', ['system']),
    rebalances: counter('sync_rebalance_total', 'Partitions that came or went.', ['kind']),
    buildInfo: gauge('build_info', 'Always 1; what runs is in the labels.', ['service', 'version', 'commit', 'node']),
  };
}
