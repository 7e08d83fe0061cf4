/**
 * Sorts a polled batch by record: what each record has to be told, in the order in which it was read, and how far every
 * topic of each partition has then been read.
 */
import type { CommandOutcome, EntityRules, Input } from '@concord/core';
import {
  ContractError,
  type ChangeMessage,
  type Codec,
  type OutcomeMessage,
  type ResolutionMessage,
} from '@concord/contracts';
import type { DeadLetters, KafkaMessage } from '@concord/kafka';

export type RecordIntake = {
  readonly recordId: string;
  readonly entity: string;
  readonly partition: number;
  readonly inputs: Input[];
  /** Offset of the first outcome among the inputs; null when there is none. */
  outcomesFrom: bigint | null;
  /** Commit time of the newest source change among the inputs, ms; 0 when there is none. */
  changedAt: number;
};

export type Intake = {
  readonly records: RecordIntake[];
  /** Next offset to read, by partition and topic. */
  readonly offsets: Map<number, Record<string, bigint>>;
};

export type IntakeParts = {
  readonly rules: ReadonlyMap<string, EntityRules>;
  /** Codec of each changes topic, by topic name. */
  readonly changes: ReadonlyMap<string, { readonly entity: string; readonly codec: Codec<ChangeMessage> }>;
  readonly outcomes: Codec<OutcomeMessage>;
  readonly resolutions: Codec<ResolutionMessage>;
  readonly deadLetters: DeadLetters;
};

export async function readIntake(messages: readonly KafkaMessage[], parts: IntakeParts): Promise<Intake> {
  const byCodec = Map.groupBy(messages, ({ topic }) => codecFor(topic, parts));
  for (const [codec, batch] of byCodec) await codec.prepare(batch);
  const records = new Map<string, RecordIntake>();
  const offsets = new Map<number, Record<string, bigint>>();
  for (const message of messages) {
    let next = offsets.get(message.partition);
    if (next === undefined) offsets.set(message.partition, (next = {}));
    next[message.topic] = message.offset + 1n;
    try {
      accept(message, parts, records);
    } catch (error) {
      parts.deadLetters.add(message, error);
    }
  }
  await parts.deadLetters.flush();
  return { records: [...records.values()], offsets };
}

function codecFor(topic: string, { changes, outcomes, resolutions }: IntakeParts): Codec<unknown> {
  return changes.get(topic)?.codec ?? (topic === resolutions.topic ? resolutions : outcomes);
}

function accept(message: KafkaMessage, parts: IntakeParts, records: Map<string, RecordIntake>): void {
  if (message.value === null) return;
  const source = parts.changes.get(message.topic);
  const offset = String(message.offset);
  if (source !== undefined) {
    const { change } = source.codec.decode(message.value, message.partition, offset);
    const recordId = checkRecordId(message.key, message);
    const record = recordFor({ recordId, entity: source.entity, partition: message.partition }, records);
    record.inputs.push(change);
    record.changedAt = Math.max(record.changedAt, change.at);
    return;
  }
  if (message.topic === parts.resolutions.topic) return acceptResolution(message, parts, records);
  const { entity, system, outcomes } = parts.outcomes.decode(message.value, message.partition, offset);
  // Outcomes of an entity that is no longer synced have nobody to tell.
  if (!parts.rules.has(entity)) return;
  for (const { recordId } of outcomes) checkRecordId(recordId, message);
  for (const outcome of outcomes) {
    const record = recordFor({ recordId: outcome.recordId, entity, partition: message.partition }, records);
    record.inputs.push(inputOf(system, outcome));
    record.outcomesFrom ??= message.offset;
  }
}

function acceptResolution(message: KafkaMessage, parts: IntakeParts, records: Map<string, RecordIntake>): void {
  const { value, partition, offset } = message;
  if (value === null) return;
  const { entity, recordId: _, ...resolution } = parts.resolutions.decode(value, partition, String(offset));
  if (!parts.rules.has(entity)) return;
  const recordId = checkRecordId(message.key, message);
  const record = recordFor({ recordId, entity, partition }, records);
  record.inputs.push(resolution);
  record.changedAt = Math.max(record.changedAt, resolution.at);
}

const RECORD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Only a foreign producer writes another one; it would make the store refuse the whole batch, again and again. */
function checkRecordId(recordId: string | null, { topic, partition, offset }: KafkaMessage): string {
  if (recordId !== null && RECORD_ID.test(recordId)) return recordId;
  const place = { topic, partition, offset: String(offset) };
  throw new ContractError('contract.malformed', 'A message is about something that is not a record id', { place });
}

type RecordPlace = Pick<RecordIntake, 'recordId' | 'entity' | 'partition'>;

function recordFor(place: RecordPlace, records: Map<string, RecordIntake>): RecordIntake {
  let record = records.get(place.recordId);
  if (record === undefined) {
    record = { ...place, inputs: [], outcomesFrom: null, changedAt: 0 };
    records.set(place.recordId, record);
  }
  return record;
}

function inputOf(system: string, outcome: OutcomeMessage['outcomes'][number]): CommandOutcome {
  const { sequence, result, staleFields, nativeId, code, reason } = outcome;
  return { kind: 'outcome', system, sequence, result, staleFields, nativeId, code, reason };
}
