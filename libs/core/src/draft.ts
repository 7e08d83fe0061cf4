/**
 * A draft is a record state under construction: it copies a level of the state when that level is first written, so that
 * one step copies each map at most once however many decisions it takes. Nobody outside evolve.ts writes to one.
 */
import { initialSystem } from './state.ts';
import type { RecordState, Shadow, SystemState } from './state.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export type Draft = { readonly base: RecordState; state: RecordState };
export type WritableRecord = Writable<RecordState>;
export type WritableSystem = Writable<SystemState>;

export function draftOf(state: RecordState): Draft {
  return { base: state, state };
}

export function writableRecord(draft: Draft): WritableRecord {
  if (draft.state === draft.base) draft.state = { ...draft.base };
  return draft.state;
}

export function writableFields(draft: Draft): Record<string, RecordState['fields'][string]> {
  const record = writableRecord(draft);
  if (record.fields === draft.base.fields) record.fields = { ...record.fields };
  return record.fields;
}

export function writableSystem(draft: Draft, name: string): WritableSystem {
  const record = writableRecord(draft);
  if (record.systems === draft.base.systems) record.systems = { ...record.systems };
  const systems: Record<string, SystemState> = record.systems;
  const current = Object.hasOwn(systems, name) ? systems[name] : undefined;
  if (current !== undefined && current !== draft.base.systems[name]) return current;
  const copy = { ...(current ?? initialSystem()) };
  systems[name] = copy;
  return copy;
}

export function writableShadows(draft: Draft, name: string): Record<string, Shadow> {
  const system = writableSystem(draft, name);
  const before = (draft.base.systems[name] ?? initialSystem()).shadows;
  if (system.shadows === before) system.shadows = { ...before };
  return system.shadows;
}
