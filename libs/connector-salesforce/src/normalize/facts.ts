/** From raw changes and read rows to facts in canonical terms. */
import { ConnectorError, type SourceFact } from '@concord/connector-kit';
import { recordIdFrom } from '@concord/contracts';
import type { Value, Values } from '@concord/core';
import { SYNC_ID_FIELD, SYNC_STAMP_FIELD } from '../connection.ts';
import type { RawChange } from '../decode/change-event.ts';
import type { EntityBinding } from './binding.ts';
import { echoFor } from './stamp.ts';
import { fromNative } from './values.ts';

/** A record read outside the stream. `row` is null when not even the recycle bin holds it any more. */
export type ReadRecord = {
  readonly nativeId: string;
  readonly row: Readonly<Record<string, unknown>> | null;
  readonly isDeleted: boolean;
  /** Whatever the stream told of this record up to this moment is contained in the row. */
  readonly at: number;
};

/** Whether the event leaves a mapped field open, so that the record has to be read. */
export function mustReread(change: RawChange, { fields }: EntityBinding): boolean {
  if (change.kind === 'delete') return change.needsReread;
  const isWhole = change.kind !== 'update';
  return (
    change.needsReread ||
    fields.some(
      ({ access: { native } }) =>
        change.unresolved.has(native) || (isWhole && native !== 'Id' && !change.values.has(native)),
    )
  );
}

/** The fact that an event tells, or null when it touches nothing that is mapped. */
export function factOfChange(change: RawChange, binding: EntityBinding, position: string): SourceFact | null {
  const { nativeId, kind, committedAt, transactionKey } = change;
  const isDeleted = kind === 'delete';
  const values = isDeleted ? {} : valuesOf(nativeId, change.values, binding);
  const recordId = recordIdFrom(change.values.get(SYNC_ID_FIELD));
  const echo = echoOf(change, recordId, binding);
  const tellsNothing =
    kind === 'update' && echo === null && Object.keys(values).every((name) => isIdField(name, binding));
  if (tellsNothing) return null;
  return {
    entity: binding.entity,
    before: null,
    recordId,
    links: linksOf(values, binding),
    change: {
      kind: 'change',
      system: binding.system,
      position,
      at: committedAt,
      nativeId,
      existence: isDeleted ? 'deleted' : 'exists',
      values,
      complete: kind === 'create' || kind === 'undelete',
      snapshot: false,
      echo,
      transaction: transactionKey,
    },
  };
}

/**
 * The fact that a read record tells. A row has no place in the stream: `at` orders it. It carries no echo either, since the
 * stamp in it may be of any age; the stream tells that a command has arrived.
 */
export function factOfRecord(record: ReadRecord, binding: EntityBinding): SourceFact {
  const { nativeId, row, isDeleted, at } = record;
  const fields = new Map(Object.entries(row ?? {}));
  const values = isDeleted ? {} : valuesOf(nativeId, fields, binding);
  return {
    entity: binding.entity,
    before: null,
    recordId: recordIdFrom(fields.get(SYNC_ID_FIELD)),
    links: linksOf(values, binding),
    change: {
      kind: 'change',
      system: binding.system,
      position: '',
      at,
      nativeId,
      existence: isDeleted ? 'deleted' : 'exists',
      values,
      complete: !isDeleted,
      snapshot: true,
      echo: null,
      transaction: `read:${at}`,
    },
  };
}

/**
 * An update is an echo when the stamp itself was written. A create must carry our id too: a user's clone may have copied
 * the stamp but cannot have copied the unique id. An undelete brings back an old stamp and is never an echo.
 */
function echoOf({ kind, values }: RawChange, recordId: string | null, { entity }: EntityBinding): number | null {
  if (kind === 'update' || (kind === 'create' && recordId !== null))
    return echoFor(entity, values.get(SYNC_STAMP_FIELD));
  return null;
}

function valuesOf(nativeId: string, fields: ReadonlyMap<string, unknown>, binding: EntityBinding): Values {
  const values: Record<string, Value> = {};
  for (const { canonical, type, access } of binding.fields) {
    const { native } = access;
    if (native === 'Id') values[canonical] = nativeId;
    else if (fields.has(native)) {
      try {
        values[canonical] = fromNative(fields.get(native), access, type);
      } catch (error) {
        throw drift(`${binding.object}.${native}`, error);
      }
    }
  }
  return values;
}

function isIdField(canonical: string, { fields }: EntityBinding): boolean {
  return fields.some((field) => field.canonical === canonical && field.access.native === 'Id');
}

function linksOf(values: Values, { link }: EntityBinding): SourceFact['links'] {
  const nativeId = link === null ? null : values[link.field];
  return link === null || nativeId === null || nativeId === undefined
    ? []
    : [{ system: link.system, nativeId: String(nativeId) }];
}

function drift(place: string, cause: unknown): ConnectorError {
  const why = cause instanceof Error ? cause.message : 'unreadable value';
  return new ConnectorError(
    {
      code: 'salesforce.schema_drift',
      reaction: 'halt',
      message: `${place} no longer has the type that the plan knows: ${why}`,
      hint: 'Run `concord plan` to see the difference and `concord apply` to adapt; reading goes on where it stopped.',
    },
    { cause },
  );
}
