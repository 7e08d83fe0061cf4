/** `concord status`: what is in force, how far each consumer is behind, what waits for people. */
import { consumerGroups, topics, type EntityPlan } from '@concord/contracts';
import type { KafkaAdmin } from '@concord/kafka';
import type { Store } from '@concord/store';
import { exitCodes } from '../output/failure.ts';
import { textTable } from '../output/table.ts';
import type { Context } from './context.ts';
import { probeServices, type ServiceState } from './services.ts';

export type GroupState = {
  readonly group: string;
  readonly topic: string;
  readonly partitions: readonly PartitionState[];
};
type PartitionState = {
  readonly partition: number;
  readonly position: string;
  readonly end: string;
  readonly lag: number;
};

export async function status(context: Context): Promise<number> {
  const { output } = context;
  const stored = await context.withStore(readStore);
  const groups = await context.withKafka((admin) => lagOf(admin, stored.plans));
  const services = await probeServices(context.environment['CONCORD_SERVICE_URLS'] ?? '');
  output.data({ ...stored, plans: stored.plans.map(({ entity, sync }) => ({ entity, sync })), groups, services });
  output.print(renderStatus(stored, groups, services));
  return services.some(({ isReady }) => !isReady) ? exitCodes.unavailable : exitCodes.fine;
}

type Stored = {
  readonly plans: readonly EntityPlan[];
  readonly counts: Awaited<ReturnType<Store['reports']['counts']>>;
  readonly quarantine: readonly Record<string, unknown>[];
};

async function readStore(store: Store): Promise<Stored> {
  const [plans, counts, quarantine] = await Promise.all([
    store.plans.load(),
    store.reports.counts(),
    store.reports.quarantine(20),
  ]);
  return { plans, counts, quarantine };
}

async function lagOf(admin: KafkaAdmin, plans: readonly EntityPlan[]): Promise<GroupState[]> {
  const present = new Set(await admin.listTopics());
  const states: GroupState[] = [];
  for (const { group, topic } of subscriptionsOf(plans)) {
    if (!present.has(topic)) continue;
    const partitions = (await admin.groupLag(group, [topic]))
      .toSorted((a, b) => a.partition - b.partition)
      .map(({ partition, committed, end, messages }) => ({
        partition,
        position: committed === null ? 'not begun' : String(committed),
        end: String(end),
        lag: Number(messages),
      }));
    states.push({ group, topic, partitions });
  }
  return states;
}

/** Who reads what, as the services subscribe. */
export function subscriptionsOf(plans: readonly EntityPlan[]): { group: string; topic: string }[] {
  const systems = new Map(
    plans.flatMap((plan) => Object.entries(plan.systems)).map(([name, { type }]) => [name, type]),
  );
  const databases = [...systems].filter(([, type]) => type === 'postgres').map(([name]) => name);
  return [
    ...databases.map((name) => ({ group: consumerGroups.ingestPostgres(name), topic: topics.cdc(name) })),
    ...plans.map(({ entity }) => ({ group: consumerGroups.resolver, topic: topics.changes(entity) })),
    ...(plans.length > 0
      ? [topics.outcomes, topics.resolutions].map((topic) => ({ group: consumerGroups.resolver, topic }))
      : []),
    ...[...systems.keys()].map((name) => ({ group: consumerGroups.writer(name), topic: topics.commands(name) })),
  ];
}

export function renderStatus(
  { plans, counts, quarantine }: Stored,
  groups: readonly GroupState[],
  services: readonly ServiceState[],
): string {
  const syncs = plans.map(
    ({ entity, sync, systems }) => `  ${entity} (${sync}): ${Object.keys(systems).join(' and ')}`,
  );
  const head = ['group', 'topic', 'lag in messages', 'by partition (position/end)'];
  const rows = groups.map(({ group, topic, partitions }) => [
    group,
    topic,
    String(partitions.reduce((sum, { lag }) => sum + lag, 0)),
    partitions.map(({ partition, position, end }) => `${partition}: ${position}/${end}`).join('  '),
  ]);
  const parts = [
    plans.length === 0 ? 'Nothing is applied yet: run `concord apply`.' : `Syncs in force\n${syncs.join('\n')}`,
    rows.length === 0 ? '' : `Consumers\n${textTable([head, ...rows])}`,
    `Records ${counts.records}, conflicts on record ${counts.conflicts}, quarantined ${counts.quarantined}, waiting for a person ${counts.reviews}`,
    quarantine.length === 0
      ? ''
      : `Quarantine (refused by, record, why; \`concord trace\` tells more)\n${textTable(quarantine.map(quarantineCells))}`,
    services.length === 0 ? '' : `Services\n${textTable(services.map(({ url, name, detail }) => [name, url, detail]))}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function quarantineCells(row: Record<string, unknown>): string[] {
  const knownAs = String(row['known_as'] ?? row['record_id']);
  return [
    String(row['system']),
    `${String(row['entity'])} ${knownAs}`,
    `${String(row['reason'])} [${String(row['code'])}]`,
  ];
}
