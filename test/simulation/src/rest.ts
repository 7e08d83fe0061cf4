/** What must hold when nothing is left to do: copies agree (I4), nothing waits (I10), nothing is lost (I1). */
import { EXISTS } from '@concord/core';
import type { RecordState } from '@concord/core';
import { equalAt } from './values.ts';
import type { SimulatedSystem } from './system.ts';
import type { World } from './world.ts';

export function checkAtRest(world: World): void {
  // Of a thing that is still taken for two there is nothing that all share.
  if (world.identity.isDoubtful) return;
  for (const record of world.store.records()) {
    const state = world.store.state(record);
    if (state.mergedInto !== null) continue;
    for (const [field, { value }] of Object.entries(state.exists.value ? state.fields : {})) {
      world.auditor.checkNotRevived(record, field, value);
    }
    world.whereabouts.atRest(record, state);
    for (const system of world.systems) {
      checkCopy(world, record, state, system);
      checkNothingWaits(world, record, state, system.profile.name);
    }
  }
  world.auditor.atRest();
}

function checkCopy(world: World, record: string, state: RecordState, system: SimulatedSystem): void {
  const { name } = system.profile;
  const row = system.rows.get(record);
  if (world.auditor.isParted(name, record, EXISTS)) return;
  if ((row !== undefined) !== state.exists.value) {
    if (isRefused(state, name) || (world.options.twins && row === undefined)) return;
    return world.auditor.report('diverged', `${name} ${row === undefined ? 'lacks' : 'holds'} ${record}`);
  }
  if (row === undefined) return;
  for (const [field, kind] of Object.entries(world.options.fields)) {
    const isParted = world.auditor.isParted(name, record, field);
    const [held, canonical] = [row.values[field] ?? null, state.fields[field]?.value ?? null];
    if (isParted || equalAt(system.profile, kind, held, canonical)) continue;
    world.auditor.report('diverged', `${name} ${record}/${field}: ${String(held)}, canonical ${String(canonical)}`);
  }
}

function isRefused(state: RecordState, name: string): boolean {
  return state.systems[name]?.rejected[EXISTS] !== undefined;
}

function checkNothingWaits(world: World, record: string, state: RecordState, name: string): void {
  const system = state.systems[name];
  if (system === undefined) return;
  const { inFlight, applied, waiting } = system;
  if (inFlight !== null)
    world.auditor.report('stuck', `${name} ${record}: command ${inFlight.sequence} without outcome`);
  if (applied.length > 0) world.auditor.report('stuck', `${name} ${record}: ${applied.length} commands without echo`);
  if (waiting.length > 0) world.auditor.report('stuck', `${name} ${record} waits for ${waiting.join(', ')}`);
}
