/** What `plan` compares and `apply` brings about: the plans and the topics that the config asks for. */
import type { Installation } from '@concord/config';
import { topicsOf, type EntityPlan, type TopicSpec } from '@concord/contracts';
import type { PlannedSync } from '../systems/inspect.ts';

export function plansOf(planned: readonly PlannedSync[]): EntityPlan[] {
  return planned.flatMap(({ derived }) => derived.plan ?? []);
}

export function topicsFor({ systems }: Installation, plans: readonly EntityPlan[]): TopicSpec[] {
  const used = [...new Set(plans.flatMap((plan) => Object.keys(plan.systems)))];
  const databases = used.filter((name) => systems[name]?.type === 'postgres');
  return topicsOf({ entities: plans.map(({ entity }) => entity), systems: used, databases });
}

export type PlanState = 'new' | 'changed' | 'unchanged' | 'no longer configured';

/** How the plans of the config stand to those in force. */
export function compare(plans: readonly EntityPlan[], inForce: readonly EntityPlan[]): Map<string, PlanState> {
  const known = new Map(inForce.map((plan) => [plan.entity, plan]));
  const states = new Map<string, PlanState>();
  for (const plan of plans) {
    const before = known.get(plan.entity);
    states.set(plan.entity, before === undefined ? 'new' : isSame(plan, before) ? 'unchanged' : 'changed');
  }
  for (const { entity } of inForce) if (!states.has(entity)) states.set(entity, 'no longer configured');
  return states;
}

/** The store keeps JSON without the order of keys. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const [keys, otherKeys] = [Object.keys(one), Object.keys(other)];
  if (Array.isArray(one) !== Array.isArray(other) || keys.length !== otherKeys.length) return false;
  return keys.every((key) => isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]));
}
