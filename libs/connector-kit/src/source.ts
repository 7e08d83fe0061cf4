/**
 * What a source adapter hands on: a change in canonical terms, and every hint it has on which record it belongs to.
 * The adapter does not know record ids by itself; resolving them (store) and publishing (Kafka) is done around it.
 */
import type { SourceChange, Values } from '@concord/core';

/** The id under which some system knows a record. */
export type NativeReference = { readonly system: string; readonly nativeId: string };

export type SourceFact = {
  readonly entity: string;
  readonly change: SourceChange;
  /** The mapped fields before the change, where the source tells. */
  readonly before: Values | null;
  /** The canonical id, when the source carries it (our own writes, an external-id field). */
  readonly recordId: string | null;
  /** The native id is known to be `recordId`'s: it was read from the store before, so it need not be looked up again. */
  readonly isIdentified?: boolean;
  /** Ids of the same record in other systems, as link fields say. */
  readonly links: readonly NativeReference[];
};
