// From the changes of one transaction to the events that the bus carries. The same change to several records of an
// object becomes one event with several record ids; all events of the transaction share its key and are numbered in it.
import { randomUUID } from 'node:crypto';
import type { Field, Value } from '../model/field.ts';
import { readValue } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';
import type { Actor, RecordChange } from '../store/transaction.ts';
import { AvroWriter } from './avro-writer.ts';
import { toBitmaps } from './bitmap.ts';
import type { FieldPosition } from './bitmap.ts';
import { CHANGE_TYPES, WIRE_TYPES } from './event-schema.ts';
import type { EventSchema } from './event-schema.ts';
import type { EventSchemas } from './event-schemas.ts';
import { textDiff } from './text-diff.ts';

export type Commit = { actor: Actor; timestamp: number; commitNumber: bigint };
export type ChangeKind = (typeof CHANGE_TYPES)[number];
export type EncodedEvent = { entity: string; schemaId: string; payload: Buffer; at: number };

type EventHeader = {
  entityName: string;
  recordIds: string[];
  changeType: ChangeKind;
  transactionKey: string;
  sequenceNumber: number;
  nulledFields: string[];
  diffFields: string[];
  changedFields: string[];
};

/** The part of an event that does not tell which record it is about: equal content is merged. */
type Content = {
  values: Map<Field, Value>;
  changed: FieldPosition[];
  nulled: FieldPosition[];
  diffed: FieldPosition[];
};
const emptyContent = (): Content => ({ values: new Map(), changed: [], nulled: [], diffed: [] });

type Draft = { schema: EventSchema; changeType: ChangeKind; recordIds: string[]; content: Content };

export function eventsOf(changes: RecordChange[], commit: Commit, schemas: EventSchemas): EncodedEvent[] {
  const drafts = new Map<string, Draft>();
  for (const change of changes) {
    if (change.isSilent || (!change.before && change.after?.isDeleted)) continue;
    const schema = schemas.currentOf(change.type);
    const content = contentOf(change, schema);
    const key = change.changeType === 'CREATE' ? change.id : mergeKey(change, content);
    const draft = drafts.get(key);
    if (draft) draft.recordIds.push(change.id);
    else drafts.set(key, { schema, changeType: change.changeType, recordIds: [change.id], content });
  }
  return encodeAll([...drafts.values()], commit);
}

/** An event without body that only says that something happened to records, as the platform sends for gaps. */
export function gapEvent(
  schema: EventSchema,
  changeType: ChangeKind,
  recordIds: string[],
  commit: Commit,
): EncodedEvent {
  return encodeAll([{ schema, changeType, recordIds, content: emptyContent() }], commit)[0]!;
}

/** Numbers the events of one transaction and gives them its key. */
function encodeAll(drafts: Draft[], commit: Commit): EncodedEvent[] {
  const transactionKey = randomUUID();
  return drafts.map((draft, index) => {
    const header: EventHeader = {
      entityName: draft.schema.entity,
      recordIds: draft.recordIds,
      changeType: draft.changeType,
      transactionKey,
      sequenceNumber: index + 1,
      nulledFields: toBitmaps(draft.content.nulled),
      diffFields: toBitmaps(draft.content.diffed),
      changedFields: toBitmaps(draft.content.changed),
    };
    const payload = encode(draft.schema, header, draft.content.values, commit);
    return { entity: draft.schema.entity, schemaId: draft.schema.id, payload, at: commit.timestamp };
  });
}

/** Creations are never merged, since they hold ids and times of one record only. */
function mergeKey(change: RecordChange, content: Content): string {
  const values = [...content.values].map(([field, value]) => [field.name, value]);
  return JSON.stringify([change.type.name, change.changeType, values]);
}

/** A deletion has no body; a creation or restoration tells all that is there; an update what differs, and its time. */
function contentOf(change: RecordChange, schema: EventSchema): Content {
  const content = emptyContent();
  if (change.changeType === 'DELETE') return content;
  const after = change.after!;
  const read = (record: StoredRecord, field: Field) => readValue(record, change.type, field);
  const add = (field: Field, position: FieldPosition) => {
    const value = read(after, field);
    if (change.changeType !== 'UPDATE') {
      if (value !== null) content.values.set(field, value);
      return;
    }
    const previous = read(change.before!, field);
    if (field.name !== 'LastModifiedDate' && previous === value) return;
    const diff = textDiff(field, previous, value);
    content.values.set(field, diff ?? value);
    if (diff !== null) content.diffed.push(position);
    content.changed.push(position);
    if (value === null) content.nulled.push(position);
  };
  schema.fields.forEach(({ field, parts }, index) => {
    if (!field.compound) add(field, { top: index + 1, child: null });
    parts.forEach((part, child) => add(part, { top: index + 1, child }));
  });
  return content;
}

function encode(schema: EventSchema, header: EventHeader, values: Map<Field, Value>, commit: Commit): Buffer {
  const writer = new AvroWriter();
  writeHeader(writer, header, commit);
  for (const { field, parts } of schema.fields) {
    if (!field.compound) {
      writeOptional(writer, field, values.get(field));
      continue;
    }
    const isPresent = isCompoundPresent(parts, values);
    writer.long(isPresent ? 1 : 0);
    if (isPresent) for (const part of parts) writeOptional(writer, part, values.get(part));
  }
  return writer.finish();
}

/** A compound is absent when none of its parts is told, or when every one of them is told to be null. */
function isCompoundPresent(parts: Field[], values: Map<Field, Value>): boolean {
  const told = parts.filter((part) => values.has(part));
  if (told.length === 0) return false;
  return told.length < parts.length || told.some((part) => values.get(part) !== null);
}

function writeHeader(writer: AvroWriter, header: EventHeader, commit: Commit): void {
  writer.string(header.entityName);
  writer.strings(header.recordIds);
  writer.long(CHANGE_TYPES.indexOf(header.changeType));
  writer.string(commit.actor.origin);
  writer.string(header.transactionKey);
  writer.long(header.sequenceNumber);
  writer.long(commit.timestamp);
  writer.long(commit.commitNumber);
  writer.string(commit.actor.userId);
  writer.strings(header.nulledFields);
  writer.strings(header.diffFields);
  writer.strings(header.changedFields);
}

function writeOptional(writer: AvroWriter, field: Field, value: Value | undefined): void {
  if (value === undefined || value === null) return writer.long(0);
  writer.long(1);
  const type = WIRE_TYPES[field.type];
  if (type === 'string') writer.string(String(value));
  else if (type === 'boolean') writer.boolean(value === true);
  else if (type === 'double') writer.double(Number(value));
  else writer.long(Number(value));
}
