/** Where the values of one field flow, and what follows for each side. */
import type { FieldAccess } from '@concord/core';
import type { SyncConfig } from '@concord/config';

export type Flow = { readonly toSource: boolean; readonly toTarget: boolean };

type Writable = { readonly isWritable: boolean };

/**
 * A field that a system maintains itself (an id, a formula, a generated column) only flows out of it.
 * Null when nothing could flow at all.
 */
export function flowOf(direction: SyncConfig['direction'], source: Writable, target: Writable): Flow | null {
  const flow = {
    toTarget: direction !== 'target_to_source' && target.isWritable,
    toSource: direction !== 'source_to_target' && source.isWritable,
  };
  return flow.toTarget || flow.toSource ? flow : null;
}

export type Access = Pick<FieldAccess, 'read' | 'write' | 'targetEdit'>;

/**
 * `out` and `in` as this side sees it. An edit where no edits flow from is overwritten, except where the other side
 * maintains the value itself (it cannot know better than us what is right): there it is reported.
 */
export function accessOf(flow: { out: boolean; in: boolean }, isOtherWritable: boolean): Access {
  return { read: flow.out, write: flow.in, targetEdit: !flow.out && !isOtherWritable ? 'reported' : 'overwritten' };
}
