/** Turns what was decided about a record into messages, encoded and with their headers. */
import type { EntityRules, Values } from '@concord/core';
import {
  createHeaderBuilder,
  streamOf,
  type AuditMessage,
  type Codecs,
  type ConflictMessage,
  type IssuedCommand,
  type RecordMessage,
} from '@concord/contracts';
import type { OutgoingMessage } from '@concord/kafka';
import type { ResolvedRecord } from './commit-builder.ts';

const SOURCE = '/concord/resolver';

export type StreamCommands = {
  readonly system: string;
  readonly entity: string;
  readonly partition: number;
  /** When they were issued, ms since the epoch. */
  readonly at: number;
  readonly commands: readonly IssuedCommand[];
};
export type AuditPlace = { readonly partition: number; readonly commit: string; readonly at: number };

export class MessageEncoder {
  readonly #codecs: Codecs;
  readonly #rules: ReadonlyMap<string, EntityRules>;
  readonly #recordHeaders = createHeaderBuilder({ type: 'concord.records.v1.RecordChange', source: SOURCE });
  readonly #commandHeaders = createHeaderBuilder({ type: 'concord.commands.v1.ApplyChanges', source: SOURCE });
  readonly #conflictHeaders = createHeaderBuilder({ type: 'concord.conflicts.v1.ConflictRecorded', source: SOURCE });
  readonly #auditHeaders = createHeaderBuilder({ type: 'concord.audit.v1.DecisionsMade', source: SOURCE });

  constructor(codecs: Codecs, rules: ReadonlyMap<string, EntityRules>) {
    this.#codecs = codecs;
    this.#rules = rules;
  }

  /** The record's new truth; a delete is a fact, then a tombstone. */
  record({ record, before, result }: ResolvedRecord, messages: OutgoingMessage[]): void {
    if (!result.recordChanged) return;
    const { entity, recordId: key } = record;
    const codec = this.#codecs.records(entity);
    const message = recordMessageOf(
      { record, before, result },
      Object.keys((this.#rules.get(entity) as EntityRules).fields),
    );
    const id = `${key}/${message.version}`;
    const headers = this.#recordHeaders({ id, timeMs: message.changedAt, subject: key, sequence: message.version });
    messages.push({ topic: codec.topic, key, value: codec.encode(message), headers });
    if (message.deleted) messages.push({ topic: codec.topic, key, value: null });
  }

  /** Commands of one stream, in order. */
  commands({ system, entity, partition, at, commands }: StreamCommands, messages: OutgoingMessage[]): void {
    const codec = this.#codecs.commands(system);
    const stream = streamOf(entity, partition);
    for (const part of partsOf(commands)) {
      const value = codec.encode({ entity, stream, commands: part });
      const headers = this.#commandHeaders({ id: `${stream}/${part[0]?.sequence}`, timeMs: at });
      messages.push({ topic: codec.topic, key: null, partition, value, headers });
    }
  }

  conflict(message: ConflictMessage, messages: OutgoingMessage[]): void {
    const { recordId: key, field, incomingAt, incomingSystem, canonicalVersion } = message;
    const id = `${key}/${canonicalVersion}/${incomingSystem}/${field}/${incomingAt}`;
    const headers = this.#conflictHeaders({ id, timeMs: incomingAt, subject: key });
    messages.push({ topic: this.#codecs.conflicts.topic, key, value: this.#codecs.conflicts.encode(message), headers });
  }

  /** `commit` names what was committed together; the message goes where its records are. */
  audit(message: AuditMessage, { partition, commit, at }: AuditPlace, messages: OutgoingMessage[]): void {
    const headers = this.#auditHeaders({ id: commit, timeMs: at });
    const { topic } = this.#codecs.audit;
    messages.push({ topic, key: null, partition, value: this.#codecs.audit.encode(message), headers });
  }
}

const EXISTS = '$exists';

function recordMessageOf(
  { record, before, result: { state, decisions } }: ResolvedRecord,
  fields: readonly string[],
): RecordMessage {
  const changed = fields.filter((field) => (state.fields[field]?.version ?? 0) > before.version);
  if (state.exists.version > before.version) changed.push(EXISTS);
  const newest = [state.exists, ...Object.values(state.fields)].reduce((a, b) => (b.version >= a.version ? b : a));
  const accepted = decisions.findLast((decision) => 'version' in decision && decision.version === state.version);
  const nativeIds = Object.entries(state.systems).flatMap(([system, { nativeId }]) =>
    nativeId === null ? [] : [[system, nativeId] as const],
  );
  return {
    recordId: record.recordId,
    version: state.version,
    deleted: !state.exists.value,
    origin: newest.origin,
    decision: accepted?.type ?? 'fast_forwarded',
    changedAt: newest.at,
    changed,
    nativeIds: Object.fromEntries(nativeIds),
    values: Object.fromEntries(fields.map((field) => [field, state.fields[field]?.value ?? null])),
  };
}

/** A message is decoded as a whole, and one that is too large is not taken at all. */
const COMMANDS_PER_MESSAGE_MAX = 500;
const CHARACTERS_PER_MESSAGE_MAX = 250_000;

function partsOf(commands: readonly IssuedCommand[]): IssuedCommand[][] {
  const parts: IssuedCommand[][] = [];
  let part: IssuedCommand[] = [];
  let characters = 0;
  for (const command of commands) {
    const size = charactersIn(command.values) + charactersIn(command.expected);
    const isFull = part.length >= COMMANDS_PER_MESSAGE_MAX || characters + size > CHARACTERS_PER_MESSAGE_MAX;
    if (part.length === 0 || isFull) {
      parts.push((part = []));
      characters = 0;
    }
    part.push(command);
    characters += size;
  }
  return parts;
}

function charactersIn(values: Values): number {
  let characters = 0;
  for (const name in values) {
    const value = values[name];
    if (typeof value === 'string') characters += value.length;
  }
  return characters;
}
