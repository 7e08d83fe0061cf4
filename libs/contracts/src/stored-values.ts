/** A system's own values and what they are elsewhere, for connectors, which read and write its own. */
import { codecOf, type Codec } from '@concord/transform';
import type { FieldType } from '@concord/core';
import type { PlannedAccess } from './plan.ts';

export type Stored = {
  /** What the system holds, before any conversion. */
  readonly type: FieldType;
  /** Null where values are the same everywhere. */
  readonly codec: Codec | null;
};

type Access = Pick<PlannedAccess, 'type' | 'storedType' | 'conversions'>;

/** Made once for each access: it is asked for with every value. */
const known = new WeakMap<Access, Stored>();

export function storedOf(access: Access): Stored {
  let stored = known.get(access);
  if (stored === undefined) {
    const { type, storedType = type, conversions = [] } = access;
    stored = { type: storedType, codec: conversions.length === 0 ? null : codecOf(conversions) };
    known.set(access, stored);
  }
  return stored;
}
