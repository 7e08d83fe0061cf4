/** `concord plan`: asks both systems, the store and Kafka, and shows what `apply` would do. Changes nothing. */
import { formatPlace } from '@concord/config';
import { StoreError, type Store } from '@concord/store';
import type { EntityPlan } from '@concord/contracts';
import { exitCodes } from '../output/failure.ts';
import { conflictingFields } from '../plan/meeting.ts';
import { renderPlan } from '../plan/render.ts';
import { planSyncs, withSystems } from '../systems/inspect.ts';
import type { Context } from './context.ts';
import { compare, plansOf, topicsFor } from './desired.ts';

export async function plan(context: Context): Promise<number> {
  const { output } = context;
  const { installation, notes } = context.installation();
  const planned = await withSystems(installation, context.environment, (open) => planSyncs(installation, open));
  const plans = plansOf(planned);
  const states = compare(plans, await context.withStore(plansInForce));
  const topics = topicsFor(installation, plans);
  const present = new Set(await context.withKafka((admin) => admin.listTopics()));
  const missing = topics.filter(({ topic }) => !present.has(topic));
  const changes = [...states].filter(([, state]) => state === 'new' || state === 'changed');
  output.data({
    entities: planned.map(({ derived }) => ({
      plan: derived.plan,
      state: states.get(derived.plan?.entity ?? ''),
      canConflict: derived.plan === null ? [] : conflictingFields(derived.plan),
      warnings: derived.warnings,
    })),
    topicsToCreate: missing,
    notes,
  });
  for (const { derived } of planned) {
    if (derived.plan !== null) output.print(`${renderPlan(derived.plan, derived.warnings)}\n`);
  }
  for (const { place, message } of notes) output.note(`${formatPlace(place)}  ${message}`);
  output.print(
    summary(
      states,
      missing.map(({ topic, partitions }) => `${topic} (${partitions})`),
    ),
  );
  return changes.length + missing.length > 0 ? exitCodes.changes : exitCodes.fine;
}

function summary(states: ReadonlyMap<string, string>, topics: readonly string[]): string {
  const entities = [...states].map(([entity, state]) => `  ${entity}: ${state}`);
  const create = topics.length === 0 ? [] : ['Topics to create (partitions):', ...topics.map((topic) => `  ${topic}`)];
  return ['Plans:', ...entities, ...create].join('\n');
}

/** None before the first `apply`, which makes the tables. */
async function plansInForce(store: Store): Promise<EntityPlan[]> {
  try {
    return await store.plans.load();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'store.not_migrated') return [];
    throw error;
  }
}
