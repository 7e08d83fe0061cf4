/** The names are an interface: dashboards and alerts break silently when one changes. Add freely, never rename. */
import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

function setup() {
  return createMetrics({ service: 'resolver', version: '1.2.3', commit: 'abc', defaultMetrics: false });
}

const accounts = { stage: 'resolved', entity: 'accounts', system: 'postgres' } as const;

it('the names and labels of all metrics', async () => {
  const { registry } = setup();
  const names = registry
    .getMetricsAsArray()
    .map((metric) => {
      const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
      return `${name}{${labelNames.join(',')}}`;
    })
    .toSorted();
  expect(names).toMatchInlineSnapshot(`
    [
      "build_info{service,version,commit,node}",
      "sync_api_budget_remaining_ratio{system}",
      "sync_api_calls_total{system,api,outcome}",
      "sync_backlog_oldest_seconds{entity,direction}",
      "sync_backlog_records{entity,direction}",
      "sync_batch_seconds{stage}",
      "sync_batch_size{stage}",
      "sync_conflicts_open{}",
      "sync_conflicts_total{entity,policy,resolution}",
      "sync_dead_letters_total{topic,code}",
      "sync_end_to_end_seconds{entity,direction}",
      "sync_errors_total{code,reaction}",
      "sync_event_lag_seconds{stage,entity,system}",
      "sync_events_total{stage,system,entity,outcome}",
      "sync_quarantined_records{reason}",
      "sync_rebalance_total{kind}",
      "sync_replay_age_seconds{system}",
      "sync_slot_retained_bytes{system}",
      "sync_writer_inflight{system}",
    ]
  `);
});

it('a batch is counted change by change, in the buckets of its lags', async () => {
  const metrics = setup();
  metrics.stagesDone({ ...accounts, sourceCommittedAtMs: [900, 990, 995, 2000], nowMs: 1000 });
  metrics.stageDone({ ...accounts, sourceCommittedAtMs: 1000 - 7_200_000, nowMs: 1000 });
  const text = await metrics.text();
  const labels = 'stage="resolved",entity="accounts",system="postgres"';
  expect(text).toContain(`sync_event_lag_seconds_bucket{${labels},le="0.005"} 2`);
  expect(text).toContain(`sync_event_lag_seconds_bucket{${labels},le="0.01"} 3`);
  expect(text).toContain(`sync_event_lag_seconds_bucket{${labels},le="0.1"} 4`);
  expect(text).toContain(`sync_event_lag_seconds_bucket{${labels},le="3600"} 4`);
  expect(text).toContain(`sync_event_lag_seconds_bucket{${labels},le="+Inf"} 5`);
  expect(text).toContain(`sync_event_lag_seconds_count{${labels}} 5`);
  expect(text).toContain(`sync_events_total{stage="resolved",system="postgres",entity="accounts",outcome="done"} 5`);
});

it('every event leaves its mark', async () => {
  const metrics = setup();
  metrics.eventsEnded({ ...accounts, outcome: 'duplicate', count: 3 });
  metrics.arrived({ entity: 'accounts', direction: 'postgres->salesforce', sourceCommittedAtMs: 0, nowMs: 2000 });
  metrics.batchHandled({ stage: 'resolved', size: 500, seconds: 0.02 });
  metrics.backlogMeasured({ entity: 'accounts', direction: 'postgres->salesforce', records: 4, oldestSeconds: 1.5 });
  metrics.conflictsResolved({ entity: 'accounts', policy: 'last_write_wins', resolution: 'incoming' });
  metrics.conflictsOpen(2);
  metrics.quarantineMeasured('sink.rejected', 1);
  metrics.deadLettered({ topic: 'changes.accounts', code: 'contract.malformed' });
  metrics.errorHandled({ code: 'store.unreachable', reaction: 'retry' });
  metrics.apiCalled({ system: 'salesforce', api: 'collections', outcome: 'ok' });
  metrics.apiBudgetMeasured('salesforce', 0.75);
  metrics.writesInFlight('salesforce', 3);
  metrics.slotRetained('postgres', 4096);
  metrics.replayAgeMeasured('salesforce', 60);
  metrics.rebalanced('assigned');
  const lines = (await metrics.text()).split('\n');
  expect(lines.filter((line) => !/^#|_bucket|^$|build_info/.test(line))).toMatchInlineSnapshot(`
    [
      "sync_end_to_end_seconds_sum{entity="accounts",direction="postgres->salesforce"} 2",
      "sync_end_to_end_seconds_count{entity="accounts",direction="postgres->salesforce"} 1",
      "sync_events_total{stage="resolved",entity="accounts",system="postgres",outcome="duplicate"} 3",
      "sync_batch_size_sum{stage="resolved"} 500",
      "sync_batch_size_count{stage="resolved"} 1",
      "sync_batch_seconds_sum{stage="resolved"} 0.02",
      "sync_batch_seconds_count{stage="resolved"} 1",
      "sync_backlog_records{entity="accounts",direction="postgres->salesforce"} 4",
      "sync_backlog_oldest_seconds{entity="accounts",direction="postgres->salesforce"} 1.5",
      "sync_conflicts_total{entity="accounts",policy="last_write_wins",resolution="incoming"} 1",
      "sync_conflicts_open 2",
      "sync_quarantined_records{reason="sink.rejected"} 1",
      "sync_dead_letters_total{topic="changes.accounts",code="contract.malformed"} 1",
      "sync_errors_total{code="store.unreachable",reaction="retry"} 1",
      "sync_api_calls_total{system="salesforce",api="collections",outcome="ok"} 1",
      "sync_api_budget_remaining_ratio{system="salesforce"} 0.75",
      "sync_writer_inflight{system="salesforce"} 3",
      "sync_slot_retained_bytes{system="postgres"} 4096",
      "sync_replay_age_seconds{system="salesforce"} 60",
      "sync_rebalance_total{kind="assigned"} 1",
    ]
  `);
});

it('says what runs', async () => {
  expect(await setup().text()).toContain('build_info{service="resolver",version="1.2.3",commit="abc"');
});
