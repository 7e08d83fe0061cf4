/** Turns what was decided about a record into messages, encoded and with their headers. */
import type { EntityRules } from '@concord/core';
import {
  createHeaderBuilder,
  streamOf,
  type AuditMessage,
  type Codecs,
  type ConflictMessage,
  type RecordMessage,
} from '@concord/contracts';
import type { OutgoingMessage } from '@concord/kafka';
import type { ResolvedRecord } from './commit-builder.ts';

const SOURCE = '/concord/resolver';

export class MessageEncoder {
  readonly #codecs: Codecs;
  readonly #rules: ReadonlyMap<string, EntityRules>;
  readonly #recordHeaders = createHeaderBuilder({ type: 'concord.records.v1.RecordChange', source: SOURCE });
  readonly #commandHeaders = createHeaderBuilder({ type: 'concord.commands.v1.ApplyChange', source: SOURCE });
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

  commands({ record, result }: ResolvedRecord, messages: OutgoingMessage[]): void {
    const { entity, recordId, partition, changedAt } = record;
    const stream = streamOf(entity, partition);
    for (const { system, sequence, operation, nativeId, values, expected } of result.commands) {
      const codec = this.#codecs.commands(system);
      const value = codec.encode({
        entity,
        recordId,
        stream,
        sequence,
        operation,
        nativeId,
        changedAt,
        values,
        expected,
      });
      const headers = this.#commandHeaders({
        id: `${stream}/${sequence}`,
        timeMs: changedAt,
        subject: recordId,
        sequence,
      });
      messages.push({ topic: codec.topic, key: recordId, value, headers });
    }
  }

  conflict(message: ConflictMessage, messages: OutgoingMessage[]): void {
    const { recordId: key, field, incomingAt, incomingSystem, canonicalVersion } = message;
    const id = `${key}/${canonicalVersion}/${incomingSystem}/${field}/${incomingAt}`;
    const headers = this.#conflictHeaders({ id, timeMs: incomingAt, subject: key });
    messages.push({ topic: this.#codecs.conflicts.topic, key, value: this.#codecs.conflicts.encode(message), headers });
  }

  audit(message: AuditMessage, messages: OutgoingMessage[]): void {
    const { recordId: key, version, at } = message;
    const headers = this.#auditHeaders({ id: `${key}/${version}/${at}`, timeMs: at, subject: key });
    messages.push({ topic: this.#codecs.audit.topic, key, value: this.#codecs.audit.encode(message), headers });
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
