/** Asks every system of the config what the mapped objects look like; what fails on either side is told together. */
import type { Environment, Installation, SyncConfig } from '@concord/config';
import { PlanError } from '../output/failure.ts';
import type { DescribedObject } from '../plan/described.ts';
import { derivePlan, type Derived } from '../plan/derive.ts';
import type { PlanFault } from '../plan/finding.ts';
import { overlapFaults } from '../plan/overlap.ts';
import { openSystem, type OpenSystem } from './open-system.ts';

export type PlannedSync = { readonly sync: SyncConfig; readonly derived: Derived };

/** Opens the systems that syncs use, hands them to `work`, and closes them whatever happens. */
export async function withSystems<T>(
  { systems, syncs }: Installation,
  environment: Environment,
  work: (open: ReadonlyMap<string, OpenSystem>) => Promise<T>,
): Promise<T> {
  const used = new Set(syncs.flatMap(({ source, target }) => [source.system, target.system]));
  const open = new Map<string, OpenSystem>();
  try {
    for (const [name, config] of Object.entries(systems))
      if (used.has(name)) open.set(name, openSystem(config, environment));
    return await work(open);
  } finally {
    await Promise.allSettled([...open.values()].map((system) => system.close()));
  }
}

export async function planSyncs(
  { syncs }: Installation,
  open: ReadonlyMap<string, OpenSystem>,
): Promise<PlannedSync[]> {
  const ends = new Map(syncs.flatMap(({ source, target }) => [source, target]).map((end) => [keyOf(end), end]));
  const described = await allOrErrors(
    [...ends].map(async ([key, end]) => {
      const description = systemOf(open, end.system).describe(end);
      return [key, await named(end.system, description)] as const;
    }),
  );
  const objects = new Map(described);
  const planned = syncs.map((sync) => ({
    sync,
    derived: derivePlan(sync, objectOf(objects, sync.source), objectOf(objects, sync.target)),
  }));
  const faults = [...planned.flatMap(({ derived }) => derived.faults), ...overlapFaults(syncs)];
  if (faults.length > 0) throw new PlanError(faults);
  const findings: PlanFault[][] = await allOrErrors(
    planned.flatMap(({ sync, derived }) =>
      [sync.source, sync.target].map((end) => named(end.system, systemOf(open, end.system).check(end, derived.plan))),
    ),
  );
  // What is wrong with a whole system is found once for each of its objects.
  const distinct = new Map(findings.flat().map((finding) => [finding.message, finding]));
  if (distinct.size > 0) throw new PlanError([...distinct.values()]);
  return planned;
}

/** Connectors know hosts, people know the names of their config: what a system cannot answer is told under its name. */
async function named<T>(system: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { code, hint } = (error ?? {}) as { code?: unknown; hint?: unknown };
    if (!(error instanceof Error) || error instanceof PlanError || typeof hint !== 'string') throw error;
    throw Object.assign(new Error(`the system "${system}": ${error.message}`, { cause: error }), { code, hint });
  }
}

/** All results, or all that failed: faults joined into one error, other errors beside it. */
async function allOrErrors<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (errors.length === 0) return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const faults = errors.flatMap((error) => (error instanceof PlanError ? error.faults : []));
  // An unreachable system fails once for each of its objects.
  const others = new Map(
    errors
      .filter((error) => !(error instanceof PlanError))
      .map((error) => [error instanceof Error ? error.message : String(error), error]),
  );
  throw new AggregateError(
    [...(faults.length > 0 ? [new PlanError(faults)] : []), ...others.values()],
    'inspection failed',
  );
}

function keyOf({ system, object }: SyncConfig['source']): string {
  return `${system}\n${object}`;
}

function objectOf(objects: ReadonlyMap<string, DescribedObject>, end: SyncConfig['source']): DescribedObject {
  const object = objects.get(keyOf(end));
  if (object === undefined) throw new Error(`${end.object} was not described`);
  return object;
}

function systemOf(open: ReadonlyMap<string, OpenSystem>, name: string): OpenSystem {
  const system = open.get(name);
  if (system === undefined) throw new Error(`the system ${name} was not opened`);
  return system;
}
