/**
 * From the bytes of one event to changes of single records, still in Salesforce's names and values.
 *
 * Over Pub/Sub an absent value and a null look the same, so what an UPDATE wrote is what its bitmaps say: fields set in
 * changedFields or nulledFields. Whatever cannot be told from the event itself is named in `unresolved` or asks for the
 * record to be read again (`needsReread`); nothing is guessed.
 */
import type { WireEvent } from '../pubsub/transport.ts';
import { BitmapError, parseBitmaps } from './bitmap.ts';
import type { CompoundField, EventSchema } from './event-schema.ts';

type ChangeKind = 'create' | 'update' | 'delete' | 'undelete';

export type RawChange = {
  readonly object: string;
  readonly nativeId: string;
  readonly kind: ChangeKind;
  /** REST names and the event's own values: all fields of the schema for create and undelete, the written ones for update. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Fields that were written but whose value the event does not carry. */
  readonly unresolved: ReadonlySet<string>;
  /** The event only says that the record changed. */
  readonly needsReread: boolean;
  readonly committedAt: number;
  readonly transactionKey: string;
};

/** `all` stands for events that do not say which records changed: the object has to be read anew. */
export type DecodedEvent =
  { readonly kind: 'changes'; readonly changes: readonly RawChange[] } | { readonly kind: 'all'; readonly why: string };

type Header = {
  entityName: string;
  recordIds: string[];
  changeType: string;
  transactionKey: string;
  commitTimestamp: bigint;
  nulledFields?: string[];
  diffFields?: string[];
  changedFields?: string[];
};

const KINDS: Readonly<Record<string, ChangeKind>> = {
  CREATE: 'create',
  UPDATE: 'update',
  DELETE: 'delete',
  UNDELETE: 'undelete',
  GAP_CREATE: 'create',
  GAP_UPDATE: 'update',
  GAP_DELETE: 'delete',
  GAP_UNDELETE: 'undelete',
};
const RECORD_ID = /^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$/;
const NOTHING: Contents = { values: new Map(), unresolved: new Set(), needsReread: true };

type Contents = Pick<RawChange, 'values' | 'unresolved' | 'needsReread'>;

/** Throws when not even the header can be read. */
export function decodeEvent(event: WireEvent, schema: EventSchema): DecodedEvent {
  const body = decodeBody(event, schema);
  const headerName = schema.fields[0]?.name ?? '';
  const header = (body === null ? schema.decodeHeader(event.payload) : body[headerName]) as Header;
  const kind = KINDS[header.changeType];
  if (kind === undefined) return { kind: 'all', why: header.changeType };
  const wildcard = header.recordIds.find((id) => !RECORD_ID.test(id));
  if (wildcard !== undefined) return { kind: 'all', why: `records ${wildcard}` };
  const contents =
    body === null || header.changeType.startsWith('GAP_') ? NOTHING : contentsOf(kind, header, body, schema);
  const changes = header.recordIds.map((nativeId) => ({
    object: header.entityName,
    nativeId,
    kind,
    ...contents,
    committedAt: Number(header.commitTimestamp),
    transactionKey: header.transactionKey,
  }));
  return { kind: 'changes', changes };
}

/** A payload whose fields do not fit its schema is treated like a gap event: its records are read again. */
function decodeBody(event: WireEvent, schema: EventSchema): Record<string, unknown> | null {
  try {
    return schema.decode(event.payload);
  } catch {
    return null;
  }
}

function contentsOf(kind: ChangeKind, header: Header, body: Record<string, unknown>, schema: EventSchema): Contents {
  if (kind === 'delete') return { values: new Map(), unresolved: new Set(), needsReread: false };
  try {
    const collected = new Collected(schema, body);
    if (kind !== 'update') collected.takeAll();
    else {
      // Defined as nothing in particular: hidden fields, or nothing that this user may see.
      if ((header.changedFields ?? []).length === 0 && (header.nulledFields ?? []).length === 0) return NOTHING;
      collected.takeChanged(header.changedFields ?? []);
    }
    collected.takeNulled(header.nulledFields ?? []);
    collected.dropDiffs(header.diffFields ?? []);
    return { values: collected.values, unresolved: collected.unresolved, needsReread: false };
  } catch (error) {
    if (error instanceof BitmapError) return NOTHING;
    throw error;
  }
}

class Collected {
  readonly values = new Map<string, unknown>();
  readonly unresolved = new Set<string>();
  readonly #schema: EventSchema;
  readonly #body: Record<string, unknown>;

  constructor(schema: EventSchema, body: Record<string, unknown>) {
    this.#schema = schema;
    this.#body = body;
  }

  /** A whole record: what is null in the event is null in the record. */
  takeAll(): void {
    this.#schema.fields.forEach((field, index) => {
      if (field.kind === 'plain') this.values.set(field.name, this.#body[field.name] ?? null);
      if (field.kind === 'compound')
        this.#eachChild(index, null, (restName, value) => this.values.set(restName, value));
    });
  }

  takeChanged(bitmaps: readonly string[]): void {
    this.#eachBit(bitmaps, (restName, value) => {
      if (value === null) this.unresolved.add(restName);
      else this.values.set(restName, value);
    });
  }

  takeNulled(bitmaps: readonly string[]): void {
    this.#eachBit(bitmaps, (restName) => {
      this.values.set(restName, null);
      this.unresolved.delete(restName);
    });
  }

  /** A diff needs the previous value to be applied to; reading the record is simpler and always right. */
  dropDiffs(bitmaps: readonly string[]): void {
    this.#eachBit(bitmaps, (restName) => {
      this.values.delete(restName);
      this.unresolved.add(restName);
    });
  }

  #eachBit(bitmaps: readonly string[], take: (restName: string, value: unknown) => void): void {
    for (const { index, child } of parseBitmaps(bitmaps)) {
      const field = this.#schema.fields[index];
      if (field === undefined || (child !== null && field.kind !== 'compound')) throw new BitmapError(`field ${index}`);
      if (field.kind === 'plain') take(field.name, this.#body[field.name] ?? null);
      if (field.kind === 'compound') this.#eachChild(index, child, take);
    }
  }

  #eachChild(index: number, child: number | null, take: (restName: string, value: unknown) => void): void {
    const field = this.#schema.fields[index] as CompoundField;
    const value = this.#body[field.name] ?? null;
    // An account's Name is plain text unless the account is a person.
    if (typeof value === 'string') return take(field.name, value);
    const chosen = child === null ? field.children : field.children.slice(child, child + 1);
    if (chosen.length === 0) throw new BitmapError(`${index}-${child}`);
    const record = value as Record<string, unknown> | null;
    for (const { name, restName } of chosen) take(restName, record?.[name] ?? null);
    for (const name of field.derived) if (!this.values.has(name)) this.unresolved.add(name);
  }
}
