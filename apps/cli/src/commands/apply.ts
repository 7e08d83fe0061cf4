/**
 * `concord apply`: makes everything as the config asks, step by step, each step safe to repeat. Plans are stored last, so
 * that no service ever works by a plan whose topics, schemas or tables are not there yet.
 */
import { formatPlace, readConnectSettings } from '@concord/config';
import { createSchemaRegistry, publishSchemas } from '@concord/contracts';
import { exitCodes } from '../output/failure.ts';
import { planSyncs, withSystems } from '../systems/inspect.ts';
import type { OpenSystem } from '../systems/open-system.ts';
import type { EntityPlan } from '@concord/contracts';
import type { Context } from './context.ts';
import { compare, plansOf, topicsFor } from './desired.ts';

/** As many copies as the brokers make of any topic. */
const REPLICATION_OF_BROKER = -1;

export async function apply(context: Context): Promise<number> {
  const { output } = context;
  const settings = context.settings();
  const { installation, notes } = context.installation();
  for (const { name, type } of Object.values(installation.systems)) {
    // Asked for before anything is changed.
    if (type === 'postgres') readConnectSettings(name, context.environment);
  }
  output.step(
    `config: ${count(installation.syncs.length, 'sync')} between ${Object.keys(installation.systems).join(' and ')}`,
  );
  for (const { place, message } of notes) output.note(`${formatPlace(place)}  ${message}`);
  await withSystems(installation, context.environment, async (open) => {
    const planned = await planSyncs(installation, open);
    const plans = plansOf(planned);
    for (const { derived } of planned) {
      output.step(`plan: ${derived.plan?.entity} with ${count(derived.plan?.fields.length ?? 0, 'field')}`);
      for (const { place, message } of derived.warnings) output.note(`${formatPlace(place)}  ${message}`);
    }
    const states = await context.withStore(async (store) => {
      await store.migrate();
      output.step('store: tables are up to date');
      return compare(plans, await store.plans.load());
    });
    const topics = topicsFor(installation, plans).map((topic) => ({ ...topic, replication: REPLICATION_OF_BROKER }));
    const { created, existing } = await context.withKafka((admin) => admin.ensureTopics(topics));
    output.step(`kafka: ${count(created.length, 'topic')} created, ${existing.length} already there`);
    await publishSchemas(createSchemaRegistry({ url: settings.registryUrl }), plans);
    output.step('registry: all schemas registered');
    const done = await setUp(open, plans, context);
    await context.withStore(async (store) => {
      for (const plan of plans) await store.plans.save(plan);
    });
    for (const [entity, state] of states) output.step(`plan in force: ${entity} (${state})`);
    output.data({ entities: Object.fromEntries(states), topicsCreated: created, setUp: done });
  });
  output.print(
    'Applied. Services read their plans when they start: restart those that run if a plan is new or changed.',
  );
  return exitCodes.fine;
}

async function setUp(
  open: ReadonlyMap<string, OpenSystem>,
  plans: readonly EntityPlan[],
  { output }: Context,
): Promise<string[]> {
  const done: string[] = [];
  for (const [name, system] of open) {
    const lines = await system.setUp(plans.filter((plan) => name in plan.systems));
    for (const line of lines) output.step(`${name}: ${line}`);
    done.push(...lines.map((line) => `${name}: ${line}`));
  }
  return done;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
