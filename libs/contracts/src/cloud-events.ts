/**
 * CloudEvents in binary mode: the value stays Avro, the attributes are Kafka headers, a null value stays a tombstone.
 * Headers are strings, since messages wait in the outbox as plain data. Building is on the hot path, so the text of a
 * repeated time is kept.
 */
import { headers } from './topics.ts';

export type KafkaHeaders = Record<string, string>;
type ReceivedHeaders = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

export type EventAttributes = {
  /** Unique for the source: a message published again after a crash has the same one. */
  readonly id: string;
  readonly timeMs: number;
  /** The canonical record id; absent where a message is about several records. */
  readonly subject?: string;
  readonly sequence?: number;
  readonly traceParent?: string | null;
};

export type ReceivedEvent = {
  readonly type: string | null;
  readonly source: string | null;
  readonly id: string | null;
  readonly timeMs: number | null;
  readonly subject: string | null;
  readonly sequence: number | null;
  readonly traceParent: string | null;
};

/** `type`: full name of the message's schema. `source`: which part of which system speaks, as a URI reference. */
export function createHeaderBuilder(constant: { type: string; source: string }) {
  let lastTimeMs = Number.NaN;
  let lastTime = '';

  return ({ id, timeMs, subject, sequence, traceParent }: EventAttributes): KafkaHeaders => {
    if (timeMs !== lastTimeMs) {
      lastTimeMs = timeMs;
      lastTime = new Date(timeMs).toISOString();
    }
    const built: KafkaHeaders = {
      [headers.specVersion]: '1.0',
      [headers.type]: constant.type,
      [headers.source]: constant.source,
      [headers.id]: id,
      [headers.time]: lastTime,
      [headers.contentType]: 'application/avro',
    };
    if (subject !== undefined) built[headers.subject] = subject;
    if (sequence !== undefined) built[headers.sequence] = String(sequence);
    if (traceParent) built[headers.traceParent] = traceParent;
    return built;
  };
}

/** Tolerant: an attribute that is absent or not readable is null, since headers never decide what happens to a record. */
export function parseHeaders(received: ReceivedHeaders | undefined): ReceivedEvent {
  const text = (name: string) => textOf(received?.[name]);
  const timeMs = Date.parse(text(headers.time) ?? '');
  const sequence = Number(text(headers.sequence) ?? Number.NaN);
  return {
    type: text(headers.type),
    source: text(headers.source),
    id: text(headers.id),
    timeMs: Number.isNaN(timeMs) ? null : timeMs,
    subject: text(headers.subject),
    sequence: Number.isSafeInteger(sequence) ? sequence : null,
    traceParent: text(headers.traceParent),
  };
}

function textOf(value: Buffer | string | (Buffer | string)[] | undefined): string | null {
  const single = Array.isArray(value) ? value[0] : value;
  return single === undefined ? null : String(single);
}
