/** Where the values of one field flow, and what follows for each side. */
import type { FieldAccess, TargetEdit } from '@concord/core';
import type { SyncConfig } from '@concord/config';

export type Flow = { readonly toSource: boolean; readonly toTarget: boolean };

type Writable = { readonly isWritable: boolean };

/** Whose field it is: only from there values flow. `nobody`: it is computed, and flows to both sides. Null: shared. */
export type FieldOwner = 'source' | 'target' | 'nobody' | null;

/** The system whose field it is, by the pairs of the sync. */
export function pairOwner({ conflict, source, target }: SyncConfig, name: string): FieldOwner {
  for (const [field, policy] of Object.entries(conflict.fields)) {
    if (policy.kind !== 'paired') continue;
    if (field === name) return 'nobody';
    if (policy.own[source.system] === name) return 'source';
    if (policy.own[target.system] === name) return 'target';
  }
  return null;
}

/**
 * A field that a system maintains itself (an id, a formula, a generated column) only flows out of it.
 * Null when nothing could flow at all.
 */
export function flowOf(
  direction: SyncConfig['direction'],
  source: Writable,
  target: Writable,
  owner: FieldOwner = null,
): Flow | null {
  const flow = {
    toTarget: direction !== 'target_to_source' && owner !== 'target' && target.isWritable,
    toSource: direction !== 'source_to_target' && owner !== 'source' && source.isWritable,
  };
  return flow.toTarget || flow.toSource ? flow : null;
}

export type Access = Pick<FieldAccess, 'read' | 'write' | 'targetEdit'>;

/**
 * `out` and `in` as this side sees it. An edit where no edits flow from is overwritten unless the config says otherwise
 * (`told`). Where the other side maintains the value itself, an id or a stamp, it is reported: nobody here can know better.
 */
export function accessOf(
  flow: { out: boolean; in: boolean },
  isOtherWritable: boolean,
  told: TargetEdit | null = null,
): Access {
  const targetEdit = !flow.out && !isOtherWritable ? 'reported' : (told ?? 'overwritten');
  return { read: flow.out, write: flow.in, targetEdit };
}
