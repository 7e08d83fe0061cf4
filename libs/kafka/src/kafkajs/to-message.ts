import type { IHeaders, KafkaMessage as RawMessage } from 'kafkajs';
import type { KafkaMessage } from '../types.ts';

const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

export function toMessage(topic: string, partition: number, raw: RawMessage): KafkaMessage {
  return {
    topic,
    partition,
    offset: BigInt(raw.offset),
    key: raw.key === null ? null : raw.key.toString('utf8'),
    value: raw.value,
    headers: raw.headers === undefined ? noHeaders : headersOf(raw.headers),
    timestampMs: Number(raw.timestamp),
  };
}

function headersOf(raw: IHeaders): Readonly<Record<string, string>> {
  let headers: Record<string, string> | undefined;
  for (const name in raw) {
    const found = raw[name];
    const last = Array.isArray(found) ? found.at(-1) : found;
    headers ??= {};
    headers[name] = last === undefined || last === null ? '' : last.toString();
  }
  return headers ?? noHeaders;
}
